"""Looks names up in threads of its own, shared fairly by accounts: DNS servers can be slow."""

import asyncio
import functools
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from offhook.base.clock import Hold, no_hold
from offhook.base.fair_share import FairShare
from offhook.egress.fair_slot import fair_slot

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Name and port to addresses; raises `OSError` when there are none."""

_LOOKUPS: Final = 64
"""Names looked up at once, each in a thread that waits for DNS."""


@functools.cache
def _threads() -> ThreadPoolExecutor:
    # Apart from the loop's own threads: a DNS server that does not answer must not delay reads of
    # files.
    return ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="dns")


async def system_lookup(host: str, port: int, hold: Hold = no_hold) -> Sequence[str]:
    """Resolve with the system's resolver: hosts file and DNS."""
    loop = asyncio.get_running_loop()
    ask = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    with hold("DNS"):
        found = await loop.run_in_executor(_threads(), ask)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class _PendingLookup:
    """One name that is looked up for all requests of an account that need it now."""

    def __init__(
        self, work: Callable[["_PendingLookup"], Coroutine[None, None, Sequence[str]]]
    ) -> None:
        self.waiting = 0
        self.began = False
        self.task = asyncio.ensure_future(work(self))


class Lookups:
    """Looks names up for accounts by shares: no account waits for the DNS servers of another."""

    def __init__(self, lookup: Lookup, *, places: int = _LOOKUPS) -> None:
        """Nothing is looked up yet.

        Args:
            lookup: How names become addresses. A search that has begun is never cancelled, since
                a thread cannot be.
            places: How many names are looked up at the same time.
        """
        self._lookup = lookup
        self._slots = FairShare(places)
        self._pending: dict[tuple[str, str, int], _PendingLookup] = {}

    async def find(self, account: str, host: str, port: int) -> Sequence[str]:
        """Addresses of a host.

        Raises:
            OSError: there are none.
        """
        key = account, host, port
        search = self._pending.get(key)
        if search is None:
            search = _PendingLookup(lambda one: self._search(one, account, host, port))
            self._pending[key] = search
            search.task.add_done_callback(lambda done: self._done(key, done))
        search.waiting += 1
        try:
            return await asyncio.shield(search.task)
        finally:
            search.waiting -= 1
            if not search.waiting and not search.began:
                search.task.cancel()
                if self._pending.get(key) is search:
                    del self._pending[key]

    async def _search(
        self, search: _PendingLookup, account: str, host: str, port: int
    ) -> Sequence[str]:
        async with fair_slot(self._slots, account, host):
            search.began = True
            return await self._lookup(host, port)

    def _done(self, key: tuple[str, str, int], done: asyncio.Task[Sequence[str]]) -> None:
        search = self._pending.get(key)
        if search is not None and search.task is done:
            del self._pending[key]
        if not done.cancelled():
            # Requests that wait get the error; without any it is ignored.
            done.exception()
