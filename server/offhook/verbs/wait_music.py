"""What a party hears while it waits: built-in music, a document of the application, or nothing."""

from dataclasses import dataclass
from enum import StrEnum

from offhook.base.events import ConferenceEvent, LegEvent
from offhook.base.journal.script_entries import SoundMissing
from offhook.base.media import Sound
from offhook.base.web import WebFailure
from offhook.calls.call_control import CallControl
from offhook.verbs.base import RequestNext
from offhook.verbs.context import Context, Instruction, Interrupted
from offhook.verbs.play import Play
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.redirect import Redirect
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_MOST_DOCUMENTS = 100
"""Documents that may be requested at once; one more for each second of waiting."""


class WaitKind(StrEnum):
    """What kind of source it is."""

    MUSIC = "music"
    """The built-in music."""
    SILENCE = "silence"
    URL = "url"
    """A sound file, or a document that only plays, speaks, pauses and redirects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitSource:
    """Where it comes from.

    Attributes:
        url: Of a file or a document; absolute.
    """

    kind: WaitKind = WaitKind.MUSIC
    url: str = ""
    method: str = "POST"


MUSIC = WaitSource()
"""The built-in music."""


class WaitMusic:
    """Plays it, and hands on what happens meanwhile."""

    def __init__(self, call: Context, source: WaitSource) -> None:
        """Nothing is played before `start`."""
        self._call = call
        self._source = source
        self._is_on = False
        self._began = 0.0
        self._requests = 0

    @property
    def is_on(self) -> bool:
        """Whether the party waits."""
        return self._is_on

    def start(self) -> None:
        """The party waits from now on."""
        control = self._call.control
        if self._is_on:
            return
        self._is_on, self._began = True, control.now()
        if self._source.kind is WaitKind.MUSIC and control.hold_music is not None:
            control.play(control.caller_leg, control.hold_music, FOR_EVER)

    def stop(self) -> None:
        """It waits no more."""
        if self._is_on:
            self._is_on = False
            self._call.control.stop(self._call.control.caller_leg)

    async def next(self, until: float) -> LegEvent | None:
        """The next thing that happens; nothing once the clock shows `until`.

        Raises:
            CallOver: the caller is gone.
            Redirected: the call goes on with another document.
        """
        if self._is_on and self._source.kind is WaitKind.URL and not self._requests:
            try:
                await self._follow(_Waiting(self._call, until))
            except Interrupted as interrupted:
                # What came after that is thrown away: the party does not wait any more.
                return interrupted.event
        return await self._call.next(until)

    async def _follow(self, waiting: "_Waiting") -> None:
        """Run the application's documents, until one of them ends."""
        url, method = self._source.url, self._source.method
        while url:
            self._requests += 1
            if self._requests > _MOST_DOCUMENTS + waiting.control.now() - self._began:
                return
            try:
                verbs = await waiting.wait_document(url, method)
            except WebFailure as failure:
                message = f"The wait document could not be fetched: {failure}."
                entry = SoundMissing(message=message, reason=failure.fault.value)
                waiting.control.note(entry)
                return
            url = ""
            for verb in verbs:
                outcome = await verb.run(waiting) if isinstance(verb, _ALLOWED) else None
                if isinstance(outcome, RequestNext):
                    url, method = outcome.then.url, outcome.then.method
                    break


_ALLOWED = (Play, Speak, Wait, Redirect)
"""Verbs of a wait document; others are passed over."""


class _Waiting:
    """A call whose verbs are interrupted by the conference that its party waits for."""

    def __init__(self, call: Context, until: float) -> None:
        self._call = call
        self._until = until

    @property
    def control(self) -> CallControl:
        return self._call.control

    async def next(self, until: float | None = None) -> LegEvent | None:
        at = self._until if until is None else min(until, self._until)
        event = await self._call.next(at)
        if isinstance(event, ConferenceEvent):
            raise Interrupted(event)
        if event is None and self.control.now() >= self._until:
            raise Interrupted(None)
        return event

    async def sound(self, url: str) -> Sound:
        return await self._call.sound(url)

    async def speech(self, text: str, *, language: str, voice: str, markup: bool) -> Sound:
        return await self._call.speech(text, language=language, voice=voice, markup=markup)

    async def wait_document(self, url: str, method: str) -> tuple[Instruction, ...]:
        return await self._call.wait_document(url, method)
