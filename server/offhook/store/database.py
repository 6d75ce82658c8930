"""Opens the database, brings its tables up to date, and hands out transactions."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any, Final, TypeVar

from pydantic_core import to_json
from sqlalchemy import URL, Connection, Row, Select, create_engine, event, make_url, text
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from offhook.base.clock import Hold, no_hold
from offhook.base.errors import Unavailable, UsageError
from offhook.base.ids import AccountId
from offhook.store import migrate
from offhook.store.shares import Shares
from offhook.store.sqlite_direct import Lookup, SqliteDirect

T = TypeVar("T")

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_BUSY_MS: Final = 10_000
_WRITES: Final = "offhook_writes"
_READS: Final = {"sqlite": 4, "postgresql": 12}
"""Reads of accounts at the same time. Pools have more connections: for log-ins, and the server's own."""
_LOOKUPS: Final = 4
"""The same of what calls look up as they begin: apart from reads, which may take long."""
_WRITES_AT_ONCE: Final = {"sqlite": 1, "postgresql": 4}
_OWN: Final = "the server"
"""What the server writes by itself, records above all, takes turns with the accounts."""
_OURS: Final = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
"""Errors of the statement itself, which a retry cannot fix."""


class Database:
    """A database of ours. Transactions either read or write; each sees one moment of it."""

    def __init__(self, engine: AsyncEngine, hold: Hold = no_hold) -> None:
        self._engine = engine
        self._hold = hold
        name = engine.dialect.name
        self._reads = Shares(_READS[name])
        self._lookups = Shares(_LOOKUPS)
        # SQLite has one writer at a time. This queue is fair; its own lock is not.
        self._writes = Shares(_WRITES_AT_ONCE[name])
        self._alone = name == "sqlite"
        self._queries = _without_transactions(engine)
        self._direct = _direct(engine, hold) if self._alone else None

    @classmethod
    async def open(cls, url: str, hold: Hold = no_hold) -> "Database":
        """Connect, and bring the tables up to date.

        Args:
            url: `sqlite:///file.db` or `postgresql://user:password@host/name`.
            hold: Holds the clock while the database works: SQLite does so in a thread.

        Raises:
            UsageError: the URL is of no database we know, or the tables are of a newer server.
            Unavailable: the database does not answer.
        """
        parsed = _parsed(url)
        if parsed.get_backend_name() == "sqlite":
            with hold("opening the database"):
                await asyncio.to_thread(_probe_sqlite, str(parsed.database))
        database = cls(_engine(parsed), hold)
        try:
            async with database.write() as connection:
                await connection.run_sync(_up_to_date)
        except DBAPIError as error:
            await database.close()
            raise Unavailable(f"cannot open the database: {_first_line(error)}") from error
        except BaseException:
            await database.close()
            raise
        return database

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that changes nothing."""
        with _translated_errors(), self._hold("the database"):
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def read_for(self, account: AccountId) -> AsyncGenerator[AsyncConnection]:
        """As `read`, for what an account lists or looks up: within its share of the reads.

        Raises:
            Unavailable: the database does not answer, or too many reads of the account wait.
        """
        async with self._reads.turn(account), self.read() as connection:
            yield connection

    async def fetch(
        self, query: Select[*tuple[Any, ...]], values: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        """All rows of one query, by itself: it sees one moment without a transaction around it.

        Several times cheaper than `read`, above all where the query is made once, with `bindparam`
        in place of values.

        Args:
            query: What to read.
            values: Of its parameters.
        """
        with _translated_errors(), self._hold("the database"):
            connection = await self._queries.connect()
            try:
                return (await connection.execute(query, values)).all()
            finally:
                # Nothing is to be rolled back, so that this never waits: it needs no task of its own,
                # as `async with` would make to be safe from cancellation.
                await connection.close()

    async def find(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows of a look-up by a key; several times cheaper than `fetch` with SQLite.

        Raises:
            Unavailable: the database does not answer.
        """
        found = self._found(lookup, values)
        return await self._fetch(lookup, values) if found is None else found

    async def find_for(
        self, account: AccountId, lookup: Lookup, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """As `find`, for what a call of the account looks up: within its share of the look-ups.

        Raises:
            Unavailable: the database does not answer, or too many look-ups of the account wait.
        """
        found = self._found(lookup, values)
        if found is not None:
            return found
        async with self._lookups.turn(account):
            return await self._fetch(lookup, values)

    def _found(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]] | None:
        if self._direct is None:
            return None
        # A backup that is put back keeps readers out; what fails here is waited for, or fails, below.
        with contextlib.suppress(sqlite3.Error, UnicodeError):
            return self._direct.find(lookup, values)
        return None

    async def _fetch(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in await self.fetch(lookup.query, values)]

    async def change(self, work: Callable[[Connection], T]) -> T:
        """As `write`, for what the server writes for each call: all of it in one step.

        Args:
            work: Runs in another thread: it must use nothing that is changed meanwhile.

        Raises:
            Unavailable: the database does not answer.
        """
        if self._direct is None:
            async with self.write() as connection:
                return await connection.run_sync(work)
        with _translated_errors():
            async with self._writes.turn(_OWN):
                return await self._direct.change(work)

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that is committed when the block ends, and rolled back when it raises."""
        return self._write(self._writes.turn(_OWN) if self._alone else nullcontext())

    def write_for(self, account: AccountId) -> AbstractAsyncContextManager[AsyncConnection]:
        """As `write`, for what an account changes: within its share of the writes.

        Raises:
            Unavailable: the database does not answer, or too many writes of the account wait.
        """
        return self._write(self._writes.turn(account))

    @asynccontextmanager
    async def _write(
        self, turn: AbstractAsyncContextManager[None]
    ) -> AsyncGenerator[AsyncConnection]:
        with _translated_errors(), self._hold("the database"):
            async with turn, self._engine.connect() as plain:
                connection = await plain.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Close all connections."""
        if self._direct is not None:
            self._direct.close()
        await self._queries.dispose()
        await self._engine.dispose()


