"""Connects the other end of a call with somebody else: what is decided, and what two calls tell each other.

A blind transfer rings somebody new. An attended one joins the other ends of two calls of one page. Each
of the two calls keeps its own party, task and journal; they tell each other when it is gone.
"""

from dataclasses import dataclass

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.events import (
    AttendedTransferAccepted,
    AttendedTransferEnded,
    AttendedTransferRequested,
    LegEvent,
    TransferRequested,
)
from offhook.base.ids import LegId
from offhook.calls.bridge import Bridge
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.live import Live

FAILED = "transfer-failed"


@dataclass(frozen=True, slots=True)
class Crossed:
    """The party of this call talks with that of another.

    Attributes:
        ours: The leg that stays.
        theirs: The leg of the other call.
    """

    ours: Leg
    theirs: LegId


def refused(live: Live, event: object) -> bool:
    """Turn down a wish that nobody can fulfil: nobody to hand on, or nobody to ring. Says whether it was."""
    match event:
        case TransferRequested(leg=leg, ref=ref) if live.call.joined_with(leg) is None:
            live.signal.failed(leg, ref, FAILED, "the call talks with nobody now")
            return True
        case TransferRequested(leg=leg, ref=ref, to=to, other=None) if not live.signal.reaches(
            live.call.origin.account, client(to)
        ):
            # Once it rings the party has left; whoever cannot ring at all costs nobody the call.
            live.signal.failed(leg, ref, FAILED, "nobody of that name can be reached now")
            return True
        case AttendedTransferRequested(leg=leg, requester=requester) if (
            live.call.joined_with(leg) is None
        ):
            live.tell(AttendedTransferAccepted(leg=requester, party=None))
            return True
        case _:
            return False


def leave(live: Live, leg: Leg, stays: Leg) -> None:
    """The party of `leg` has done its part; from now on the call lives for `stays` if it must."""
    if leg is live.anchor:
        live.call.anchor = stays
    live.end(leg, Cause.TRANSFERRED, EndedBy.SERVER)


def announce(live: Live, stays: Leg, to: str) -> None:
    """Tell the party of `stays` whom it is connected with: an address, neutral spelling."""
    live.signal.notice(stays.id, "transferred", {"to": to})


class Crossing:
    """One conversation's part in attended transfers."""

    def __init__(self, live: Live, bridge: Bridge) -> None:
        """Nobody has asked."""
        self._live = live
        self._bridge = bridge
        self._asked: dict[LegId, int] = {}

    def hear(self, event: LegEvent) -> Crossed | None:
        """Take the events of a crossing. Returns with whom our party talks once that is settled."""
        match event:
            case TransferRequested(leg=leg, ref=ref, other=other) if other is not None:
                self._asked[leg] = ref
                ours = self._bridge.other(leg)
                asked = AttendedTransferRequested(
                    leg=other, requester=leg, party=ours.id, name=ours.peer
                )
                self._live.tell(asked)
            case AttendedTransferRequested():
                return self._give(event)
            case AttendedTransferAccepted(leg=leg) if leg in self._asked:
                return self._take(event, self._asked.pop(leg))
            case _:
                pass
        return None

    def _give(self, event: AttendedTransferRequested) -> Crossed | None:
        leg = self._live.call.leg(event.leg)
        ours = self._bridge.other(event.leg)
        if leg is None or leg.ended or not self._live.media.together(ours.id, event.party):
            self._live.tell(AttendedTransferAccepted(leg=event.requester, party=None))
            return None
        self._bridge.release()
        leave(self._live, leg, ours)
        self._live.note("attended-transfer", ours.id, **{"with": event.party})
        self._live.tell(
            AttendedTransferAccepted(leg=event.requester, party=ours.id, name=ours.peer)
        )
        announce(self._live, ours, event.name)
        return Crossed(ours, event.party)

    def _take(self, event: AttendedTransferAccepted, ref: int) -> Crossed | None:
        leg = self._live.call.leg(event.leg)
        if event.party is None or leg is None:
            why = "the other call talks with nobody, or is carried elsewhere"
            self._live.signal.failed(event.leg, ref, FAILED, why)
            return None
        ours = self._bridge.other(event.leg)
        self._bridge.release()
        self._live.signal.done(event.leg, ref)
        leave(self._live, leg, ours)
        self._live.media.join(ours.id, event.party)
        announce(self._live, ours, event.name)
        return Crossed(ours, event.party)


def cross_end(live: Live, crossed: Crossed) -> None:
    """Our party is gone, or the call must go: tell the other one."""
    cause = crossed.ours.cause or Cause.NORMAL
    live.tell(AttendedTransferEnded(leg=crossed.theirs, cause=cause))
