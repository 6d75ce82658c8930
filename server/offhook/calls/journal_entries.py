"""How events are written into a journal, and which of them move a leg."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from offhook.base import events, recording_events
from offhook.base.events import LegEvent
from offhook.base.journal import call_entries as calls
from offhook.base.journal import media_entries as media
from offhook.base.journal import recording_entries as recordings
from offhook.base.journal.entry import JournalEntry
from offhook.calls.leg import EndedBy, Leg, Step

_STEPS: Final[Mapping[type[LegEvent], Step]] = {
    events.Ringing: Step.RANG,
    events.Answered: Step.ANSWERED,
    events.HungUp: Step.ENDED,
}


def step_of(event: LegEvent) -> Step | None:
    """How the event moves its leg, if it does."""
    return _STEPS.get(type(event))


def _hung_up(event: events.HungUp, leg: Leg) -> JournalEntry:
    leg.cause, leg.ended_by = event.cause, EndedBy.PEER
    return calls.LegEnded(cause=str(event.cause), by=str(EndedBy.PEER))


def _reported(event: events.Reported, leg: Leg) -> JournalEntry | None:
    # Reports come every few seconds: only the last one, which follows the end, is worth a line.
    leg.report = event.report
    return media.MediaReported(**event.report.to_json()) if leg.ended else None


def _media_closed(_event: events.MediaClosed, leg: Leg) -> JournalEntry:
    leg.media_closed = True
    return media.MediaClosed()


def _warned(event: events.QualityWarning, _leg: Leg) -> JournalEntry:
    entry = media.QualityWarning if event.raised else media.QualityWarningCleared
    return entry(name=event.name, value=event.value)


def _muted(event: events.Muted, _leg: Leg) -> JournalEntry:
    return calls.LegMuted() if event.muted else calls.LegUnmuted()


# Each writer takes the event type that it is found by, which the type of a table cannot express.
_WRITERS: Final[Mapping[type[LegEvent], Callable[[Any, Leg], JournalEntry | None]]] = (
    MappingProxyType(
        {
            events.Ringing: lambda _event, _leg: calls.LegRinging(),
            events.Answered: lambda _event, _leg: calls.LegAnswered(),
            events.HungUp: _hung_up,
            events.Reoffered: lambda event, _leg: media.OfferReceived(
                number=event.number, reason=str(event.reason)
            ),
            events.ReofferAnswered: lambda event, _leg: media.OfferAnswered(
                number=event.number, accepted=event.sdp is not None
            ),
            events.DtmfReceived: lambda event, leg: calls.DigitReceived(
                pii_digit="" if leg.hides_keys else event.digit,
                secret_digit=event.digit if leg.hides_keys else None,
                seconds=event.seconds,
                signalled=event.signalled,
            ),
            events.Muted: _muted,
            events.MessageReceived: lambda event, _leg: calls.MessageReceived(
                type=event.content_type, characters=len(event.body)
            ),
            events.TransferRequested: lambda event, _leg: calls.TransferRequested(
                pii_to=event.to, with_=event.other
            ),
            events.QualityWarning: _warned,
            events.PageUnloading: lambda _event, _leg: calls.PageUnloading(),
            events.PageReattached: lambda _event, _leg: calls.PageReattached(),
            events.AttendedTransferAccepted: lambda event, _leg: calls.AttendedTransfer(
                with_=event.party, pii_name=event.name
            ),
            events.CommandUnsupported: lambda event, _leg: calls.CommandUnsupported(
                command=event.command
            ),
            events.LinkLost: lambda _event, _leg: calls.LinkLost(),
            events.LinkResumed: lambda _event, _leg: calls.LinkResumed(),
            events.Connected: lambda event, _leg: media.MediaConnected(
                transport=event.transport, profile=event.profile
            ),
            events.MediaStarted: lambda _event, _leg: media.MediaStarted(),
            events.MediaLost: lambda _event, _leg: media.MediaLost(),
            events.MediaResumed: lambda _event, _leg: media.MediaResumed(),
            events.TransportFailed: lambda event, _leg: media.TransportFailed(reason=event.fault),
            events.PathChanged: lambda _event, _leg: media.PathChanged(),
            events.BeepDetected: lambda event, _leg: media.BeepDetected(
                hz=event.hz, seconds=event.seconds
            ),
            events.SilenceDetected: lambda event, _leg: media.SilenceDetected(
                seconds=event.seconds
            ),
            events.Played: lambda event, _leg: media.PlayEnded(
                play=event.play, end=str(event.end), detail=event.detail
            ),
            recording_events.RecordingEnded: lambda event, _leg: recordings.RecordingEnded(
                recording=event.recording, reason=event.reason, seconds=round(event.seconds, 3)
            ),
            recording_events.RecordingKept: lambda event, _leg: recordings.RecordingKept(
                recording=event.recording, state=event.state, seconds=round(event.seconds, 3)
            ),
            events.Reported: _reported,
            events.MediaClosed: _media_closed,
        }
    )
)


def describe(event: LegEvent, leg: Leg) -> JournalEntry | None:
    """What to write down of `event`; nothing if it is not worth a line."""
    writer = _WRITERS.get(type(event))
    return None if writer is None else writer(event, leg)