@contextmanager
def _translated_errors() -> Generator[None]:
    try:
        yield
    except _OURS:
        raise
    # The disk is full or the server is unreachable. A driver that has no class for it (a server that
    # starts, stops or ends a transaction of its own accord) raises the general one.
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise Unavailable(f"the database does not answer: {_first_line(error)}") from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.get_backend_name()]
    except (ArgumentError, NoSuchModuleError, KeyError):
        raise UsageError(
            "the database must be sqlite:///file.db or postgresql://user:password@host/name"
        ) from None
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise UsageError("the database must be a file: sqlite:////path/to/file.db")
    return parsed.set(drivername=driver)


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, pool_size=6, max_overflow=0, pool_timeout=30)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    return create_async_engine(
        url, pool_size=8, max_overflow=16, pool_timeout=30, pool_pre_ping=True
    )


def _without_transactions(engine: AsyncEngine) -> AsyncEngine:
    """The same database, each statement by itself."""
    if engine.dialect.name != "sqlite":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    # Connections of their own: to change the mode of one costs as much as a query.
    queries = create_async_engine(
        engine.url,
        pool_size=4,
        max_overflow=0,
        pool_timeout=30,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )
    event.listen(queries.sync_engine, "connect", _prepare_sqlite)
    return queries


def _direct(engine: AsyncEngine, hold: Hold) -> SqliteDirect:
    """The same database, for what every call needs."""
    url = engine.url.set(drivername="sqlite")
    writer = create_engine(url, pool_size=1, max_overflow=0, json_serializer=_json)
    event.listen(writer, "connect", _prepare_sqlite)
    event.listen(writer, "begin", _begin_sqlite)
    return SqliteDirect(writer.execution_options(**{_WRITES: True}), str(url.database), hold)


def _json(value: object) -> str:
    return to_json(value).decode()


def _probe_sqlite(path: str) -> None:
    # The driver's thread outlives a connection that could not be made, and then calls into a loop
    # that is gone. So what can go wrong is found out without it.
    try:
        # Other users may not read it from its first moment on; SQLite gives its -wal and -shm the same mode.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        probe = sqlite3.connect(path)
        try:
            probe.execute("PRAGMA schema_version")
        finally:
            probe.close()
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(f"cannot open the database {path}: {error}") from error


def _prepare_sqlite(
    connection: AsyncAdapt_aiosqlite_connection | sqlite3.Connection, _record: object
) -> None:
    # The driver must not begin transactions by itself: it would do so too late, and only for some.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: a commit is on the disk when it returns. The outbox depends on that.
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could not wait for another writer: it would
    # fail, because what it read is stale by then. So writers take the lock at once.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _up_to_date(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Servers that start together take turns; the lock ends with the transaction.
        connection.execute(text("SELECT pg_advisory_xact_lock(7236583)"))
    migrate.upgrade(connection)


def _first_line(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).splitlines() or [type(origin).__name__])[0][:200]
