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
        bridged_s: Seconds since then, those without a server left out.
        away_s: Seconds since then in which no server ran.
        before_s: Seconds for which parties of this dial had been bridged before that.
        holding: Legs whose parties hold the call.
        caller: The leg that the callee talks with.
        transferred: A party has left by a transfer, or is about to, and the new party was not bridged yet.
        leaver: The leg of that party, if the call lived for it.
        blind: It was a blind transfer.
        target: The leg of that new party, if it was invited.
        accepted: The leg that noted an attended transfer that is not carried out, and the other call's leg.
    """

    caller: LegId
    callee: LegId
    began: Entry | None = None
    bridged_s: float = 0.0
    away_s: float = 0.0
    before_s: float = 0.0
    holding: set[LegId] = field(default_factory=set[LegId])
    transferred: bool = False
    leaver: LegId | None = None
    blind: bool = False
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
            case calls.LegsBridged(with_=other) if conversation is None and entry.leg is not None:
                callee = LegId(other)
                conversation = ConversationState(caller=entry.leg, callee=callee, began=entry)
            case _ if conversation is not None:
                _take(conversation, entry, progress)
            case _:
                pass
    if conversation is not None and conversation.began is not None:
        conversation.away_s = progress.away_since(conversation.began)
        conversation.bridged_s = progress.since(conversation.began)
    return DialState(
        progress=progress,
        rung=rung,
        ringing_s=0.0 if last is None else progress.since(last),
        conversation=conversation,
    )


def _take(state: ConversationState, entry: Entry, progress: Progress) -> None:
    leg = entry.leg
    match entry.body:
        case calls.LegsBridged(with_=callee) if leg is not None:
            state.caller, state.callee, state.began = leg, LegId(callee), entry
            state.transferred, state.target, state.leaver = False, None, None
            state.holding.clear()
        case calls.LegsUnbridged() if state.began is not None:
            gone_s = progress.away_since(state.began) - progress.away_since(entry)
            state.before_s += max(0.0, entry.at - state.began.at - gone_s)
            state.began = None
        case calls.AnchorChanged():
            state.transferred, state.leaver = True, state.caller
        case calls.LegEnded(cause="transferred"):
            state.transferred = True
        case calls.LegStarted() if leg is not None and state.transferred:
            state.target = leg
        case OfferReceived(reason=reason) if leg is not None and reason in _HOLDS:
            (state.holding.add if _HOLDS[reason] else state.holding.discard)(leg)
        case calls.TransferRequested(with_=other):
            state.blind = other is None
        case calls.AttendedTransfer(with_=other) if leg is not None and other is not None:
            state.accepted = leg, LegId(other)
        case calls.LegsJoined():
            state.accepted = None
        case _:
            pass
