"""Frames of calls become events, commands become frames."""

from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.links.limits import Limits


def calling(harness: Any) -> tuple[Any, LegId]:
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0", parameters={"a": "1"}, headers={"X-B": "2"})
    page.deliver_all()
    return page, harness.arrivals[-1].leg


def up(harness: Any) -> tuple[Any, LegId]:
    page, leg = calling(harness)
    harness.router.send(leg, commands.Answer(Sdp("v=0 answer")))
    page.deliver_all()
    return page, leg


def test_an_invitation_arrives_complete(harness: Any) -> None:
    page, leg = calling(harness)
    arrival = harness.arrivals[0]
    assert (arrival.to, arrival.sdp) == ("bob", "v=0")
    assert (arrival.parameters, arrival.headers) == ({"a": "1"}, {"X-B": "2"})
    assert arrival.party.name == "alice"
    assert page.received == [{"type": "trying", "seq": 1, "call": "c1", "id": leg}]


def test_progress_of_a_call_is_sent(harness: Any) -> None:
    page, leg = calling(harness)
    harness.router.send(leg, commands.Ring(Sdp("v=0 early")))
    harness.router.send(leg, commands.Answer(None))
    harness.router.send(leg, commands.End(Cause.NORMAL))
    page.deliver_all()
    assert [{k: v for k, v in f.items() if k != "seq"} for f in page.received[1:]] == [
        {"type": "ringing", "call": "c1", "sdp": "v=0 early"},
        {"type": "answered", "call": "c1"},
        {
            "type": "ended",
            "call": "c1",
            "cause": "normal",
            "by": "peer",
            "message": "The call ended normally.",
            "sip": 200,
            "q850": 16,
        },
    ]


def test_an_ended_call_is_unknown(harness: Any) -> None:
    page, leg = up(harness)
    harness.router.send(leg, commands.End(Cause.TIME_LIMIT))
    page.send("mute", call="c1", muted=True)
    page.deliver_all()
    assert page.last("ended")["by"] == "server"
    assert page.last("error")["code"] == "no-such-call"


@pytest.mark.parametrize(
    ("answered", "said", "cause"),
    [
        (False, None, Cause.CANCELLED),
        (True, None, Cause.NORMAL),
        (True, "media-failed", Cause.MEDIA_FAILED),
        (True, "shutdown", Cause.NORMAL),
        (True, "no-such-word", Cause.NORMAL),
    ],
)
def test_hanging_up(harness: Any, answered: bool, said: str | None, cause: Cause) -> None:
    page, leg = (up if answered else calling)(harness)
    page.send("hangup", call="c1", **({"cause": said} if said else {}))
    page.deliver_all()
    assert harness.deliver == [events.HungUp(leg=leg, cause=cause)]
    assert (page.last("ended")["cause"], page.last("ended")["by"]) == (cause.value, "local")
    assert len(harness.router.bindings) == 0


@pytest.mark.parametrize("kind", ["hangup", "reject", "hangup of a call that rings"])
def test_the_call_has_a_hang_up_before_its_page_is_notified(harness: Any, kind: str) -> None:
    if kind == "hangup":
        page, _ = up(harness)
        name = "c1"
    else:
        page = harness.page("bob", register=True)
        name = harness.invite("bob")
        page.deliver_all()
    sent: list[list[str]] = []
    harness.router.deliver = lambda _event: sent.append(list(page.transport.down))
    before = len(page.transport.down)
    more = {"cause": "rejected"} if kind == "reject" else {}
    page.send(kind.split()[0], call=name, **more)
    page.deliver_to_server()
    assert sent == [[]], "nothing was on its way to the page yet"
    assert any('"ended"' in text for text in list(page.transport.down)[before:])


def test_frames_of_a_page_become_events(harness: Any) -> None:
    page, leg = up(harness)
    page.send("digits", call="c1", digits="1w#")
    page.send("mute", call="c1", muted=True)
    page.send("message", call="c1", id="1", content_type="text/plain", body="hi")
    page.deliver_all()
    assert harness.deliver == [
        events.DtmfReceived(leg=leg, digit="1", seconds=0.1, signalled=True),
        events.DtmfReceived(leg=leg, digit="#", seconds=0.1, signalled=True),
        events.Muted(leg=leg, muted=True),
        events.MessageReceived(leg=leg, content_type="text/plain", body="hi"),
    ]


