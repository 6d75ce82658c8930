"""Frames of calls become events, commands become frames."""

from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.links.limits import Limits


def calling(floor: Any) -> tuple[Any, LegId]:
    page = floor.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0", parameters={"a": "1"}, headers={"X-B": "2"})
    page.settle()
    return page, floor.arrivals[-1].leg


def up(floor: Any) -> tuple[Any, LegId]:
    page, leg = calling(floor)
    floor.hub.send(leg, commands.Answer(Sdp("v=0 answer")))
    page.settle()
    return page, leg


def test_an_invitation_arrives_complete(floor: Any) -> None:
    page, leg = calling(floor)
    arrival = floor.arrivals[0]
    assert (arrival.to, arrival.sdp) == ("bob", "v=0")
    assert (arrival.parameters, arrival.headers) == ({"a": "1"}, {"X-B": "2"})
    assert arrival.party.name == "alice"
    assert page.heard == [{"type": "trying", "seq": 1, "call": "c1", "id": leg}]


def test_progress_of_a_call_is_sent(floor: Any) -> None:
    page, leg = calling(floor)
    floor.hub.send(leg, commands.Ring(Sdp("v=0 early")))
    floor.hub.send(leg, commands.Answer(None))
    floor.hub.send(leg, commands.End(Cause.NORMAL))
    page.settle()
    assert [{k: v for k, v in f.items() if k != "seq"} for f in page.heard[1:]] == [
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


def test_an_ended_call_is_unknown(floor: Any) -> None:
    page, leg = up(floor)
    floor.hub.send(leg, commands.End(Cause.TIME_LIMIT))
    page.send("mute", call="c1", muted=True)
    page.settle()
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
def test_hanging_up(floor: Any, answered: bool, said: str | None, cause: Cause) -> None:
    page, leg = (up if answered else calling)(floor)
    page.send("hangup", call="c1", **({"cause": said} if said else {}))
    page.settle()
    assert floor.deliver == [events.HungUp(leg=leg, cause=cause)]
    assert (page.last("ended")["cause"], page.last("ended")["by"]) == (cause.value, "local")
    assert floor.hub.legs == 0


@pytest.mark.parametrize("kind", ["hangup", "reject", "hangup of a call that rings"])
def test_the_call_has_a_hang_up_before_its_page_is_notified(floor: Any, kind: str) -> None:
    if kind == "hangup":
        page, _ = up(floor)
        name = "c1"
    else:
        page = floor.page("bob", register=True)
        name = floor.invite("bob")
        page.settle()
    sent: list[list[str]] = []
    floor.hub.deliver = lambda _event: sent.append(list(page.wire.down))
    before = len(page.wire.down)
    more = {"cause": "rejected"} if kind == "reject" else {}
    page.send(kind.split()[0], call=name, **more)
    page.carry_up()
    assert sent == [[]], "nothing was on its way to the page yet"
    assert any('"ended"' in text for text in list(page.wire.down)[before:])


def test_frames_of_a_page_become_events(floor: Any) -> None:
    page, leg = up(floor)
    page.send("digits", call="c1", digits="1w#")
    page.send("mute", call="c1", muted=True)
    page.send("message", call="c1", id="1", content_type="text/plain", body="hi")
    page.settle()
    assert floor.deliver == [
        events.DtmfReceived(leg=leg, digit="1", seconds=0.1, signalled=True),
        events.DtmfReceived(leg=leg, digit="#", seconds=0.1, signalled=True),
        events.Muted(leg=leg, muted=True),
        events.MessageReceived(leg=leg, content_type="text/plain", body="hi"),
    ]


def test_commands_become_frames(floor: Any) -> None:
    page, leg = up(floor)
    floor.hub.send(leg, commands.SendDtmf("5", 0.2))
    floor.hub.send(leg, commands.Notify("media-lost", {}))
    floor.hub.send(leg, commands.SendMessage("text/plain", "one"))
    floor.hub.send(leg, commands.SendMessage("text/plain", "two"))
    page.settle()
    told = page.heard[2:]
    assert [f["type"] for f in told] == ["digit", "notice", "message", "message"]
    assert told[2]["id"] != told[3]["id"]


def test_offers_of_the_page(floor: Any) -> None:
    page, leg = up(floor)
    page.send("offer", call="c1", number=1, sdp="v=0 hold", reason="hold")
    page.settle()
    event = events.Reoffered(leg=leg, number=1, sdp=Sdp("v=0 hold"), why=RenegotiationReason.HOLD)
    assert floor.deliver == [event]
    page.send("offer", call="c1", number=2, sdp="v=0", reason="resume")
    page.settle()
    assert page.last("error")["code"] == "wrong-state"
    floor.hub.send(leg, commands.AcceptOffer(1, Sdp("v=0 ok")))
    floor.hub.send(leg, commands.AcceptOffer(1, Sdp("v=0 twice")))
    page.send("offer", call="c1", number=2, sdp="v=0", reason="resume")
    page.settle()
    floor.hub.send(leg, commands.RefuseOffer(2, "malformed"))
    page.settle()
    assert [f["type"] for f in page.heard[2:]] == ["accept", "refuse"]


def test_offers_of_ours(floor: Any) -> None:
    page, leg = up(floor)
    floor.hub.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 re"), reason=RenegotiationReason.UPDATE)
    )
    page.send("accept", call="c1", number=2, sdp="v=0")
    page.send("accept", call="c1", number=1, sdp="v=0 yes")
    page.send("accept", call="c1", number=1, sdp="v=0 yes")
    page.settle()
    assert floor.deliver == [events.ReofferAnswered(leg=leg, number=1, sdp=Sdp("v=0 yes"))]
    assert [f["code"] for f in page.asides if f["type"] == "error"] == ["wrong-state"] * 2
    floor.hub.send(
        leg, commands.Offer(number=2, sdp=Sdp("v=0 re"), reason=RenegotiationReason.RESTART)
    )
    page.send("refuse", call="c1", number=2, reason="glare")
    page.settle()
    assert floor.deliver[-1] == events.ReofferAnswered(leg=leg, number=2, sdp=None)


