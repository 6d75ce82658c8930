"""Ended calls are kept once each, through failures of the database and of the process."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from offhook.base.causes import Cause
from offhook.base.errors import Fenced, Unavailable
from offhook.base.events import HungUp
from offhook.base.ids import AccountId, ApplicationId, CallId
from offhook.base.journal.call_entries import LinkLost
from offhook.base.journal.entry import Epoch
from offhook.base.journal.inputs import Input
from offhook.base.records import Callback, CallRecord
from offhook.calls.call import Call, Origin
from offhook.calls.cdr import fold
from offhook.calls.journal import Journal
from offhook.calls.leg import Direction, EndedBy
from offhook.store import segments
from offhook.store.deliveries import Deliveries
from offhook.store.durable import DurableCalls
from offhook.store.durable_links import DurableLinks
from offhook.store.encryption import Cipher
from offhook.store.journal import Bounds, JournalFile
from offhook.testing.deterministic import LoopClock
from offhook.testing.loop import VirtualLoop

CLOCK = LoopClock()
Rows = Sequence[Any]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Files are written at once; everything else waits in virtual time."""
    return "asyncio", {"loop_factory": VirtualLoop}


class Outbox:
    """Rows without a seal."""

    def rows(self, callbacks: Sequence[Callback]) -> list[dict[str, Any]]:
        return [{"key": callback.key, "request": b"sealed"} for callback in callbacks]

    async def add_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """No callback is queued here."""


@dataclass
class Table:
    """The database: away until some moment, and with a rule for what it refuses."""

    away_until: float = 0.0
    kept: dict[CallId, tuple[CallRecord, Rows]] = field(default_factory=dict[CallId, Any])
    refused: Callable[[CallRecord], bool] = lambda _record: False
    fenced: bool = False
    unclear: int = 0
    transactions: int = 0

    async def keep_all(self, ended: Sequence[tuple[CallRecord, Rows]]) -> None:
        await asyncio.sleep(0.01)
        if self.fenced:
            raise Fenced
        if CLOCK.now() < self.away_until:
            raise Unavailable("no space left")
        if any(self.refused(record) for record, _ in ended):
            raise ZeroDivisionError
        self.transactions += 1
        for record, rows in ended:
            self.kept.setdefault(record.id, (record, rows))
        if self.unclear:
            # It was committed, and the connection broke before the confirmation.
            self.unclear -= 1
            raise Unavailable("connection lost")


async def at_once(work: Callable[[], None]) -> None:
    work()


@dataclass
class Process:
    """A server process with its journal."""

    folder: Path
    table: Table
    epoch: str = "1"
    bounds: Bounds | None = None
    in_memory: int = 2_000

    def __post_init__(self) -> None:
        self.journal = JournalFile(self.folder, self.epoch * 32, self.bounds)
        outbox: Any = Outbox()
        self.calls = DurableCalls(
            self.journal,
            self.table,
            outbox,
            Deliveries(self.journal, outbox, CLOCK),
            DurableLinks(self.journal, Cipher(bytes(32)), CLOCK),
            CLOCK,
            fold,
            Cipher(b"k" * 32),
            offload=at_once,
            in_memory=self.in_memory,
        )

    def dies(self) -> None:
        """The kernel keeps what was written, and forgets the lock."""
        self.journal._held.release()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.calls.run())
            yield
            task.cancel()

    def begins(self, number: int) -> Call:
        id, now = CallId(f"{number:032x}"), CLOCK.now()
        origin = Origin(
            id=id,
            account=AccountId("MA1"),
            application=ApplicationId("a1"),
            dialect="twilio",
            direction=Direction.INBOUND,
            caller="client:alice",
            callee="bob",
            wall=CLOCK.wall().isoformat(),
        )
        epoch = self.calls.first_epoch
        journal = Journal(now, epoch=epoch, sink=partial(self.calls.note, id))
        self.calls.begin(id, now, journal, epoch)
        call = Call(origin, now, journal)
        call.answer(call.caller_leg, now)
        return call

    def ends(self, call: Call) -> None:
        call.end(call.caller_leg, Cause.NORMAL, EndedBy.PEER, CLOCK.now())
        self.keeps(call)

    def keeps(self, call: Call, epoch: Epoch | None = None) -> None:
        record = fold(call.journal)
        request: Any = None
        owed = Callback(key=f"{record.id}-ended", call=record.id, order=0, request=request)
        self.calls.keep(record, [owed], epoch or call.journal.epoch)


async def seconds(much: float) -> None:
    await asyncio.sleep(much)