def test_commands_become_frames(harness: Any) -> None:
    page, leg = up(harness)
    harness.router.send(leg, commands.SendDtmf("5", 0.2))
    harness.router.send(leg, commands.Notify("media-lost", {}))
    harness.router.send(leg, commands.SendMessage("text/plain", "one"))
    harness.router.send(leg, commands.SendMessage("text/plain", "two"))
    page.deliver_all()
    reported = page.received[2:]
    assert [f["type"] for f in reported] == ["digit", "notice", "message", "message"]
    assert reported[2]["id"] != reported[3]["id"]


def test_offers_of_the_page(harness: Any) -> None:
    page, leg = up(harness)
    page.send("offer", call="c1", number=1, sdp="v=0 hold", reason="hold")
    page.deliver_all()
    event = events.Reoffered(
        leg=leg, number=1, sdp=Sdp("v=0 hold"), reason=RenegotiationReason.HOLD
    )
    assert harness.deliver == [event]
    page.send("offer", call="c1", number=2, sdp="v=0", reason="resume")
    page.deliver_all()
    assert page.last("error")["code"] == "wrong-state"
    harness.router.send(leg, commands.AcceptOffer(1, Sdp("v=0 ok")))
    harness.router.send(leg, commands.AcceptOffer(1, Sdp("v=0 twice")))
    page.send("offer", call="c1", number=2, sdp="v=0", reason="resume")
    page.deliver_all()
    harness.router.send(leg, commands.RefuseOffer(2, "malformed"))
    page.deliver_all()
    assert [f["type"] for f in page.received[2:]] == ["accept", "refuse"]


def test_offers_of_ours(harness: Any) -> None:
    page, leg = up(harness)
    harness.router.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 re"), reason=RenegotiationReason.UPDATE)
    )
    page.send("accept", call="c1", number=2, sdp="v=0")
    page.send("accept", call="c1", number=1, sdp="v=0 yes")
    page.send("accept", call="c1", number=1, sdp="v=0 yes")
    page.deliver_all()
    assert harness.deliver == [events.ReofferAnswered(leg=leg, number=1, sdp=Sdp("v=0 yes"))]
    assert [f["code"] for f in page.unnumbered if f["type"] == "error"] == ["wrong-state"] * 2
    harness.router.send(
        leg, commands.Offer(number=2, sdp=Sdp("v=0 re"), reason=RenegotiationReason.RESTART)
    )
    page.send("refuse", call="c1", number=2, reason="glare")
    page.deliver_all()
    assert harness.deliver[-1] == events.ReofferAnswered(leg=leg, number=2, sdp=None)


def test_when_offers_cross_the_page_gives_way(harness: Any) -> None:
    page, leg = up(harness)
    harness.router.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 ours"), reason=RenegotiationReason.UPDATE)
    )
    page.send("offer", call="c1", number=1, sdp="v=0 theirs", reason="hold")
    page.deliver_all()
    assert harness.deliver == []
    assert page.received[-1]["reason"] == "glare"
    page.send("accept", call="c1", number=1, sdp="v=0")
    page.send("offer", call="c1", number=2, sdp="v=0 again", reason="hold")
    page.deliver_all()
    assert [type(event).__name__ for event in harness.deliver] == ["ReofferAnswered", "Reoffered"]


def test_an_offer_that_waits_gives_way_to_ours(harness: Any) -> None:
    page, leg = up(harness)
    page.send("offer", call="c1", number=1, sdp="v=0 theirs", reason="hold")
    page.deliver_all()
    harness.router.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 ours"), reason=RenegotiationReason.UPDATE)
    )
    harness.router.send(leg, commands.AcceptOffer(1, Sdp("v=0 too late")))
    page.deliver_all()
    assert [f["type"] for f in page.received[2:]] == ["refuse", "offer"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("answer", {"sdp": "v=0"}),
        ("ring", {}),
        ("ignore", {}),
        ("reject", {}),
        ("offer", {"number": 1, "sdp": "v=0", "reason": "hold"}),
        ("digits", {"digits": "1"}),
    ],
)
def test_frames_that_do_not_fit_the_state_are_rejected(
    harness: Any, kind: str, fields: dict[str, Any]
) -> None:
    page, _ = calling(harness)
    page.send(kind, call="c1", **fields)
    page.deliver_all()
    assert page.last("error")["code"] == "wrong-state"
    assert harness.deliver == []


