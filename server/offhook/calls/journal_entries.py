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
class EntryText:
    """One event as a line of a journal.

    Attributes:
        name: In kebab-case.
        details: JSON values.
        vital: The call record is made of it.
    """

    name: str
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    required: bool = False


def step_of(event: LegEvent) -> Step | None:
    """How the event moves its leg, if it does."""
    return _STEPS.get(type(event))


def _hung_up(event: events.HungUp, leg: Leg) -> EntryText:
    leg.cause, leg.ended_by = event.cause, EndedBy.PEER
    return EntryText(
        "leg-ended", {"cause": str(event.cause), "by": str(EndedBy.PEER)}, required=True
    )


def _reported(event: events.Reported, leg: Leg) -> EntryText | None:
    # Reports come every few seconds: only the last one, which follows the end, is worth a line.
    leg.report = event.report
    return EntryText("media-reported", asdict(event.report), required=True) if leg.ended else None


def _media_closed(_event: events.MediaClosed, leg: Leg) -> EntryText:
    leg.media_closed = True
    return EntryText("media-closed")


def _pressed(event: events.DtmfReceived, _leg: Leg) -> EntryText:
    details = {"pii_digit": event.digit, "seconds": event.seconds, "signalled": event.signalled}
    return EntryText("digit-received", details)


def _messaged(event: events.MessageReceived, _leg: Leg) -> EntryText:
    return EntryText(
        "message-received", {"type": event.content_type, "characters": len(event.body)}
    )


def _played(event: events.Played, _leg: Leg) -> EntryText:
    return EntryText(
        "play-ended", {"play": event.play, "end": str(event.end), "detail": event.detail}
    )


# Each writer takes the event type that it is found by, which the type of a table cannot express.
_WRITERS: Final[Mapping[type[LegEvent], Callable[[Any, Leg], EntryText | None]]] = MappingProxyType(
    {
        events.Ringing: lambda _event, _leg: EntryText("leg-ringing"),
        events.Answered: lambda _event, _leg: EntryText("leg-answered", required=True),
        events.HungUp: _hung_up,
        events.Reoffered: lambda event, _leg: EntryText(
            "offer-received", {"number": event.number, "reason": str(event.reason)}
        ),
        events.ReofferAnswered: lambda event, _leg: EntryText(
            "offer-answered", {"number": event.number, "accepted": event.sdp is not None}
        ),
        events.DtmfReceived: _pressed,
        events.Muted: lambda event, _leg: EntryText("leg-muted" if event.muted else "leg-unmuted"),
        events.MessageReceived: _messaged,
        events.TransferRequested: lambda event, _leg: EntryText(
            "transfer-requested", {"pii_to": event.to, "with": event.other}
        ),
        events.QualityWarning: lambda event, _leg: EntryText(
            "quality-warning" if event.raised else "quality-warning-cleared",
            {"name": event.name, "value": event.value},
        ),
        events.PageUnloading: lambda _event, _leg: EntryText("page-unloading"),
        events.PageReattached: lambda _event, _leg: EntryText("page-reattached"),
        events.AttendedTransferAccepted: lambda event, _leg: EntryText(
            "attended-transfer", {"with": event.party}
        ),
        events.CommandUnsupported: lambda event, _leg: EntryText(
            "command-unsupported", {"command": event.command}
        ),
        events.LinkLost: lambda _event, _leg: EntryText("link-lost"),
        events.LinkResumed: lambda _event, _leg: EntryText("link-resumed"),
        events.Connected: lambda event, _leg: EntryText(
            "media-connected", {"transport": event.transport, "profile": event.profile}
        ),
        events.MediaStarted: lambda _event, _leg: EntryText("media-started"),
        events.MediaLost: lambda _event, _leg: EntryText("media-lost"),
        events.MediaResumed: lambda _event, _leg: EntryText("media-resumed"),
        events.TransportFailed: lambda event, _leg: EntryText(
            "transport-failed", {"reason": event.fault}
        ),
        events.PathChanged: lambda _event, _leg: EntryText("path-changed"),
        events.Played: _played,
        events.Reported: _reported,
        events.MediaClosed: _media_closed,
    }
)


def describe(event: LegEvent, leg: Leg) -> EntryText | None:
    """What to write down of `event`; nothing if it is not worth a line."""
    writer = _WRITERS.get(type(event))
    return None if writer is None else writer(event, leg)
