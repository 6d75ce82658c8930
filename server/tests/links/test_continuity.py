"""What happens to links happens to their legs."""

from typing import Any

from offhook.base import events
from offhook.base.causes import Cause


def kinds(page: Any) -> list[str]:
    return [frame["type"] for frame in page.received]


def test_an_ignored_call_does_not_ring_in_the_reloaded_page(harness: Any) -> None:
    before, after = harness.page("bob", register=True), harness.page("bob")
    leg = harness.invite("bob")
    before.deliver_all()
    before.send("ignore", call=leg)
    before.deliver_all()
    harness.router.continuity.replaced(before.link.device, after.link.device, ())
    after.send("register")
    after.deliver_all()
    assert "registered" in kinds(after)
    assert "incoming" not in kinds(after)


def test_ringing_ends_for_new_devices_with_the_last_ringing_one(harness: Any) -> None:
    first = harness.page("bob", register=True)
    leg = harness.invite("bob")
    first.send("goodbye")
    first.deliver_all()
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.UNREACHABLE)]
    late = harness.page("bob", register=True)
    late.deliver_all()
    assert "incoming" not in kinds(late)


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
    assert len(harness.router.bindings) == 0


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
    assert len(harness.router.bindings) == 1
