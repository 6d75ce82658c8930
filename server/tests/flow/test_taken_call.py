"""What a call goes on with after a restart; tests/stories/test_restarts.py lets whole calls do so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from offhook.base.causes import Cause
from offhook.base.control import PlayInto
from offhook.base.events import Answered, HungUp, LegEvent, TransferRequested
from offhook.base.ids import CallId, LegId
from offhook.base.journal import call_entries as calls
from offhook.base.journal.entry import Entry, Epoch, JournalEntry
from offhook.base.journal.inputs import Input
from offhook.base.journal.media_entries import PlayEnded, PlayStarted
from offhook.base.journal.script_entries import VerbEnded, VerbStarted
from offhook.base.records import UnfinishedCall
from offhook.calls.transfer import NO_REF
from offhook.flow.limits import TOO_LATE_S
from offhook.flow.position import write_action
from offhook.flow.taken_call import live_legs, take_up

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEG = LegId("a" * 32)
STARTED = calls.CallStarted(
    account="MA",
    application="app",
    dialect="d",
    direction="inbound",
    at=BEGAN.isoformat(),
    pii_caller="client:alice",
    pii_callee="bob",
)


def unfinished(*bodies: JournalEntry, inputs: tuple[LegEvent, ...] = ()) -> UnfinishedCall:
    first = calls.LegStarted(direction="inbound", pii_peer="client:alice")
    entries = [
        Entry(number=n, at=float(n), body=b) for n, b in enumerate((STARTED, first, *bodies))
    ]
    return UnfinishedCall(
        id=CallId(LEG),
        entries=(entries[0], *(replace(entry, leg=LEG) for entry in entries[1:])),
        inputs=tuple(Input(number=n, at=0.0, event=e) for n, e in enumerate(inputs, 1)),
        seen_s=10.0,
        epoch=Epoch(2, 5),
    )


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def test_it_goes_on_with_its_own_time() -> None:
    taken = take_up(unfinished(), now=500.0, wall=after(14.0))
    assert taken is not None
    assert taken.began == 486.0
    resumed = taken.entries[-1]
    assert resumed.body == calls.CallResumed(seen_s=10.0, away_s=4.0)
    assert (resumed.position, resumed.at, resumed.epoch) == ((2, 0), 14.0, (2, 5))
    assert taken.epoch == (2, 5)


@pytest.mark.parametrize(("seconds", "goes_on"), [(TOO_LATE_S, True), (TOO_LATE_S + 0.1, False)])
def test_a_server_that_was_away_for_too_long_has_lost_it(seconds: float, goes_on: bool) -> None:
    taken = take_up(unfinished(), now=0.0, wall=after(10.0 + seconds))
    assert (taken is not None) is goes_on


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    taken = take_up(unfinished(), now=500.0, wall=after(-30.0))
    assert taken is not None
    assert taken.entries[-1].body == calls.CallResumed(seen_s=10.0, away_s=0.0)


def test_inputs_that_the_task_had_not_come_to_are_given_to_it() -> None:
    left = unfinished(inputs=(Answered(leg=LEG), HungUp(leg=LEG, cause=Cause.NORMAL)))
    answered = Entry(number=2, at=2.0, body=calls.LegAnswered(), leg=LEG, input=1)
    left = replace(left, entries=(*left.entries, answered))
    taken = take_up(left, 0.0, after(11.0))
    assert taken is not None
    assert taken.inputs == [(HungUp(leg=LEG, cause=Cause.NORMAL), 2)]
    assert taken.received == 2


def test_what_waits_behind_a_hang_up_is_not_lost_by_the_next_crash() -> None:
    other = LegId("b" * 32)
    transfer = TransferRequested(leg=LEG, ref=3, to="carol")
    left = unfinished(inputs=(transfer, HungUp(leg=other, cause=Cause.NORMAL)))
    # A call that was taken up comes to the hang-up first; then its server died again.
    body = calls.LegEnded(cause="normal", by="peer")
    ended = Entry(number=2, at=2.0, body=body, leg=other, input=2, epoch=Epoch(2, 4))
    taken = take_up(replace(left, entries=(*left.entries, ended)), 0.0, after(11.0))
    assert taken is not None
    assert taken.inputs == [(replace(transfer, ref=NO_REF), 1)]


def test_a_transfer_that_was_not_carried_out_is_requested_again() -> None:
    asked = calls.TransferRequested(pii_to="carol")
    again = TransferRequested(leg=LEG, ref=NO_REF, to="carol")
    taken = take_up(unfinished(asked), 0.0, after(11.0))
    assert taken is not None
    assert taken.inputs == [(again, None)]
    failed = calls.TransferFailed(reason="no party")
    taken = take_up(unfinished(asked, failed), 0.0, after(11.0))
    assert taken is not None
    assert taken.inputs == []


def test_a_journal_without_its_beginning_is_none() -> None:
    with pytest.raises(ValueError, match="call-started"):
        take_up(replace(unfinished(), entries=()), 0.0, BEGAN)


def test_what_a_program_had_played_is_played_again_unless_it_was_over() -> None:
    action = PlayInto(url="http://app.test/a.wav", times=0)
    accepted = calls.ControlAccepted(
        id="r", kind="play", play=2, secret_action=write_action(action)
    )
    taken = take_up(unfinished(accepted), 0.0, after(11.0))
    assert taken is not None
    assert taken.plays == {"r": action}
    for over in (
        PlayEnded(play=2, end="finished", detail=""),
        PlayStarted(sound="tones", times=1),
        calls.LegEnded(cause="normal", by="peer"),
    ):
        taken = take_up(unfinished(accepted, over), 0.0, after(11.0))
        assert taken is not None
        assert taken.plays == {}


def test_a_clock_that_was_set_during_the_call_does_not_lose_it() -> None:
    left = replace(unfinished(), seen=after(7_200.0))
    taken = take_up(left, now=500.0, wall=after(7_203.0))
    assert taken is not None
    assert taken.entries[-1].body == calls.CallResumed(seen_s=10.0, away_s=3.0)


def test_inputs_are_counted_on_from_those_that_entries_name() -> None:
    left = unfinished(inputs=(HungUp(leg=LEG, cause=Cause.NORMAL),))
    named = Entry(number=2, at=2.0, body=calls.LegRinging(), leg=LEG, input=41)
    left = replace(left, entries=(*left.entries, named))
    taken = take_up(left, 0.0, after(11.0))
    assert taken is not None
    assert taken.received == 41


def test_the_legs_of_calls_that_cannot_be_read_do_not_go_on() -> None:
    good = unfinished()
    unknown = VerbEnded(index=0, secret_outcome={"kind": "of another version"})
    bad = unfinished(VerbStarted(index=0, verb="play"), unknown)
    assert live_legs([good], after(11.0)) == {LEG}
    assert live_legs([bad], after(11.0)) == frozenset()
    assert live_legs([good], after(11.0), too_late_s=0.5) == frozenset()
