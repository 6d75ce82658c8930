"""Rate of unauthenticated requests: so many of a source, and a few in each turn of the event loop."""

from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection
from offhook.base.network import source_of
from offhook.base.rate_limit import TokenBucket
from offhook.base.turns import Turns


class Pacing:
    """Rates of all sources, in bounded memory. Authenticated connections are not limited here."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._turns = Turns(bounds.per_turn)
        self._buckets: dict[str, TokenBucket] = {}
        self._forget_at = 1_000

    def admits(self, connection: Connection, address: str, now: float) -> bool:
        """Whether one more request is within the pace of `address`; if so, it is counted."""
        if self._free(connection):
            return True
        source = source_of(address)
        bucket = self._buckets.get(source)
        if bucket is None:
            self._forget(now)
            bounds = self._bounds
            bucket = self._buckets[source] = TokenBucket(
                bounds.requests_per_s, bounds.requests_burst, now
            )
        return bucket.allows(now)

    async def turn(self, connection: Connection) -> None:
        """Return when it is this connection's turn."""
        if not self._free(connection):
            await self._turns.take()

    def _free(self, connection: Connection) -> bool:
        # A proxy carries many requests on one connection: that it is authenticated says nothing of them.
        return connection.signed_in and not connection.proxy

    def _forget(self, now: float) -> None:
        if len(self._buckets) >= self._forget_at:
            self._buckets = {
                k: bucket for k, bucket in self._buckets.items() if not bucket.is_full(now)
            }
            self._forget_at = max(1_000, 2 * len(self._buckets))
