"""Frames that are not of calls, and what goes wrong with frames of calls."""

from typing import Any

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.errors import Refused
from offhook.links.json.transport import Close


def test_a_ping_is_answered(harness: Any) -> None:
    page = harness.page("alice")
    page.send_unnumbered({"type": "ping", "received": 0})
    page.deliver_all()
    assert page.unnumbered[-1]["type"] == "pong"


def test_an_unknown_type_is_answered_and_counted(harness: Any) -> None:
    page = harness.page("alice")
    page.send("teleport")
    page.send("register")
    page.deliver_all()
    error = page.last("error")
    assert (error["code"], error["ref"]) == ("unknown-type", 1)
    assert page.received[-1] == {"type": "registered", "seq": 1, "devices": 1}


def test_a_wrong_field_is_named_and_changes_nothing(harness: Any) -> None:
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="")
    page.deliver_all()
    error = page.last("error")
    assert (error["code"], error["ref"], error["call"]) == ("bad-frame", 1, "c1")
    assert "sdp" in error["message"]
    assert page.last("ended")["cause"] == "failed"
    assert harness.arrivals == []


def test_a_second_hello_is_refused(harness: Any) -> None:
    page = harness.page("alice")
    page.send_unnumbered({"type": "hello", "version": 1, "auth": {"token": "t"}})
    page.deliver_all()
    assert page.last("error")["code"] == "wrong-state"


def test_a_token_is_renewed_or_not(harness: Any, make_party: Any) -> None:
    page = harness.page("alice", expires_at=2e9)
    page.send("renew", token="new")
    page.deliver_all()
    assert page.transport.checks == [("new", 1)]
    page.link.renewed(make_party("alice", expires_at=3e9), 1)
    page.deliver_all()
    left_s = 3e9 - harness.clock.wall().timestamp()
    renewed = {"type": "renewed", "seq": 1, "expires_at": 3e9, "expires_in_s": left_s}
    assert page.received[-1] == renewed
    page.link.fail(Refused("x", code="access-token-expired"), 1)
    page.link.renewed(make_party("mallory"), 1)
    page.deliver_all()
    assert [f["code"] for f in page.unnumbered if f["type"] == "error"] == [
        "access-token-expired",
        "bad-credentials",
    ]
    assert page.link.device.party.expires_at == 3e9


def test_goodbye_ends_all_at_once(harness: Any) -> None:
    page = harness.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.send("goodbye")
    wire = page.transport
    page.deliver_all()
    assert page.link.over
    assert wire.closed == Close.NORMAL
    assert harness.deliver == [events.HungUp(leg=harness.arrivals[0].leg, cause=Cause.NORMAL)]
    assert len(harness.router.registrations) == 0
