"""A server's store, opened with the machine's clocks and chance."""

from pathlib import Path

import pytest
from offhook.base.config import Config
from offhook.base.errors import Unavailable, UsageError
from offhook.runtime.store import find_store, open_store

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Files and the database's threads keep real time."""
    return "asyncio"


async def test_a_store_is_found_only_where_one_was_made(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "d")
    with pytest.raises(UsageError, match="offhook init"):
        await find_store(config)
    assert not (tmp_path / "d").exists()
    store = await open_store(config)
    made, _ = await store.accounts.create("Example")
    await store.close()
    store = await find_store(config)
    assert (await store.accounts.list()).items == (made,)
    await store.close()


async def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="data directory"):
        await open_store(Config(data_dir=tmp_path / "file" / "d"))
