"""The one ordered list in which everything reaches a call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.control import ControlRequest
from offhook.base.errors import OffhookError
from offhook.base.events import LegEvent
from offhook.base.ids import LegId
from offhook.base.media import Sound

_MAX_MESSAGES: Final = 1_000
"""Waiting events beyond which those that a peer can make at will are dropped."""
_DROPPABLE: Final = (
    events.DtmfReceived,
    events.Muted,
    events.MessageReceived,
    events.Reported,
    events.QualityWarning,
    events.StatsRequested,
    events.Speaking,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A request to end the call."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class SoundLoaded:
    """A sound that a control request wants is there, or the reason why it is not."""

    request: ControlRequest
    leg: LegId | None
    times: int
    sound: Sound | OffhookError


Message = LegEvent | Stop | ControlRequest | SoundLoaded


class Inbox:
    """What has happened to one call and was not looked at yet.

    A list and a future: a deque and an event would take 1.4 kB more of every call.
    """

    __slots__ = ("_messages", "_rung", "_waiter", "cause")

    def __init__(self) -> None:
        """Nothing has happened."""
        self._messages: list[Message | tuple[LegEvent, int]] = []
        self.cause: int | None = None
        """The number of the input that `take` returned last; nothing if it was none."""
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message, number: int | None = None) -> None:
        """One thing more, with its number if it is an input. Never waits."""
        if len(self._messages) >= _MAX_MESSAGES and isinstance(message, _DROPPABLE):
            return
        if number is not None and isinstance(message, LegEvent):
            self._messages.append((message, number))
        else:
            self._messages.append(message)
        self.wake()

    def put_back(self, messages: Sequence[tuple[Message, int | None]]) -> None:
        """Messages that were taken too early: they come before all others."""
        self._messages[:0] = [
            (message, number) if number is not None and isinstance(message, LegEvent) else message
            for message, number in messages
        ]
        self.wake()

    def wake(self) -> None:
        """End the current wait, or the next one, without a message."""
        self._rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def take(self) -> Message | None:
        """The oldest thing, if there is one."""
        first = self._messages.pop(0) if self._messages else None
        if isinstance(first, tuple):
            message, self.cause = first
            return message
        self.cause = None
        return first

    async def wait(self, seconds: float) -> None:
        """Until a message or `wake`, but no longer than `seconds`."""
        if self._messages or seconds <= 0:
            return
        if not self._rung:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(seconds, self.wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._rung = False
