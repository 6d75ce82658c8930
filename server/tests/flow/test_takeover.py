"""Calls of an earlier process go on or are closed; tests/stories/test_restarts.py lets whole calls do so."""

import asyncio
from dataclasses import replace

import pytest
from offhook.base.causes import Cause
from offhook.base.ids import CallId
from offhook.base.journal.entry import Epoch
from offhook.base.records import UnfinishedCall
from offhook.dialects.base import Dialect
from offhook.flow.limits import Limits
from offhook.testing.unit_harness import UnitHarness

Dialects = dict[str, Dialect]
NEXT = Epoch(2, 7)


async def left(harness: UnitHarness) -> UnfinishedCall:
    """A call that waits in a pause, as its server would have left it."""
    harness.set_answer("<Pause length='5'/>")
    alice = harness.call()
    await asyncio.sleep(1.0)
    entries = tuple(harness.records.written[CallId(alice.leg)])
    alice.end()
    await harness.records.record()
    await harness.dispatcher.idle()
    return UnfinishedCall(id=CallId(alice.leg), entries=entries, seen_s=1.0, epoch=NEXT)


async def test_a_call_goes_on_with_the_epoch_and_the_numbers_that_follow(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        unfinished = await left(harness)
        await harness.dispatcher.resume([unfinished])
        assert harness.dispatcher.calls == 1
        await harness.dispatcher.drain(0)
    record = harness.records.records[-1]
    state = [entry for entry in record.journal if entry.detail == 0]
    assert [entry.number for entry in state] == list(range(len(state))), "without gaps"
    resumed = next(entry for entry in record.journal if entry.event == "call-resumed")
    assert {entry.epoch for entry in record.journal if entry.position >= resumed.position} == {NEXT}
    assert {entry.epoch.call for entry in record.journal[: len(unfinished.entries)]} == {1}


@pytest.mark.parametrize("reason", ["too late", "no application", "unreadable"])
async def test_a_call_that_cannot_go_on_is_closed(
    dialects: Dialects, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(restart_wait_s=-1.0) if reason == "too late" else None
    async with UnitHarness(dialects, limits=limits) as harness:
        unfinished = await left(harness)
        if reason == "no application":
            harness.directory._applications.clear()
        if reason == "unreadable":
            unfinished = replace(unfinished, entries=unfinished.entries[1:])
        await harness.dispatcher.resume([unfinished])
        assert harness.dispatcher.calls == 0
    if reason == "unreadable":
        assert len(harness.records.records) == 1
        assert "call.unreadable" in caplog.text
    else:
        record = harness.records.records[-1]
        assert record.cause is Cause.SERVER_RESTARTED
        assert record.journal[-1].epoch == NEXT
