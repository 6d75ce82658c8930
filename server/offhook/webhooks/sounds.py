"""Keeps sound files as their servers allow (RFC 9111), in bounded memory and on a bounded disk."""

import asyncio
import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from offhook.base.clock import Clock
from offhook.base.ids import AccountId
from offhook.base.media import Decoded, UnplayableSound
from offhook.base.web import WebRequest
from offhook.webhooks.decoding import Decodings
from offhook.webhooks.exchange import Answer
from offhook.webhooks.shelf import Shelf

_LONGEST_FRESH_S: Final = 7 * 86_400.0
_GUESSED_FRESH_S: Final = 300.0
_DIRECTIVE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]{1,9})"?)?')
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_LETTERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A sound that is kept.

    Attributes:
        key: What it is kept under.
        account: Whose it is.
        etag: To ask whether it has changed; empty for none.
        last_modified: The same, by date.
        fresh_s: For how many seconds its server need not be asked.
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
        """The headers that ask for the sound only if it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


class Sounds:
    """Sound files of all accounts; what one account fetched is never another's."""

    def __init__(
        self,
        clock: Clock,
        shelf: Shelf,
        decodings: Decodings,
        *,
        memory_bytes: int = 128_000_000,
    ) -> None:
        """A cache.

        Args:
            clock: Says what is still fresh.
            shelf: Keeps sound files over a restart.
            decodings: Decodes them.
            memory_bytes: How much decoded sound is kept at hand. When it is too much, the account
                that has most of it loses what it has not used for longest.
        """
        self._clock = clock
        self._shelf = shelf
        self._decodings = decodings
        self._memory_bytes = memory_bytes
        self._used: Counter[AccountId] = Counter()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        """How much decoded sound is kept at hand."""
        return self._used.total()

    async def find(self, request: WebRequest) -> Kept | None:
        """What is kept for a request, fresh or not."""
        key = _key(request)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        found = await asyncio.to_thread(self._shelf.take, key)
        if found is None:
            return None
        words, content = found
        content_type = str(words.get("content_type", ""))
        try:
            name = str(words["name"])
            kept = Kept(
                key=key,
                account=request.account,
                sound=await self._decodings.decode(request.account, content, content_type, name),
                etag=str(words["etag"]),
                last_modified=str(words["last_modified"]),
                fresh_s=float(str(words["fresh_s"])),
                fresh_until=float(str(words["fresh_until"])),
            )
        except (KeyError, ValueError, UnplayableSound):
            return None
        self._remember(kept)
        return kept

    def is_fresh(self, kept: Kept) -> bool:
        """Whether its server need not be asked."""
        return self._now() < kept.fresh_until

    def renew(self, kept: Kept) -> Decoded:
        """Its server said that it has not changed: it is fresh for as long again."""
        self._remember(replace(kept, fresh_until=self._now() + kept.fresh_s))
        return kept.sound

    async def keep(self, request: WebRequest, url: str, answer: Answer) -> Decoded:
        """The sound in an answer, kept if its server allows.

        Raises:
            UnplayableSound: it cannot be played.
        """
        content_type = _header(answer.headers, "Content-Type")
        account, name = request.account, _name(url)
        sound = await self._decodings.decode(account, answer.body, content_type, name)
        fresh_s = _fresh_s(answer.headers, self._now())
        if fresh_s is None:
            return sound
        kept = Kept(
            key=_key(request),
            account=account,
            sound=sound,
            etag=_header(answer.headers, "ETag"),
            last_modified=_header(answer.headers, "Last-Modified"),
            fresh_s=fresh_s,
            fresh_until=self._now() + fresh_s,
        )
        self._remember(kept)
        words: dict[str, object] = {
            "name": sound.name,
            "content_type": content_type,
            "etag": kept.etag,
            "last_modified": kept.last_modified,
            "fresh_s": kept.fresh_s,
            "fresh_until": kept.fresh_until,
        }
        await asyncio.to_thread(self._shelf.put, kept.key, words, answer.body)
        return sound

    def _remember(self, kept: Kept) -> None:
        self._forget(kept.key)
        if kept.sound.size_bytes > self._memory_bytes:
            return
        self._kept[kept.key] = kept
        self._used[kept.account] += kept.sound.size_bytes
        while self._used.total() > self._memory_bytes:
            # The account that has most: one with many sounds pushes out its own.
            (largest, _), *_ = self._used.most_common(1)
            oldest = next(key for key, one in self._kept.items() if one.account == largest)
            self._forget(oldest)

    def _forget(self, key: str) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._used[old.account] -= old.sound.size_bytes
            if not self._used[old.account]:
                del self._used[old.account]

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
        # Without a word from the server it is asked again soon, when it can say what has changed.
        known = "ETag" in headers or "Last-Modified" in headers
        return _GUESSED_FRESH_S if known else 0.0
    return min(max(0.0, float(age)), _LONGEST_FRESH_S)
