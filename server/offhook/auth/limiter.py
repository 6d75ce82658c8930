"""Slows down whoever tries passwords: bad log-ins are counted by address, and by address and name."""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from offhook.base.clock import Clock
from offhook.base.errors import Refused

_IPV6_PREFIX: Final = 64
_SOON_S: Final = 1.0


class Blocked(Refused):
    """Too many bad log-ins.

    Attributes:
        retry_after_s: Seconds until trying again makes sense.
    """

    code = "blocked"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many bad log-ins")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterLimits:
    """How many bad log-ins are borne.

    Attributes:
        per_name: From one address for one name.
        per_address: From one address for all names.
        window_s: Seconds after which a bad log-in counts no more.
        block_s: Seconds for which there is no check any more.
        room: How many addresses and pairs are remembered; the longest unseen go first.
    """

    per_name: int = 10
    per_address: int = 100
    window_s: float = 600.0
    block_s: float = 600.0
    room: int = 50_000


@dataclass(slots=True)
class _Count:
    bad: deque[float] = field(default_factory=deque[float])
    checking: int = 0
    blocked_until: float = float("-inf")


@dataclass(slots=True)
class Attempt:
    """One log-in that is being checked. It was a bad one unless it is said to be good."""

    good: bool = False


class Limiter:
    """Counts bad log-ins in bounded memory."""

    def __init__(self, clock: Clock, limits: LimiterLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or LimiterLimits()
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    @contextmanager
    def attempt(self, address: str, name: str) -> Generator[Attempt]:
        """A log-in is checked within this block; it was bad when the block raises `Refused`.

        What is being checked at this moment counts as if it were bad, so that trying many at
        once gains nothing. Other errors than `Refused` are ours and count for nobody.

        Args:
            address: From where, an IP address; IPv6 counts by /64, as that is what one host has.
            name: For whom; empty to count by address alone.

        Raises:
            Blocked: there were too many; nothing must be checked.
        """
        keys = [((source := _source(address)), "")] + ([(source, name)] if name else [])
        counts = [self._count(key) for key in keys]
        for key, count in zip(keys, counts, strict=True):
            self._admit(count, self._most(key))
        for count in counts:
            count.checking += 1
        attempt = Attempt()
        refused = True
        try:
            yield attempt
        except Refused:
            raise
        except BaseException:
            refused = False
            raise
        finally:
            self._settle(keys, counts, bad=refused and not attempt.good, good=attempt.good)

    def _most(self, key: tuple[str, str]) -> int:
        return self._limits.per_name if key[1] else self._limits.per_address

    def _count(self, key: tuple[str, str]) -> _Count:
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count()
            self._forget()
        self._counts.move_to_end(key)
        return count

    def _forget(self) -> None:
        while len(self._counts) > self._limits.room:
            self._counts.popitem(last=False)

    def _admit(self, count: _Count, most: int) -> None:
        now = self._clock.now()
        if now < count.blocked_until:
            raise Blocked(count.blocked_until - now)
        while count.bad and count.bad[0] <= now - self._limits.window_s:
            count.bad.popleft()
        if len(count.bad) + count.checking >= most:
            raise Blocked(_SOON_S)

    def _settle(
        self, keys: list[tuple[str, str]], counts: list[_Count], *, bad: bool, good: bool
    ) -> None:
        now = self._clock.now()
        for key, count in zip(keys, counts, strict=True):
            count.checking -= 1
            if bad:
                count.bad.append(now)
                if len(count.bad) >= self._most(key):
                    count.bad.clear()
                    count.blocked_until = now + self._limits.block_s
            elif good and key[1]:
                # Whoever knows the password may have mistyped it before. An address, though, gets
                # nothing forgiven: one good log-in must not pay for guessing at others.
                count.bad.clear()


def _source(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)
