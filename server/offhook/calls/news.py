"""How events are written into a journal, and which of them move a leg."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Final

from offhook.base import events
from offhook.base.events import LegEvent
from offhook.calls.leg import EndedBy, Leg, Step

_STEPS: Final[Mapping[type[LegEvent], Step]] = {
    events.Ringing: Step.RANG,
    events.Answered: Step.ANSWERED,
    events.HungUp: Step.ENDED,
}


@dataclass(frozen=True, slots=True)
class News:
    """One event as a line of a journal.

    Attributes:
        name: In kebab-case.
        details: JSON values.
        vital: The call record is made of it.
    """

    name: str
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    vital: bool = False


def step_of(event: LegEvent) -> Step | None:
    """How the event moves its leg, if it does."""
    return _STEPS.get(type(event))


def _hung_up(event: events.HungUp, leg: Leg) -> News:
    leg.cause, leg.ended_by = event.cause, EndedBy.PEER
    return News("leg-ended", {"cause": str(event.cause), "by": str(EndedBy.PEER)}, vital=True)


def _reported(event: events.Reported, leg: Leg) -> News | None:
    # Reports come every few seconds: only the last one, which follows the end, is worth a line.
    leg.report = event.report
    return News("media-reported", asdict(event.report), vital=True) if leg.ended else None


def _media_closed(_event: events.MediaClosed, leg: Leg) -> News:
    leg.media_closed = True
    return News("media-closed")


def _pressed(event: events.DtmfReceived, _leg: Leg) -> News:
    details = {"pii_digit": event.digit, "seconds": event.seconds, "signalled": event.signalled}
    return News("digit-received", details)


def _messaged(event: events.MessageReceived, _leg: Leg) -> News:
    return News("message-received", {"type": event.content_type, "characters": len(event.body)})


def _played(event: events.Played, _leg: Leg) -> News:
    return News("play-ended", {"play": event.play, "end": str(event.end), "detail": event.detail})


# Each writer takes the event that it is found by, which the type of a table cannot say.
_WRITERS: Final[Mapping[type[LegEvent], Callable[[Any, Leg], News | None]]] = MappingProxyType(
    {
        events.Ringing: lambda _event, _leg: News("leg-ringing"),
        events.Answered: lambda _event, _leg: News("leg-answered", vital=True),
        events.HungUp: _hung_up,
        events.Reoffered: lambda event, _leg: News(
            "offer-received", {"number": event.number, "reason": str(event.why)}
        ),
        events.ReofferAnswered: lambda event, _leg: News(
            "offer-answered", {"number": event.number, "accepted": event.sdp is not None}
        ),
        events.DtmfReceived: _pressed,
        events.Muted: lambda event, _leg: News("leg-muted" if event.muted else "leg-unmuted"),
        events.MessageReceived: _messaged,
        events.TransferRequested: lambda event, _leg: News(
            "transfer-requested", {"pii_to": event.to, "with": event.other}
        ),
        events.QualityWarning: lambda event, _leg: News(
            "quality-warning" if event.raised else "quality-warning-cleared",
            {"name": event.name, "value": event.value},
        ),
        events.PageUnloading: lambda _event, _leg: News("page-unloading"),
        events.PageReattached: lambda _event, _leg: News("page-reattached"),
        events.AttendedTransferAccepted: lambda event, _leg: News(
            "attended-transfer", {"with": event.party}
        ),
        events.LinkLost: lambda _event, _leg: News("link-lost"),
        events.LinkResumed: lambda _event, _leg: News("link-resumed"),
        events.Connected: lambda event, _leg: News(
            "media-connected", {"transport": event.transport, "profile": event.profile}
        ),
        events.MediaStarted: lambda _event, _leg: News("media-started"),
        events.MediaLost: lambda _event, _leg: News("media-lost"),
        events.MediaResumed: lambda _event, _leg: News("media-resumed"),
        events.TransportFailed: lambda event, _leg: News(
            "transport-failed", {"reason": event.fault}
        ),
        events.PathChanged: lambda _event, _leg: News("path-changed"),
        events.Played: _played,
        events.Reported: _reported,
        events.MediaClosed: _media_closed,
    }
)


def about(event: LegEvent, leg: Leg) -> News | None:
    """What to write down of `event`; nothing if it is not worth a line."""
    writer = _WRITERS.get(type(event))
    return None if writer is None else writer(event, leg)
