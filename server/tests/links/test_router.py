"""Invitations are routed by address, commands and events by leg."""

from dataclasses import dataclass
from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.address import Address, Kind, client
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, LegId, Sdp


def test_other_kinds_of_addresses_have_no_route(harness: Any) -> None:
    number = Address(Kind.NUMBER, "+15551230000")
    assert not harness.router.has_route(number)
    assert harness.router.has_route(client("bob"))
    harness.router.send(
        LegId("b" * 32),
        commands.Invite(account=AccountId("MA"), to=number, caller="client:alice", sdp=Sdp("v=0")),
    )
    assert harness.deliver == [events.HungUp(leg=LegId("b" * 32), cause=Cause.NO_ROUTE)]


@pytest.mark.parametrize(
    "command",
    [
        commands.Ring(None),
        commands.Answer(None),
        commands.SendMessage("a/b", ""),
        commands.SendDtmf("1", 0.1),
        commands.Notify("held"),
        commands.AcceptOffer(1, Sdp("v=0")),
        commands.End(Cause.NORMAL),
    ],
)
def test_commands_on_an_unknown_leg_have_no_effect(harness: Any, command: commands.Command) -> None:
    harness.router.send(LegId("f" * 32), command)
    assert harness.deliver == []


def test_an_unsupported_command_is_reported_to_the_call(harness: Any) -> None:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    page.deliver_all()
    page.send("answer", call=leg, sdp="v=0")
    page.deliver_all()
    del harness.deliver[:]

    @dataclass(frozen=True)
    class Unknown:
        """A command that no device knows."""

    harness.router.send(leg, Unknown())
    assert harness.deliver == [events.CommandUnsupported(leg=leg, command="Unknown")]


def test_outcomes_are_counted(harness: Any) -> None:
    page = harness.page("bob", register=True)
    harness.invite("bob")
    page.cut()
    page.connect()
    page.deliver_all()
    router = harness.router
    assert router.forking.invitations == 1
    assert (router.continuity.losses, router.continuity.returns) == (1, 1)
    assert (len(router.registrations), len(router.bindings)) == (1, 1)


def test_a_party_with_a_registered_device_can_be_reached(harness: Any) -> None:
    page = harness.page("alice", register=True)
    account = page._party.account
    assert harness.router.reaches(account, client("alice"))
    assert not harness.router.reaches(AccountId("MA111111111111111111"), client("alice"))
    assert not harness.router.reaches(account, Address(Kind.SIP, "alice"))
    page.send("unregister")
    page.deliver_all()
    assert not harness.router.reaches(account, client("alice"))
