"""A live call commands its ports, and takes what comes back."""

import pytest
from offhook.base import events
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import AcceptOffer, Answer, Command, FailRequest, RefuseOffer, Ring
from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.base.media import Encoded
from offhook.calls.dial_target import DialTarget
from offhook.testing.call_fixture import CallFixture
from offhook.testing.fake_signal import CallState


async def test_the_sdp_answer_is_sent_once_with_ringing_or_answer() -> None:
    fixture = CallFixture()
    assert fixture.media.open_legs == 0
    fixture.control.ring()
    assert (fixture.caller.state, fixture.caller.early, fixture.caller.sdp) == (
        CallState.RINGING,
        True,
        "answer to offer",
    )
    fixture.control.answer()
    assert fixture.caller.state is CallState.UP
    fixture.control.answer()
    fixture.control.ring()
    assert fixture.caller.state is CallState.UP
    assert fixture.journal().count("leg-answered") == 1


async def test_after_a_restart_the_callers_state_is_signalled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixture = CallFixture()
    sent: list[tuple[LegId, Command]] = []
    monkeypatch.setattr(fixture.signal, "send", lambda leg, command: sent.append((leg, command)))
    fixture.control.signal_again()
    assert sent == []
    fixture.control.ring()
    fixture.control.answer()
    fixture.control.signal_again()
    assert sent[2:] == [(fixture.caller.leg, Answer(None))]
    ringing = CallFixture()
    ringing.control.ring()
    monkeypatch.setattr(ringing.signal, "send", lambda leg, command: sent.append((leg, command)))
    ringing.control.signal_again()
    assert sent[3:] == [(ringing.caller.leg, Ring(None))]


async def test_an_offer_that_is_useless_ends_the_call() -> None:
    fixture = CallFixture("bad offer")
    fixture.control.answer()
    assert fixture.control.call.over
    assert fixture.caller.cause is Cause.INCOMPATIBLE_MEDIA
    assert fixture.media.open_legs == 0


