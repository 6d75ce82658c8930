"""The record is read out of the journal, and out of nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.entry import Entry
from offhook.base.journal.script_entries import DocumentRequested
from offhook.base.journal.table import decode
from offhook.base.media import MediaReport, StreamReport
from offhook.calls.call import Call, Origin
from offhook.calls.cdr import fold
from offhook.calls.leg import Direction, EndedBy

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
REPORT = MediaReport(
    codec="opus/48000/2",
    received=StreamReport(
        packets=500, bytes=40_000, lost=3, longest_loss=2, jitter_ms=1.5, mos=4.3
    ),
    sent=StreamReport(packets=498),
    rtt_ms=12.5,
)


def _call() -> Call:
    origin = Origin(
        id=CallId("a" * 32),
        account=AccountId("MA0123456789ABCDEFGH"),
        application=ApplicationId("app"),
        dialect="d",
        direction=Direction.INBOUND,
        caller="client:alice",
        callee="bob",
        wall=BEGAN.isoformat(),
    )
    return Call(origin, 0.0)


def test_the_record_of_a_bridged_call_is_complete() -> None:
    call = _call()
    bob = call.add(LegId("b" * 32), Direction.OUTBOUND, "client:bob", 1.0)
    call.take(events.Ringing(leg=bob.id), 2.0)
    call.take(events.Answered(leg=bob.id), 5.0)
    call.answer(call.caller_leg, 5.5)
    call.bridge(call.caller_leg.id, bob.id, 5.5)
    call.take(events.HungUp(leg=bob.id, cause=Cause.NORMAL), 65.5)
    call.unbridge(call.caller_leg.id, 65.5)
    call.end(call.caller_leg, Cause.DOCUMENT_ENDED, EndedBy.SERVER, 66.0)
    call.take(events.Reported(leg=bob.id, report=REPORT), 66.1)
    record = fold(call.journal)
    assert (record.id, record.caller, record.callee) == ("a" * 32, "client:alice", "bob")
    assert record.started_at == BEGAN
    assert record.answered_at == BEGAN + timedelta(seconds=5.5)
    assert record.ended_at == BEGAN + timedelta(seconds=66)
    assert (record.answered_s, record.duration_s) == (60.5, 66.0)
    assert record.cause is Cause.DOCUMENT_ENDED
    first, second = record.legs
    assert (first.direction, first.peer, first.ended_by) == ("inbound", "client:alice", "server")
    assert (second.direction, second.cause, second.ended_by) == ("outbound", Cause.NORMAL, "peer")
    assert second.answered_at == BEGAN + timedelta(seconds=5)
    assert second.media == REPORT
    assert first.media is None


def test_a_call_that_was_cut_short_failed_at_its_last_line() -> None:
    call = _call()
    call.answer(call.caller_leg, 1.0)
    asked = DocumentRequested(
        purpose="answer", method="POST", pii_url="", nonce="", secret_question={}
    )
    call.journal.note(9.0, asked)
    record = fold(call.journal.entries)
    assert record.cause is Cause.FAILED
    assert record.ended_at == BEGAN + timedelta(seconds=9)


def test_former_names_of_events_are_read() -> None:
    former = {"call-started": "call-began", "leg-started": "leg-began"}
    journal = _call().journal.entries
    entries = [
        Entry(
            number=e.number,
            at=e.at,
            leg=e.leg,
            body=decode(former.get(e.event, e.event), e.details),
        )
        for e in journal
    ]
    assert fold(entries).legs == fold(journal).legs


def test_a_journal_must_begin_at_the_beginning() -> None:
    with pytest.raises(ValueError, match="call-started"):
        fold(_call().journal.entries[1:])
