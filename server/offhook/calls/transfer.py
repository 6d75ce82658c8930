"""Call transfer: decisions of one call, and the messages between two (RFC 5589).

A blind transfer invites a new party. An attended one bridges the other ends of two calls of one page. Each
of the two calls keeps its own party, task and journal; each notifies the other when its party is gone.
"""

from dataclasses import dataclass

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import ConfirmRequest, FailRequest, Notify
from offhook.base.events import (
    AttendedTransferAccepted,
    AttendedTransferEnded,
    AttendedTransferRequested,
    LegEvent,
    TransferRequested,
)
from offhook.base.ids import LegId
from offhook.base.journal.call_entries import AttendedTransfer as AttendedTransferEntry
from offhook.base.journal.call_entries import TransferFailed
from offhook.calls.bridge import Bridge
from offhook.calls.call_control import CallControl
from offhook.calls.leg import EndedBy, Leg

FAILED = "transfer-failed"
NO_REF = 0
"""Of a request that its page no longer waits for: the numbers of frames begin at 1."""


@dataclass(frozen=True, slots=True)
class TransferredLegs:
    """The party of this call talks with that of another.

    Attributes:
        ours: The leg that stays.
        theirs: The leg of the other call.
    """

    ours: Leg
    theirs: LegId


@dataclass(frozen=True, slots=True)
class TransferRefusals:
    """Rejects transfers that have no party to move or no reachable target, as `calls.ports.CallListener`."""

    control: CallControl

    def handle(self, event: LegEvent, now: float) -> bool:  # noqa: ARG002  (every listener gets the time)
        """Take one event. Returns whether it was a transfer that is rejected."""
        return _refuse(self.control, event)


def _refuse(control: CallControl, event: LegEvent) -> bool:
    match event:
        case TransferRequested(leg=leg, ref=ref) if control.call.bridged_with(leg) is None:
            _fail(control, leg, ref, "the call is not connected to another party")
            return True
        case TransferRequested(leg=leg, ref=ref, to=to, other=None) if not control.signal.reaches(
            control.call.origin.account, client(to)
        ):
            # Once the target rings the party has left; a target that cannot ring does not cost the call.
            _fail(control, leg, ref, "no device of that name can be reached")
            return True
        case AttendedTransferRequested(requester=requester, party=party) if (
            ours := _joined_with(control, party)
        ) is not None:
            # The server was restarted before the other call had taken our answer.
            control.post(AttendedTransferAccepted(leg=requester, party=ours.id, name=ours.peer))
            return True
        case AttendedTransferRequested(leg=leg, requester=requester) if control.call.bridged_with(
            leg
        ) is None and not _is_leaving(control, leg):
            control.post(AttendedTransferAccepted(leg=requester, party=None))
            return True
        case _:
            return False


def _is_leaving(control: CallControl, id: LegId) -> bool:
    """Whether the party of the leg was transferring when the server was restarted: that is carried out."""
    leg = control.call.leg(id)
    return leg is not None and leg.cause is Cause.TRANSFERRED and not control.call.joined


def _joined_with(control: CallControl, party: LegId) -> Leg | None:
    """Our leg that is joined with that leg of another call."""
    for id, other in control.call.joined.items():
        if other == party:
            return control.call.leg(id)
    return None


def _fail(control: CallControl, leg: LegId, ref: int, message: str) -> None:
    control.note(TransferFailed(reason=message), leg)
    control.signal.send(leg, FailRequest(ref, FAILED, message))


def confirm(control: CallControl, leg: LegId, ref: int) -> None:
    """Confirm that a transfer is done, if the page waits for that: a restart ends its request."""
    if ref != NO_REF:
        control.signal.send(leg, ConfirmRequest(ref))


def leave(control: CallControl, leg: Leg, stays: Leg) -> None:
    """The party of `leg` has done its part; from now on the call lives for `stays` if it must."""
    if leg is control.anchor:
        control.call.live_for(stays, control.now())
    control.end(leg, Cause.TRANSFERRED, EndedBy.SERVER)


def accept(control: CallControl, request: AttendedTransferRequested, ours: Leg) -> None:
    """Notify the other call that our party is joined with its, and our party of its new partner."""
    accepted = AttendedTransferAccepted(leg=request.requester, party=ours.id, name=ours.peer)
    control.post(accepted)
    announce(control, ours, request.name)


def announce(control: CallControl, stays: Leg, to: str) -> None:
    """Notify the party of `stays` of its new partner: an address in canonical form."""
    control.signal.send(stays.id, Notify("transferred", {"to": to}))


class AttendedTransfer:
    """One conversation's part in attended transfers."""

    def __init__(self, control: CallControl, bridge: Bridge) -> None:
        """No requests yet."""
        self._control = control
        self._bridge = bridge
        self._requested: dict[LegId, int] = {}

    def handle(self, event: LegEvent) -> TransferredLegs | None:
        """Take the events of a crossing. Returns with whom our party talks once that is settled."""
        match event:
            case TransferRequested(leg=leg, ref=ref, other=other) if other is not None:
                self._requested[leg] = ref
                ours = self._bridge.other(leg)
                asked = AttendedTransferRequested(
                    leg=other, requester=leg, party=ours.id, name=ours.peer
                )
                self._control.post(asked)
            case AttendedTransferRequested():
                return self._give(event)
            case AttendedTransferAccepted(leg=leg) if leg in self._requested:
                return self._take(event, self._requested.pop(leg))
            case _:
                pass
        return None

    def _give(self, event: AttendedTransferRequested) -> TransferredLegs | None:
        leg = self._control.call.leg(event.leg)
        ours = self._bridge.other(event.leg)
        if leg is None or leg.ended or not self._control.media.together(ours.id, event.party):
            self._control.post(AttendedTransferAccepted(leg=event.requester, party=None))
            return None
        self._bridge.release()
        leave(self._control, leg, ours)
        transfer = AttendedTransferEntry(with_=event.party, pii_name=event.name)
        self._control.note(transfer, ours.id)
        self._control.join(ours, event.party)
        accept(self._control, event, ours)
        return TransferredLegs(ours, event.party)

    def _take(self, event: AttendedTransferAccepted, ref: int) -> TransferredLegs | None:
        leg = self._control.call.leg(event.leg)
        if event.party is None or leg is None:
            reason = "the other call is not connected to another party, or its media is elsewhere"
            _fail(self._control, event.leg, ref, reason)
            return None
        ours = self._bridge.other(event.leg)
        self._bridge.release()
        confirm(self._control, event.leg, ref)
        leave(self._control, leg, ours)
        self._control.join(ours, event.party)
        announce(self._control, ours, event.name)
        return TransferredLegs(ours, event.party)


def end_attended_transfer(control: CallControl, transferred: TransferredLegs) -> None:
    """Our party is gone, or the call ends: notify the other call."""
    cause = transferred.ours.cause or Cause.NORMAL
    control.post(AttendedTransferEnded(leg=transferred.theirs, cause=cause))
