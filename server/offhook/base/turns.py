"""Limits how many tasks begin in each turn of the event loop, so that others run in between."""

import asyncio
from collections import deque


class Turns:
    """A gate that opens `most` times in each turn of the loop.

    It bounds how long one turn takes, not how many go through: what waits is begun in the order in
    which it came, and whatever else the loop has to do is done in between.
    """

    def __init__(self, most: int) -> None:
        """Let `most` through in each turn."""
        self._most = most
        self._taken = 0
        self._scheduled = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Return when it is this one's turn: at once, unless there were many in this one."""
        if self._taken < self._most and not self._waiting:
            self._count()
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._schedule()
        await turn

    def _count(self) -> None:
        self._taken += 1
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._scheduled = False
        self._taken = 0
        while self._waiting and self._taken < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._count()
