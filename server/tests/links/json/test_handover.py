"""Links and their calls outlive the server's process."""

from dataclasses import replace
from typing import Any

import pytest
from offhook.base import commands, events
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.store.durable_links import DurableLinks
from offhook.testing.page import Page

OLD, NEW, NEWEST = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def harness(make_harness: Any) -> Any:
    harness = make_harness()
    harness.begin(OLD)
    return harness


def restart(
    harness: Any,
    *pages: Any,
    legs: tuple[LegId, ...] = (),
    instance: str = NEW,
    away_s: float = 5.0,
) -> DurableLinks:
    """The process dies; another one takes up its links, and calls with these legs."""
    harness.clock.advance(away_s)
    log = harness.begin(instance)
    harness.links.revive(log.take(harness.limits.resume_s), legs)
    harness.deliver.clear()
    for page in pages:
        page.server_restarted(harness.links)
    return log


def comes_back(page: Any, *calls: tuple[str, str, str], **changes: Any) -> None:
    """The page resumes, with these calls: their names, ids and states."""
    page.calls = [
        {"call": call, "id": id, "state": state, "muted": False, "held": False, **changes}
        for call, id, state in calls
    ]
    page.connect()
    page.deliver_all()


def calls(harness: Any) -> tuple[Any, LegId]:
    page = harness.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0", parameters={"a": "1"})
    page.deliver_all()
    page.acknowledge()
    page.deliver_all()
    harness.pass_time(1, page)
    return page, harness.arrivals[-1].leg


def is_up(harness: Any) -> tuple[Any, LegId]:
    page, leg = calls(harness)
    harness.router.send(leg, commands.Answer(Sdp("v=0 answer")))
    page.deliver_all()
    return page, leg


def rings(harness: Any) -> tuple[Any, LegId]:
    page = harness.page("bob", register=True)
    leg = harness.invite("bob")
    page.deliver_all()
    page.send("ring", call=leg)
    page.deliver_all()
    harness.pass_time(1, page)
    return page, leg


def welcome_of(page: Any, *fields: str) -> list[Any]:
    return [page.welcome.get(field) for field in fields]


def test_a_page_gets_its_link_back_with_the_call_that_is_up(harness: Any) -> None:
    page, leg = is_up(harness)
    old = page.welcome
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "up"), muted=True)
    assert welcome_of(page, "link", "key") == [old["link"], old["key"]]
    assert welcome_of(
        page, "instance", "resumed", "attached", "received", "registered", "stated"
    ) == [*(NEW, False, True, 0, True, 2)]
    (known,) = page.welcome["calls"]
    assert "state" not in known
    assert (known["call"], known["id"], known["direction"]) == ("c1", leg, "outgoing")
    assert (known["duration_s"], known["muted"], known["parameters"]) == (5.0, True, {"a": "1"})
    assert harness.deliver == [events.PageReattached(leg=leg)]
    page.send("offer", call="c1", number=1, sdp="v=0 again", reason="attach")
    page.deliver_all()
    assert harness.deliver[-1] == events.Reoffered(
        leg=leg, number=1, sdp=Sdp("v=0 again"), reason=RenegotiationReason.ATTACH
    )
    harness.router.send(leg, commands.AcceptOffer(1, Sdp("v=0 accepted")))
    page.send("hangup", call="c1")
    page.deliver_all()
    assert [frame["type"] for frame in page.received[-2:]] == ["accept", "ended"]
    assert harness.deliver[-1] == events.HungUp(leg=leg, cause=Cause.NORMAL)


@pytest.mark.parametrize("early", [False, True])
def test_an_outgoing_call_that_is_not_answered_goes_on(harness: Any, early: bool) -> None:
    page, leg = calls(harness)
    if early:
        harness.router.send(leg, commands.Ring(Sdp("v=0 early")))
        page.deliver_all()
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "dialing"))
    (known,) = page.welcome["calls"]
    assert (known["state"], known["duration_s"]) == ("ringing" if early else "dialing", 0.0)
    assert harness.deliver == [events.PageReattached(leg=leg)]
    page.send("offer", call="c1", number=1, sdp="v=0 again", reason="attach")
    page.deliver_all()
    assert isinstance(harness.deliver[-1], events.Reoffered)
    harness.router.send(leg, commands.AcceptOffer(1, Sdp("v=0")))
    harness.router.send(leg, commands.Answer(None))
    page.deliver_all()
    assert [frame["type"] for frame in page.received[-2:]] == ["accept", "answered"]


