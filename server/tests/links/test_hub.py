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
    return [frame["type"] for frame in page.received]


def test_all_devices_ring_and_the_first_to_answer_wins(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(3)]
    harness.page("carol", register=True)
    leg = harness.invite("bob")
    for page in pages:
        page.deliver_all()
        page.send("ring", call=leg)
        page.deliver_all()
    assert harness.deliver == [events.Ringing(leg=leg)], "told once"
    pages[1].send("answer", call=leg, sdp="v=0 mine")
    pages[2].send("answer", call=leg, sdp="v=0 late")
    for page in pages[1], pages[2], pages[0]:
        page.deliver_all()
    assert harness.deliver[1:] == [events.Answered(leg=leg, sdp=Sdp("v=0 mine"))]
    assert kinds(pages[1])[-1] == "incoming"
    for page in pages[0], pages[2]:
        assert (page.last("ended")["cause"], page.last("ended")["by"]) == (
            "answered-elsewhere",
            "server",
        )
    assert pages[2].last("error")["code"] == "no-such-call"


def test_a_rejection_is_for_all_devices(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(2)]
    leg = harness.invite("bob")
    for page in pages:
        page.deliver_all()
    pages[0].send("reject", call=leg, cause="busy")
    for page in pages:
        page.deliver_all()
        assert (page.last("ended")["cause"], page.last("ended")["by"]) == ("busy", "local")
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.BUSY)]


def test_a_device_that_ignores_gets_no_more_frames_and_the_caller_waits(harness: Any) -> None:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    page.deliver_all()
    page.send("ignore", call=leg)
    page.deliver_all()
    harness.hub.send(leg, commands.End(Cause.CANCELLED))
    page.deliver_all()
    assert kinds(page)[-1] == "incoming"
    assert harness.deliver == []
    assert harness.hub.legs == 0


def test_a_device_that_ignores_is_not_rung_again_on_reregistration(harness: Any) -> None:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    page.deliver_all()
    page.send("ignore", call=leg)
    page.send("register")
    page.deliver_all()
    assert kinds(page).count("incoming") == 1


def test_an_ignored_call_does_not_ring_in_the_reloaded_page(harness: Any) -> None:
    before, after = harness.page("bob", register=True), harness.page("bob")
    leg = harness.invite("bob")
    before.deliver_all()
    before.send("ignore", call=leg)
    before.deliver_all()
    harness.hub.replaced(before.link.device, after.link.device, ())
    after.send("register")
    after.deliver_all()
    assert "registered" in kinds(after)
    assert "incoming" not in kinds(after)


def test_a_cancelled_invitation_ends_everywhere(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(2)]
    leg = harness.invite("bob")
    harness.hub.send(leg, commands.End(Cause.CANCELLED))
    harness.hub.send(leg, commands.End(Cause.CANCELLED))
    for page in pages:
        page.deliver_all()
        assert kinds(page).count("ended") == 1


def test_a_name_without_devices_is_unreachable(harness: Any) -> None:
    harness.page("bob")
    leg = harness.invite("bob")
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.UNREACHABLE)]


def test_a_device_that_registers_while_it_rings_rings_too(harness: Any) -> None:
    first = harness.page("bob", register=True)
    leg = harness.invite("bob")
    late, stranger = harness.page("bob", register=True), harness.page("carol", register=True)
    late.deliver_all()
    stranger.deliver_all()
    assert kinds(late)[-2:] == ["registered", "incoming"]
    assert "incoming" not in kinds(stranger)
    late.send("register")
    late.deliver_all()
    assert kinds(late).count("incoming") == 1, "told once"
    late.send("answer", call=leg, sdp="v=0 mine")
    late.deliver_all()
    first.deliver_all()
    assert harness.deliver == [events.Answered(leg=leg, sdp=Sdp("v=0 mine"))]
    assert first.last("ended")["cause"] == "answered-elsewhere"


@pytest.mark.parametrize("how", ["answered", "rejected", "cancelled"])
def test_a_device_that_registers_too_late_does_not_ring(harness: Any, how: str) -> None:
    first = harness.page("bob", register=True)
    leg = harness.invite("bob")
    first.deliver_all()
    if how == "answered":
        first.send("answer", call=leg, sdp="v=0")
    elif how == "rejected":
        first.send("reject", call=leg, cause="busy")
    else:
        harness.hub.send(leg, commands.End(Cause.CANCELLED))
    first.deliver_all()
    late = harness.page("bob", register=True)
    late.deliver_all()
    assert "incoming" not in kinds(late)


