"""A real server in a process of its own, and a customer's web server that the test directs."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server_process import Customer, Offhook, eventually, listening


@pytest.fixture
def anyio_backend() -> str:
    """Sockets and processes keep real time."""
    return "asyncio"


@pytest.fixture
def own_offhook(tmp_path: Path) -> Iterator[Offhook]:
    """A server of the test's own, which the test starts: for tests that need flags, or that kill it."""
    server = Offhook(tmp_path)
    yield server
    if server.running:
        server.end()


@pytest.fixture(scope="module")
def module_offhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offhook]:
    """The server that the tests of one file share."""
    server = Offhook(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    if server.running:
        server.end()


@pytest.fixture
def offhook(module_offhook: Offhook) -> Offhook:
    """The file's server, without calls."""
    asyncio.run(module_offhook.begin_test())
    return module_offhook


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    there = Customer()
    async with listening(there):
        yield there


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., Awaitable[Any]]:
    return eventually
