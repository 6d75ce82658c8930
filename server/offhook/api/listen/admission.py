"""Decides which connections there may be: counts strangers in all and by source, and keeps their times.

Those who are signed in have a reserve of descriptors that strangers cannot take. Where strangers have
used up what is theirs, a new one is let in and another makes room: of the source that has the most, the
one that has not sent a whole request for longest. So a newcomer gets in while an attacker holds the rest,
and has as long to sign in as the attacker needs to fill it all once more.
"""

from collections import Counter, OrderedDict
from math import inf

from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection, Cut
from offhook.base.rate_limit import TokenBucket


class Admission:
    """All connections of one listener.

    Attributes:
        tally: How many were refused or cut, by reason.
    """

    def __init__(self, bounds: Bounds, most: int) -> None:
        """Let in `most` connections, at most half of them strangers."""
        self.tally: Counter[Cut] = Counter()
        self._bounds = bounds
        self._most = most
        self._most_strangers = max(1, min(bounds.strangers, most // 2))
        self._open: set[Connection] = set()
        self._strangers = 0
        self._by_source: dict[str, OrderedDict[Connection, None]] = {}
        # Sources by how many strangers they have, so that the one with the most is found at once.
        self._by_count: dict[int, OrderedDict[str, None]] = {}
        self._highest = 0
        self._buckets: dict[str, TokenBucket] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def gauges(self) -> dict[str, float]:
        """How many there are, for the metrics."""
        return {"open": len(self), "unauthenticated": self._strangers}

    def totals(self) -> dict[str, float]:
        """How many were refused or cut, for the metrics."""
        return {reason.value: self.tally[reason] for reason in Cut}

    def admit(self, source: str, now: float, *, proxy: bool = False) -> Connection | None:
        """A place for a connection of `source`; nothing if there is none."""
        if not proxy and not self._within_rate(source, now):
            self.tally[Cut.TOO_FAST] += 1
            return None
        mine = self._by_source.get(source, ())
        if not proxy and len(mine) >= self._bounds.per_source:
            self._evict(source)
        if self._strangers >= self._most_strangers or len(self._open) >= self._most:
            self.make_room()
        if len(self._open) >= self._most:
            self.tally[Cut.TOO_MANY] += 1
            return None
        connection = Connection(source, proxy=proxy)
        connection.read_by = now + self._bounds.head_s
        connection.when_signed_in(self._leave_strangers)
        self._open.add(connection)
        self._strangers += 1
        self._by_source.setdefault(source, OrderedDict())[connection] = None
        self._recount(source, len(self._by_source[source]) - 1)
        return connection

    def make_room(self) -> bool:
        """Cut a stranger; whether there was one."""
        fullest = self._by_count.get(self._highest)
        if not fullest:
            return False
        self._evict(next(iter(fullest)))
        return True

    def asked(self, connection: Connection) -> None:
        """A whole request head came on it: others make room before it does."""
        mine = self._by_source.get(connection.source)
        if mine is not None and connection in mine:
            mine.move_to_end(connection)

    def gone(self, connection: Connection) -> None:
        """It is closed."""
        self._open.discard(connection)
        self._leave_strangers(connection)

    def sweep(self, now: float) -> None:
        """End what is over its time."""
        for connection in tuple(self._open):
            if now >= connection.write_by:
                self._look_at_reader(connection, now)
            elif _closing(connection):
                # A closing transport waits for its buffer to be read, for ever if the peer never does.
                if connection.write_by == inf:
                    connection.expect_reader(now + self._bounds.write_s)
            elif now >= connection.read_by or now >= connection.sign_in_by:
                connection.expire(Cut.TOO_SLOW)
        self._buckets = {
            k: bucket for k, bucket in self._buckets.items() if not bucket.is_full(now)
        }

    def cut(self, connection: Connection, reason: Cut) -> None:
        """End it at once."""
        self.tally[reason] += 1
        connection.read_by = connection.write_by = connection.sign_in_by = inf
        connection.abort()

    def abort_all(self) -> None:
        """End all that there are."""
        for connection in tuple(self._open):
            connection.abort()

    def _look_at_reader(self, connection: Connection, now: float) -> None:
        transport, bounds = connection.transport, self._bounds
        unread = 0 if transport is None else transport.get_write_buffer_size()
        if connection.unread - unread >= bounds.write_bytes:
            connection.expect_reader(now + bounds.write_s)
        else:
            self.cut(connection, Cut.NOT_READ)

    def _within_rate(self, source: str, now: float) -> bool:
        bucket = self._buckets.get(source)
        if bucket is None:
            bounds = self._bounds
            bucket = TokenBucket(bounds.connections_per_s, bounds.connections_burst, now)
            self._buckets[source] = bucket
        return bucket.allows(now)

    def _evict(self, source: str) -> None:
        oldest = next(iter(self._by_source[source]))
        self.cut(oldest, Cut.TOO_MANY)
        self.gone(oldest)

    def _leave_strangers(self, connection: Connection) -> None:
        mine = self._by_source.get(connection.source)
        if mine is None or connection not in mine:
            return
        del mine[connection]
        self._strangers -= 1
        self._recount(connection.source, len(mine) + 1)
        if not mine:
            del self._by_source[connection.source]

    def _recount(self, source: str, before: int) -> None:
        now = len(self._by_source[source])
        if before:
            del self._by_count[before][source]
            if not self._by_count[before]:
                del self._by_count[before]
        if now:
            self._by_count.setdefault(now, OrderedDict())[source] = None
        # A count changes by one at a time, and so does the highest.
        if now > self._highest or self._highest not in self._by_count:
            self._highest = now


def _closing(connection: Connection) -> bool:
    return connection.transport is not None and connection.transport.is_closing()
