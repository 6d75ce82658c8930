"""Decodes a page's frames within a call into events."""

from collections.abc import Callable, Iterator
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.errors import PeerError
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, Sdp
from offhook.links.json import frames
from offhook.links.json.calls import LinkCall, Stage

_HOLDING: Final = {"hold": True, "resume": False}
_PAGE_CAUSES: Final = frozenset(
    {Cause.NORMAL, Cause.CANCELLED, Cause.MEDIA_FAILED, Cause.INCOMPATIBLE_MEDIA}
)
"""What a page may give as the cause of its own hanging up."""

_KEY_S: Final = 0.1
"""How long a signalled digit lasts."""


def decoded(
    call: LinkCall, frame: frames.OfCall, leg_of: Callable[[str], LegId | None]
) -> Iterator[LegEvent] | None:
    """The events of `frame`; nothing if it is not of this kind.

    Args:
        call: The call that it is about.
        frame: The page's frame.
        leg_of: Finds the leg of another call of this page that is up.

    Raises:
        PeerError: it names a call that there is not.
    """
    leg = call.leg
    match frame:
        case frames.Digits(digits=digits):
            keys = (digit for digit in digits if digit not in "wW")
            return (
                events.DtmfReceived(leg=leg, digit=key, seconds=_KEY_S, signalled=True)
                for key in keys
            )
        case frames.Mute(muted=muted):
            call.muted = muted
            return iter((events.Muted(leg=leg, muted=muted),))
        case frames.Message(content_type=content_type, body=body):
            return iter((events.MessageReceived(leg=leg, content_type=content_type, body=body),))
        case frames.StatsRequest(seq=seq):
            return iter((events.StatsRequested(leg=leg, ref=seq),))
        case frames.QualityWarning(name=name, raised=raised, value=value):
            return iter((events.QualityWarning(leg=leg, name=name, raised=raised, value=value),))
        case frames.Transfer():
            return iter((_transfer(leg, frame, leg_of),))
        case _:
            return None


def offer(call: LinkCall, frame: frames.Offer) -> LegEvent:
    """The event of an offer that the call takes."""
    call.held = _HOLDING.get(frame.reason, call.held)
    return events.Reoffered(
        leg=call.leg,
        number=frame.number,
        sdp=Sdp(frame.sdp),
        reason=events.RenegotiationReason(frame.reason),
    )


def answer(call: LinkCall, frame: frames.Accept | frames.Refuse) -> LegEvent:
    """The event of the answer to our offer, which then waits no more.

    Raises:
        PeerError: no offer of that number waits.
    """
    call.settled(frame.number)
    call.described = frame.seq
    sdp = Sdp(frame.sdp) if isinstance(frame, frames.Accept) else None
    return events.ReofferAnswered(leg=call.leg, number=frame.number, sdp=sdp)


def cause_of(call: LinkCall, frame: frames.Hangup) -> Cause:
    """Why the page ends a call that it began or answered."""
    if frame.cause in _PAGE_CAUSES:
        return Cause(frame.cause)
    return Cause.NORMAL if call.stage is Stage.UP else Cause.CANCELLED


def _transfer(
    leg: LegId, frame: frames.Transfer, leg_of: Callable[[str], LegId | None]
) -> LegEvent:
    if frame.other is None:
        return events.TransferRequested(leg=leg, ref=frame.seq, to=frame.to)
    other = leg_of(frame.other)
    if other is None or other == leg:
        raise PeerError("`with` must name another call that is answered", code="no-such-call")
    return events.TransferRequested(leg=leg, ref=frame.seq, other=other)
