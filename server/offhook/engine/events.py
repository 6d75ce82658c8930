"""Translates the compiled engine's events to those of calls."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

import offhook_engine as compiled

from offhook.base import events
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, PlayId
from offhook.base.media import MediaReport, PlayEnd, StreamReport

_PLAIN: Final[Mapping[type[compiled.Event], type[LegEvent]]] = {
    compiled.MediaStarted: events.MediaStarted,
    compiled.MediaLost: events.MediaLost,
    compiled.MediaResumed: events.MediaResumed,
    compiled.PathChanged: events.PathChanged,
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
        case compiled.Speaking(speaking=speaking):
            return events.Speaking(leg=leg, speaking=speaking)
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
    values: dict[str, Any] = {
        name: _MERGED[name](before, since)
        if name in _MERGED
        else getattr(before, name) + getattr(since, name)
        for name in _NAMES
    }
    return StreamReport(**values)


def _mean_mos(before: StreamReport, since: StreamReport) -> float | None:
    judged = [stream for stream in (before, since) if stream.mos is not None and stream.packets]
    rated = sum(stream.packets for stream in judged)
    return sum((stream.mos or 0) * stream.packets for stream in judged) / rated if rated else None


def _mean_level(before: StreamReport, since: StreamReport) -> float | None:
    levels = [(s.level_dbov, s.packets) for s in (before, since) if s.level_dbov is not None]
    packets = sum(packets for _, packets in levels)
    return sum(level * packets for level, packets in levels) / packets if packets else None


_NAMES: Final = tuple(field.name for field in fields(StreamReport))
_MERGED: Final[Mapping[str, Callable[[StreamReport, StreamReport], float | None]]] = {
    "longest_loss": lambda before, since: max(before.longest_loss, since.longest_loss),
    "jitter_ms": lambda before, since: since.jitter_ms if since.packets else before.jitter_ms,
    "mos": _mean_mos,
    "level_dbov": _mean_level,
}
"""Fields of two reports on one stream that are not counts, which are added."""

_CONVERTED: Final[Mapping[str, Callable[[compiled.StreamReport], float | None]]] = {
    "jitter_ms": lambda stream: stream.jitter_s * 1000,
    "level_dbov": lambda stream: None if stream.level is None else stream.level.mean_dbov,
}
"""Fields that the engine has in another unit or form; the others are its own, by name."""


def _report(report: compiled.MediaReport) -> MediaReport:
    return MediaReport(
        codec=report.codec,
        received=_stream(report.received),
        sent=_stream(report.sent),
        rtt_ms=None if report.rtt_s is None else report.rtt_s * 1000,
    )


def _stream(stream: compiled.StreamReport) -> StreamReport:
    values: dict[str, Any] = {
        name: _CONVERTED[name](stream) if name in _CONVERTED else getattr(stream, name)
        for name in _NAMES
    }
    return StreamReport(**values)