def test_an_incoming_call_rings_on_with_another_offer(harness: Any) -> None:
    page, leg = rings(harness)
    other = harness.page("bob", register=True)
    other.deliver_all()
    other.send("ignore", call=leg)
    other.deliver_all()
    harness.pass_time(1, page, other)
    restart(harness, page, other, legs=(leg,))
    comes_back(page, (leg, leg, "incoming"))
    assert page.welcome["calls"][0]["state"] == "incoming"
    assert harness.deliver == []
    harness.invite("bob", sdp=Sdp("v=0 another"))
    comes_back(other)
    late = harness.page("bob", register=True)
    for each in page, other, late:
        each.deliver_all()
    assert page.received[-1]["type"] == "incoming"
    assert (page.received[-1]["call"], page.received[-1]["sdp"]) == (leg, "v=0 another")
    assert [f["type"] for f in other.received].count("incoming") == 1, "only before the restart"
    assert late.received[-1]["type"] == "incoming"
    page.send("answer", call=leg, sdp="v=0 mine")
    page.deliver_all()
    late.deliver_all()
    assert harness.deliver[-1] == events.Answered(leg=leg, sdp=Sdp("v=0 mine"))
    assert late.last("ended")["cause"] == "answered-elsewhere"


def test_an_invitation_reaches_a_page_that_comes_back_later(harness: Any) -> None:
    page, leg = rings(harness)
    restart(harness, page, legs=(leg,))
    harness.invite("bob", sdp=Sdp("v=0 another"))
    comes_back(page, (leg, leg, "incoming"))
    assert page.received[-1]["sdp"] == "v=0 another"


def test_a_call_that_was_declined_while_the_server_was_away_does_not_ring_again(
    harness: Any,
) -> None:
    page, leg = rings(harness)
    restart(harness, page, legs=(leg,))
    harness.invite("bob", sdp=Sdp("v=0 another"))
    page.send("reject", call=leg, cause="rejected")
    comes_back(page)
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.REJECTED)]
    assert [f for f in page.received if f["type"] == "incoming"][1:] == []


def test_a_call_that_the_page_never_got_rings(harness: Any) -> None:
    page, leg = rings(harness)
    restart(harness, page, legs=(leg,))
    comes_back(page)
    harness.invite("bob", sdp=Sdp("v=0 another"))
    page.deliver_all()
    assert page.received[-1]["sdp"] == "v=0 another"
    restart(harness, page, legs=(leg,), instance="a third one")
    harness.invite("bob", sdp=Sdp("v=0 a third"))
    comes_back(page)
    assert page.received[-1]["sdp"] == "v=0 a third"


def test_an_answer_to_the_offer_of_the_old_process_is_not_taken(harness: Any) -> None:
    page, leg = rings(harness)
    restart(harness, page, legs=(leg,))
    comes_back(page, (leg, leg, "up"))
    page.send("answer", call=leg, sdp="v=0 stale")
    page.deliver_all()
    assert harness.deliver == []
    harness.invite("bob", sdp=Sdp("v=0 another"))
    page.send("answer", call=leg, sdp="v=0 fresh")
    page.deliver_all()
    assert harness.deliver == [events.Answered(leg=leg, sdp=Sdp("v=0 fresh"))]


def test_a_call_that_only_the_page_has_is_not_listed(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, page)
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["calls"] == []
    assert harness.deliver == []
    page.send("hangup", call="c1")
    page.deliver_all()
    assert page.last("error")["code"] == "no-such-call"


@pytest.mark.parametrize("answered", [False, True])
def test_a_call_that_only_the_server_has_was_hung_up(harness: Any, answered: bool) -> None:
    page, leg = (is_up if answered else calls)(harness)
    restart(harness, page, legs=(leg,))
    comes_back(page)
    assert page.welcome["calls"] == []
    cause = Cause.NORMAL if answered else Cause.CANCELLED
    assert harness.deliver == [events.HungUp(leg=leg, cause=cause)]
    assert len(harness.router.bindings) == 0


def test_what_the_page_did_to_a_ringing_call_is_not_lost(harness: Any) -> None:
    page, leg = rings(harness)
    page.transport.up.clear()
    page.send("reject", call=leg, cause="busy")
    restart(harness, page, legs=(leg,))
    comes_back(page)
    assert harness.deliver == [events.HungUp(leg=leg, cause=Cause.BUSY)]


def test_frames_that_were_not_kept_are_stated_again_once(harness: Any) -> None:
    page, leg = is_up(harness)
    page.send("digits", call="c1", digits="1")
    page.deliver_all()
    harness.pass_time(1)  # The acknowledgement is lost on its way.
    page.transport.down.clear()
    page.send("digits", call="c1", digits="2")
    page.send("hangup", call="c1")
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["stated"] == 3
    digits = [event.digit for event in harness.deliver if isinstance(event, events.DtmfReceived)]
    assert digits == ["2"]
    assert harness.deliver[-1] == events.HungUp(leg=leg, cause=Cause.NORMAL)
    assert page.last("ended")["by"] == "local"


