"""All devices of a name ring, one answers, and what happens to links happens to their legs."""

from dataclasses import dataclass
from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.address import Address, Kind, client
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, LegId, Sdp
from offhook.links.limits import Limits


def kinds(page: Any) -> list[str]:
    return [frame["type"] for frame in page.heard]


def test_all_devices_ring_and_the_first_to_answer_wins(floor: Any) -> None:
    pages = [floor.page("bob", register=True) for _ in range(3)]
    floor.page("carol", register=True)
    leg = floor.invite("bob")
    for page in pages:
        page.settle()
        page.send("ring", call=leg)
        page.settle()
    assert floor.deliver == [events.Ringing(leg=leg)], "told once"
    pages[1].send("answer", call=leg, sdp="v=0 mine")
    pages[2].send("answer", call=leg, sdp="v=0 late")
    for page in pages[1], pages[2], pages[0]:
        page.settle()
    assert floor.deliver[1:] == [events.Answered(leg=leg, sdp=Sdp("v=0 mine"))]
    assert kinds(pages[1])[-1] == "incoming"
    for page in pages[0], pages[2]:
        assert (page.last("ended")["cause"], page.last("ended")["by"]) == (
            "answered-elsewhere",
            "server",
        )
    assert pages[2].last("error")["code"] == "no-such-call"


def test_a_rejection_is_for_all_devices(floor: Any) -> None:
    pages = [floor.page("bob", register=True) for _ in range(2)]
    leg = floor.invite("bob")
    for page in pages:
        page.settle()
    pages[0].send("reject", call=leg, cause="busy")
    for page in pages:
        page.settle()
        assert (page.last("ended")["cause"], page.last("ended")["by"]) == ("busy", "local")
    assert floor.deliver == [events.HungUp(leg=leg, cause=Cause.BUSY)]


def test_a_device_that_ignores_gets_no_more_frames_and_the_caller_waits(floor: Any) -> None:
    page = floor.page("bob", register=True)
    leg = floor.invite("bob")
    page.settle()
    page.send("ignore", call=leg)
    page.settle()
    floor.hub.send(leg, commands.End(Cause.CANCELLED))
    page.settle()
    assert kinds(page)[-1] == "incoming"
    assert floor.deliver == []
    assert floor.hub.legs == 0


def test_a_device_that_ignores_is_not_rung_again_on_reregistration(floor: Any) -> None:
    page = floor.page("bob", register=True)
    leg = floor.invite("bob")
    page.settle()
    page.send("ignore", call=leg)
    page.send("register")
    page.settle()
    assert kinds(page).count("incoming") == 1


def test_an_ignored_call_does_not_ring_in_the_reloaded_page(floor: Any) -> None:
    before, after = floor.page("bob", register=True), floor.page("bob")
    leg = floor.invite("bob")
    before.settle()
    before.send("ignore", call=leg)
    before.settle()
    floor.hub.replaced(before.link.device, after.link.device, ())
    after.send("register")
    after.settle()
    assert "registered" in kinds(after)
    assert "incoming" not in kinds(after)


def test_a_cancelled_invitation_ends_everywhere(floor: Any) -> None:
    pages = [floor.page("bob", register=True) for _ in range(2)]
    leg = floor.invite("bob")
    floor.hub.send(leg, commands.End(Cause.CANCELLED))
    floor.hub.send(leg, commands.End(Cause.CANCELLED))
    for page in pages:
        page.settle()
        assert kinds(page).count("ended") == 1


def test_a_name_without_devices_is_unreachable(floor: Any) -> None:
    floor.page("bob")
    leg = floor.invite("bob")
    assert floor.deliver == [events.HungUp(leg=leg, cause=Cause.UNREACHABLE)]


def test_a_device_that_registers_while_it_rings_rings_too(floor: Any) -> None:
    first = floor.page("bob", register=True)
    leg = floor.invite("bob")
    late, stranger = floor.page("bob", register=True), floor.page("carol", register=True)
    late.settle()
    stranger.settle()
    assert kinds(late)[-2:] == ["registered", "incoming"]
    assert "incoming" not in kinds(stranger)
    late.send("register")
    late.settle()
    assert kinds(late).count("incoming") == 1, "told once"
    late.send("answer", call=leg, sdp="v=0 mine")
    late.settle()
    first.settle()
    assert floor.deliver == [events.Answered(leg=leg, sdp=Sdp("v=0 mine"))]
    assert first.last("ended")["cause"] == "answered-elsewhere"


@pytest.mark.parametrize("how", ["answered", "rejected", "cancelled"])
def test_a_device_that_registers_too_late_does_not_ring(floor: Any, how: str) -> None:
    first = floor.page("bob", register=True)
    leg = floor.invite("bob")
    first.settle()
    if how == "answered":
        first.send("answer", call=leg, sdp="v=0")
    elif how == "rejected":
        first.send("reject", call=leg, cause="busy")
    else:
        floor.hub.send(leg, commands.End(Cause.CANCELLED))
    first.settle()
    late = floor.page("bob", register=True)
    late.settle()
    assert "incoming" not in kinds(late)


