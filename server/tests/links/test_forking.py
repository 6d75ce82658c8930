"""All devices of a name ring, and one answers."""

from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.ids import Sdp
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
    harness.router.send(leg, commands.End(Cause.CANCELLED))
    page.deliver_all()
    assert kinds(page)[-1] == "incoming"
    assert harness.deliver == []
    assert len(harness.router.bindings) == 0


def test_a_device_that_ignores_is_not_rung_again_on_reregistration(harness: Any) -> None:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    page.deliver_all()
    page.send("ignore", call=leg)
    page.send("register")
    page.deliver_all()
    assert kinds(page).count("incoming") == 1


def test_a_cancelled_invitation_ends_everywhere(harness: Any) -> None:
    pages = [harness.page("bob", register=True) for _ in range(2)]
    leg = harness.invite("bob")
    harness.router.send(leg, commands.End(Cause.CANCELLED))
    harness.router.send(leg, commands.End(Cause.CANCELLED))
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
        harness.router.send(leg, commands.End(Cause.CANCELLED))
    first.deliver_all()
    late = harness.page("bob", register=True)
    late.deliver_all()
    assert "incoming" not in kinds(late)


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
