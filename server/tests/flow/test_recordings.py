"""Recordings are kept, also those whose server died or whose database does not answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offhook.base.errors import Unavailable
from offhook.base.ids import CallId, LegId, RecordingId
from offhook.base.recording_events import RecordingKept, RecordingWritten
from offhook.base.recordings import (
    Recording,
    RecordingNotice,
    RecordingSource,
    RecordingState,
    RecordingTerms,
    StartRecording,
)
from offhook.base.records import Callback
from offhook.dialects.base import Dialect
from offhook.flow.recordings import RecordingKeeper
from offhook.testing.memory import ACCOUNT, InMemoryRecordings
from offhook.testing.unit_harness import UnitHarness

if TYPE_CHECKING:
    from offhook.base.events import LegEvent

CALL, LEG, ID = CallId("c" * 32), LegId("a" * 32), RecordingId("1" * 32)
NOTICE = RecordingNotice(url="http://app.test/status")


def recording(dialect: str) -> Recording:
    return Recording(
        id=ID,
        account=ACCOUNT,
        call=CALL,
        source=RecordingSource.SESSION,
        dialect=dialect,
        started_at=datetime(2026, 1, 31, tzinfo=UTC),
        notice=NOTICE,
    )


class Fixture:
    """A keeper with a leg that can be recorded."""

    def __init__(
        self, dialects: dict[str, Dialect], table: InMemoryRecordings | None = None
    ) -> None:
        self.harness = UnitHarness(dialects)
        self.table = table or InMemoryRecordings()
        deps = self.harness.deps._replace(recordings=self.table, files=self.table)
        self.posted: list[LegEvent] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.keeper = RecordingKeeper(
            deps,
            self.posted.append,
            lambda work: self.tasks.append(asyncio.get_running_loop().create_task(work)),
        )
        self.harness.media.open(LEG, CALL)

    def begin(self, which: Recording) -> None:
        self.keeper.begin(StartRecording(recording=which, leg=LEG, terms=RecordingTerms()))

    def written(self, seconds: float) -> None:
        self.table.seconds[recording("").key] = seconds
        self.keeper.handle(RecordingWritten(leg=LEG, recording=ID, seconds=seconds, size_bytes=1))

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)
        assert len(self.keeper) == 0


async def test_a_recording_is_kept_before_its_call_is_told(dialects: dict[str, Dialect]) -> None:
    fixture = Fixture(dialects)
    fixture.begin(recording("twilio"))
    await asyncio.sleep(1.0)
    assert fixture.table.all[ID].state is RecordingState.IN_PROGRESS
    assert fixture.posted == []
    fixture.written(4.0)
    await fixture.done()
    assert fixture.table.all[ID].state is RecordingState.COMPLETED
    kept = RecordingKept(leg=LEG, recording=ID, state="completed", seconds=4.0)
    assert fixture.posted == [kept]
    assert len(fixture.table.callbacks) == 1


async def test_it_waits_for_a_database_that_does_not_answer(dialects: dict[str, Dialect]) -> None:
    class Slow(InMemoryRecordings):
        """Does not answer at first."""

        failures = 3

        async def finish(self, recording: Recording, callbacks: Sequence[Callback]) -> bool:
            self.failures -= 1
            if self.failures >= 0:
                raise Unavailable("the database is away")
            return await super().finish(recording, callbacks)

    fixture = Fixture(dialects, Slow())
    fixture.begin(recording("twilio"))
    fixture.written(4.0)
    await fixture.done()
    assert fixture.table.all[ID].state is RecordingState.COMPLETED
    assert len(fixture.table.callbacks) == 1


async def test_what_an_earlier_process_left_is_completed_once(dialects: dict[str, Dialect]) -> None:
    table = InMemoryRecordings()
    await table.begin(recording("twilio"))
    table.seconds[recording("").key] = 180.0
    for callbacks in (1, 1):
        fixture = Fixture(dialects, table)
        await fixture.keeper.recover(lambda _call: False)
        await fixture.done()
        assert table.all[ID].duration_s == 180.0
        assert len(table.callbacks) == callbacks


async def test_that_of_a_call_that_goes_on_ends_with_it(dialects: dict[str, Dialect]) -> None:
    for goes_on in (True, False):
        table = InMemoryRecordings()
        await table.begin(recording("twilio"))
        table.seconds[recording("").key] = 2.0
        fixture = Fixture(dialects, table)
        await fixture.keeper.recover(lambda _call: True)
        if goes_on:
            fixture.begin(recording("twilio"))
        await asyncio.sleep(5.0)
        assert table.all[ID].runs
        fixture.keeper.call_over(CALL)
        if goes_on:
            await asyncio.sleep(1.0)
            assert table.all[ID].runs
            fixture.written(5.0)
        await fixture.done()
        assert table.all[ID].duration_s == (5.0 if goes_on else 2.0)


async def test_a_file_that_lacks_something_says_why(dialects: dict[str, Dialect]) -> None:
    fixture = Fixture(dialects)
    fixture.begin(replace(recording("twilio"), notice=None))
    fixture.table.seconds[recording("").key] = 1.0
    fixture.keeper.handle(
        RecordingWritten(leg=LEG, recording=ID, seconds=1.0, size_bytes=1, error="disk full")
    )
    await fixture.done()
    kept = fixture.table.all[ID]
    assert (kept.state, kept.reason, kept.duration_s) == (RecordingState.FAILED, "disk full", 1.0)
    assert fixture.table.callbacks == []
