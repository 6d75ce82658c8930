"""A context within another one: what it does not define itself, the outer one does."""

from collections.abc import Sequence
from typing import Protocol

from offhook.base.events import LegEvent
from offhook.base.ids import RecordingId
from offhook.base.journal.script_entries import InnerReceived, InnerRequested
from offhook.base.media import Sound
from offhook.base.recording_events import RecordingKept
from offhook.calls.call_control import CallControl
from offhook.calls.leg import Leg
from offhook.verbs.base import Context, InnerRequest, Verb, Watch


class NestedContext(Context, Protocol):
    """A call for verbs that run within a verb.

    Attributes:
        outer: The context of the verb that they run in.
    """

    outer: Context

    def watching(self, watch: Watch | None) -> Watch | None:
        """What is shown the events while verbs wait with `watch`; by default that alone."""
        return watch

    @property
    def control(self) -> CallControl:
        """The call with its legs."""
        return self.outer.control

    @property
    def leg(self) -> Leg:
        """The leg that the verbs are about."""
        return self.outer.leg

    @property
    def stops_on_digit(self) -> bool:
        """Whether a key stops what verbs play."""
        return self.outer.stops_on_digit

    def answer(self) -> None:
        """Take the leg's call."""
        self.outer.answer()

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens."""
        return await self.outer.next(until, self.watching(watch))

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`."""
        return await self.outer.sound(url, self.watching(watch))

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, spoken."""
        return await self.outer.speech(
            text, language=language, voice=voice, markup=markup, watch=self.watching(watch)
        )

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        """The verbs of a document that runs within a verb."""
        return await self.outer.document(ask, again, self.watching(watch))

    async def recorded(self, id: RecordingId) -> RecordingKept | None:
        """What became of a recording that ends."""
        return await self.outer.recorded(id)

    def reread(self, received: InnerReceived) -> Sequence[Verb]:
        """The verbs of such a document that came before a restart."""
        return self.outer.reread(received)