async def test_a_call_that_ended_is_kept_at_once(tmp_path: Path) -> None:
    process = Process(tmp_path / "j", Table())
    async with process.running():
        call = process.begins(1)
        await seconds(10)
        process.ends(call)
        await seconds(0.1)
        record, rows = process.table.kept[call.origin.id]
        assert (record.duration_s, rows[0]["key"]) == (10.0, f"{record.id}-ended")
        assert process.calls.feed.waiting == 0


@pytest.mark.threat("lost-records")
async def test_a_ten_minute_database_outage_loses_no_call(tmp_path: Path) -> None:
    table = Table(away_until=600.0)
    bounds = Bounds(segment_bytes=16_384)
    process = Process(tmp_path / "j", table, bounds=bounds, in_memory=100)
    expected: dict[CallId, CallRecord] = {}
    async with process.running():
        for number in range(1, 1_200):
            call = process.begins(number)
            await seconds(0.5)
            process.ends(call)
            expected[call.origin.id] = fold(call.journal)
        assert process.calls.feed.waiting == len(expected), "nothing was kept yet"
        assert "no space" in process.calls.feed.failure
        in_memory = sum(each is not None for each in process.calls.feed._waiting.values())
        assert in_memory <= 100 + 64
        await seconds(60)
    assert {id: record for id, (record, _) in table.kept.items()} == expected
    assert all(rows[0]["request"] == b"sealed" for _, rows in table.kept.values())
    assert (process.calls.feed.waiting, process.calls.feed.failure) == (0, "")
    assert table.transactions < 100, "many in one"
    assert process.journal.files <= 2, "what is in the database is not kept twice"


async def test_a_temporarily_unreadable_journal_loses_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path / "j", Table(away_until=5.0), in_memory=1)

    def unreadable(_number: int) -> None:
        raise OSError("Input/output error")

    async with process.running():
        for number in range(1, 9):
            process.ends(process.begins(number))
        with monkeypatch.context() as patch:
            patch.setattr(process.journal, "read", unreadable)
            await seconds(20)
            assert "cannot be read" in process.calls.feed.failure
        await seconds(6)
    assert len(process.table.kept) == 8


async def test_calls_go_on_while_the_database_is_away(tmp_path: Path) -> None:
    process = Process(tmp_path / "j", Table(away_until=30.0))
    async with process.running():
        began = CLOCK.now()
        for number in range(100):
            process.ends(process.begins(number))
        assert CLOCK.now() == began, "no call waited"
        await seconds(36)
        assert len(process.table.kept) == 100


async def test_the_journal_survives_a_killed_process(tmp_path: Path) -> None:
    table = Table(away_until=1_000.0)
    first = Process(tmp_path / "j", table)
    async with first.running():
        ended = first.begins(1)
        talking = first.begins(2)
        await seconds(7.5)
        first.ends(ended)
        last = first.begins(3)
        last.end(last.caller_leg, Cause.BUSY, EndedBy.PEER, CLOCK.now())
        talking.journal.note(CLOCK.now(), LinkLost())
        first.dies()
    table.away_until = 0.0
    second = Process(tmp_path / "j", table, epoch="2")
    left = {call.id: call for call in second.calls.recover()}
    assert set(left) == {talking.origin.id, last.origin.id}
    assert left[last.origin.id].entries == tuple(last.journal), "vital entries are written at once"
    assert left[talking.origin.id].entries == tuple(talking.journal)[:3]
    assert left[talking.origin.id].seen_s == pytest.approx(7.0)
    async with second.running():
        await seconds(1)
        kept, rows = table.kept[ended.origin.id]
        assert kept == fold(ended.journal)
        assert [row["key"] for row in rows] == [f"{kept.id}-ended"]
        for call in (talking, last):
            second.keeps(call, left[call.origin.id].epoch)
        await seconds(3)
    assert len(table.kept) == 3
    await second.calls.stop()
    third = Process(tmp_path / "j", table, epoch="3")
    assert third.calls.recover() == []
    assert third.calls.feed.waiting == 0
    await third.calls.stop()


async def test_calls_survive_repeated_kills_before_they_are_stored(
    tmp_path: Path,
) -> None:
    table = Table(away_until=1_000.0)
    first = Process(tmp_path / "j", table)
    talking = first.begins(1)
    first.ends(first.begins(2))
    first.dies()
    second = Process(tmp_path / "j", table, epoch="2")
    (left,) = second.calls.recover()
    assert left.id == talking.origin.id
    second.keeps(talking, left.epoch)
    second.dies()
    third = Process(tmp_path / "j", table, epoch="3")
    assert third.calls.recover() == [], "its end was written down"
    assert third.calls.feed.waiting == 2
    table.away_until = 0.0
    await third.calls.stop()
    assert len(table.kept) == 2