def test_feedback_before_a_frame_that_is_kept_is_not_lost(harness: Any) -> None:
    page, leg = is_up(harness)
    page.send("feedback", id=leg, score=2, note="echo")
    page.send("digits", call="c1", digits="1")
    page.deliver_all()
    # The process dies before it has kept the feedback.
    log = restart(harness, page, legs=(leg,))
    (state,) = log._states.values()
    assert [(each.leg, each.score, each.known) for each in state.feedback.values()] == [
        (leg, 2, True)
    ]
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["stated"] == 4, "it is the server's now"


def test_feedback_that_was_kept_is_kept_once(harness: Any) -> None:
    page, leg = is_up(harness)
    page.send("feedback", id=leg, score=2)
    page.deliver_all()
    ((given, _),) = page.transport.feedback
    page.link.kept(given.seq)
    page.send("digits", call="c1", digits="1")
    page.deliver_all()
    log = restart(harness, page, legs=(leg,))
    (state,) = log._states.values()
    assert state.feedback == {}


def test_an_invitation_that_was_not_kept_begins_the_call(harness: Any) -> None:
    page = harness.page("alice")
    page.send("invite", call="c1", to="bob", sdp="v=0")
    restart(harness, page)
    comes_back(page, ("c1", "", "dialing"))
    assert page.welcome["calls"] == []
    assert [arrival.to for arrival in harness.arrivals] == ["bob"]
    assert page.last("trying")["call"] == "c1"


def test_a_page_whose_first_welcome_was_lost_comes_again(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, page, legs=(leg,))
    page.calls = [{"call": "c1", "id": leg, "state": "up", "muted": False, "held": False}]
    page.connect()
    harness.router.send(leg, commands.SendDtmf("5", 0.1))
    page.cut()
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["stated"] == 2
    assert page.received[-1]["digit"] == "5"
    reattached = events.PageReattached(leg=leg)
    assert harness.deliver == [reattached, events.LinkLost(leg=leg), reattached]
    page.send("digits", call="c1", digits="1")
    page.deliver_all()
    page.cut()
    page.connect()
    page.deliver_all()
    assert page.welcome["resumed"] is True, "from now on it is resumed as any other"


def test_a_second_restart_counts_from_the_first_one(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "up"))
    page.acknowledge()
    page.deliver_all()
    restart(harness, page, legs=(leg,), instance=NEWEST)
    page.send("digits", call="c1", digits="9")
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["stated"] == 0, "nothing came since the first restart"
    assert isinstance(harness.deliver[-1], events.DtmfReceived)


def test_a_call_that_ended_while_the_page_was_away_ends_with_its_cause(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, page, legs=(leg,))
    harness.router.send(leg, commands.End(Cause.TIME_LIMIT))
    comes_back(page, ("c1", leg, "up"))
    assert [call["call"] for call in page.welcome["calls"]] == ["c1"]
    assert page.last("ended")["cause"] == "time-limit"
    assert harness.deliver == []


def test_a_link_whose_page_stays_away_ends(harness: Any) -> None:
    page, leg = is_up(harness)
    ringing = harness.invite("alice")
    harness.pass_time(1, page)
    restart(harness, page, legs=(leg, ringing))
    assert (len(harness.links), harness.links.connected) == (1, 0)
    assert len(harness.router.registrations) == 1
    harness.pass_time(59)
    assert harness.deliver == []
    harness.pass_time(2)
    assert harness.deliver == [
        events.HungUp(leg=leg, cause=Cause.ENDPOINT_LOST),
        events.HungUp(leg=ringing, cause=Cause.UNREACHABLE),
    ]
    assert (
        len(harness.links) == len(harness.router.registrations) == len(harness.router.bindings) == 0
    )
    harness.journal.retry()
    assert harness.begin(NEWEST).take(60) == ()


def test_a_link_that_was_seen_too_long_ago_is_not_taken_up(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, page, legs=(leg,), away_s=harness.limits.resume_s + 20)
    assert len(harness.links) == 0
    comes_back(page, ("c1", leg, "up"))
    assert welcome_of(page, "resumed", "attached") == [False, None]


