"""Keeps sound files as their servers allow (RFC 9111), in bounded memory and on a bounded disk."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from offhook.base.account_cache import AccountCache
from offhook.base.clock import Clock
from offhook.base.ids import AccountId
from offhook.base.media import Decoded, UnplayableSound
from offhook.base.web import WebRequest
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.http import HttpResponse

_LONGEST_FRESH_S: Final = 7 * 86_400.0
_GUESSED_FRESH_S: Final = 300.0
_DIRECTIVE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]{1,9})"?)?')
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_LETTERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAudio:
    """A sound that is kept.

    Attributes:
        key: What it is kept under.
        account: Whose it is.
        etag: For revalidation; empty for none.
        last_modified: The same, by date.
        fresh_s: For how many seconds it needs no revalidation.
        fresh_until: Until when that is, Unix seconds.
    """

    key: str
    account: AccountId
    sound: Decoded
    etag: str
    last_modified: str
    fresh_s: float
    fresh_until: float

    @property
    def conditions(self) -> Mapping[str, str]:
        """The headers of a conditional request."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


class AudioCache:
    """Sound files of all accounts; no account gets what another fetched."""

    def __init__(
        self,
        clock: Clock,
        disk: DiskCache,
        decoder: AudioDecodePool,
        *,
        memory_bytes: int = 128_000_000,
    ) -> None:
        """A cache.

        Args:
            clock: Decides what is still fresh.
            disk: Keeps sound files over a restart.
            decoder: Decodes them.
            memory_bytes: How much decoded sound is kept in memory. When it is too much, the account
                that has most of it loses what it has not used for longest.
        """
        self._clock = clock
        self._disk = disk
        self._decoder = decoder
        self._kept: AccountCache[CachedAudio] = AccountCache(memory_bytes)

    @property
    def used_bytes(self) -> int:
        """How much decoded sound is kept in memory."""
        return self._kept.used_bytes

    async def find(self, request: WebRequest) -> CachedAudio | None:
        """What is kept for a request, fresh or not."""
        key = _key(request)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        with self._clock.hold("reading a sound"):
            found = await asyncio.to_thread(self._disk.get, key, account=request.account)
        if found is None:
            return None
        metadata, content = found
        content_type = str(metadata.get("content_type", ""))
        try:
            name = str(metadata["name"])
            kept = CachedAudio(
                key=key,
                account=request.account,
                sound=await self._decoder.decode(request.account, content, content_type, name),
                etag=str(metadata["etag"]),
                last_modified=str(metadata["last_modified"]),
                fresh_s=float(str(metadata["fresh_s"])),
                fresh_until=float(str(metadata["fresh_until"])),
            )
        except (KeyError, ValueError, UnplayableSound):
            return None
        self._remember(kept)
        return kept

    def is_fresh(self, kept: CachedAudio) -> bool:
        """Whether it needs no revalidation."""
        return self._now() < kept.fresh_until

    def renew(self, kept: CachedAudio) -> Decoded:
        """Its server answered 304: it is fresh for as long again."""
        self._remember(replace(kept, fresh_until=self._now() + kept.fresh_s))
        return kept.sound

    async def keep(self, request: WebRequest, url: str, answer: HttpResponse) -> Decoded:
        """The sound in an answer, kept if its server allows.

        Raises:
            UnplayableSound: it cannot be played.
        """
        content_type = _header(answer.headers, "Content-Type")
        account, name = request.account, _name(url)
        sound = await self._decoder.decode(account, answer.body, content_type, name)
        fresh_s = _fresh_s(answer.headers, self._now())
        if fresh_s is None:
            return sound
        kept = CachedAudio(
            key=_key(request),
            account=account,
            sound=sound,
            etag=_header(answer.headers, "ETag"),
            last_modified=_header(answer.headers, "Last-Modified"),
            fresh_s=fresh_s,
            fresh_until=self._now() + fresh_s,
        )
        self._remember(kept)
        metadata: dict[str, object] = {
            "name": sound.name,
            "content_type": content_type,
            "etag": kept.etag,
            "last_modified": kept.last_modified,
            "fresh_s": kept.fresh_s,
            "fresh_until": kept.fresh_until,
        }
        with self._clock.hold("writing a sound"):
            await asyncio.to_thread(
                self._disk.put, kept.key, metadata, answer.body, account=account
            )
        return sound

    def _remember(self, kept: CachedAudio) -> None:
        self._kept.put(kept.key, kept, account=kept.account, size_bytes=kept.sound.size_bytes)

    def _now(self) -> float:
        return self._clock.wall().timestamp()


def _key(request: WebRequest) -> str:
    asked = "\n".join((request.account, request.method, request.url, urlencode(request.form)))
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


def _name(url: str) -> str:
    parts = urlsplit(url)
    last = parts.path.rsplit("/", 1)[-1] or parts.hostname or "sound"
    return _NAME.sub("_", last)[-_NAME_LETTERS:].lstrip(".") or "sound"


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    return value if len(value) <= 256 and value.isprintable() else ""


def _fresh_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds for which an answer is fresh (RFC 9111 §4.2); nothing if it may not be kept."""
    directives = dict(_DIRECTIVE.findall(headers.get("Cache-Control", "").lower()[:1000]))
    if "no-store" in directives or headers.get("Vary", "").strip() == "*":
        return None
    if "no-cache" in directives:
        return 0.0
    age = int(directives.get("max-age") or 0) if "max-age" in directives else None
    if age is None and "Expires" in headers:
        try:
            age = parsedate_to_datetime(headers["Expires"]).timestamp() - now
        except (ValueError, OverflowError):
            age = 0
    if age is None:
        # Without freshness information it is revalidated soon, if the server can revalidate.
        known = "ETag" in headers or "Last-Modified" in headers
        return _GUESSED_FRESH_S if known else 0.0
    return min(max(0.0, float(age)), _LONGEST_FRESH_S)