async def test_a_start_claims_each_open_call_and_the_process_before_has_no_effect_any_more(
    tmp_path: Path,
) -> None:
    first = Process(tmp_path / "j", Table())
    talking = first.begins(1)
    assert talking.journal.epoch == (1, 1)
    # A file system without locks lets another process in while this one lives.
    first.dies()
    second = Process(tmp_path / "j", Table(), epoch="2")
    (left,) = second.calls.recover()
    assert left.epoch == (2, 2)
    written = left.entries
    first.ends(talking)
    first.journal.retry()
    second.dies()
    third = Process(tmp_path / "j", Table(), epoch="3")
    (again,) = third.calls.recover()
    assert (again.entries, again.epoch) == (written, (3, 3))
    assert third.calls.feed.waiting == 0, "its end was not theirs to write"
    third.dies()


async def test_what_comes_with_an_older_epoch_is_not_written(tmp_path: Path) -> None:
    first = Process(tmp_path / "j", Table())
    talking = first.begins(1)
    first.dies()
    second = Process(tmp_path / "j", Table(), epoch="2")
    (left,) = second.calls.recover()
    taken = Journal(0.0, epoch=left.epoch, entries=left.entries)
    second.calls.begin(left.id, 0.0, taken, left.epoch)
    old = talking.journal.epoch
    second.calls.begin(left.id, 9.0, talking.journal, old)
    talking.journal.note(1.0, LinkLost())
    second.calls.note(left.id, talking.journal.entries[-1])
    hung_up = HungUp(leg=talking.caller_leg.id, cause=Cause.BUSY)
    second.calls.receive(left.id, Input(number=1, at=0.0, event=hung_up, epoch=old))
    second.keeps(talking)
    assert second.calls.feed.waiting == 0
    second.journal.retry()
    second.dies()
    third = Process(tmp_path / "j", Table(), epoch="3")
    (again,) = third.calls.recover()
    assert (again.entries, again.inputs) == (left.entries, ())
    third.dies()


@pytest.mark.parametrize("how", ["database", "lock"])
async def test_a_process_that_another_one_has_replaced_writes_nothing_any_more(
    tmp_path: Path, how: str
) -> None:
    process = Process(tmp_path / "j", Table(away_until=5.0))
    lost: list[CallId] = []
    process.calls.on_fenced = lost.extend
    async with process.running():
        talking, ended = process.begins(1), process.begins(2)
        process.ends(ended)
        await seconds(2.5)
        if how == "database":
            process.table.fenced, process.table.away_until = True, 0.0
        else:
            (tmp_path / "j" / "lock").unlink()
        before = {path: path.read_bytes() for path in (tmp_path / "j").glob("*.journal")}
        await seconds(8.0)
        assert lost == [talking.origin.id], "those that have ended are nothing to drop"
        process.ends(talking)
        talking.journal.note(CLOCK.now(), LinkLost())
        await seconds(3.0)
    after = {path: path.read_bytes() for path in (tmp_path / "j").glob("*.journal")}
    # Signs of life before it noticed are the same process's own, and claim nothing.
    assert set(after) == set(before)
    assert (process.table.kept, process.calls.feed.waiting) == ({}, 0)
    assert "stop this one" in process.calls.health()
    process.dies()
    if how == "lock":
        (tmp_path / "j" / "lock").unlink(missing_ok=True)
    second = Process(tmp_path / "j", Table(), epoch="2")
    (left,) = second.calls.recover()
    assert left.id == talking.origin.id, "the next one has it as it was"
    assert second.calls.feed.waiting == 1
    second.dies()


async def test_an_unconfirmed_commit_is_not_kept_twice(tmp_path: Path) -> None:
    table = Table(unclear=2)
    process = Process(tmp_path / "j", table)
    async with process.running():
        process.ends(process.begins(1))
        await seconds(5)
    assert len(table.kept) == 1
    assert process.calls.feed.waiting == 0


async def test_a_call_rejected_by_the_database_does_not_block_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = Table(refused=lambda record: record.id.endswith("5"))
    process = Process(tmp_path / "j", table)
    async with process.running():
        for number in range(1, 9):
            process.ends(process.begins(number))
        await seconds(5)
    assert len(table.kept) == 7
    assert process.calls.feed.waiting == 0
    assert caplog.text.count("record.refused") == 1


