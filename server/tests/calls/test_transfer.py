"""Attended transfers between two calls, and the rejection of impossible ones."""

from typing import TYPE_CHECKING

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.commands import ConfirmRequest, FailRequest, InCall, Notify
from offhook.base.ids import LegId
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.call_control import CallControl
from offhook.calls.transfer import (
    AttendedTransfer,
    TransferredLegs,
    TransferRefusals,
    end_attended_transfer,
    leave,
)
from offhook.testing.call_fixture import CallFixture

if TYPE_CHECKING:
    from offhook.calls.leg import Leg
    from offhook.testing.fake_signal import FakeLeg

ASKER = LegId("a" * 32)
PARTY = LegId("b" * 32)


class TransferRig:
    """Alice and bob, bridged; bob's page has another call."""

    def __init__(self) -> None:
        self.fixture = CallFixture()
        self.alice: Leg = self.fixture.answer()
        self.bob, callee = self.fixture.invite("bob")
        self.callee: FakeLeg = callee
        callee.answer()
        self.fixture.process_events()
        self.bridge = Bridge(self.fixture.control, self.alice, self.bob, BridgeLimits(limit_s=60))
        self.bridge.start()
        self.transfer = AttendedTransfer(self.fixture.control, self.bridge)


def refused(control: CallControl, event: events.LegEvent) -> bool:
    return TransferRefusals(control).handle(event, 0.0)


def failure(command: InCall) -> tuple[int | None, str]:
    """Number and code of the request that the command fails."""
    assert isinstance(command, FailRequest)
    return command.ref, command.code


async def test_an_unbridged_call_cannot_be_transferred() -> None:
    fixture = CallFixture()
    alice = fixture.answer()
    assert refused(fixture.control, events.TransferRequested(leg=alice.id, ref=3, to="carol"))
    assert failure(fixture.caller.received[0]) == (3, "transfer-failed")
    asked = events.AttendedTransferRequested(
        leg=alice.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert refused(fixture.control, asked)
    assert fixture.transferred == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_a_transfer_of_a_bridged_call_is_not_rejected() -> None:
    rig = TransferRig()
    rig.fixture.signal.register("carol")
    assert not refused(
        rig.fixture.control, events.TransferRequested(leg=rig.bob.id, ref=1, to="carol")
    )
    wish = events.TransferRequested(leg=rig.bob.id, ref=1, other=ASKER)
    assert not refused(rig.fixture.control, wish)
    assert rig.callee.received == []


async def test_a_party_that_cannot_be_reached_is_no_reason_to_leave() -> None:
    rig = TransferRig()
    assert refused(
        rig.fixture.control, events.TransferRequested(leg=rig.bob.id, ref=4, to="absent")
    )
    assert failure(rig.callee.received[-1]) == (4, "transfer-failed")
    assert rig.bob.up
    assert rig.fixture.media.source_of(rig.alice.id) == rig.bob.id


async def test_the_other_call_gets_the_request_for_its_party() -> None:
    rig = TransferRig()
    wish = events.TransferRequested(leg=rig.bob.id, ref=1, other=ASKER)
    assert rig.transfer.handle(wish) is None
    asked = events.AttendedTransferRequested(
        leg=ASKER, requester=rig.bob.id, party=rig.alice.id, name="client:alice"
    )
    assert rig.fixture.transferred == [asked]


async def test_a_party_is_given_to_the_requesting_call() -> None:
    rig = TransferRig()
    rig.fixture.media.open(PARTY, rig.fixture.control.call.origin.id)
    asked = events.AttendedTransferRequested(
        leg=rig.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert rig.transfer.handle(asked) == TransferredLegs(rig.alice, PARTY)
    assert rig.bob.cause is Cause.TRANSFERRED
    assert rig.alice.up
    taken = events.AttendedTransferAccepted(leg=ASKER, party=rig.alice.id, name="client:alice")
    assert rig.fixture.transferred == [taken]
    assert rig.fixture.caller.received[-1] == Notify("transferred", {"to": "client:carol"})


async def test_a_party_on_another_worker_is_not_accepted() -> None:
    rig = TransferRig()
    asked = events.AttendedTransferRequested(
        leg=rig.bob.id, requester=ASKER, party=PARTY, name="client:carol"
    )
    assert rig.transfer.handle(asked) is None
    assert rig.bob.up
    assert rig.fixture.transferred == [events.AttendedTransferAccepted(leg=ASKER, party=None)]


async def test_the_accepted_party_is_bridged_and_the_transferor_leaves() -> None:
    rig = TransferRig()
    rig.fixture.media.open(PARTY, rig.fixture.control.call.origin.id)
    rig.transfer.handle(events.TransferRequested(leg=rig.bob.id, ref=9, other=ASKER))
    taken = events.AttendedTransferAccepted(leg=rig.bob.id, party=PARTY, name="client:carol")
    transferred = rig.transfer.handle(taken)
    assert transferred == TransferredLegs(rig.alice, PARTY)
    assert rig.fixture.media.source_of(rig.alice.id) == PARTY
    assert ConfirmRequest(9) in rig.callee.received
    assert rig.fixture.caller.received[-1] == Notify("transferred", {"to": "client:carol"})
    assert rig.bob.cause is Cause.TRANSFERRED


async def test_a_rejected_transfer_changes_nothing() -> None:
    rig = TransferRig()
    rig.transfer.handle(events.TransferRequested(leg=rig.bob.id, ref=9, other=ASKER))
    assert rig.transfer.handle(events.AttendedTransferAccepted(leg=rig.bob.id, party=None)) is None
    assert failure(rig.callee.received[-1]) == (9, "transfer-failed")
    assert rig.fixture.media.source_of(rig.alice.id) == rig.bob.id


async def test_an_unexpected_acceptance_changes_nothing() -> None:
    rig = TransferRig()
    assert rig.transfer.handle(events.AttendedTransferAccepted(leg=rig.bob.id, party=PARTY)) is None
    assert not rig.bridge.over


async def test_the_call_continues_for_the_remaining_party() -> None:
    rig = TransferRig()
    leave(rig.fixture.control, rig.alice, rig.bob)
    assert rig.fixture.control.anchor is rig.bob
    assert not rig.fixture.control.call.over
    end_attended_transfer(rig.fixture.control, TransferredLegs(rig.bob, PARTY))
    assert rig.fixture.transferred == [events.AttendedTransferEnded(leg=PARTY, cause=Cause.NORMAL)]
