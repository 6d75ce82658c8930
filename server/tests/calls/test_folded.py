"""A call is brought to where its journal ends."""

import pytest
from offhook.base.causes import Cause
from offhook.base.ids import CallId, LegId
from offhook.base.journal.call_entries import LegRinging
from offhook.base.journal.entry import Entry
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.folded import fold_call
from offhook.calls.leg import EndedBy, Leg, State
from offhook.calls.transfer import leave
from offhook.testing.call_fixture import CallFixture
from offhook.testing.fake_signal import FakeLeg


def bridged() -> tuple[CallFixture, Leg, FakeLeg]:
    fixture = CallFixture()
    caller = fixture.answer()
    leg, bob = fixture.invite("bob")
    bob.ring()
    bob.answer()
    fixture.process_events()
    Bridge(fixture.control, caller, leg, BridgeLimits(limit_s=60)).start()
    return fixture, leg, bob


async def test_legs_have_their_states_and_no_media() -> None:
    fixture, leg, _ = bridged()
    call = fixture.control.call
    folded = fold_call(call.origin.id, call.journal.entries, began=100.0)
    assert folded.origin == call.origin
    assert [each.id for each in folded.legs] == [call.caller_leg.id, leg.id]
    assert all(each.state is State.UP and each.detached for each in folded.legs)
    assert folded.legs[1].rang
    assert folded.legs[1].up_at == 100.0
    assert folded.tables.bridged == {call.caller_leg.id: leg.id, leg.id: call.caller_leg.id}
    assert folded.tables.anchor == call.caller_leg.id


async def test_a_leg_that_ended_is_ended_and_hears_nobody() -> None:
    fixture, leg, bob = bridged()
    bob.end(Cause.BUSY)
    fixture.process_events()
    folded = fold_call(CallId("x"), fixture.control.call.journal.entries, 0.0)
    ended = folded.legs[1]
    assert (ended.state, ended.cause, ended.ended_by) == (State.ENDED, Cause.BUSY, EndedBy.PEER)
    assert ended.media_closed
    assert not ended.detached
    assert folded.tables.bridged == {}
    assert leg.ended


async def test_the_call_lives_for_the_party_that_was_transferred() -> None:
    fixture, leg, _ = bridged()
    leave(fixture.control, fixture.control.caller_leg, leg)
    folded = fold_call(CallId("x"), fixture.control.call.journal.entries, 0.0)
    assert folded.tables.anchor == leg.id


async def test_legs_that_a_program_muted_stay_muted() -> None:
    fixture, leg, _ = bridged()
    fixture.control.mute(leg, muted=True)
    fixture.control.mute(fixture.control.caller_leg, muted=True)
    fixture.control.mute(fixture.control.caller_leg, muted=False)
    folded = fold_call(CallId("x"), fixture.control.call.journal.entries, 0.0)
    assert folded.muted == {leg.id}


def test_a_journal_without_its_beginning_is_none() -> None:
    with pytest.raises(ValueError, match="call-started"):
        fold_call(CallId("x"), [], 0.0)
    with pytest.raises(ValueError, match="call-started"):
        fold_call(CallId("x"), [Entry(number=0, at=0.0, body=LegRinging())], 0.0)


async def test_a_leg_that_parted_from_another_call_is_joined_with_none() -> None:
    fixture = CallFixture()
    leg = fixture.answer()
    fixture.control.join(leg, LegId("f" * 32))
    journal = fixture.control.call.journal
    assert fold_call(CallId("x"), journal.entries, 0.0).tables.joined == {leg.id: "f" * 32}
    fixture.control.part(leg)
    assert fold_call(CallId("x"), journal.entries, 0.0).tables.joined == {}
    assert fixture.control.call.joined == {}