async def test_a_rejected_call_leaves_no_entries(tmp_path: Path) -> None:
    process = Process(tmp_path / "j", Table())
    async with process.running():
        call = process.begins(1)
        process.calls.drop(call.origin.id)
        await seconds(2)
        process.dies()
    again = Process(tmp_path / "j", Table(), epoch="2")
    assert again.calls.recover() == []


async def test_one_long_call_does_not_keep_all_segments(tmp_path: Path) -> None:
    bounds = Bounds(segment_bytes=8_192)
    process = Process(tmp_path / "j", Table(), bounds=bounds)
    async with process.running():
        long = process.begins(1)
        most = 0
        for number in range(2, 2_000):
            process.ends(process.begins(number))
            await seconds(0.1)
            most = max(most, process.journal.files)
        written = process.journal.number
        process.dies()
    assert written > 100
    assert most <= 16, "the old ones went, though the call goes on"
    again = Process(tmp_path / "j", Table(), epoch="2", bounds=bounds)
    left = {call.id: call for call in again.calls.recover()}
    assert left[long.origin.id].entries == tuple(long.journal)
    assert left[long.origin.id].seen_s == pytest.approx(CLOCK.now(), abs=1.1)


async def test_the_journal_is_private_and_has_no_secrets(
    tmp_path: Path,
) -> None:
    process = Process(tmp_path / "j", Table(away_until=10.0))
    process.ends(process.begins(1))
    files = [
        segments.path_of(tmp_path / "j", number) for number in segments.numbers(tmp_path / "j")
    ]
    assert files
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        assert b"sealed" not in path.read_bytes()


async def test_inputs_that_a_call_has_not_come_to_outlive_their_segment(tmp_path: Path) -> None:
    process = Process(tmp_path / "j", Table(), bounds=Bounds(segment_bytes=8_192))
    async with process.running():
        long = process.begins(1)
        leg = long.caller_leg.id
        for number, cause in ((1, Cause.BUSY), (2, Cause.NORMAL)):
            event = HungUp(leg=leg, cause=cause)
            given = Input(number=number, at=0.0, event=event, epoch=long.journal.epoch)
            process.calls.receive(long.origin.id, given)
        long.journal.note(CLOCK.now(), LinkLost(), leg, 1)
        for number in range(2, 2_000):
            process.ends(process.begins(number))
            await seconds(0.1)
        assert process.journal.number > 20, "the first segment is gone"
        process.dies()
    second = Process(tmp_path / "j", Table(), epoch="2")
    (left,) = second.calls.recover()
    assert [each.event for each in left.inputs] == [HungUp(leg=leg, cause=Cause.NORMAL)]
    second.dies()


async def test_more_open_calls_than_segments_hold_are_written_again_once_each(
    tmp_path: Path,
) -> None:
    process = Process(tmp_path / "j", Table(), bounds=Bounds(segment_bytes=4_096))
    for number in range(1, 400):
        process.begins(number)
    before = process.journal.number
    assert before > 20
    async with process.running():
        await seconds(2.5)
        assert process.journal.number < 4 * before, "each second each call at most once"
        process.dies()


async def test_a_data_directory_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    folder.mkdir()
    call = CallId("c" * 32)
    started = {
        "account": "MA1",
        "application": "a1",
        "dialect": "twilio",
        "direction": "inbound",
        "at": CLOCK.wall().isoformat(),
        "pii_caller": "client:alice",
        "pii_callee": "bob",
    }
    leg = {"direction": "inbound", "pii_peer": "client:alice"}
    rows = [
        (1, [call, 5.0]),
        (2, [call, 0, 0.0, "call-started", None, started]),
        (2, [call, 1, 0.0, "leg-started", call, leg]),
        (5, [8.0, CLOCK.wall().isoformat()]),
    ]
    segment = segments.Segment(folder, 1, epoch="e" * 32, start=0, size=8_192)
    segment.append(b"".join(segments.frame(kind, json.dumps(row).encode()) for kind, row in rows))
    segment.close()
    path = segments.path_of(folder, 1)
    whole = bytearray(path.read_bytes())
    whole[16] = segments.FORMER
    path.write_bytes(whole)
    process = Process(folder, Table())
    (left,) = process.calls.recover()
    assert [entry.event for entry in left.entries] == ["call-started", "leg-started"]
    assert (left.epoch, left.seen_s) == ((2, 1), 3.0)
    process.dies()
