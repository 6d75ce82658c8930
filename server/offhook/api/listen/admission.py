"""Limits connections: counts unauthenticated ones in all and by source, and enforces their deadlines.

Authenticated connections have a reserve of descriptors that others cannot use. Once the others have used
up their share, a new one is accepted and another is closed: of the source that has the most, the one whose
last complete request is the oldest. So a new client gets in while an attacker holds the rest, and has as
long to sign in as the attacker needs to open all of them once more.
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
        """Accept `most` connections, at most half of them unauthenticated."""
        self.tally: Counter[Cut] = Counter()
        self._bounds = bounds
        self._most = most
        self._most_unauthenticated = max(1, min(bounds.unauthenticated, most // 2))
        self._open: set[Connection] = set()
        self._unauthenticated = 0
        self._by_source: dict[str, OrderedDict[Connection, None]] = {}
        # Sources by how many unauthenticated connections they have: the one with the most is found at once.
        self._by_count: dict[int, OrderedDict[str, None]] = {}
        self._highest = 0
        self._buckets: dict[str, TokenBucket] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def gauges(self) -> dict[str, float]:
        """How many there are, for the metrics."""
        return {"open": len(self), "unauthenticated": self._unauthenticated}

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
        if self._unauthenticated >= self._most_unauthenticated or len(self._open) >= self._most:
            self.evict_one()
        if len(self._open) >= self._most:
            self.tally[Cut.TOO_MANY] += 1
            return None
        connection = Connection(source, proxy=proxy)
        connection.read_by = now + self._bounds.head_s
        connection.when_signed_in(self._discount)
        self._open.add(connection)
        self._unauthenticated += 1
        self._by_source.setdefault(source, OrderedDict())[connection] = None
        self._recount(source, len(self._by_source[source]) - 1)
        return connection

    def evict_one(self) -> bool:
        """Close an unauthenticated connection; whether there was one."""
        fullest = self._by_count.get(self._highest)
        if not fullest:
            return False
        self._evict(next(iter(fullest)))
        return True

    def request_received(self, connection: Connection) -> None:
        """A complete request head came on it: others of its source are closed before it."""
        mine = self._by_source.get(connection.source)
        if mine is not None and connection in mine:
            mine.move_to_end(connection)

    def closed(self, connection: Connection) -> None:
        """It is closed."""
        self._open.discard(connection)
        self._discount(connection)

    def sweep(self, now: float) -> None:
        """End connections that are past a deadline."""
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
        self.closed(oldest)

    def _discount(self, connection: Connection) -> None:
        mine = self._by_source.get(connection.source)
        if mine is None or connection not in mine:
            return
        del mine[connection]
        self._unauthenticated -= 1
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
