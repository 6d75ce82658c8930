"""Attended transfers between two calls, and the rejection of impossible ones."""

from typing import TYPE_CHECKING

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.commands import ConfirmRequest, FailRequest, InCall, Notify
from offhook.base.ids import LegId
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.transfer import (
    AttendedTransfer,
    TransferredLegs,
    end_attended_transfer,
    leave,
    refuse,
)
from offhook.testing.bench import Bench

if TYPE_CHECKING:
    from offhook.calls.leg import Leg
    from offhook.testing.desk import Line

ASKER = LegId("a" * 32)
PARTY = LegId("b" * 32)


class JsonDevice:
    """Alice and bob talk; another call of bob's page is somewhere."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.alice: Leg = self.bench.answered()
        self.bob, phone = self.bench.invite("bob")
        self.phone: Line = phone
        phone.answer()
        self.bench.taken()
        self.bridge = Bridge(self.bench.control, self.alice, self.bob, BridgeLimits(limit_s=60))
        self.bridge.start()
        self.transfer = AttendedTransfer(self.bench.control, self.bridge)


def failure(command: InCall) -> tuple[int | None, str]:
    """Number and code of the request that the command fails."""
    assert isinstance(command, FailRequest)
    return command.ref, command.code


async def test_an_unbridged_call_cannot_be_transferred() -> None:
    bench = Bench()
    alice = bench.answered()
    assert refuse(bench.control, events.TransferRequested(leg=alice.id, ref=3, to="carol"))
    assert failure(bench.alice.told[0]) == (3, "transfer-failed")
    asked = events.AttendedTransferRequested(
        leg=alice.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert refuse(bench.control, asked)
    assert bench.transferred == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_a_transfer_of_a_bridged_call_is_not_rejected() -> None:
    talk = JsonDevice()
    talk.bench.desk.register("carol")
    assert not refuse(
        talk.bench.control, events.TransferRequested(leg=talk.bob.id, ref=1, to="carol")
    )
    wish = events.TransferRequested(leg=talk.bob.id, ref=1, other=ASKER)
    assert not refuse(talk.bench.control, wish)
    assert talk.phone.told == []


async def test_a_party_that_cannot_be_reached_is_no_reason_to_leave() -> None:
    talk = JsonDevice()
    assert refuse(talk.bench.control, events.TransferRequested(leg=talk.bob.id, ref=4, to="nobody"))
    assert failure(talk.phone.told[-1]) == (4, "transfer-failed")
    assert talk.bob.up
    assert talk.bench.engine.hears(talk.alice.id) == talk.bob.id


async def test_the_other_call_gets_the_request_for_its_party() -> None:
    talk = JsonDevice()
    wish = events.TransferRequested(leg=talk.bob.id, ref=1, other=ASKER)
    assert talk.transfer.handle(wish) is None
    asked = events.AttendedTransferRequested(
        leg=ASKER, requester=talk.bob.id, party=talk.alice.id, name="client:alice"
    )
    assert talk.bench.transferred == [asked]


async def test_a_party_is_given_to_the_requesting_call() -> None:
    talk = JsonDevice()
    talk.bench.engine.open(PARTY, talk.bench.control.call.origin.id)
    asked = events.AttendedTransferRequested(
        leg=talk.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert talk.transfer.handle(asked) == TransferredLegs(talk.alice, PARTY)
    assert talk.bob.cause is Cause.TRANSFERRED
    assert talk.alice.up
    taken = events.AttendedTransferAccepted(leg=ASKER, party=talk.alice.id, name="client:alice")
    assert talk.bench.transferred == [taken]
    assert talk.bench.alice.told[-1] == Notify("transferred", {"to": "client:carol"})


async def test_a_party_on_another_worker_is_not_accepted() -> None:
    talk = JsonDevice()
    asked = events.AttendedTransferRequested(
        leg=talk.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert talk.transfer.handle(asked) is None
    assert talk.bob.up
    assert talk.bench.transferred == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_the_accepted_party_is_bridged_and_the_transferor_leaves() -> None:
    talk = JsonDevice()
    talk.bench.engine.open(PARTY, talk.bench.control.call.origin.id)
    talk.transfer.handle(events.TransferRequested(leg=talk.bob.id, ref=9, other=ASKER))
    taken = events.AttendedTransferAccepted(leg=talk.bob.id, party=PARTY, name="client:carol")
    transferred = talk.transfer.handle(taken)
    assert transferred == TransferredLegs(talk.alice, PARTY)
    assert talk.bench.engine.hears(talk.alice.id) == PARTY
    assert ConfirmRequest(9) in talk.phone.told
    assert talk.bench.alice.told[-1] == Notify("transferred", {"to": "client:carol"})
    assert talk.bob.cause is Cause.TRANSFERRED


async def test_a_rejected_transfer_changes_nothing() -> None:
    talk = JsonDevice()
    talk.transfer.handle(events.TransferRequested(leg=talk.bob.id, ref=9, other=ASKER))
    assert (
        talk.transfer.handle(events.AttendedTransferAccepted(leg=talk.bob.id, party=None)) is None
    )
    assert failure(talk.phone.told[-1]) == (9, "transfer-failed")
    assert talk.bench.engine.hears(talk.alice.id) == talk.bob.id


async def test_an_unexpected_acceptance_changes_nothing() -> None:
    talk = JsonDevice()
    assert (
        talk.transfer.handle(events.AttendedTransferAccepted(leg=talk.bob.id, party=PARTY)) is None
    )
    assert not talk.bridge.over


async def test_the_call_continues_for_the_remaining_party() -> None:
    talk = JsonDevice()
    leave(talk.bench.control, talk.alice, talk.bob)
    assert talk.bench.control.anchor is talk.bob
    assert not talk.bench.control.call.over
    end_attended_transfer(talk.bench.control, TransferredLegs(talk.bob, PARTY))
    assert talk.bench.transferred == [events.AttendedTransferEnded(leg=PARTY, cause=Cause.NORMAL)]
