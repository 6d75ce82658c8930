"""Answers pages that ask what the engine has counted of both ends of a call."""

from dataclasses import dataclass, field
from typing import Final

from offhook.base.commands import SendStats
from offhook.base.events import Reported
from offhook.base.feedback import LegCounts
from offhook.base.ids import LegId
from offhook.base.media import MediaReport
from offhook.calls.call import Call
from offhook.calls.leg import Leg
from offhook.calls.ports import Media, Signal

_AT_ONCE: Final = 4
"""Queries that wait for the engine; with more, the oldest is dropped, and its page repeats it."""


@dataclass(slots=True)
class _Query:
    leg: LegId
    other: LegId | None
    ref: int
    reports: dict[LegId, MediaReport] = field(default_factory=dict[LegId, MediaReport])


class PacketStats:
    """The questions of one call's pages."""

    def __init__(self, call: Call, media: Media, signal: Signal) -> None:
        """No requests yet."""
        self._call = call
        self._media = media
        self._signal = signal
        self._queries: list[_Query] = []

    def ask(self, leg: Leg, ref: int) -> None:
        """The party of `leg` requests counts: request reports of the engine."""
        if leg.ended:
            return
        other = self._call.bridged_with(leg.id)
        self._queries = [*self._queries, _Query(leg.id, other, ref)][-_AT_ONCE:]
        self._media.report(leg.id)
        if other is not None:
            self._media.report(other)

    def handle(self, event: Reported) -> None:
        """A report came; what is complete is answered."""
        for question in tuple(self._queries):
            if event.leg in (question.leg, question.other):
                question.reports[event.leg] = event.report
            ours = question.reports.get(question.leg)
            theirs = question.reports.get(question.other) if question.other else None
            if ours is not None and (question.other is None or theirs is not None):
                self._queries.remove(question)
                known = None if theirs is None else _counts(theirs)
                self._signal.send(question.leg, SendStats(question.ref, _counts(ours), known))


def _counts(report: MediaReport) -> LegCounts:
    return LegCounts(received=report.received.packets, sent=report.sent.packets)
