"""SQLite without a hop between threads for each statement.

The asynchronous driver has a thread for each connection, and every statement, commit and cursor goes
there and back: some 100 us of processor time each, most of it for waking threads. What every call needs
takes other ways. A transaction of the server's own runs as a whole in one thread. A look-up by a key runs in
the loop itself: it takes some 15 us, and in WAL mode readers do not wait for writers.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.dialects import sqlite

from offhook.base.clock import Hold

T = TypeVar("T")

_DIALECT: Final = sqlite.dialect(paramstyle="named")


class Lookup:
    """A query by a key, made once.

    Its columns are of types that the database returns as they are: texts, whole numbers and bytes.
    """

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        """A look-up.

        Args:
            query: With `bindparam` in place of values.
        """
        self.query = query
        self.text = str(query.compile(dialect=_DIALECT))


class SqliteDirect:
    """A database file: a thread that writes, and a connection of the loop that reads."""

    def __init__(self, engine: Engine, path: str, hold: Hold) -> None:
        """Connect with the first use.

        Args:
            engine: Its connections are used by the thread alone; its transactions write.
            path: The file.
            hold: Holds the clock while the thread works.
        """
        self.engine = engine
        self._hold = hold
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._reader: sqlite3.Connection | None = None

    async def change(self, work: Callable[[Connection], T]) -> T:
        """One transaction; it is rolled back if `work` raises."""
        loop = asyncio.get_running_loop()
        with self._hold("the database"):
            step = loop.run_in_executor(self._thread, self._transaction, work)
            try:
                return await asyncio.shield(step)
            except asyncio.CancelledError:
                # The thread cannot be stopped: the next transaction must find this one over.
                await asyncio.wait((step,))
                raise

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    def find(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows that a look-up finds.

        Raises:
            sqlite3.Error: the database cannot be read at this moment.
        """
        if self._reader is None:
            self._reader = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, check_same_thread=False
            )
            self._reader.execute("PRAGMA query_only=ON")
        return self._reader.execute(lookup.text, values).fetchall()

    def close(self) -> None:
        """Close all connections."""
        self._thread.shutdown()
        self.engine.dispose()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
