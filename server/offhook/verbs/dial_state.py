"""What a dial had come to when its server was restarted, read out of its call's journal.

ringing --a target answers--> (keys) --bridged--> talking --a party is gone--> ended
                                                     |
                                 a blind transfer: the target rings -- it answers --> talking
                                                     |             `- it does not ---> ended
                                 an attended one: joined with a leg of another call -> ended
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.base.events import RenegotiationReason
from offhook.base.ids import LegId
from offhook.base.journal import call_entries as calls
from offhook.base.journal.entry import Entry
from offhook.base.journal.media_entries import OfferReceived
from offhook.calls.call import Call
from offhook.calls.leg import Leg
from offhook.verbs.base import Progress

_HOLDS = {str(RenegotiationReason.HOLD): True, str(RenegotiationReason.RESUME): False}


@dataclass(slots=True, kw_only=True)
class ConversationState:
    """How far two parties had come who were bridged.

    Attributes:
        callee: The leg that the caller talks with, or talked with last.
        began: When they were bridged, in seconds of the call; nothing if they are not.
        away_s: Seconds since then in which no server ran.
        before_s: Seconds for which parties of this dial had been bridged before that.
        holding: Legs whose parties hold the call.
        transferred: A party has left by a transfer, and the new party was not bridged yet.
        target: The leg of that new party, if it was invited.
        accepted: The leg that noted an attended transfer that is not carried out, and the other call's leg.
    """

    callee: LegId
    began: Entry | None = None
    away_s: float = 0.0
    before_s: float = 0.0
    holding: set[LegId] = field(default_factory=set[LegId])
    transferred: bool = False
    target: LegId | None = None
    accepted: tuple[LegId, LegId] | None = None


@dataclass(slots=True, kw_only=True)
class DialState:
    """How far a dial had come.

    Attributes:
        progress: What the journal has of it.
        rung: The legs of its targets with the targets' numbers, in order.
        ringing_s: How long those that were rung last have rung.
        conversation: Once the caller was bridged.
    """

    progress: Progress
    rung: Sequence[tuple[Leg, int]]
    ringing_s: float
    conversation: ConversationState | None


def dial_state(call: Call, progress: Progress) -> DialState:
    """How far the dial had come."""
    rung: list[tuple[Leg, int]] = []
    last: Entry | None = None
    conversation: ConversationState | None = None
    for entry in progress.entries:
        match entry.body:
            case calls.LegStarted(target=target) if target is not None and conversation is None:
                leg = None if entry.leg is None else call.leg(entry.leg)
                if leg is not None:
                    rung.append((leg, target))
                    last = entry
            case calls.LegsBridged(with_=callee) if conversation is None:
                conversation = ConversationState(callee=LegId(callee), began=entry)
            case _ if conversation is not None:
                _take(conversation, entry, progress)
            case _:
                pass
    if conversation is not None and conversation.began is not None:
        conversation.away_s = progress.away_since(conversation.began)
    return DialState(
        progress=progress,
        rung=rung,
        ringing_s=0.0 if last is None else progress.since(last),
        conversation=conversation,
    )


def _take(state: ConversationState, entry: Entry, progress: Progress) -> None:
    leg = entry.leg
    match entry.body:
        case calls.LegsBridged(with_=callee):
            state.callee, state.began, state.transferred = LegId(callee), entry, False
            state.target = None
            state.holding.clear()
        case calls.LegsUnbridged() if state.began is not None:
            gone_s = progress.away_since(state.began) - progress.away_since(entry)
            state.before_s += max(0.0, entry.at - state.began.at - gone_s)
            state.began = None
        case calls.LegEnded(cause="transferred"):
            state.transferred = True
        case calls.LegStarted() if leg is not None and state.transferred:
            state.target = leg
        case OfferReceived(reason=reason) if leg is not None and reason in _HOLDS:
            (state.holding.add if _HOLDS[reason] else state.holding.discard)(leg)
        case calls.AttendedTransfer(with_=other) if leg is not None and other is not None:
            state.accepted = leg, LegId(other)
        case calls.LegsJoined():
            state.accepted = None
        case _:
            pass
