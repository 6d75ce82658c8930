"""The one ordered list in which everything reaches a call."""

import asyncio
from dataclasses import dataclass
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent

_ROOM: Final = 1_000
"""Waiting events beyond which those that a peer can make at will are dropped."""
_AT_WILL: Final = (
    events.DtmfReceived,
    events.Muted,
    events.MessageReceived,
    events.Reported,
    events.QualityWarning,
    events.StatsRequested,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody with the right to do so ends the call."""

    cause: Cause


Mail = LegEvent | Stop


class Inbox:
    """What has happened to one call and was not looked at yet.

    A list and a future: a deque and an event would take 1.4 kB more of every call.
    """

    __slots__ = ("_mail", "_rung", "_waiter")

    def __init__(self) -> None:
        """Nothing has happened."""
        self._mail: list[Mail] = []
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None

    def put(self, mail: Mail) -> None:
        """One thing more. Never waits."""
        if len(self._mail) >= _ROOM and isinstance(mail, _AT_WILL):
            return
        self._mail.append(mail)
        self.ring()

    def ring(self) -> None:
        """End the wait of whoever waits, or the next one, though nothing came."""
        self._rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def take(self) -> Mail | None:
        """The oldest thing, if there is one."""
        return self._mail.pop(0) if self._mail else None

    async def wait(self, seconds: float) -> None:
        """Until something is there or somebody rings, but no longer than `seconds`."""
        if self._mail or seconds <= 0:
            return
        if not self._rung:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(seconds, self.ring)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._rung = False
