"""Every test of the store runs on SQLite in a file and on a real PostgreSQL."""

import contextlib
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.records import CallRecord, LegRecord
from offhook.store.accounts import Account
from offhook.store.database import Database
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock


@pytest.fixture
def anyio_backend() -> str:
    """Databases work in threads and on sockets, for which virtual time does not wait."""
    return "asyncio"


class SeededIds:
    """Ids from a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def hex32(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def digits(self, count: int) -> str:
        return str(self._random.randrange(10 ** (count - 1), 10**count))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC))


def _program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    # Debian keeps them out of the way, one folder a version.
    for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True):
        return str(path)
    raise FileNotFoundError(f"{name} is missing: apt-get install postgresql")


def _as_somebody() -> list[str]:
    # Both programs refuse to run as root.
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    setpriv = shutil.which("setpriv")
    assert setpriv, "setpriv is missing: apt-get install util-linux"
    return [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own on a free port; its URL without a database's name."""
    folder = Path(tempfile.mkdtemp(prefix="offhook-postgres-"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    somebody, cluster, port = _as_somebody(), folder / "cluster", _free_port()
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    initdb = [_program("initdb"), "-D", str(cluster), "-U", "offhook", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*somebody, *initdb, "--no-sync", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        cwd=folder,
        env=environment,
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "60",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    server = subprocess.Popen(
        [*somebody, _program("postgres"), "-D", str(cluster), "-p", str(port), *flags],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
    )
    try:
        _wait(cluster, server)
        yield f"postgresql://offhook@127.0.0.1:{port}/"
    finally:
        # SIGINT: end all connections and stop at once, in good order.
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(cluster: Path, server: "subprocess.Popen[bytes]") -> None:
    # The eighth line of this file says how far the server has come.
    deadline = time.monotonic() + 30
    said: list[str] = []
    while not (len(said) > 7 and said[7].strip() == "ready"):
        assert server.poll() is None, "PostgreSQL ended at its start"
        assert time.monotonic() < deadline, "PostgreSQL did not start within 30 s"
        time.sleep(0.02)
        with contextlib.suppress(FileNotFoundError):
            said = (cluster / "postmaster.pid").read_text().splitlines()


async def _run(database: str, statement: str) -> None:
    """Runs one statement, on a connection of its own."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


_COUNT = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
async def empty_database(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'offhook.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{next(_COUNT)}"
    await _run(f"{server}postgres", f"CREATE DATABASE {name}")
    yield f"{server}{name}"
    await _run(f"{server}postgres", f"DROP DATABASE {name} WITH (FORCE)")


_READY: dict[str, str] = {}


@pytest.fixture
async def database(
    request: pytest.FixtureRequest,
    kind: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    """The URL of a database with empty tables, which went through all steps once."""
    if kind == "sqlite":
        if kind not in _READY:
            _READY[kind] = str(tmp_path_factory.mktemp("ready") / "offhook.db")
            await (await Database.open(f"sqlite:///{_READY[kind]}")).close()
        shutil.copy(_READY[kind], tmp_path / "offhook.db")
        yield f"sqlite:///{tmp_path / 'offhook.db'}"
        return
    if kind not in _READY:
        server: str = request.getfixturevalue("postgres_server")
        await _run(f"{server}postgres", "CREATE DATABASE ready")
        _READY[kind] = f"{server}ready"
        await (await Database.open(_READY[kind])).close()
    yield _READY[kind]
    await _run(_READY[kind], "TRUNCATE accounts CASCADE")


@pytest.fixture
async def store(database: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    opened = await Store.open(database, tmp_path / "node.key", ids=SeededIds(), clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def account(store: Store) -> Account:
    return (await store.accounts.create("Acme"))[0]


@pytest.fixture
async def stranger(store: Store) -> Account:
    """Another account, which must never see what is the first one's."""
    return (await store.accounts.create("Stranger"))[0]


@dataclass(frozen=True)
class EndedCall:
    """A call of alice's that bob took."""

    id: CallId
    alices: LegId
    bobs: LegId


def _ended(account: AccountId, call: EndedCall) -> CallRecord:
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def leg(id: LegId, peer: str) -> LegRecord:
        return LegRecord(
            id=id,
            direction="inbound",
            peer=peer,
            started_at=began,
            answered_at=None,
            ended_at=began,
            cause=Cause.NORMAL,
            ended_by="peer",
            media=None,
        )

    return CallRecord(
        id=call.id,
        account=account,
        application=ApplicationId("a" * 32),
        dialect="plivo",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=began,
        answered_at=None,
        ended_at=began,
        cause=Cause.NORMAL,
        legs=(leg(call.alices, "client:alice"), leg(call.bobs, "client:bob")),
        journal=(),
    )


CALL = EndedCall(CallId("c" * 32), LegId("d" * 32), LegId("a" * 32))
"""Its second leg has the smaller id."""


@pytest.fixture
def end_call(store: Store) -> Callable[[AccountId], Awaitable[EndedCall]]:
    """Keeps the record of a call, always the same."""

    async def end_call(account: AccountId) -> EndedCall:
        await store.calls.keep(_ended(account, CALL), ())
        return CALL

    return end_call
