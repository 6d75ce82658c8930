"""A call whose server died is closed by the next one: record, cause, callbacks."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from offhook.base.causes import Cause
from offhook.base.events import HungUp
from offhook.base.ids import ApplicationId, CallId
from offhook.base.journal.entry import Entry
from offhook.base.journal.inputs import Input
from offhook.base.records import UnfinishedCall
from offhook.dialects.base import Dialect
from offhook.flow.closing import close_unfinished
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness

Dialects = dict[str, Dialect]
DIAL = {
    "twilio": "<Dial answerOnBridge='true'><Client>bob</Client></Dial>",
    "plivo": "<Dial><User>bob</User></Dial>",
}
ANSWERED = {
    "twilio": {"CallStatus": "completed", "CallDuration": "9"},
    "plivo": {
        "CallStatus": "completed",
        "Duration": "9",
        "HangupCause": "NORMAL_TEMPORARY_FAILURE",
    },
}
UNANSWERED = {
    "twilio": {"CallStatus": "failed"},
    "plivo": {"CallStatus": "failed", "HangupCause": "NORMAL_TEMPORARY_FAILURE"},
}


def left(
    entries: Sequence[Entry], seen_s: float = 0.0, inputs: Sequence[Input] = ()
) -> UnfinishedCall:
    """The one call of the harness, as its server would have left it."""
    return UnfinishedCall(
        id=CallId(str(entries[1].leg)),
        entries=tuple(entries),
        seen_s=seen_s,
        inputs=tuple(inputs),
    )


def form(harness: UnitHarness) -> dict[str, str]:
    return dict(harness.records.callbacks[-1].request.form)


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_interrupted_call_is_closed_from_its_journal(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, _ = await harness.bridged_call(DIAL[dialect], dialect)
        written = tuple(harness.records.written[CallId(alice.leg)])
        alice.end()
        await harness.records.record()
        answered_at = next(
            e.at for e in written if e.event == "leg-answered" and e.leg == alice.leg
        )
        await close_unfinished([left(written, answered_at + 9.0)], harness.deps)
    record = harness.records.records[-1]
    assert (record.cause, record.hung_up_by) == (Cause.SERVER_RESTARTED, "server")
    assert record.answered_s == pytest.approx(9.0)
    assert {leg.cause for leg in record.legs} == {Cause.SERVER_RESTARTED}
    assert {leg.ended_by for leg in record.legs} == {"server"}
    assert [entry.number for entry in record.journal] == list(range(len(record.journal)))
    reported = form(harness)
    assert ANSWERED[dialect].items() <= reported.items()
    undisturbed, after = harness.records.callbacks
    assert (undisturbed.key, undisturbed.order) == (after.key, after.order), (
        "the same when repeated"
    )


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_call_that_was_not_answered_failed(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(DIAL[dialect])
        alice = harness.call(dialect=dialect)
        await harness.signal.next_invite("bob")
        written = tuple(harness.records.written[CallId(alice.leg)])
        alice.end()
        await harness.records.record()
        await close_unfinished([left(written)], harness.deps)
    record = harness.records.records[-1]
    assert (record.cause, record.answered_at) == (Cause.SERVER_RESTARTED, None)
    assert UNANSWERED[dialect].items() <= form(harness).items()


async def test_a_call_that_had_ended_keeps_its_cause(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
        first = await harness.records.record()
        ends = next(n for n, e in enumerate(first.journal) if e.event == "leg-ended")
        entries = first.journal[: ends + 1]
        await close_unfinished([left(entries, 500.0)], harness.deps)
    again = harness.records.records[-1]
    assert (again.cause, again.ended_at) == (first.cause, first.ended_at)


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_hang_up_that_was_received_and_not_yet_looked_at_counts(
    dialects: Dialects, who: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(DIAL["twilio"], "twilio")
        leaver = alice if who == "caller" else bob
        leaver.end()
        # The call's task has not run since: this is what a process leaves that dies now.
        written = tuple(harness.records.written[CallId(alice.leg)])
        inputs = tuple(harness.records.inputs[CallId(alice.leg)])
        assert [e.event.leg for e in inputs if isinstance(e.event, HungUp)] == [leaver.leg]
        assert not [e for e in written if e.event == "leg-ended"]
        await harness.records.record()
        await close_unfinished([left(written, 500.0, inputs)], harness.deps)
    before, after = harness.records.records
    ends = {leg.id: (leg.cause, leg.ended_by, leg.ended_at) for leg in after.legs}
    cause, by, at = ends[leaver.leg]
    assert (cause, by) == (Cause.NORMAL, "peer")
    assert at - after.started_at < timedelta(seconds=500)
    # Whether the call ends when the callee leaves depends on the document.
    expected = Cause.NORMAL if who == "caller" else Cause.SERVER_RESTARTED
    assert after.cause is expected
    if who == "caller":
        assert (after.cause, after.ended_at) == (before.cause, before.ended_at)
    ended = [entry.leg for entry in after.journal if entry.event == "leg-ended"]
    assert sorted(map(str, ended)) == sorted([alice.leg, bob.leg]), "one end for each leg"


async def test_a_call_that_had_only_begun_gets_a_callback_in_its_dialect(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call(dialect="plivo")
        entries = tuple(harness.records.written[CallId(alice.leg)])
        assert len(entries) == 2, "written before its task ran"
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
        await close_unfinished([left(entries, 0.25)], harness.deps)
    record = harness.records.records[-1]
    assert (record.dialect, record.cause) == ("plivo", Cause.SERVER_RESTARTED)
    assert record.ended_at == record.started_at + timedelta(seconds=0.25)
    assert form(harness)["CallUUID"]


async def test_without_its_application_there_is_a_record_and_no_callback(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call()
        entries = tuple(harness.records.written[CallId(alice.leg)])
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
        harness.directory._applications.clear()
        await close_unfinished([left(entries)], harness.deps)
    assert [record.cause for record in harness.records.records][-1] is Cause.SERVER_RESTARTED
    assert len(harness.records.callbacks) == 1
    assert harness.records.records[-1].application != ApplicationId("")


async def test_an_unreadable_journal_does_not_block_others(
    dialects: Dialects, caplog: pytest.LogCaptureFixture
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call()
        entries = tuple(harness.records.written[CallId(alice.leg)])
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
        broken = UnfinishedCall(id=CallId("f" * 32), entries=entries[1:], seen_s=1.0)
        await close_unfinished([broken, left(entries)], harness.deps)
    assert len(harness.records.records) == 2
    assert "call.unreadable" in caplog.text
