"""Telephones do what a test says, and are told like pages."""

import asyncio

import pytest
from offhook.base import events
from offhook.base.accounts import Party
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import End, Invite
from offhook.base.ids import ApplicationId, LegId, Sdp
from offhook.testing import bench, office
from offhook.testing.chance import SeededIds
from offhook.testing.desk import At, Desk
from offhook.testing.memory import ACCOUNT

_TESTED = (bench, office)


def _invitation(name: str) -> Invite:
    return Invite(account=ACCOUNT, to=client(name), caller="client:alice", sdp=Sdp("offer"))


async def test_an_unregistered_name_is_unreachable() -> None:
    told: list[events.LegEvent] = []
    desk = Desk(SeededIds())
    desk.tell = told.append
    desk.send(LegId("1"), _invitation("nobody"))
    await asyncio.sleep(0)
    assert told == [events.HungUp(leg=LegId("1"), cause=Cause.UNREACHABLE)]


async def test_a_leg_goes_from_ringing_to_its_end_and_reports_it_once() -> None:
    told: list[events.LegEvent] = []
    desk = Desk(SeededIds())
    desk.tell = told.append
    desk.register("bob")
    desk.send(LegId("1"), _invitation("bob"))
    line = await desk.rings("bob")
    line.ring()
    line.answer("sdp")
    line.press("12", signalled=True)
    line.end()
    line.end()
    assert [type(event).__name__ for event in told] == [
        "Ringing",
        "Answered",
        "DtmfReceived",
        "DtmfReceived",
        "HungUp",
    ]
    desk.send(LegId("1"), End(Cause.BUSY))
    assert line.cause is Cause.NORMAL
    await line.until(At.ENDED)


async def test_a_call_arrives_with_the_parameters_of_the_page() -> None:
    came: list[events.Invited] = []
    desk = Desk(SeededIds())
    desk.tell = lambda _event: None
    desk.invited = came.append
    party = Party(account=ACCOUNT, name="alice", application=ApplicationId("a"))
    line = desk.call(party, "bob", parameters={"a": "1"})
    assert (came[0].leg, came[0].to, dict(came[0].parameters)) == (line.leg, "bob", {"a": "1"})


def test_unconnected_callbacks_raise() -> None:
    party = Party(account=ACCOUNT, name="alice", application=None)
    with pytest.raises(AssertionError):
        Desk(SeededIds()).call(party, "bob")
