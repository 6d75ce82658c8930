"""Runs documents within a verb: for the party that was dialled, or for a caller who waits in a queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.ids import LegId
from offhook.base.journal.entry import Entry
from offhook.base.journal.script_entries import InnerReceived, InnerRequested, PartStarted
from offhook.verbs.base import (
    Context,
    Continue,
    InnerRequest,
    Outcome,
    Progress,
    RequestNext,
    Resumable,
    Verb,
)
from offhook.verbs.leave import Leave

_AT_ONCE: Final = 100
"""Documents that may be requested at once; one more for each second that it lasts."""


class InnerEnd(StrEnum):
    """How the documents ended."""

    ENDED = "ended"
    """The last one ran out of verbs."""
    HUNG_UP = "hung-up"
    """One of them hangs up."""
    LEFT = "left"
    """One of them leaves the queue."""
    FAILED = "failed"
    """One could not be had."""


@dataclass(slots=True)
class InnerScript:
    """Documents that follow one another in a context of their own.

    Attributes:
        call: Where their verbs run.
        requests: How many were requested.
    """

    call: Context
    since: float
    requests: int = 0

    async def run(self, ask: InnerRequest, progress: Progress | None = None) -> InnerEnd:
        """Request a document and run it, and those that follow from it.

        Args:
            ask: What to request.
            progress: What the journal has of it, if it began before a restart.
        """
        verbs, first, part = await self.begin(ask, progress)
        while verbs is not None:
            outcome = await self._perform(verbs, first, part)
            if isinstance(outcome, InnerEnd):
                return outcome
            following = InnerRequest(
                url=outcome.then.url,
                method=outcome.then.method,
                purpose=ask.purpose,
                leg=ask.leg,
                result=outcome.result,
            )
            verbs, first, part = await self._request(following), 0, None
        return InnerEnd.FAILED

    async def begin(
        self, ask: InnerRequest, progress: Progress | None
    ) -> tuple[Sequence[Verb] | None, int, Progress | None]:
        """The verbs to begin with, the first of them, and how far that one had come."""
        before: Sequence[Entry] = () if progress is None else _own(progress.entries, ask.leg)
        last = next((each for each in before if isinstance(each.body, InnerRequested)), None)
        if progress is None or last is None or not isinstance(last.body, InnerRequested):
            return await self._request(ask), 0, None
        received = next((each for each in before if isinstance(each.body, InnerReceived)), None)
        if received is None or not isinstance(received.body, InnerReceived):
            return await self._request(ask, last.body), 0, None
        verbs = self.call.reread(received.body)
        part = next((each for each in before if isinstance(each.body, PartStarted)), None)
        if part is None or not isinstance(part.body, PartStarted):
            return verbs, 0, None
        since = [each for each in progress.entries if each.at >= part.at]
        return verbs, part.body.index, Progress(entries=since, now=progress.now)

    async def _request(
        self, ask: InnerRequest, again: InnerRequested | None = None
    ) -> Sequence[Verb] | None:
        self.requests += 1
        if self.requests > _AT_ONCE + self.call.control.now() - self.since:
            return None
        return await self.call.document(ask, again)

    async def _perform(
        self, verbs: Sequence[Verb], first: int, progress: Progress | None
    ) -> InnerEnd | RequestNext:
        for index, verb in enumerate(verbs[first:], first):
            if isinstance(verb, Leave):
                return InnerEnd.LEFT
            outcome = await self._run(index, verb, progress)
            progress = None
            if isinstance(outcome, RequestNext):
                return outcome
            if not isinstance(outcome, Continue):
                return InnerEnd.HUNG_UP
        return InnerEnd.ENDED

    async def _run(self, index: int, verb: Verb, progress: Progress | None) -> Outcome:
        if progress is None:
            self.call.control.note(PartStarted(index=index), self.call.leg.id)
        if progress is not None and isinstance(verb, Resumable):
            return await verb.resume(self.call, progress)
        return await verb.run(self.call)


def _own(entries: Sequence[Entry], leg: LegId | None) -> Sequence[Entry]:
    """What the journal has of the last document for a leg, the newest entry first."""
    found: list[Entry] = []
    for entry in reversed(entries):
        if isinstance(entry.body, InnerRequested | InnerReceived | PartStarted):
            if leg is not None and entry.leg != leg:
                continue
            found.append(entry)
            if isinstance(entry.body, InnerRequested):
                break
    return found
