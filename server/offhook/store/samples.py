"""What pages measured of calls, second by second: written in the background, kept for a while."""

import json
import logging
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.errors import NotFound, Unavailable, UsageError
from offhook.base.feedback import Sample
from offhook.base.ids import AccountId, CallId, LegId
from offhook.store import pagination, serialization
from offhook.store.database import Database
from offhook.store.pagination import Page
from offhook.store.tables import calls, legs
from offhook.store.tables import samples as table

log = logging.getLogger("offhook.store")

_WAITING: Final = 64_000_000
"""Characters that wait for the database; the oldest are dropped first."""
_PER_LEG: Final = 8_000_000
"""Characters that are kept of a leg: some five hours."""
_LEGS: Final = 20_000
"""Legs whose characters are counted; with more, the count of the longest silent one is reset."""
_AT_ONCE: Final = 100
"""Rows of one statement: handing them to the driver blocks the event loop."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some seconds of a leg, as one message of its page brought them.

    Attributes:
        position: How many pieces of the leg came before.
    """

    leg: LegId
    position: int
    samples: Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class _Stored:
    pieces: int = 0
    letters: int = 0


class Samples:
    """Samples are many and none is important: those that wait are lost with the process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[dict[str, Any]] = deque()
        self._letters = 0
        self._stored: OrderedDict[LegId, _Stored] = OrderedDict()

    def add(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep some seconds of a call, soon. Never waits; what is too much is dropped."""
        text = json.dumps(serialization.plain(samples), separators=(",", ":"))
        stored = self._stored.setdefault(leg, _Stored())
        self._stored.move_to_end(leg)
        if stored.letters + len(text) > _PER_LEG:
            return
        row = {
            "account": party.account,
            "leg": leg,
            "position": stored.pieces,
            "kept_at": self._clock.wall(),
            "samples": text,
        }
        stored.pieces += 1
        stored.letters += len(text)
        self._waiting.append(row)
        self._letters += len(text)
        while self._letters > _WAITING:
            self._next()
        if len(self._stored) > _LEGS:
            self._stored.popitem(last=False)

    @property
    def waiting(self) -> int:
        """How many pieces wait to be written."""
        return len(self._waiting)

    async def write(self) -> None:
        """Write what waits; what cannot be written now waits on."""
        while self._waiting:
            batch = [self._next() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            try:
                await self._insert(batch)
            except Unavailable as error:
                self._waiting.extendleft(reversed(batch))
                self._letters += sum(len(row["samples"]) for row in batch)
                log.warning("samples.delayed", extra={"error": str(error), "count": len(batch)})
                return

    async def forget(self, older_than_days: float) -> None:
        """Delete what was kept longer ago than that."""
        limit = self._clock.wall() - timedelta(days=older_than_days)
        key = tuple_(table.c.account, table.c.leg, table.c.position)
        old = select(table.c.account, table.c.leg, table.c.position)
        # In batches, so that others can write in between.
        old = old.where(table.c.kept_at < limit).limit(_AT_ONCE * 10)
        while True:
            async with self._database.write() as connection:
                found = (await connection.execute(old)).all()
                if found:
                    gone = [tuple(row) for row in found]
                    await connection.execute(delete(table).where(key.in_(gone)))
            if not found:
                return

    async def of_call(
        self, account: AccountId, call: CallId, *, after: str = "", limit: int = 50
    ) -> Page[Piece]:
        """What the pages of a call measured, leg by leg, the oldest first.

        Args:
            account: Whose call.
            call: Which.
            after: The `next` of the page before.
            limit: 1 to 1000 pieces.

        Raises:
            NotFound: the account had no such call, or it has not ended.
            UsageError: `after` or `limit` makes no sense.
        """
        await self.write()
        order = (legs.c.position, table.c.position)
        query = (
            select(table.c.leg, table.c.position, table.c.samples, legs.c.position.label("place"))
            .join(legs, legs.c.id == table.c.leg)
            .where(legs.c.call == call, table.c.account == account)
            .order_by(*order)
            .limit(pagination.check_limit(limit) + 1)
        )
        cursor = pagination.decode_cursor(after, 2)
        if cursor:
            query = query.where(tuple_(*order) > tuple_(*_numbers(cursor)))
        known = select(calls.c.id).where(calls.c.account == account, calls.c.id == call)
        async with self._database.read_for(account) as connection:
            if (await connection.execute(known)).first() is None:
                raise NotFound(f"there is no ended call {call!r} in this account")
            rows = (await connection.execute(query)).all()
        found = pagination.page(rows, limit, lambda row: [str(row.place), str(row.position)])
        pieces = [
            Piece(LegId(row.leg), row.position, json.loads(row.samples)) for row in found.items
        ]
        return Page(tuple(pieces), found.next)

    def _next(self) -> dict[str, Any]:
        row = self._waiting.popleft()
        self._letters -= len(row["samples"])
        return row

    async def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(table), rows)
        except IntegrityError:
            # Samples of a deleted account are refused, and must not prevent the others.
            if len(rows) == 1:
                log.warning("samples.refused", extra={"leg": rows[0]["leg"]})
                return
            for row in rows:
                await self._insert([row])


def _numbers(cursor: Sequence[str]) -> list[int]:
    try:
        return [int(word) for word in cursor]
    except ValueError:
        raise UsageError("`after` must be the `next` of the page before") from None