def test_an_incoming_call_carries_the_applications_parameters(harness: Any) -> None:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob", caller_name="Alice", parameters={"room": "1"}, headers={"X-A": "b"})
    page.deliver_all()
    assert page.received[-1] == {
        "type": "incoming",
        "seq": 2,
        "call": leg,
        "id": leg,
        "from": "client:alice",
        "to": "client:bob",
        "name": "Alice",
        "parameters": {"room": "1"},
        "headers": {"X-A": "b"},
        "sdp": "v=0 ours",
    }


def test_a_party_without_a_grant_cannot_call(harness: Any, make_harness: Any) -> None:
    page = harness.page("alice", application=None)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    assert page.last("error")["code"] == "forbidden"
    assert page.last("ended")["cause"] == "forbidden"
    late = harness.page("carol", expires_at=harness.clock.wall().timestamp() + 10)
    harness.clock.advance(10)
    late.send("invite", call="c1", to="bob", sdp="v=0")
    late.deliver_all()
    assert late.last("error")["code"] == "access-token-expired"
    few = make_harness(limits=Limits(calls_per_link=1))
    busy, _ = calling(few)
    busy.send("invite", call="c2", to="bob", sdp="v=0")
    busy.deliver_all()
    assert busy.last("error")["code"] == "too-many-calls"
    assert busy.last("ended")["cause"] == "congestion"
    assert len(few.arrivals) == 1


def test_a_call_name_in_use_is_rejected_and_the_call_continues(harness: Any) -> None:
    page, _ = up(harness)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    assert page.last("error")["code"] == "wrong-state"
    assert all(f["type"] != "ended" for f in page.received)
    assert len(harness.router.bindings) == 1


def test_feedback_is_stored_with_its_call(harness: Any) -> None:
    page, leg = up(harness)
    page.send("hangup", call="c1")
    page.send("feedback", id=leg, score=2, issues=["echo"])
    page.send("feedback", id="f" * 32, score=5)
    page.deliver_all()
    assert [(said.score, known) for said, known in page.transport.feedback] == [
        (2, True),
        (5, False),
    ]
    page.link.kept(3)
    page.deliver_all()
    assert page.last("done")["ref"] == 3


def test_samples_are_stored_at_a_limited_rate(harness: Any) -> None:
    page, leg = up(harness)
    for second in range(100):
        page.send("samples", call="c1", samples=[{"at": second}])
        page.deliver_all()
    assert len(harness.feedback_store.samples_by_leg[leg]) == 10
    harness.pass_time(60, page)
    for second in range(100):
        page.send("samples", call="c1", samples=[{"at": second}])
        page.deliver_all()
    assert len(harness.feedback_store.samples_by_leg[leg]) == 20


def test_preflight_calls_need_no_application_and_are_limited(harness: Any) -> None:
    page = harness.page("alice", application=None)
    for number in range(3):
        page.send("invite", call=f"t{number}", to="", sdp="v=0", purpose="preflight")
    page.deliver_all()
    assert [arrival.preflight for arrival in harness.arrivals] == [True, True]
    assert page.last("error")["code"] == "too-many-calls"


def test_a_second_call_is_begun_near_the_first(harness: Any) -> None:
    page, leg = up(harness)
    page.send("invite", call="c2", to="carol", sdp="v=0")
    page.deliver_all()
    assert [arrival.near for arrival in harness.arrivals] == [None, leg]


def test_a_party_that_may_not_call_cannot_transfer_to_a_name(harness: Any) -> None:
    page = harness.page("alice", register=True, application=None)
    leg = harness.invite("alice")
    page.deliver_all()
    page.send("answer", call=leg, sdp="v=0")
    page.send("transfer", call=leg, to="carol")
    page.deliver_all()
    assert page.last("error")["code"] == "forbidden"
