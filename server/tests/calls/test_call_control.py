"""A live call commands its ports, and takes what comes back."""

import pytest
from offhook.base import events
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import AcceptOffer, FailRequest, RefuseOffer
from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.base.media import Encoded
from offhook.calls.call_control import DialTarget
from offhook.testing.bench import Bench
from offhook.testing.desk import At


async def test_the_sdp_answer_is_sent_once_with_ringing_or_answer() -> None:
    bench = Bench()
    assert bench.engine.open_legs == 0
    bench.control.ring()
    assert (bench.alice.at, bench.alice.early, bench.alice.sdp) == (
        At.RINGING,
        True,
        "answer to offer",
    )
    bench.control.answer()
    assert bench.alice.at is At.UP
    bench.control.answer()
    bench.control.ring()
    assert bench.alice.at is At.UP
    assert bench.journal().count("leg-answered") == 1


async def test_an_offer_that_is_useless_ends_the_call() -> None:
    bench = Bench("bad offer")
    bench.control.answer()
    assert bench.control.call.over
    assert bench.alice.cause is Cause.INCOMPATIBLE_MEDIA
    assert bench.engine.open_legs == 0


async def test_the_reason_an_offer_is_unusable_is_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench("no mux")
    bench.control.answer()
    # First why, then the end.
    assert bench.alice.told == [FailRequest(None, "bad-description", "add a=rtcp-mux")]
    assert bench.alice.cause is Cause.MEDIA_FAILED
    noted = bench.details("offer-refused")
    assert (noted["code"], noted["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")
    (logged,) = [record for record in caplog.records if record.msg == "offer.refused"]
    assert (vars(logged)["code"], vars(logged)["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")


async def test_the_reason_an_answer_is_unusable_is_sent() -> None:
    bench = Bench()
    bench.control.answer()
    leg, bob = bench.invite("bob")
    bench.control.take(events.Answered(leg=leg.id, sdp=Sdp("no mux")))
    assert bob.told == [FailRequest(None, "bad-description", "add a=rtcp-mux")]
    assert leg.cause is Cause.MEDIA_FAILED
    noted = bench.details("answer-refused")
    assert (noted["code"], noted["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")


async def test_a_target_is_offered_the_callers_codec_first() -> None:
    bench = Bench()
    bench.control.answer()
    leg, bob = bench.invite("bob")
    assert bench.on_leg == [leg.id]
    assert bob.invitation is not None
    assert bob.invitation.sdp.startswith("offer opus/48000/2")
    assert bob.invitation.caller == "client:alice"


async def test_a_target_is_offered_the_preferred_codec_of_a_ringing_caller() -> None:
    bench = Bench("offer codecs=PCMU/8000,opus/48000/2")
    _, bob = bench.invite("bob")
    assert bob.invitation is not None
    assert bob.invitation.sdp.startswith("offer PCMU/8000,opus/48000/2 sendrecv")


async def test_an_unusable_caller_offer_gives_the_default_codec_order() -> None:
    bench = Bench("bad offer")
    _, bob = bench.invite("bob")
    assert bob.invitation is not None
    assert bob.invitation.sdp == "offer  sendrecv first"


async def test_an_answer_that_is_useless_ends_that_leg_alone() -> None:
    bench = Bench()
    bench.control.answer()
    leg, bob = bench.invite("bob")
    bench.control.take(events.Answered(leg=leg.id, sdp=Sdp("bad")))
    assert leg.cause is Cause.INCOMPATIBLE_MEDIA
    assert bob.at is At.ENDED
    assert not bench.control.call.over


async def test_events_that_cross_a_cancellation_change_nothing() -> None:
    bench = Bench()
    bench.control.answer()
    leg, bob = bench.invite("bob")
    assert bench.control.end(leg, Cause.CANCELLED)
    assert not bench.control.take(events.Answered(leg=leg.id, sdp=Sdp("answer")))
    assert not bench.control.take(events.HungUp(leg=leg.id, cause=Cause.NORMAL))
    assert bob.cause is Cause.CANCELLED
    assert not bench.control.end(leg, Cause.NORMAL)


async def test_a_new_offer_is_answered_or_refused() -> None:
    bench = Bench()
    bench.control.answer()
    first = bench.control.caller_leg.id
    bench.control.take(
        events.Reoffered(leg=first, number=1, sdp=Sdp("hold"), why=RenegotiationReason.HOLD)
    )
    bench.control.take(
        events.Reoffered(leg=first, number=2, sdp=Sdp("bad"), why=RenegotiationReason.UPDATE)
    )
    assert bench.alice.told == [
        AcceptOffer(1, Sdp("answer to hold")),
        RefuseOffer(2, "no common codec"),
    ]
    assert bench.control.caller_leg.up


async def test_a_server_offer_is_settled_or_withdrawn() -> None:
    bench = Bench()
    bench.control.answer()
    first = bench.control.caller_leg.id
    for number, answer in enumerate((Sdp("fine"), None, Sdp("bad"))):
        bench.control.take(events.ReofferAnswered(leg=first, number=number, sdp=answer))
    assert bench.engine.log.count(f"withdraw {first[:4]}") == 2


async def test_a_leg_that_hangs_up_is_unbridged_and_removed() -> None:
    bench = Bench()
    bench.control.answer()
    leg, _ = bench.invite("bob")
    bench.control.take(events.Answered(leg=leg.id, sdp=Sdp("fine")))
    bench.control.bridge(bench.control.caller_leg, leg)
    bench.control.take(events.HungUp(leg=leg.id, cause=Cause.NORMAL))
    assert bench.engine.open_legs == 1
    assert bench.engine.hears(bench.control.caller_leg.id) is None
    assert bench.journal()[-2:] == ["leg-ended", "legs-unbridged"]


async def test_events_of_unknown_legs_are_ignored() -> None:
    bench = Bench()
    assert not bench.control.take(events.Ringing(leg=LegId("nobody")))


async def test_a_full_engine_ends_only_the_leg_that_needs_it() -> None:
    bench = Bench()
    bench.answered()
    bench.engine.full = True
    leg = bench.control.invite(DialTarget(to=client("bob"), caller="client:alice"))
    assert leg.cause is Cause.CONGESTION
    assert not bench.control.call.over
    late = Bench()
    late.engine.full = True
    late.control.ring()
    assert late.alice.cause is Cause.CONGESTION


async def test_an_unplayable_sound_is_journaled() -> None:
    bench = Bench()
    first = bench.answered()
    assert bench.control.play(first, Encoded(b"", "nothing")) is None
    assert bench.control.press(first, "x") is None
    assert bench.journal()[-2:] == ["play-failed", "digits-failed"]
    assert bench.control.press(first, "1") is not None


async def test_a_reloaded_page_may_offer_again_after_an_unusable_offer() -> None:
    bench = Bench()
    bench.control.answer()
    leg, bob = bench.invite("bob")
    bob.answer()
    bench.taken()
    first = bench.control.caller_leg
    bench.control.bridge(first, leg)
    for number, sdp in enumerate(("bad", "bad again", "anew"), 1):
        offer = events.Reoffered(
            leg=first.id, number=number, sdp=Sdp(sdp), why=RenegotiationReason.ATTACH
        )
        assert bench.control.take(offer)
        assert not bench.control.call.over
        assert bob.at is At.UP
        assert bench.engine.hears(first.id) == leg.id, "what it had goes on"
    answers = [
        (type(sent), sent.number)
        for sent in bench.alice.told
        if isinstance(sent, RefuseOffer | AcceptOffer)
    ]
    assert answers == [(RefuseOffer, 1), (RefuseOffer, 2), (AcceptOffer, 3)]
    assert bench.engine.hears(first.id) == leg.id
