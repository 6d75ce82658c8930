"""Ended calls reach the database in order; tests/store/test_durable.py has its failures."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import pytest
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId
from offhook.base.records import CallRecord
from offhook.store.journal_entries import Ended, Row
from offhook.store.record_feed import RecordFeed
from offhook.testing.deterministic import LoopClock
from offhook.testing.loop import VirtualLoop

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "asyncio", {"loop_factory": VirtualLoop}


def ended(number: int) -> Ended:
    record = CallRecord(
        id=CallId(f"{number:032x}"),
        account=AccountId("MA1"),
        application=ApplicationId("a"),
        dialect="d",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=NOW,
        answered_at=None,
        ended_at=NOW,
        cause=Cause.NORMAL,
        legs=(),
        journal=(),
    )
    return Ended(record, ())


class Table:
    def __init__(self) -> None:
        self.batches: list[list[CallId]] = []

    async def keep_all(self, ended: Sequence[tuple[CallRecord, Sequence[Row]]]) -> None:
        self.batches.append([record.id for record, _ in ended])


async def at_once(work: Callable[[], None]) -> None:
    work()


async def test_calls_wait_in_memory_up_to_a_bound_and_are_read_back_in_order() -> None:
    table, settled, read = Table(), list[CallId](), list[CallId]()

    def reload(wanted: Collection[CallId]) -> dict[CallId, Ended | None]:
        read.extend(sorted(wanted))
        # The journal has lost one of them.
        return {call: ended(int(call, 16)) for call in wanted if int(call, 16) != 5}

    feed = RecordFeed(table, reload, settled.append, LoopClock(), at_once, in_memory=2)
    calls = [ended(number) for number in range(1, 7)]
    for each in calls:
        feed.put(each.record.id, each, may_drop=each.record.id != calls[3].record.id)
    assert feed.waiting == 6
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(feed.run())
        await asyncio.sleep(1.0)
        task.cancel()
    ids = [each.record.id for each in calls]
    assert read == [ids[2], ids[4], ids[5]], "the fourth could not be dropped"
    assert table.batches == [[*ids[:4], ids[5]]]
    assert sorted(settled) == ids
    assert (feed.waiting, feed.failure) == (0, "")
