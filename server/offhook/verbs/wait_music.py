"""What a party hears while it waits: built-in music, a document of the application, or nothing."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.events import ConferenceEvent, LegEvent
from offhook.base.journal.script_entries import InnerReceived, InnerRequested
from offhook.verbs.base import Context, InnerRequest, Purpose, Verb, Watch
from offhook.verbs.context import Interrupted
from offhook.verbs.inner import InnerScript
from offhook.verbs.nested import NestedContext
from offhook.verbs.play import Play
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.redirect import Redirect
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_ALLOWED = (Play, Speak, Wait, Redirect)
"""Verbs of a wait document; others are passed over."""


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
        loops: What it plays is played again and again; otherwise silence follows.
    """

    kind: WaitKind = WaitKind.MUSIC
    url: str = ""
    method: str = "POST"
    loops: bool = False


MUSIC = WaitSource()
"""The built-in music."""
_AGAIN_S: Final = 1.0


class WaitMusic:
    """Plays it, and hands on what happens meanwhile."""

    def __init__(self, call: Context, source: WaitSource) -> None:
        """Nothing is played before `start`."""
        self._call = call
        self._source = source
        self._is_on = False
        self._began = 0.0
        self._next_at = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the party waits."""
        return self._is_on

    def start(self, source: WaitSource | None = None) -> None:
        """The party waits from now on; with another source it hears that one from its beginning."""
        control = self._call.control
        if self._is_on and source in (None, self._source):
            return
        self.stop()
        self._source = source or self._source
        self._is_on = True
        self._began = self._next_at = control.now()
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
        while True:
            is_url = self._is_on and self._source.kind is WaitKind.URL
            again = self._next_at if is_url else math.inf
            now = self._call.control.now()
            if now >= again:
                # An empty document is not requested more often than once a second.
                self._next_at = now + _AGAIN_S if self._source.loops else math.inf
                if (event := await self._run_document(until)) is not None:
                    return event
                continue
            event = await self._call.next(min(until, again))
            if event is not None or self._call.control.now() >= until:
                return event

    async def _run_document(self, until: float) -> LegEvent | None:
        """Play what the document says; what has ended that, if anything has."""
        waiting = _Waiting(self._call, until)
        ask = InnerRequest(url=self._source.url, method=self._source.method, purpose=Purpose.WAIT)
        with suppress(Interrupted):
            await InnerScript(waiting, self._began).run(ask)
        # What comes after that is thrown away: the party does not wait any more.
        return waiting.event


class _Waiting(NestedContext):
    """A call whose verbs are interrupted by the conference that its party waits for.

    Attributes:
        event: What has interrupted them; nothing when the time is up.
    """

    def __init__(self, call: Context, until: float) -> None:
        self.outer = call
        self._until = until
        self.event: LegEvent | None = None

    @property
    def stops_on_digit(self) -> bool:
        return False

    def watching(self, watch: Watch | None) -> Watch:
        def ends(event: LegEvent) -> bool:
            if isinstance(event, ConferenceEvent):
                self.event = event
                return True
            return watch is not None and watch(event)

        return ends

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        at = self._until if until is None else min(until, self._until)
        event = await super().next(at, watch)
        if event is None and self.control.now() >= self._until:
            raise Interrupted
        return event

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        verbs = await super().document(ask, again, watch)
        return None if verbs is None else _only_allowed(verbs)

    def reread(self, received: InnerReceived) -> Sequence[Verb]:
        return _only_allowed(super().reread(received))


def _only_allowed(verbs: Sequence[Verb]) -> Sequence[Verb]:
    return tuple(verb for verb in verbs if isinstance(verb, _ALLOWED))
