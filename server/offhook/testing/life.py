"""The life of a server that may die at any moment, and what it writes down of recordings."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from offhook.base.recordings import Recording
from offhook.base.records import Callback
from offhook.testing.memory import InMemoryRecordings


@dataclass(slots=True)
class Life:
    """One life of the server: ends at the moment that was chosen.

    Attributes:
        ends_at: The number of the moment, from 1; 0 for a life that does not end.
        moments: What the moments so far were: an entry of state that was written, a request about to
            be sent, or its answer.
        on_end: Called at the end, before anything else happens.
    """

    ends_at: int = 0
    moments: list[str] = field(default_factory=list[str])
    over: bool = False
    on_end: Callable[[], None] = lambda: None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def moment(self, what: str) -> None:
        """A moment at which a server may die: nothing that it does later has an effect."""
        if self.over:
            return
        self.moments.append(what)
        if len(self.moments) == self.ends_at:
            self.end()

    def end(self) -> None:
        """It ends now."""
        if not self.over:
            self.over = True
            self.on_end()
            self.ended.set()


class RecordingsOf:
    """What is known of recordings is kept; a server that is dead writes nothing."""

    def __init__(self, kept: InMemoryRecordings, life: Life) -> None:
        """Those of one life."""
        self._kept = kept
        self._life = life
        self.part = kept.part
        self.join = kept.join
        self.running = kept.running

    async def begin(self, recording: Recording) -> None:
        """One begins."""
        await self._alive("before a recording's row")
        await self._kept.begin(recording)
        await self._alive("after a recording's row")

    async def add_callbacks(self, callbacks: Sequence[Callback]) -> None:
        """Send callbacks."""
        await self._alive("")
        await self._kept.add_callbacks(callbacks)

    async def finish(self, recording: Recording, callbacks: Sequence[Callback]) -> bool:
        """One has ended."""
        await self._alive("before a recording's end")
        ran = await self._kept.finish(recording, callbacks)
        await self._alive("after a recording's end")
        return ran

    async def _alive(self, what: str) -> None:
        if what:
            self._life.moment(what)
        if self._life.over:
            await asyncio.Event().wait()
