"""Offers and answers of legs; tests of `CallControl` have the rest."""

from offhook.base.causes import Cause
from offhook.base.commands import AcceptOffer, RefuseOffer
from offhook.base.events import RenegotiationReason, Reoffered
from offhook.base.ids import LegId, Sdp
from offhook.calls.leg import Direction, Leg
from offhook.calls.negotiation import Negotiation
from offhook.testing.call_fixture import CallFixture


def negotiation(fixture: CallFixture) -> Negotiation:
    control = fixture.control
    return Negotiation(control.call, fixture.media, fixture.signal, fixture.clock)


def attaching(leg: Leg, sdp: str = "offer") -> Reoffered:
    return Reoffered(leg=leg.id, number=1, sdp=Sdp(sdp), reason=RenegotiationReason.ATTACH)


async def test_a_first_offer_is_answered_once() -> None:
    fixture = CallFixture()
    leg = fixture.control.caller_leg
    assert negotiation(fixture).answer(leg) is None
    assert (leg.agreed, leg.answer, leg.offer) == (True, "answer to offer", None)
    leg.answer = None
    assert negotiation(fixture).answer(leg) is None
    assert leg.answer is None


async def test_a_leg_of_an_earlier_process_gets_new_media_with_the_offer_of_its_page() -> None:
    fixture = CallFixture()
    leg = Leg(id=LegId("b" * 32), direction=Direction.OUTBOUND, peer="client:bob", detached=True)
    remote = fixture.signal.add(type(fixture.caller)(leg.id, fixture.pending.append))
    assert negotiation(fixture).take_offer(leg, attaching(leg))
    assert (leg.agreed, leg.detached) == (True, False)
    assert remote.received == [AcceptOffer(1, Sdp("answer to offer"))]


async def test_an_offer_that_cannot_be_used_leaves_such_a_leg_as_it_was() -> None:
    fixture = CallFixture()
    leg = Leg(id=LegId("b" * 32), direction=Direction.OUTBOUND, peer="client:bob", detached=True)
    remote = fixture.signal.add(type(fixture.caller)(leg.id, fixture.pending.append))
    assert not negotiation(fixture).take_offer(leg, attaching(leg, "bad"))
    assert (leg.agreed, leg.detached) == (False, True)
    assert isinstance(remote.received[0], RefuseOffer)


async def test_an_engine_that_is_full_has_no_offer_for_a_party() -> None:
    fixture = CallFixture()
    fixture.answer()
    fixture.media.full = True
    leg = Leg(id=LegId("b" * 32), direction=Direction.OUTBOUND, peer="client:bob")
    assert negotiation(fixture).offer(leg) is Cause.CONGESTION
    assert fixture.journal()[-1] == "offer-failed"
