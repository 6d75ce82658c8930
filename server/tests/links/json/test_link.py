"""One link: order, heartbeats, resuming, limits."""

from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.errors import Refused
from offhook.links.json.link import Close
from offhook.links.limits import Limits


def test_a_welcome_has_the_rights_of_the_login(floor: Any) -> None:
    page = floor.page("alice", application=None, expires_at=2e9)
    assert page.welcome["party"] == {
        "name": "alice",
        "account": "MA000000000000000000",
        "outgoing": False,
        "incoming": True,
        "expires_at": 2e9,
        "expires_in_s": 2e9 - floor.clock.wall().timestamp(),
    }
    assert (page.welcome["resumed"], page.welcome["received"]) == (False, 0)


def test_frames_are_acknowledged_within_a_second(floor: Any) -> None:
    page = floor.page("alice")
    page.send("register")
    page.settle()
    floor.pass_time(0.9, page)
    assert [f["type"] for f in page.asides] == ["welcome"]
    floor.pass_time(0.1, page)
    assert page.asides[-1] == {"type": "ack", "received": 1}


def test_sixteen_frames_are_acknowledged_at_once(floor: Any) -> None:
    page = floor.page("alice")
    for _ in range(8):
        page.send("register")
        page.send("unregister")
    page.settle()
    assert page.asides[-1] == {"type": "ack", "received": 16}


def test_an_idle_link_is_pinged_and_a_silent_one_is_dropped(floor: Any) -> None:
    page = floor.page("alice")
    wire = page.wire
    floor.pass_time(15)
    assert '"ping"' in wire.down[-1]
    page.settle()
    floor.pass_time(16)
    page.settle()
    assert page.wire is wire, "it answered each ping"
    floor.pass_time(38)
    assert wire.closed == Close.SILENT
    assert not page.link.connected
    assert not page.link.over


def test_a_ping_is_answered(floor: Any) -> None:
    page = floor.page("alice")
    page.aside({"type": "ping", "received": 0})
    page.settle()
    assert page.asides[-1]["type"] == "pong"


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
def test_a_breach_closes_the_socket_and_leaves_the_link(floor: Any, text: str, code: int) -> None:
    page = floor.page("alice", register=True)
    wire = page.wire
    page.link.receive(text.replace('"seq":2', '"seq":3'))
    assert wire.closed == code
    page.settle()
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is True


def test_a_flood_closes_the_socket(make_floor: Any) -> None:
    floor = make_floor(limits=Limits(frames_per_s=5, frames_burst=20))
    page = floor.page("alice")
    wire = page.wire
    for _ in range(30):
        page.aside({"type": "ping", "received": 0})
    page.settle()
    assert wire.closed == Close.TOO_FAST


def test_an_unknown_type_is_answered_and_counted(floor: Any) -> None:
    page = floor.page("alice")
    page.send("teleport")
    page.send("register")
    page.settle()
    error = page.last("error")
    assert (error["code"], error["ref"]) == ("unknown-type", 1)
    assert page.heard[-1] == {"type": "registered", "seq": 1, "devices": 1}


def test_a_wrong_field_is_named_and_changes_nothing(floor: Any) -> None:
    page = floor.page("alice")
    page.send("invite", call="c1", to="bob", sdp="")
    page.settle()
    error = page.last("error")
    assert (error["code"], error["ref"], error["call"]) == ("bad-frame", 1, "c1")
    assert "sdp" in error["message"]
    assert page.last("ended")["cause"] == "failed"
    assert floor.arrivals == []


def test_a_second_hello_is_refused(floor: Any) -> None:
    page = floor.page("alice")
    page.aside({"type": "hello", "version": 1, "auth": {"token": "t"}})
    page.settle()
    assert page.last("error")["code"] == "wrong-state"


def test_a_resumed_page_gets_missed_frames(floor: Any) -> None:
    page = floor.page("bob", register=True)
    page.cut()
    leg = floor.invite("bob")
    floor.pass_time(30)
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is True
    assert page.heard[-1]["type"] == "incoming"
    assert page.heard[-1]["call"] == leg


def test_a_link_expires_when_its_page_stays_away(floor: Any) -> None:
    page = floor.page("bob", register=True)
    first = page.welcome["link"]
    page.cut()
    floor.pass_time(60)
    assert page.link.over
    assert floor.hub.registered == 0
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False
    assert page.welcome["link"] != first


@pytest.mark.parametrize(
    "change",
    [{"key": "wrong"}, {"link": "wrong"}, {"received": 99}],
)
def test_only_the_page_with_the_key_resumes_a_link(floor: Any, change: dict[str, Any]) -> None:
    page = floor.page("bob", register=True)
    page.cut()
    page.welcome = {**page.welcome, **change}
    if "received" in change:
        page._delivery.received = 99
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False


def test_another_party_with_the_key_gets_a_new_link(floor: Any, make_party: Any) -> None:
    page = floor.page("bob", register=True)
    page.cut()
    page._party = make_party("mallory")
    page.connect()
    page.settle()
    assert page.welcome["resumed"] is False
    assert page.welcome["party"]["name"] == "mallory"


def test_another_socket_takes_over(floor: Any) -> None:
    page = floor.page("bob", register=True)
    old = page.wire
    page.wire = None  # The page gave it up; the server has not noticed yet.
    page.connect()
    assert old.closed == Close.REPLACED
    page.settle()
    assert page.welcome["resumed"] is True
    assert floor.hub.tally.lost == 0


def test_a_page_that_never_acknowledges_loses_its_link(make_floor: Any) -> None:
    floor = make_floor(limits=Limits(unacked_frames=8))
    page = floor.page("bob", register=True)
    leg = floor.invite("bob")
    for n in range(20):
        floor.hub.send(leg, commands.End(Cause.CANCELLED))
        leg = floor.invite("bob", leg=f"{n:032x}")
    assert page.link.over
    assert isinstance(floor.deliver[-1], events.HungUp)
    assert floor.hub.registered == 0


def test_a_token_is_renewed_or_not(floor: Any, make_party: Any) -> None:
    page = floor.page("alice", expires_at=2e9)
    page.send("renew", token="new")
    page.settle()
    assert page.wire.checks == [("new", 1)]
    page.link.renewed(make_party("alice", expires_at=3e9), 1)
    page.settle()
    left_s = 3e9 - floor.clock.wall().timestamp()
    renewed = {"type": "renewed", "seq": 1, "expires_at": 3e9, "expires_in_s": left_s}
    assert page.heard[-1] == renewed
    page.link.fail(Refused("x", code="access-token-expired"), 1)
    page.link.renewed(make_party("mallory"), 1)
    page.settle()
    assert [f["code"] for f in page.asides if f["type"] == "error"] == [
        "access-token-expired",
        "bad-credentials",
    ]
    assert page.link.device.party.expires_at == 3e9


def test_goodbye_ends_all_at_once(floor: Any) -> None:
    page = floor.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.send("goodbye")
    wire = page.wire
    page.settle()
    assert page.link.over
    assert wire.closed == Close.NORMAL
    assert floor.deliver == [events.HungUp(leg=floor.arrivals[0].leg, cause=Cause.NORMAL)]
    assert floor.hub.registered == 0


def test_the_server_sends_goodbye_when_it_stops(floor: Any) -> None:
    page = floor.page("alice", register=True)
    wire = page.wire
    floor.links.end_all(Cause.SHUTDOWN)
    page.settle()
    assert page.heard[-1]["type"] == "goodbye"
    assert page.heard[-1]["reason"] == "shutdown"
    assert wire.closed == Close.GOING_AWAY
    assert len(floor.links) == 0
