"""Decodes untrusted sound files: on threads, one at a time per account, in bounded memory."""

import asyncio
import hashlib
import logging
import weakref
from collections import Counter
from typing import Final, Protocol

from offhook.base.clock import Hold, no_hold
from offhook.base.ids import AccountId
from offhook.base.media import Decoded, UnplayableSound

log = logging.getLogger(__name__)

_THREADS: Final = 2
_FULL_HZ: Final = 48_000
_NARROW_HZ: Final = 8_000

_Key = tuple[AccountId, bytes, str, str]


class Decoder(Protocol):
    """Decodes a file; `engine.sources.decoded` in production."""

    def __call__(self, content: bytes, *, content_type: str, name: str, most_hz: int) -> Decoded:
        """Decode a file on the calling thread.

        Args:
            content: The file.
            content_type: What its server calls it.
            name: What it is called.
            most_hz: The highest sampling rate that is kept.

        Raises:
            UnplayableSound: it cannot be played.
        """
        ...


class AudioDecodePool:
    """Decoded sounds that are still played or cached. The same file is decoded once.

    An account decodes one file at a time, and the accounts take turns. An account that has half of
    its share of memory in use gets what it decodes then at 8,000 Hz, and with all of it in use
    nothing until something of it is over.
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        account_bytes: int = 256_000_000,
        all_bytes: int = 1_000_000_000,
        hold: Hold = no_hold,
    ) -> None:
        """Nothing decoded yet.

        Args:
            decoder: Decodes a file.
            account_bytes: How much decoded sound of one account may be in use.
            all_bytes: The same of all accounts.
            hold: Holds the clock while threads work.
        """
        self._hold = hold
        self._decoder = decoder
        self._account_bytes = account_bytes
        self._all_bytes = all_bytes
        self._known: weakref.WeakValueDictionary[_Key, Decoded] = weakref.WeakValueDictionary()
        self._running: dict[_Key, asyncio.Task[Decoded]] = {}
        self._turns: weakref.WeakValueDictionary[AccountId, asyncio.Lock] = (
            weakref.WeakValueDictionary()
        )
        self._threads = asyncio.Semaphore(_THREADS)

    @property
    def used_bytes(self) -> int:
        """How much decoded sound is in use."""
        return self._used().total()

    async def decode(
        self, account: AccountId, content: bytes, content_type: str, name: str
    ) -> Decoded:
        """Decode a file, or find it decoded.

        Raises:
            UnplayableSound: it cannot be played.
        """
        with self._hold("hashing a sound"):
            digest = await asyncio.to_thread(lambda: hashlib.sha256(content).digest())
        key = (account, digest, content_type, name)
        found = self._known.get(key)
        if found is not None:
            return found
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.ensure_future(self._take_turn(key, content))
            task.add_done_callback(lambda done: self._ended(key, done))
        # The end of one call does not cancel the sound for others that wait for it.
        return await asyncio.shield(task)

    def _ended(self, key: _Key, task: asyncio.Task[Decoded]) -> None:
        del self._running[key]
        if not task.cancelled():
            # Each caller that still waits gets the error; without one it is ignored.
            task.exception()

    async def _take_turn(self, key: _Key, content: bytes) -> Decoded:
        account, _, content_type, name = key
        turn = self._turns.get(account)
        if turn is None:
            turn = self._turns[account] = asyncio.Lock()
        # Each account waits for a thread once at most, in a queue: they take turns.
        async with turn, self._threads:
            try:
                rate_hz = self._rate_hz(account, name)
                with self._hold("decoding a sound"):
                    decoded = await asyncio.to_thread(
                        self._decoder,
                        content,
                        content_type=content_type,
                        name=name,
                        most_hz=rate_hz,
                    )
            except UnplayableSound as error:
                facts = {"account": account, "sound": name, "reason": error.reason}
                log.warning("sound.unplayable", extra={**facts, "error": str(error)})
                raise
        self._known[key] = decoded
        return decoded

    def _rate_hz(self, account: AccountId, name: str) -> int:
        used = self._used()
        if used[account] >= self._account_bytes or used.total() >= self._all_bytes:
            raise UnplayableSound(
                name,
                "no-memory",
                "too many different sounds are being played at once; use shorter or fewer files",
            )
        crowded = used[account] * 2 >= self._account_bytes or used.total() * 2 >= self._all_bytes
        return _NARROW_HZ if crowded else _FULL_HZ

    def _used(self) -> Counter[AccountId]:
        used: Counter[AccountId] = Counter()
        for (account, *_), decoded in list(self._known.items()):
            used[account] += decoded.size_bytes
        return used
