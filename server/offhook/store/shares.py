"""Shares the database among accounts: one that reads or writes without pause delays no other."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from offhook.base.fair_share import FairShare

_WAITING: Final = 2_000
_PART: Final = 1.0
"""An account gets one more place while what it holds, twice, is less than the free places."""


class Shares:
    """Places for statements on behalf of accounts.

    An account alone gets a third of many places, half of four, and the only one there is, so that
    another one finds a place free, or gets the next one.
    What waits is served by the places that its account holds, then in turn.
    """

    def __init__(self, places: int) -> None:
        """All places are free.

        Args:
            places: Statements at the same time; fewer than there are connections.
        """
        self._shares = FairShare(places, waiting=_WAITING, part=_PART)

    @property
    def free(self) -> int:
        """How many more could run now."""
        return self._shares.free

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncGenerator[None]:
        """A place for the block; waits for one.

        Raises:
            Unavailable: too many of this account wait.
        """
        admitted = asyncio.Event()
        ticket = self._shares.enter(account, admitted=admitted.set)
        try:
            await admitted.wait()
            yield
        finally:
            self._shares.leave(ticket)
