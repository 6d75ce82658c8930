"""Lets the caller hear something before the call is answered."""

from dataclasses import dataclass

from offhook.base.journal.script_entries import PartStarted
from offhook.verbs.base import (
    Context,
    Continue,
    Outcome,
    Progress,
    Resumable,
    Verb,
)
from offhook.verbs.nested import NestedContext


class EarlyMedia(NestedContext):
    """A call whose verbs do not answer it."""

    def __init__(self, call: Context) -> None:
        """Where verbs answer the call, it rings with early media."""
        self.outer = call

    def answer(self) -> None:
        """Let early media flow; a call that is answered already stays so."""
        self.control.ring()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreAnswer:
    """Run verbs before the call is answered.

    Attributes:
        verbs: In order.
    """

    verbs: tuple[Verb, ...]

    async def run(self, call: Context) -> Outcome:
        """Run them; the first that ends the document ends this one."""
        return await self._run_from(call, 0, None)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with the one that ran."""
        for entry in reversed(progress.entries):
            if isinstance(entry.body, PartStarted):
                later = [each for each in progress.entries if each.position >= entry.position]
                part = Progress(entries=later, now=progress.now)
                return await self._run_from(call, entry.body.index, part)
        return await self.run(call)

    async def _run_from(self, call: Context, first: int, progress: Progress | None) -> Outcome:
        early = EarlyMedia(call)
        for index, verb in enumerate(self.verbs[first:], first):
            if progress is None:
                call.control.note(PartStarted(index=index))
            if progress is not None and isinstance(verb, Resumable):
                outcome = await verb.resume(early, progress)
            else:
                outcome = await verb.run(early)
            progress = None
            if not isinstance(outcome, Continue):
                return outcome
        return Continue()
