"""Remote ends act for a test, and record what they receive."""

import asyncio

import pytest
from offhook.base import events
from offhook.base.accounts import Party
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import End, Invite
from offhook.base.ids import ApplicationId, LegId, Sdp
from offhook.testing import call_fixture, unit_harness
from offhook.testing.deterministic import SeededIds
from offhook.testing.fake_signal import CallState, FakeSignal
from offhook.testing.memory import ACCOUNT

_TESTED = (call_fixture, unit_harness)


def _invitation(name: str) -> Invite:
    return Invite(account=ACCOUNT, to=client(name), caller="client:alice", sdp=Sdp("offer"))


async def test_an_unregistered_name_is_unreachable() -> None:
    reported: list[events.LegEvent] = []
    signal = FakeSignal(SeededIds())
    signal.on_event = reported.append
    signal.send(LegId("1"), _invitation("bob"))
    await asyncio.sleep(0)
    assert reported == [events.HungUp(leg=LegId("1"), cause=Cause.UNREACHABLE)]


async def test_a_leg_goes_from_ringing_to_its_end_and_reports_it_once() -> None:
    reported: list[events.LegEvent] = []
    signal = FakeSignal(SeededIds())
    signal.on_event = reported.append
    signal.register("bob")
    signal.send(LegId("1"), _invitation("bob"))
    remote = await signal.next_invite("bob")
    remote.ring()
    remote.answer("sdp")
    remote.send_digits("12", signalled=True)
    remote.end()
    remote.end()
    assert [type(event).__name__ for event in reported] == [
        "Ringing",
        "Answered",
        "DtmfReceived",
        "DtmfReceived",
        "HungUp",
    ]
    signal.send(LegId("1"), End(Cause.BUSY))
    assert remote.cause is Cause.NORMAL
    await remote.wait_for(CallState.ENDED)


async def test_a_call_arrives_with_the_parameters_of_the_page() -> None:
    invited: list[events.Invited] = []
    signal = FakeSignal(SeededIds())
    signal.on_event = lambda _event: None
    signal.on_invite = invited.append
    party = Party(account=ACCOUNT, name="alice", application=ApplicationId("a"))
    remote = signal.call(party, "bob", parameters={"a": "1"})
    assert (invited[0].leg, invited[0].to, dict(invited[0].parameters)) == (
        remote.leg,
        "bob",
        {"a": "1"},
    )


def test_unconnected_callbacks_raise() -> None:
    party = Party(account=ACCOUNT, name="alice", application=None)
    with pytest.raises(AssertionError):
        FakeSignal(SeededIds()).call(party, "bob")
