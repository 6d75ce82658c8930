"""Limits failed logins, counted by address, and by address and name."""

import hashlib
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from offhook.auth.overflow import Overflow
from offhook.base.clock import Clock
from offhook.base.errors import Refused
from offhook.base.network import site_of, source_of

_SOON_S: Final = 1.0
_NEVER: Final = float("-inf")


class Blocked(Refused):
    """Too many bad logins.

    Attributes:
        retry_after_s: Seconds until trying again makes sense.
    """

    code = "blocked"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many bad logins")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterLimits:
    """How many bad logins are allowed.

    Attributes:
        per_name: From one address for one name.
        per_address: From one address for all names.
        per_site: From one IPv6 /48, which one customer of a provider may have, for all names.
        window_s: Seconds after which a bad login counts no more.
        block_s: Seconds for which no login is checked.
        max_keys: How many addresses and pairs are counted one by one. What does not fit is
            remembered in buckets of fixed memory, which may block others too, but forget no block.
    """

    per_name: int = 10
    per_address: int = 100
    per_site: int = 1_000
    window_s: float = 600.0
    block_s: float = 600.0
    max_keys: int = 30_000


@dataclass(slots=True)
class _Count:
    most: int
    bad: list[float] = field(default_factory=list[float])
    checking: int = 0
    blocked_until: float = _NEVER


@dataclass(slots=True)
class LoginAttempt:
    """One login that is being checked. It counts as failed unless `good` is set."""

    good: bool = False


class Limiter:
    """Counts bad logins in bounded memory."""

    def __init__(self, clock: Clock, limits: LimiterLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or LimiterLimits()
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()
        self._overflow = Overflow(self._limits.window_s)

    @contextmanager
    def attempt(self, address: str, name: str) -> Generator[LoginAttempt]:
        """A login is checked within this block; it was bad when the block raises `Refused`.

        What is being checked at this moment counts as if it were bad, so that trying many at
        once gains nothing. Errors other than `Refused` are the server's own and are not counted.

        Args:
            address: From where, an IP address; IPv6 counts by /64, as that is what one host has.
            name: For whom; empty to count by address alone.

        Raises:
            Blocked: there were too many; nothing must be checked.
        """
        keys = self._keys(address, name)
        # All are checked before any is made: a source that is refused gets no entry in the table.
        for key, most in keys.items():
            self._admit(key, most)
        counts = {key: self._count(key, most) for key, most in keys.items()}
        for count in counts.values():
            count.checking += 1
        self._evict()
        attempt = LoginAttempt()
        refused = True
        try:
            yield attempt
        except Refused:
            raise
        except BaseException:
            refused = False
            raise
        finally:
            pair = _key("name", source_of(address), name) if name else None
            self._settle(counts, pair, bad=refused and not attempt.good, good=attempt.good)

    def _keys(self, address: str, name: str) -> dict[bytes, int]:
        """What the login is counted by, and how many bad ones each may have."""
        source, site, limits = source_of(address), site_of(address), self._limits
        keys = {_key("source", source): limits.per_address}
        if site is not None:
            keys[_key("site", site)] = limits.per_site
        if name:
            keys[_key("name", source, name)] = limits.per_name
        return keys

    def _count(self, key: bytes, most: int) -> _Count:
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count(most)
        self._counts.move_to_end(key)
        return count

    def _evict(self) -> None:
        now = self._clock.now()
        for _ in range(len(self._counts)):
            if len(self._counts) <= self._limits.max_keys:
                return
            key, count = self._counts.popitem(last=False)
            if count.checking:
                self._counts[key] = count
            elif count.bad or now < count.blocked_until:
                self._overflow.add(key, len(count.bad), count.blocked_until, now)

    def _admit(self, key: bytes, most: int) -> None:
        now = self._clock.now()
        count = self._counts.get(key)
        blocked_until = self._overflow.blocked_until(key)
        used = self._overflow.bad(key, now)
        if count is not None:
            blocked_until = max(blocked_until, count.blocked_until)
            count.bad = [at for at in count.bad if at > now - self._limits.window_s]
            used += len(count.bad) + count.checking
        if now < blocked_until:
            raise Blocked(blocked_until - now)
        if used >= most:
            raise Blocked(_SOON_S)

    def _settle(
        self, counts: dict[bytes, _Count], pair: bytes | None, *, bad: bool, good: bool
    ) -> None:
        now = self._clock.now()
        for key, count in counts.items():
            count.checking -= 1
            if bad:
                count.bad.append(now)
                if len(count.bad) + self._overflow.bad(key, now) >= count.most:
                    count.bad.clear()
                    count.blocked_until = now + self._limits.block_s
            elif good and key == pair:
                # A user may mistype a password before the right one. The count of the address stays,
                # though: one good login must not allow guesses at others.
                count.bad.clear()
            if not count.bad and not count.checking and now >= count.blocked_until:
                self._counts.pop(key, None)


def _key(*parts: str) -> bytes:
    # A name may be as long as a frame; what is kept of it is bounded.
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=12).digest()