def test_ringing_ends_for_new_devices_with_the_last_ringing_one(floor: Any) -> None:
    first = floor.page("bob", register=True)
    leg = floor.invite("bob")
    first.send("goodbye")
    first.settle()
    assert floor.deliver == [events.HungUp(leg=leg, cause=Cause.UNREACHABLE)]
    late = floor.page("bob", register=True)
    late.settle()
    assert "incoming" not in kinds(late)


def test_other_kinds_of_addresses_have_no_link(floor: Any) -> None:
    number = Address(Kind.NUMBER, "+15551230000")
    floor.hub.send(
        LegId("b" * 32),
        commands.Invite(account=AccountId("MA"), to=number, caller="client:alice", sdp=Sdp("v=0")),
    )
    assert floor.deliver == [events.HungUp(leg=LegId("b" * 32), cause=Cause.NOT_FOUND)]


def test_a_name_whose_devices_are_full_is_busy(make_floor: Any) -> None:
    floor = make_floor(limits=Limits(calls_per_link=1))
    floor.page("bob", register=True)
    floor.invite("bob")
    second = floor.invite("bob", leg="c" * 32)
    assert floor.deliver == [events.HungUp(leg=second, cause=Cause.BUSY)]


def test_a_device_whose_token_has_expired_is_not_rung(floor: Any) -> None:
    floor.page("bob", register=True, expires_at=floor.clock.wall().timestamp() + 5)
    floor.clock.forward(5)
    leg = floor.invite("bob")
    assert floor.deliver == [events.HungUp(leg=leg, cause=Cause.BUSY)]


def test_an_unregistered_device_is_not_rung(floor: Any) -> None:
    page = floor.page("bob", register=True)
    page.send("unregister")
    page.settle()
    floor.invite("bob")
    assert isinstance(floor.deliver[0], events.HungUp)


def test_a_lost_link_is_reported_for_calls_that_are_up_only(floor: Any) -> None:
    page = floor.page("bob", register=True)
    ringing = floor.invite("bob", leg="a" * 32)
    answered = floor.invite("bob", leg="c" * 32)
    page.settle()
    page.send("answer", call=answered, sdp="v=0")
    page.settle()
    floor.deliver.clear()
    page.cut()
    assert floor.deliver == [events.LinkLost(leg=answered)]
    page.connect()
    page.settle()
    assert floor.deliver[1:] == [events.LinkResumed(leg=answered)]
    page.cut()
    floor.pass_time(61)
    assert floor.deliver[3:] == [
        events.HungUp(leg=ringing, cause=Cause.UNREACHABLE),
        events.HungUp(leg=answered, cause=Cause.ENDPOINT_LOST),
    ]
    assert floor.hub.legs == 0


def test_other_devices_ring_on_when_one_disconnects(floor: Any) -> None:
    gone, there = (floor.page("bob", register=True) for _ in range(2))
    leg = floor.invite("bob")
    gone.send("goodbye")
    gone.settle()
    there.settle()
    assert floor.deliver == []
    there.send("answer", call=leg, sdp="v=0")
    there.settle()
    assert isinstance(floor.deliver[0], events.Answered)


def test_the_caller_waits_when_all_devices_ignored_or_left(floor: Any) -> None:
    one, two = (floor.page("bob", register=True) for _ in range(2))
    leg = floor.invite("bob")
    one.settle()
    one.send("ignore", call=leg)
    one.settle()
    two.send("goodbye")
    two.settle()
    assert floor.deliver == []
    assert floor.hub.legs == 1


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
def test_commands_on_an_unknown_leg_have_no_effect(floor: Any, command: commands.Command) -> None:
    floor.hub.send(LegId("f" * 32), command)
    assert floor.deliver == []


def test_an_unsupported_command_is_reported_to_the_call(floor: Any) -> None:
    page = floor.page("bob", register=True)
    leg = floor.invite("bob")
    page.settle()
    page.send("answer", call=leg, sdp="v=0")
    page.settle()
    del floor.deliver[:]

    @dataclass(frozen=True)
    class Unknown:
        """A command that no device knows."""

    floor.hub.send(leg, Unknown())
    assert floor.deliver == [events.CommandUnsupported(leg=leg, command="Unknown")]


def test_outcomes_are_counted(floor: Any) -> None:
    page = floor.page("bob", register=True)
    floor.invite("bob")
    page.cut()
    page.connect()
    page.settle()
    counts = floor.hub.tally
    assert (counts.invitations, counts.lost, counts.resumed) == (1, 1, 1)
    assert (floor.hub.registered, floor.hub.legs) == (1, 1)


def test_a_party_with_a_registered_device_can_be_reached(floor: Any) -> None:
    page = floor.page("alice", register=True)
    account = page._party.account
    assert floor.hub.reaches(account, client("alice"))
    assert not floor.hub.reaches(AccountId("MA111111111111111111"), client("alice"))
    assert not floor.hub.reaches(account, Address(Kind.SIP, "alice"))
    page.send("unregister")
    page.settle()
    assert not floor.hub.reaches(account, client("alice"))
