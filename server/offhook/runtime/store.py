"""Opens a server's store with the machine's clocks and random ids, for the server and the command line."""

from offhook.base.config import Config
from offhook.dialects.registry import application_ids, plugins
from offhook.runtime.adapters import RandomIds, SystemClock
from offhook.store import directory
from offhook.store.store import Store


async def open_store(config: Config) -> Store:
    """The server's store, made if it is missing; other processes may have it open as well.

    Raises:
        Unavailable: the directory or the database cannot be used.
        UsageError: the key or the database is not ours.
    """
    directory.make(config.data_dir, config.database_file)
    return await _open(config)


async def find_store(config: Config) -> Store:
    """The store of a server that was here before; nothing is made.

    Raises:
        UsageError: there is none, or the key or the database is not ours.
        Unavailable: the directory or the database cannot be used.
    """
    directory.find(config.data_dir, config.database_file)
    return await _open(config)


async def _open(config: Config) -> Store:
    return await Store.open(
        config.database,
        config.key_file,
        ids=RandomIds(),
        clock=SystemClock(),
        dialects=application_ids(plugins()),
    )