def test_ringing_ends_for_new_devices_with_the_last_ringing_one(harness: Any) -> None:
    first = harness.page("bob", register=True)
    leg = harness.invite("bob")
    first.send("goodbye")
    first.deliver_all()
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.UNREACHABLE)]
    late = harness.page("bob", register=True)
    late.deliver_all()
    assert "incoming" not in kinds(late)


def test_other_kinds_of_addresses_have_no_link(harness: Any) -> None:
    number = Address(Kind.NUMBER, "+15551230000")
    harness.hub.send(
        LegId("b" * 32),
        commands.Invite(account=AccountId("MA"), to=number, caller="client:alice", sdp=Sdp("v=0")),
    )
    assert harness.deliver == [events.HungUp(leg=LegId("b" * 32), cause=Cause.NOT_FOUND)]


def test_a_name_whose_devices_are_full_is_busy(make_harness: Any) -> None:
    harness = make_harness(limits=Limits(calls_per_link=1))
    harness.page("bob", register=True)
    harness.invite("bob")
    second = harness.invite("bob", leg="c" * 32)
    assert harness.deliver == [events.HungUp(leg=second, cause=Cause.BUSY)]


def test_a_device_whose_token_has_expired_is_not_rung(harness: Any) -> None:
    harness.page("bob", register=True, expires_at=harness.clock.wall().timestamp() + 5)
    harness.clock.advance(5)
    leg = harness.invite("bob")
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.BUSY)]


def test_an_unregistered_device_is_not_rung(harness: Any) -> None:
    page = harness.page("bob", register=True)
    page.send("unregister")
    page.deliver_all()
    harness.invite("bob")
    assert isinstance(harness.deliver[0], events.HungUp)


def test_a_lost_link_is_reported_for_calls_that_are_up_only(harness: Any) -> None:
    page = harness.page("bob", register=True)
    ringing = harness.invite("bob", leg="a" * 32)
    answered = harness.invite("bob", leg="c" * 32)
    page.deliver_all()
    page.send("answer", call=answered, sdp="v=0")
    page.deliver_all()
    harness.deliver.clear()
    page.cut()
    assert harness.deliver == [events.LinkLost(leg=answered)]
    page.connect()
    page.deliver_all()
    assert harness.deliver[1:] == [events.LinkResumed(leg=answered)]
    page.cut()
    harness.pass_time(61)
    assert harness.deliver[3:] == [
        events.HungUp(leg=ringing, cause=Cause.UNREACHABLE),
        events.HungUp(leg=answered, cause=Cause.ENDPOINT_LOST),
    ]
    assert harness.hub.legs == 0


def test_other_devices_ring_on_when_one_disconnects(harness: Any) -> None:
    gone, there = (harness.page("bob", register=True) for _ in range(2))
    leg = harness.invite("bob")
    gone.send("goodbye")
    gone.deliver_all()
    there.deliver_all()
    assert harness.deliver == []
    there.send("answer", call=leg, sdp="v=0")
    there.deliver_all()
    assert isinstance(harness.deliver[0], events.Answered)


def test_the_caller_waits_when_all_devices_ignored_or_left(harness: Any) -> None:
    one, two = (harness.page("bob", register=True) for _ in range(2))
    leg = harness.invite("bob")
    one.deliver_all()
    one.send("ignore", call=leg)
    one.deliver_all()
    two.send("goodbye")
    two.deliver_all()
    assert harness.deliver == []
    assert harness.hub.legs == 1


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
    harness.hub.send(LegId("f" * 32), command)
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

    harness.hub.send(leg, Unknown())
    assert harness.deliver == [events.CommandUnsupported(leg=leg, command="Unknown")]


def test_outcomes_are_counted(harness: Any) -> None:
    page = harness.page("bob", register=True)
    harness.invite("bob")
    page.cut()
    page.connect()
    page.deliver_all()
    counts = harness.hub.tally
    assert (counts.invitations, counts.lost, counts.resumed) == (1, 1, 1)
    assert (harness.hub.registered, harness.hub.legs) == (1, 1)


def test_a_party_with_a_registered_device_can_be_reached(harness: Any) -> None:
    page = harness.page("alice", register=True)
    account = page._party.account
    assert harness.hub.reaches(account, client("alice"))
    assert not harness.hub.reaches(AccountId("MA111111111111111111"), client("alice"))
    assert not harness.hub.reaches(account, Address(Kind.SIP, "alice"))
    page.send("unregister")
    page.deliver_all()
    assert not harness.hub.reaches(account, client("alice"))
