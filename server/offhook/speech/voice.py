"""Synthesizes text, as `flow.ports.Speech`: finds the voice, caches the result, calls the worker."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from offhook.base.account_cache import AccountCache
from offhook.base.clock import Hold, no_hold
from offhook.base.media import Encoded
from offhook.speech import ipc, ssml, voices
from offhook.speech.espeak import Utterance
from offhook.speech.ssml import Pause, Text

log = logging.getLogger(__name__)

_MAKE: Final = "1"
"""Part of the cache key; increased when the same text would sound different."""


class Speaker(Protocol):
    """Synthesizes pieces; `process.WorkerPool` in production."""

    async def speak(self, pieces: Sequence[ipc.Piece], *, account: str) -> bytes:
        """A WAV file.

        Raises:
            Unavailable: not now.
        """
        ...


class DiskCache(Protocol):
    """Where sound is kept over a restart."""

    def put(self, key: str, about: Mapping[str, object], content: bytes, *, account: str) -> None:
        """Keep it, if it fits."""
        ...

    def get(self, key: str, *, account: str) -> tuple[Mapping[str, object], bytes] | None:
        """What was kept for the account."""
        ...


class Voice:
    """Speaks WAV files of one channel, 16 bits, 22,050 Hz. The same text in the same voice is made once."""

    def __init__(
        self,
        speaker: Speaker,
        disk: DiskCache | None = None,
        *,
        memory_bytes: int = 32_000_000,
        hold: Hold = no_hold,
    ) -> None:
        """A voice.

        Args:
            speaker: Makes the sound.
            disk: Keeps it over a restart.
            memory_bytes: How much is kept in memory. When it is too much, the account that has most of
                it loses what it has not used for longest.
            hold: Holds the clock while threads and workers work.
        """
        self._hold = hold
        self._speaker = speaker
        self._disk = disk
        self._cache: AccountCache[bytes] = AccountCache(memory_bytes)
        self._running: dict[tuple[str, str], asyncio.Task[bytes]] = {}

    async def synthesize(
        self, text: str, *, language: str, voice: str, markup: bool = False, account: str = ""
    ) -> Encoded:
        """Speak `text`; an unknown voice or language falls back to the nearest there is.

        Args:
            text: What to speak; 4,096 letters of it are spoken.
            language: A language tag (BCP 47).
            voice: As the application calls it.
            markup: `text` is SSML. Text that only looks like it is spoken as it is: an application
                escapes user input, which must not be interpreted as markup.
            account: On whose behalf; texts of one account do not delay those of another.

        Raises:
            Unavailable: no voice works now.
        """
        found = voices.nearest(voice, language)
        if not found.known:
            log.warning("voice.unknown", extra={"voice": voice[:64], "instead": found.names[0]})
        parts = ssml.marked(text) if markup else ssml.plain(text)
        pieces = [_piece(part, found) for part in parts]
        key = hashlib.sha256(_MAKE.encode() + ipc.request(0, pieces)).hexdigest()
        return Encoded(await self._sound(account, key, pieces), f"speech-{key[:12]}.wav")

    async def _sound(self, account: str, key: str, pieces: Sequence[ipc.Piece]) -> bytes:
        kept = self._cache.get(key)
        if kept is not None:
            # Charged to the account that used it last: it stays when the one that made it has too much.
            self._remember(account, key, kept)
            return kept
        # Not shared between accounts: one would wait in the queue of the other.
        making = self._running.get((account, key))
        if making is None:
            making = asyncio.ensure_future(self._make(account, key, pieces))
            self._running[account, key] = making
            making.add_done_callback(lambda made: self._made((account, key), made))
        # Others may wait for the same text: the end of one call does not cancel it.
        return await asyncio.shield(making)

    def _made(self, key: tuple[str, str], made: asyncio.Task[bytes]) -> None:
        del self._running[key]
        if not made.cancelled():
            # Callers that still wait get the error; without any it is ignored.
            made.exception()

    async def _make(self, account: str, key: str, pieces: Sequence[ipc.Piece]) -> bytes:
        if self._disk is not None:
            with self._hold("reading speech"):
                found = await asyncio.to_thread(self._disk.get, key, account=account)
            if found is not None:
                self._remember(account, key, found[1])
                return found[1]
        with self._hold("a speech worker"):
            sound = await self._speaker.speak(pieces, account=account)
        self._remember(account, key, sound)
        if self._disk is not None:
            with self._hold("writing speech"):
                await asyncio.to_thread(self._disk.put, key, {}, sound, account=account)
        return sound

    def _remember(self, account: str, key: str, sound: bytes) -> None:
        self._cache.put(key, sound, account=account, size_bytes=len(sound))


def _piece(part: ssml.Part, found: voices.Voice) -> ipc.Piece:
    if isinstance(part, Pause):
        return part
    return _utterance(part, found)


def _utterance(part: Text, found: voices.Voice) -> Utterance:
    prosody = part.prosody
    return Utterance(
        text=part.text,
        names=voices.languages(prosody.language) if prosody.language else found.names,
        woman=found.woman,
        rate=prosody.rate,
        pitch=prosody.pitch,
        volume=prosody.volume,
    )