async def test_the_reason_an_offer_is_unusable_is_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fixture = CallFixture("no mux")
    fixture.control.answer()
    # First why, then the end.
    assert fixture.caller.received == [FailRequest(None, "bad-description", "add a=rtcp-mux")]
    assert fixture.caller.cause is Cause.MEDIA_FAILED
    noted = fixture.details("offer-refused")
    assert (noted["code"], noted["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")
    (logged,) = [record for record in caplog.records if record.msg == "offer.refused"]
    assert (vars(logged)["code"], vars(logged)["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")


async def test_the_reason_an_answer_is_unusable_is_sent() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, bob = fixture.invite("bob")
    fixture.control.take(events.Answered(leg=leg.id, sdp=Sdp("no mux")))
    assert bob.received == [FailRequest(None, "bad-description", "add a=rtcp-mux")]
    assert leg.cause is Cause.MEDIA_FAILED
    noted = fixture.details("answer-refused")
    assert (noted["code"], noted["reason"]) == ("no-rtcp-mux", "add a=rtcp-mux")


async def test_a_target_is_offered_the_callers_codec_first() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, bob = fixture.invite("bob")
    assert fixture.announced == [leg.id]
    assert bob.invitation is not None
    assert bob.invitation.sdp.startswith("offer opus/48000/2")
    assert bob.invitation.caller == "client:alice"


async def test_a_target_is_offered_the_preferred_codec_of_a_ringing_caller() -> None:
    fixture = CallFixture("offer codecs=PCMU/8000,opus/48000/2")
    _, bob = fixture.invite("bob")
    assert bob.invitation is not None
    assert bob.invitation.sdp.startswith("offer PCMU/8000,opus/48000/2 sendrecv")


async def test_an_unusable_caller_offer_gives_the_default_codec_order() -> None:
    fixture = CallFixture("bad offer")
    _, bob = fixture.invite("bob")
    assert bob.invitation is not None
    assert bob.invitation.sdp == "offer  sendrecv first"


async def test_an_answer_that_is_useless_ends_that_leg_alone() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, bob = fixture.invite("bob")
    fixture.control.take(events.Answered(leg=leg.id, sdp=Sdp("bad")))
    assert leg.cause is Cause.INCOMPATIBLE_MEDIA
    assert bob.state is CallState.ENDED
    assert not fixture.control.call.over


async def test_events_that_cross_a_cancellation_change_nothing() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, bob = fixture.invite("bob")
    assert fixture.control.end(leg, Cause.CANCELLED)
    assert not fixture.control.take(events.Answered(leg=leg.id, sdp=Sdp("answer")))
    assert not fixture.control.take(events.HungUp(leg=leg.id, cause=Cause.NORMAL))
    assert bob.cause is Cause.CANCELLED
    assert not fixture.control.end(leg, Cause.NORMAL)


async def test_a_new_offer_is_answered_or_refused() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    first = fixture.control.caller_leg.id
    fixture.control.take(
        events.Reoffered(leg=first, number=1, sdp=Sdp("hold"), reason=RenegotiationReason.HOLD)
    )
    fixture.control.take(
        events.Reoffered(leg=first, number=2, sdp=Sdp("bad"), reason=RenegotiationReason.UPDATE)
    )
    assert fixture.caller.received == [
        AcceptOffer(1, Sdp("answer to hold")),
        RefuseOffer(2, "no common codec"),
    ]
    assert fixture.control.caller_leg.up


async def test_a_server_offer_is_settled_or_withdrawn() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    first = fixture.control.caller_leg.id
    for number, answer in enumerate((Sdp("fine"), None, Sdp("bad"))):
        fixture.control.take(events.ReofferAnswered(leg=first, number=number, sdp=answer))
    assert fixture.media.log.count(f"withdraw {first[:4]}") == 2


async def test_a_leg_that_hangs_up_is_unbridged_and_removed() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, _ = fixture.invite("bob")
    fixture.control.take(events.Answered(leg=leg.id, sdp=Sdp("fine")))
    fixture.control.bridge(fixture.control.caller_leg, leg)
    fixture.control.take(events.HungUp(leg=leg.id, cause=Cause.NORMAL))
    assert fixture.media.open_legs == 1
    assert fixture.media.source_of(fixture.control.caller_leg.id) is None
    assert fixture.journal()[-2:] == ["leg-ended", "legs-unbridged"]


async def test_events_of_unknown_legs_are_ignored() -> None:
    fixture = CallFixture()
    assert not fixture.control.take(events.Ringing(leg=LegId("unknown")))


async def test_a_full_engine_ends_only_the_leg_that_needs_it() -> None:
    fixture = CallFixture()
    fixture.answer()
    fixture.media.full = True
    leg = fixture.control.invite(DialTarget(to=client("bob"), caller="client:alice"))
    assert leg.cause is Cause.CONGESTION
    assert not fixture.control.call.over
    late = CallFixture()
    late.media.full = True
    late.control.ring()
    assert late.caller.cause is Cause.CONGESTION


async def test_an_unplayable_sound_is_journaled() -> None:
    fixture = CallFixture()
    first = fixture.answer()
    assert fixture.control.play(first, Encoded(b"", "nothing")) is None
    assert fixture.control.press(first, "x") is None
    assert fixture.journal()[-2:] == ["play-failed", "digits-failed"]
    assert fixture.control.press(first, "1") is not None


async def test_a_reloaded_page_may_offer_again_after_an_unusable_offer() -> None:
    fixture = CallFixture()
    fixture.control.answer()
    leg, bob = fixture.invite("bob")
    bob.answer()
    fixture.process_events()
    first = fixture.control.caller_leg
    fixture.control.bridge(first, leg)
    for number, sdp in enumerate(("bad", "bad again", "changed"), 1):
        offer = events.Reoffered(
            leg=first.id, number=number, sdp=Sdp(sdp), reason=RenegotiationReason.ATTACH
        )
        assert fixture.control.take(offer)
        assert not fixture.control.call.over
        assert bob.state is CallState.UP
        assert fixture.media.source_of(first.id) == leg.id, "what it had goes on"
    answers = [
        (type(sent), sent.number)
        for sent in fixture.caller.received
        if isinstance(sent, RefuseOffer | AcceptOffer)
    ]
    assert answers == [(RefuseOffer, 1), (RefuseOffer, 2), (AcceptOffer, 3)]
    assert fixture.media.source_of(first.id) == leg.id