def test_a_page_that_is_reloaded_during_the_restart_takes_its_call_over(harness: Any) -> None:
    page, leg = is_up(harness)
    restart(harness, legs=(leg,))
    reloaded = Page(harness.links, None, page)
    reloaded.connect()
    reloaded.deliver_all()
    assert [call["id"] for call in reloaded.welcome["calls"]] == [leg]
    assert harness.deliver == [events.PageReattached(leg=leg)]
    assert len(harness.router.registrations) == len(harness.links) == 1


def test_a_link_that_ended_or_that_another_page_took_over_is_not_taken_up(harness: Any) -> None:
    page, leg = is_up(harness)
    gone = harness.page("bob")
    gone.send("goodbye")
    gone.deliver_all()
    reloaded = Page(harness.links, None, page)
    reloaded.connect()
    reloaded.deliver_all()
    harness.begin(NEW)
    (state,) = harness.begin(NEWEST).take(60)
    assert (state.id, list(state.calls), state.registered) == (
        reloaded.welcome["link"],
        [leg],
        True,
    )


@pytest.mark.threat("secrets-in-sight")
def test_only_a_hash_of_the_key_and_a_sealed_log_in_are_written(harness: Any) -> None:
    page = harness.page("alice", proof="the proof", parameters={"p": "a parameter"})
    written = b"".join(payload for _, payload in harness.journal.written)
    assert page.welcome["link"].encode() in written
    for secret in (page.welcome["key"], "the proof", "a parameter"):
        assert secret.encode() not in written
    (state,) = harness.begin(NEW).take(60)
    assert (state.party, state.party.proof) == (page._party, "the proof")


def test_a_frame_is_written_before_it_is_acknowledged(harness: Any) -> None:
    page = harness.page("alice", register=True)
    page.send("invite", call="c1", to="bob", sdp="v=0")
    page.deliver_all()
    harness.pass_time(1, page)
    assert page.unnumbered[-1] == {"type": "ack", "received": 2}
    (state,) = harness.begin(NEW).take(60)
    assert (state.numbering, state.stated, state.registered) == (OLD, 2, True)
    (call,) = state.calls.values()
    assert (call.name, call.stage) == ("c1", "calling")


def test_a_preflight_ends_with_the_process(harness: Any) -> None:
    page = harness.page("alice")
    page.send("invite", call="t1", to="", sdp="v=0", purpose="preflight")
    page.deliver_all()
    harness.pass_time(1, page)
    (state,) = harness.begin(NEW).take(60)
    assert state.calls == {}


def test_messages_have_other_ids_after_a_restart(harness: Any) -> None:
    page, leg = is_up(harness)
    harness.router.send(leg, commands.SendMessage("text/plain", "one"))
    page.deliver_all()
    first = page.last("message")["id"]
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "up"))
    harness.router.send(leg, commands.SendMessage("text/plain", "two"))
    page.deliver_all()
    assert page.last("message")["body"] == "two"
    assert page.last("message")["id"] != first


def test_a_token_that_was_not_checked_yet_is_sent_again(harness: Any) -> None:
    page, leg = is_up(harness)
    page.send("renew", token="new")
    page.deliver_all()
    harness.pass_time(0)
    restart(harness, page, legs=(leg,))
    comes_back(page, ("c1", leg, "up"))
    assert page.welcome["stated"] == 2
    assert page.transport.checks == [("new", 1)]


def test_the_hang_up_of_a_call_that_the_page_no_longer_lists_keeps_its_cause(harness: Any) -> None:
    page, leg = is_up(harness)
    page.send("digits", call="c1", digits="1")
    page.send("hangup", call="c1", cause="media-failed")
    restart(harness, page, legs=(leg,))
    comes_back(page)
    assert page.welcome["calls"] == []
    assert [type(event) for event in harness.deliver] == [events.DtmfReceived, events.HungUp]
    assert harness.deliver[-1] == events.HungUp(leg=leg, cause=Cause.MEDIA_FAILED)


@pytest.mark.parametrize("answered_first", [False, True])
def test_a_leg_that_was_answered_is_restored_to_that_device(
    harness: Any, answered_first: bool
) -> None:
    one, two = harness.page("bob", register=True), harness.page("bob", register=True)
    leg = harness.invite("bob")
    harness.journal.retry()
    log = harness.journal.process()
    first, second = log.take(60)
    (known,) = first.calls.values()
    first.calls[leg] = replace(known, stage="up")
    harness.begin(NEW)
    states = (first, second) if answered_first else (second, first)
    harness.links.revive(states, (leg,))
    bound = harness.router.bindings.of(leg)
    assert [device.id for device in bound] == [one.welcome["link"]]
    for page in two, one:
        page.server_restarted(harness.links)
        page.connect()
        page.send("goodbye")
        page.deliver_all()
    assert len(harness.router.bindings) == 0
