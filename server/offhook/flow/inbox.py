"""The one ordered list in which everything reaches a call."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent

_ROOM: Final = 1_000
"""Waiting events beyond which those that a peer can make at will are dropped."""
_AT_WILL: Final = (
    events.Pressed,
    events.Muted,
    events.Messaged,
    events.Reported,
    events.Warned,
    events.CountAsked,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody with the right to do so ends the call."""

    cause: Cause


Mail = LegEvent | Stop


class Inbox:
    """What has happened to one call and was not looked at yet."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._mail: deque[Mail] = deque()
        self._bell = asyncio.Event()

    def put(self, mail: Mail) -> None:
        """One thing more. Never waits."""
        if len(self._mail) >= _ROOM and isinstance(mail, _AT_WILL):
            return
        self._mail.append(mail)
        self._bell.set()

    def ring(self) -> None:
        """Wake whoever waits, though nothing came."""
        self._bell.set()

    def take(self) -> Mail | None:
        """The oldest thing, if there is one."""
        return self._mail.popleft() if self._mail else None

    async def wait(self, seconds: float) -> None:
        """Until something is there or somebody rings, but no longer than `seconds`."""
        if self._mail or seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return
        finally:
            self._bell.clear()
