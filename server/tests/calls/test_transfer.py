"""Two calls tell each other whom to join, and what cannot be fulfilled is turned down."""

from typing import TYPE_CHECKING

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.ids import LegId
from offhook.calls.bridge import Bridge, Terms
from offhook.calls.transfer import Crossed, Crossing, cross_end, leave, refused
from offhook.testing.bench import Bench

if TYPE_CHECKING:
    from offhook.calls.leg import Leg
    from offhook.testing.desk import Line

ASKER = LegId("a" * 32)
PARTY = LegId("b" * 32)


class Talk:
    """Alice and bob talk; another call of bob's page is somewhere."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.alice: Leg = self.bench.answered()
        self.bob, phone = self.bench.invite("bob")
        self.phone: Line = phone
        phone.answer()
        self.bench.taken()
        self.bridge = Bridge(self.bench.live, self.alice, self.bob, Terms(limit_s=60))
        self.bridge.start()
        self.crossing = Crossing(self.bench.live, self.bridge)


async def test_whoever_talks_with_nobody_can_be_joined_with_nobody() -> None:
    bench = Bench()
    alice = bench.answered()
    assert refused(bench.live, events.TransferRequested(leg=alice.id, ref=3, to="carol"))
    assert bench.alice.told[0][:3] == ("failed", "3", "transfer-failed")
    asked = events.AttendedTransferRequested(
        leg=alice.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert refused(bench.live, asked)
    assert bench.crossed == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_a_wish_of_somebody_who_talks_is_not_turned_down() -> None:
    talk = Talk()
    talk.bench.desk.register("carol")
    assert not refused(
        talk.bench.live, events.TransferRequested(leg=talk.bob.id, ref=1, to="carol")
    )
    wish = events.TransferRequested(leg=talk.bob.id, ref=1, other=ASKER)
    assert not refused(talk.bench.live, wish)
    assert talk.phone.told == []


async def test_a_party_that_cannot_be_reached_is_no_reason_to_leave() -> None:
    talk = Talk()
    assert refused(talk.bench.live, events.TransferRequested(leg=talk.bob.id, ref=4, to="nobody"))
    assert talk.phone.told[-1][:3] == ("failed", "4", "transfer-failed")
    assert talk.bob.up
    assert talk.bench.engine.hears(talk.alice.id) == talk.bob.id


async def test_the_other_call_is_asked_for_its_party() -> None:
    talk = Talk()
    wish = events.TransferRequested(leg=talk.bob.id, ref=1, other=ASKER)
    assert talk.crossing.hear(wish) is None
    asked = events.AttendedTransferRequested(
        leg=ASKER, requester=talk.bob.id, party=talk.alice.id, name="client:alice"
    )
    assert talk.bench.crossed == [asked]


async def test_a_party_is_given_to_a_call_that_asks() -> None:
    talk = Talk()
    talk.bench.engine.open(PARTY, talk.bench.live.call.origin.id)
    asked = events.AttendedTransferRequested(
        leg=talk.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert talk.crossing.hear(asked) == Crossed(talk.alice, PARTY)
    assert talk.bob.cause is Cause.TRANSFERRED
    assert talk.alice.up
    taken = events.AttendedTransferAccepted(leg=ASKER, party=talk.alice.id, name="client:alice")
    assert talk.bench.crossed == [taken]
    assert talk.bench.alice.told[-1] == ("notice", "transferred", "client:carol")


async def test_a_party_that_is_carried_elsewhere_is_not_taken() -> None:
    talk = Talk()
    asked = events.AttendedTransferRequested(
        leg=talk.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert talk.crossing.hear(asked) is None
    assert talk.bob.up
    assert talk.bench.crossed == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_what_is_taken_is_joined_and_whoever_asked_leaves() -> None:
    talk = Talk()
    talk.bench.engine.open(PARTY, talk.bench.live.call.origin.id)
    talk.crossing.hear(events.TransferRequested(leg=talk.bob.id, ref=9, other=ASKER))
    taken = events.AttendedTransferAccepted(leg=talk.bob.id, party=PARTY, name="client:carol")
    crossed = talk.crossing.hear(taken)
    assert crossed == Crossed(talk.alice, PARTY)
    assert talk.bench.engine.hears(talk.alice.id) == PARTY
    assert ("done", "9") in talk.phone.told
    assert talk.bench.alice.told[-1] == ("notice", "transferred", "client:carol")
    assert talk.bob.cause is Cause.TRANSFERRED


async def test_what_is_not_taken_leaves_everything_as_it_was() -> None:
    talk = Talk()
    talk.crossing.hear(events.TransferRequested(leg=talk.bob.id, ref=9, other=ASKER))
    assert talk.crossing.hear(events.AttendedTransferAccepted(leg=talk.bob.id, party=None)) is None
    assert talk.phone.told[-1][:3] == ("failed", "9", "transfer-failed")
    assert talk.bench.engine.hears(talk.alice.id) == talk.bob.id


async def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    talk = Talk()
    assert talk.crossing.hear(events.AttendedTransferAccepted(leg=talk.bob.id, party=PARTY)) is None
    assert not talk.bridge.over


async def test_the_call_lives_for_whoever_stays() -> None:
    talk = Talk()
    leave(talk.bench.live, talk.alice, talk.bob)
    assert talk.bench.live.anchor is talk.bob
    assert not talk.bench.live.call.over
    cross_end(talk.bench.live, Crossed(talk.bob, PARTY))
    assert talk.bench.crossed == [events.AttendedTransferEnded(leg=PARTY, cause=Cause.NORMAL)]
