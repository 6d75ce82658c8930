"""One link: order, heartbeats, resuming, limits."""

from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.links.json.transport import Close
from offhook.links.limits import Limits


def test_a_welcome_has_the_rights_of_the_login(harness: Any) -> None:
    page = harness.page("alice", application=None, expires_at=2e9)
    assert page.welcome["party"] == {
        "name": "alice",
        "account": "MA000000000000000000",
        "outgoing": False,
        "incoming": True,
        "expires_at": 2e9,
        "expires_in_s": 2e9 - harness.clock.wall().timestamp(),
    }
    assert (page.welcome["resumed"], page.welcome["received"]) == (False, 0)


def test_frames_are_acknowledged_within_a_second(harness: Any) -> None:
    page = harness.page("alice")
    page.send("register")
    page.deliver_all()
    harness.pass_time(0.9, page)
    assert [f["type"] for f in page.unnumbered] == ["welcome"]
    harness.pass_time(0.1, page)
    assert page.unnumbered[-1] == {"type": "ack", "received": 1}


def test_sixteen_frames_are_acknowledged_at_once(harness: Any) -> None:
    page = harness.page("alice")
    for _ in range(8):
        page.send("register")
        page.send("unregister")
    page.deliver_all()
    assert page.unnumbered[-1] == {"type": "ack", "received": 16}


def test_an_idle_link_is_pinged_and_a_silent_one_is_dropped(harness: Any) -> None:
    page = harness.page("alice")
    wire = page.transport
    harness.pass_time(15)
    assert '"ping"' in wire.down[-1]
    page.deliver_all()
    harness.pass_time(16)
    page.deliver_all()
    assert page.transport is wire, "it answered each ping"
    harness.pass_time(38)
    assert wire.closed == Close.SILENT
    assert not page.link.connected
    assert not page.link.over


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", Close.NOT_JSON),
        ("[]", Close.NOT_JSON),
        ('{"type":"register","seq":2}', Close.BROKEN_ORDER),
        ('{"type":"register"}', Close.BROKEN_ORDER),
        ('{"type":"register","seq":0}', Close.BROKEN_ORDER),
        ('{"type":"ack","received":2}', Close.BROKEN_ORDER),
        ('{"type":"' + "x" * 65_536 + '"}', Close.TOO_LARGE),
        ('{"type":"' + "\u00e9" * 33_000 + '"}', Close.TOO_LARGE),
    ],
)
def test_a_breach_closes_the_socket_and_leaves_the_link(harness: Any, text: str, code: int) -> None:
    page = harness.page("alice", register=True)
    wire = page.transport
    page.link.receive(text.replace('"seq":2', '"seq":3'))
    assert wire.closed == code
    page.deliver_all()
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is True


def test_a_flood_closes_the_socket(make_harness: Any) -> None:
    harness = make_harness(limits=Limits(frames_per_s=5, frames_burst=20))
    page = harness.page("alice")
    wire = page.transport
    for _ in range(30):
        page.send_unnumbered({"type": "ping", "received": 0})
    page.deliver_all()
    assert wire.closed == Close.TOO_FAST


def test_a_resumed_page_gets_missed_frames(harness: Any) -> None:
    page = harness.page("bob", register=True)
    page.cut()
    leg = harness.invite("bob")
    harness.pass_time(30)
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is True
    assert page.received[-1]["type"] == "incoming"
    assert page.received[-1]["call"] == leg


def test_a_link_expires_when_its_page_stays_away(harness: Any) -> None:
    page = harness.page("bob", register=True)
    first = page.welcome["link"]
    page.cut()
    harness.pass_time(60)
    assert page.link.over
    assert len(harness.router.registrations) == 0
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is False
    assert page.welcome["link"] != first


@pytest.mark.parametrize(
    "change",
    [{"key": "wrong"}, {"link": "wrong"}, {"received": 99}],
)
def test_only_the_page_with_the_key_resumes_a_link(harness: Any, change: dict[str, Any]) -> None:
    page = harness.page("bob", register=True)
    page.cut()
    page.welcome = {**page.welcome, **change}
    if "received" in change:
        page._delivery.received = 99
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is False


def test_another_party_with_the_key_gets_a_new_link(harness: Any, make_party: Any) -> None:
    page = harness.page("bob", register=True)
    page.cut()
    page._party = make_party("mallory")
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is False
    assert page.welcome["party"]["name"] == "mallory"


def test_another_socket_takes_over(harness: Any) -> None:
    page = harness.page("bob", register=True)
    old = page.transport
    page.transport = None  # The page gave it up; the server has not noticed yet.
    page.connect()
    assert old.closed == Close.REPLACED
    page.deliver_all()
    assert page.welcome["resumed"] is True
    assert harness.router.continuity.losses == 0


def test_a_page_that_never_acknowledges_loses_its_link(make_harness: Any) -> None:
    harness = make_harness(limits=Limits(unacked_frames=8))
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    for n in range(20):
        harness.router.send(leg, commands.End(Cause.CANCELLED))
        leg = harness.invite("bob", leg=f"{n:032x}")
    assert page.link.over
    assert isinstance(harness.deliver[-1], events.HungUp)
    assert len(harness.router.registrations) == 0


def test_the_server_sends_goodbye_when_it_stops(harness: Any) -> None:
    page = harness.page("alice", register=True)
    wire = page.transport
    harness.links.end_all(Cause.SHUTDOWN)
    page.deliver_all()
    assert page.received[-1]["type"] == "goodbye"
    assert page.received[-1]["reason"] == "shutdown"
    assert wire.closed == Close.GOING_AWAY
    assert len(harness.links) == 0
