"""A call is kept with its callbacks, both or neither, and found by its own account only."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from offhook.base.causes import Cause
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.call_entries import CallStarted, LegAnswered
from offhook.base.journal.entry import Entry, UnknownEntry
from offhook.base.media import MediaReport, StreamReport
from offhook.base.records import Callback, CallRecord, DialRecord, LegRecord
from offhook.base.web import WebLimits, WebRequest
from offhook.calls.cdr import fold
from offhook.store import pagination
from offhook.store.accounts import Account
from offhook.store.store import Store
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
LIMITS = WebLimits(
    connect_s=2,
    read_s=40,
    total_s=55,
    retries=1,
    retry_on=frozenset({"connect"}),
    redirects=10,
    body_bytes=100_000,
)


def record(account: AccountId, number: int = 1, *, began: datetime = BEGAN) -> CallRecord:
    call = f"{number:032x}"
    first = LegRecord(
        id=LegId(call),
        direction="inbound",
        peer="client:alice",
        started_at=began,
        answered_at=began + timedelta(seconds=2),
        ended_at=began + timedelta(seconds=10.5),
        cause=Cause.NORMAL,
        ended_by="peer",
        media=MediaReport(codec="opus/48000/2", received=StreamReport(packets=500, mos=4.2)),
    )
    started = CallStarted(
        account=account,
        application="a" * 32,
        dialect="plivo",
        direction="inbound",
        at=began.isoformat(),
        pii_caller="alice",
        pii_callee="bob",
    )
    second = replace(first, id=LegId("b" + call[1:]), direction="outbound", media=None)
    return CallRecord(
        id=CallId(call),
        account=account,
        application=ApplicationId("a" * 32),
        dialect="plivo",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=began,
        answered_at=began + timedelta(seconds=2),
        ended_at=began + timedelta(seconds=10.5),
        cause=Cause.NORMAL,
        hung_up_by="callee",
        dialled=DialRecord(leg=second.id, answered=True, cause=Cause.NORMAL, by="callee"),
        legs=(first, second),
        journal=(
            Entry(number=0, at=0.0, body=started),
            Entry(number=1, at=2.0, body=LegAnswered(), leg=first.id),
        ),
    )


def callbacks(call: CallRecord, count: int = 2) -> Sequence[Callback]:
    request = WebRequest(
        method="POST",
        url="https://a.example/hangup",
        form=(("From", "alice"), ("To", "bob")),
        headers={"X-Signature": "abc="},
        limits=LIMITS,
        account=call.account,
        call=call.id,
    )
    return [
        Callback(key=f"{call.id}-{order}", call=call.id, order=order, request=request)
        for order in range(count)
    ]


async def test_a_call_is_found_as_it_was_kept(store: Store, account: Account) -> None:
    kept = record(account.id)
    await store.calls.keep(kept, callbacks(kept))
    assert await store.calls.get(account.id, kept.id) == kept
    assert await store.outbox.waiting() == 2


async def test_keeping_a_call_again_changes_nothing_and_adds_no_callbacks(
    store: Store, account: Account
) -> None:
    kept = record(account.id)
    await store.calls.keep(kept, callbacks(kept))
    for owed in await store.outbox.claim("me", most=10, for_s=60):
        await store.outbox.mark_delivered(owed.callback.key)
    await store.calls.keep(replace(kept, callee="other"), callbacks(kept))
    assert await store.calls.get(account.id, kept.id) == kept
    assert await store.outbox.waiting() == 1


async def test_call_and_callbacks_are_kept_together_or_not_at_all(
    store: Store, account: Account
) -> None:
    kept = record(account.id)
    twice = callbacks(kept, 1)[0]
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await store.calls.keep(kept, [twice, twice])
    with pytest.raises(NotFound):
        await store.calls.get(account.id, kept.id)
    assert await store.outbox.waiting() == 0


async def test_listeners_of_the_outbox_are_notified_after_the_commit(
    store: Store, account: Account
) -> None:
    reported: list[int] = []
    store.outbox.on_added(lambda: reported.append(1))
    kept = record(account.id)
    await store.calls.keep(kept, callbacks(kept))
    silent = record(account.id, 2)
    await store.calls.keep(silent, [])
    assert reported == [1]


async def test_many_calls_that_end_at_once_are_all_kept(store: Store, account: Account) -> None:
    records = [record(account.id, number) for number in range(40)]
    await asyncio.gather(*(store.calls.keep(one, callbacks(one, 1)) for one in records))
    assert len((await store.calls.list(account.id, limit=100)).items) == 40
    assert await store.outbox.waiting() == 40


@pytest.mark.threat("object-access")
async def test_another_account_never_sees_it(
    store: Store, account: Account, stranger: Account
) -> None:
    kept = record(account.id)
    await store.calls.keep(kept, [])
    with pytest.raises(NotFound):
        await store.calls.get(stranger.id, kept.id)
    assert (await store.calls.list(stranger.id)).items == ()


@pytest.mark.threat("sql-injection")
async def test_hostile_text_from_a_page_does_not_lose_the_call(
    store: Store, account: Account
) -> None:
    hostile = "\0\ud800\u202e" + "x" * 300
    body = UnknownEntry(name="x", json={hostile: [hostile, float("inf")]})
    entry = Entry(number=0, at=float("nan"), body=body)
    kept = replace(record(account.id), callee=hostile, caller=hostile, journal=(entry,))
    await store.calls.keep(kept, callbacks(kept))
    found = await store.calls.get(account.id, kept.id)
    assert found.callee.endswith("x" * 300)
    assert len(found.journal) == 1


async def test_lists_are_newest_first_in_pages_without_journals(
    store: Store, account: Account
) -> None:
    # Two calls began at the same microsecond: none may be lost between pages.
    moments = [0, 1, 1, 2, 3]
    for number, moment in enumerate(moments):
        await store.calls.keep(
            record(account.id, number, began=BEGAN + timedelta(microseconds=moment)), []
        )
    found: list[CallRecord] = []
    after = ""
    for _ in range(3):
        page = await store.calls.list(account.id, after=after, limit=2)
        found += page.items
        after = page.next
    assert after == ""
    assert [call.id for call in found] == [f"{number:032x}" for number in (4, 3, 2, 1, 0)]
    assert all(call.journal == () and len(call.legs) == 2 for call in found)


async def test_lists_can_be_cut_by_time(store: Store, account: Account) -> None:
    for number in range(4):
        await store.calls.keep(
            record(account.id, number, began=BEGAN + timedelta(hours=number)), []
        )
    found = await store.calls.list(
        account.id, since=BEGAN + timedelta(hours=1), until=BEGAN + timedelta(hours=3)
    )
    assert [call.id for call in found.items] == [f"{number:032x}" for number in (2, 1)]


@pytest.mark.parametrize("words", [["yesterday", "x"], ["2026-01-01T00:00:00", "x"], ["x"]])
async def test_an_invalid_cursor_is_rejected(
    store: Store, account: Account, words: list[str]
) -> None:
    with pytest.raises(UsageError, match="after"):
        await store.calls.list(account.id, after=pagination.encode_cursor(words))


def pragma(store: Store, *words: str) -> Callable[[], Awaitable[None]]:
    """Every transaction of the store begins with these; returns what ends that."""

    def begun(connection: Connection) -> None:
        for word in words:
            connection.exec_driver_sql(f"PRAGMA {word}")

    direct = store.database._direct
    assert direct is not None
    engines = (engine_of(store).sync_engine, direct.engine)
    for engine in engines:
        event.listen(engine, "begin", begun, insert=True)

    async def end() -> None:
        for engine in engines:
            event.remove(engine, "begin", begun)
        direct.engine.dispose()
        await engine_of(store).dispose()

    return end


def engine_of(store: Store) -> AsyncEngine:
    return store.database._engine


async def full(store: Store, database: str) -> Callable[[], Awaitable[None]]:
    """The database cannot have one page more."""
    del database
    async with store.database.read() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
    return pragma(store, f"max_page_count={pages}")


async def read_only(store: Store, database: str) -> Callable[[], Awaitable[None]]:
    """As on a disk that was mounted again after an error."""
    del database
    return pragma(store, "query_only=ON")


async def locked(store: Store, database: str) -> Callable[[], Awaitable[None]]:
    """Another process writes and does not come to an end."""
    pragma(store, "busy_timeout=50")
    path = database.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    async def end() -> None:
        other.execute("ROLLBACK")
        other.close()

    return end


async def gone(store: Store, database: str) -> Callable[[], Awaitable[None]]:
    """Every connection is cut, and none is let in."""
    del store
    url = make_url(database)
    admin = await asyncpg.connect(url.set(database="postgres").render_as_string(False))
    await admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
    await admin.execute(cut, url.database)

    async def end() -> None:
        await admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
        await admin.close()

    return end


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110  (a database rings no bell)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "outage", "said"),
    [
        ("sqlite", full, "no space left"),
        ("sqlite", read_only, "read-only"),
        ("sqlite", locked, "locked"),
        ("postgresql", gone, "does not answer"),
    ],
)
@pytest.mark.threat("lost-records")
async def test_calls_that_end_during_an_outage_are_all_kept(
    store: Store, database: str, account: Account, tmp_path: Path, outage: Any, said: str
) -> None:
    durable = store.durable(tmp_path / "journal", "e" * 32, fold)
    ended = [record(account.id, number) for number in range(1, 301)]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(durable.run())
        end = await outage(store, database)
        for one in ended:
            durable.begin(one.id, 0.0, one.journal, durable.first_epoch)
            durable.keep(one, callbacks(one, 1), durable.first_epoch)
        await until(lambda: bool(durable.feed.failure))
        assert said in (await store.health())["database"]
        assert durable.figures()["pending_calls"] == 300
        await end()
        await until(lambda: durable.feed.waiting == 0)
        running.cancel()
    page = await store.calls.list(account.id, limit=1000)
    assert {call.id for call in page.items} == {call.id for call in ended}
    assert await store.outbox.waiting() == 300
    assert durable.feed.failure == ""
    await durable.stop()
