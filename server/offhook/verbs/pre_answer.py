"""Lets the caller hear something before the call is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.base.events import LegEvent
from offhook.base.journal.script_entries import InnerReceived, InnerRequested, PartStarted
from offhook.base.media import Sound
from offhook.calls.call_control import CallControl
from offhook.calls.leg import Leg
from offhook.verbs.base import (
    Context,
    Continue,
    InnerRequest,
    Outcome,
    Progress,
    Resumable,
    Verb,
    Watch,
)


class EarlyMedia:
    """A call whose verbs do not answer it, as `offhook.verbs.context.Context`."""

    def __init__(self, call: Context) -> None:
        """Where verbs answer the call, it rings with early media."""
        self._call = call

    @property
    def control(self) -> CallControl:
        """The call with its legs."""
        return self._call.control

    @property
    def leg(self) -> Leg:
        """The caller's leg."""
        return self._call.leg

    @property
    def stops_on_digit(self) -> bool:
        """As outside."""
        return self._call.stops_on_digit

    def answer(self) -> None:
        """Let early media flow; a call that is answered already stays so."""
        self._call.control.ring()

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens."""
        return await self._call.next(until, watch)

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`."""
        return await self._call.sound(url, watch)

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, spoken."""
        return await self._call.speech(
            text, language=language, voice=voice, markup=markup, watch=watch
        )

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        """The verbs of a document that runs within a verb."""
        return await self._call.document(ask, again, watch)

    def reread(self, received: InnerReceived) -> Sequence[Verb]:
        """The verbs of such a document that came before a restart."""
        return self._call.reread(received)


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