def test_when_offers_cross_the_page_gives_way(floor: Any) -> None:
    page, leg = up(floor)
    floor.hub.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 ours"), reason=RenegotiationReason.UPDATE)
    )
    page.send("offer", call="c1", number=1, sdp="v=0 theirs", reason="hold")
    page.settle()
    assert floor.deliver == []
    assert page.heard[-1]["reason"] == "glare"
    page.send("accept", call="c1", number=1, sdp="v=0")
    page.send("offer", call="c1", number=2, sdp="v=0 again", reason="hold")
    page.settle()
    assert [type(event).__name__ for event in floor.deliver] == ["ReofferAnswered", "Reoffered"]


def test_an_offer_that_waits_gives_way_to_ours(floor: Any) -> None:
    page, leg = up(floor)
    page.send("offer", call="c1", number=1, sdp="v=0 theirs", reason="hold")
    page.settle()
    floor.hub.send(
        leg, commands.Offer(number=1, sdp=Sdp("v=0 ours"), reason=RenegotiationReason.UPDATE)
    )
    floor.hub.send(leg, commands.AcceptOffer(1, Sdp("v=0 too late")))
    page.settle()
    assert [f["type"] for f in page.heard[2:]] == ["refuse", "offer"]


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
    floor: Any, kind: str, fields: dict[str, Any]
) -> None:
    page, _ = calling(floor)
    page.send(kind, call="c1", **fields)
    page.settle()
    assert page.last("error")["code"] == "wrong-state"
    assert floor.deliver == []


def test_an_incoming_call_carries_the_applications_parameters(floor: Any) -> None:
    page = floor.page("bob", register=True)
    leg = floor.invite("bob", caller_name="Alice", parameters={"room": "1"}, headers={"X-A": "b"})
    page.settle()
    assert page.heard[-1] == {
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


def test_a_party_without_a_grant_cannot_call(floor: Any, make_floor: Any) -> None:
    page = floor.page("alice", application=None)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.settle()
    assert page.last("error")["code"] == "forbidden"
    assert page.last("ended")["cause"] == "forbidden"
    late = floor.page("carol", expires_at=floor.clock.wall().timestamp() + 10)
    floor.clock.forward(10)
    late.send("invite", call="c1", to="bob", sdp="v=0")
    late.settle()
    assert late.last("error")["code"] == "access-token-expired"
    few = make_floor(limits=Limits(calls_per_link=1))
    busy, _ = calling(few)
    busy.send("invite", call="c2", to="bob", sdp="v=0")
    busy.settle()
    assert busy.last("error")["code"] == "too-many-calls"
    assert busy.last("ended")["cause"] == "congestion"
    assert len(few.arrivals) == 1


def test_a_call_name_in_use_is_rejected_and_the_call_continues(floor: Any) -> None:
    page, _ = up(floor)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.settle()
    assert page.last("error")["code"] == "wrong-state"
    assert all(f["type"] != "ended" for f in page.heard)
    assert floor.hub.legs == 1


def test_feedback_is_stored_with_its_call(floor: Any) -> None:
    page, leg = up(floor)
    page.send("hangup", call="c1")
    page.send("feedback", id=leg, score=2, issues=["echo"])
    page.send("feedback", id="f" * 32, score=5)
    page.settle()
    assert [(said.score, known) for said, known in page.wire.opinions] == [(2, True), (5, False)]
    page.link.kept(3)
    page.settle()
    assert page.last("done")["ref"] == 3


def test_samples_are_stored_at_a_limited_rate(floor: Any) -> None:
    page, leg = up(floor)
    for second in range(100):
        page.send("samples", call="c1", samples=[{"at": second}])
        page.settle()
    assert len(floor.feedback_store.seconds[leg]) == 10
    floor.pass_time(60, page)
    for second in range(100):
        page.send("samples", call="c1", samples=[{"at": second}])
        page.settle()
    assert len(floor.feedback_store.seconds[leg]) == 20


def test_preflight_calls_need_no_application_and_are_limited(floor: Any) -> None:
    page = floor.page("alice", application=None)
    for number in range(3):
        page.send("invite", call=f"t{number}", to="", sdp="v=0", purpose="preflight")
    page.settle()
    assert [arrival.preflight for arrival in floor.arrivals] == [True, True]
    assert page.last("error")["code"] == "too-many-calls"


def test_a_second_call_is_begun_near_the_first(floor: Any) -> None:
    page, leg = up(floor)
    page.send("invite", call="c2", to="carol", sdp="v=0")
    page.settle()
    assert [arrival.near for arrival in floor.arrivals] == [None, leg]


def test_a_party_that_may_not_call_cannot_transfer_to_a_name(floor: Any) -> None:
    page = floor.page("alice", register=True, application=None)
    leg = floor.invite("alice")
    page.settle()
    page.send("answer", call=leg, sdp="v=0")
    page.send("transfer", call=leg, to="carol")
    page.settle()
    assert page.last("error")["code"] == "forbidden"
