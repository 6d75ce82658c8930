"""Translates the compiled engine's events to those of calls."""

from collections.abc import Mapping
from typing import Final

import offhook_engine as compiled

from offhook.base import events
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, PlayId
from offhook.base.media import MediaReport, PlayEnd, StreamReport

_PLAIN: Final[Mapping[type[compiled.Event], type[LegEvent]]] = {
    compiled.MediaStarted: events.MediaStarted,
    compiled.MediaLost: events.MediaLost,
    compiled.MediaResumed: events.MediaResumed,
    compiled.Moved: events.PathChanged,
    compiled.Closed: events.MediaClosed,
}
"""Events of which only the leg matters here."""


def translated(event: compiled.Event, leg: LegId) -> LegEvent:
    """The same event for the call's `leg`. The peer's address is left out."""
    match event:
        case compiled.Connected(transport=transport, profile=profile):
            return events.Connected(leg=leg, transport=transport, profile=profile)
        case compiled.Failed(fault=fault):
            return events.TransportFailed(leg=leg, fault=fault)
        case compiled.DigitPressed(digit=digit, seconds=seconds):
            return events.DtmfReceived(leg=leg, digit=digit, seconds=seconds)
        case compiled.PlayFinished(play=play, end=end, detail=detail):
            return events.Played(leg=leg, play=PlayId(play), end=PlayEnd(end), detail=detail)
        case compiled.Reported(report=report):
            return events.Reported(leg=leg, report=_report(report))
        case _:
            return _PLAIN[type(event)](leg=leg)


def continued(before: MediaReport, report: MediaReport) -> MediaReport:
    """A leg's media in all, `before` its transport was replaced and since."""
    return MediaReport(
        codec=report.codec or before.codec,
        received=_both(before.received, report.received),
        sent=_both(before.sent, report.sent),
        rtt_ms=before.rtt_ms if report.rtt_ms is None else report.rtt_ms,
    )


def _both(before: StreamReport, since: StreamReport) -> StreamReport:
    packets = before.packets + since.packets
    judged = [stream for stream in (before, since) if stream.mos is not None and stream.packets]
    rated = sum(stream.packets for stream in judged)
    return StreamReport(
        packets=packets,
        bytes=before.bytes + since.bytes,
        lost=before.lost + since.lost,
        longest_loss=max(before.longest_loss, since.longest_loss),
        jitter_ms=since.jitter_ms if since.packets else before.jitter_ms,
        mos=sum((stream.mos or 0) * stream.packets for stream in judged) / rated if rated else None,
        level_dbov=_mean_level(before, since),
    )


def _mean_level(before: StreamReport, since: StreamReport) -> float | None:
    levels = [(s.level_dbov, s.packets) for s in (before, since) if s.level_dbov is not None]
    packets = sum(packets for _, packets in levels)
    return sum(level * packets for level, packets in levels) / packets if packets else None


def _report(report: compiled.MediaReport) -> MediaReport:
    return MediaReport(
        codec=report.codec,
        received=_stream(report.received),
        sent=_stream(report.sent),
        rtt_ms=None if report.rtt_s is None else report.rtt_s * 1000,
    )


def _stream(stream: compiled.StreamReport) -> StreamReport:
    return StreamReport(
        packets=stream.packets,
        bytes=stream.bytes,
        lost=stream.lost,
        longest_loss=stream.longest_loss,
        jitter_ms=stream.jitter_s * 1000,
        mos=stream.mos,
        level_dbov=None if stream.level is None else stream.level.mean_dbov,
    )
