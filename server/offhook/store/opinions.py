"""What people think of calls and what pages measured of them, kept beside the calls."""

import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select

from offhook.base.accounts import Party
from offhook.base.address import client
from offhook.base.clock import Clock
from offhook.base.errors import NotFound, Unavailable
from offhook.base.ids import AccountId, CallId, LegId
from offhook.base.opinions import Feedback, Sample
from offhook.store import spelling
from offhook.store.database import Database
from offhook.store.tables import calls, legs
from offhook.store.tables import feedback as opinions
from offhook.store.tables import samples as seconds

log = logging.getLogger("offhook.store")

_WAITING: Final = 10_000
"""Messages with samples that wait for the database; older ones are dropped first."""
_PER_LEG: Final = 2_000
"""Messages with samples that are kept of a leg: at one each ten seconds, five hours and a half."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody thinks of a call.

    Attributes:
        leg: The leg of whoever says so.
        party: Who says so.
    """

    leg: LegId
    party: str
    feedback: Feedback


@dataclass(frozen=True, slots=True)
class _Waiting:
    account: AccountId
    leg: LegId
    position: int
    samples: Sequence[Sample]


class Opinions:
    """As `links.ports.Notes`, over the database.

    Samples are many and none of them matters much: they wait in memory until `write` takes them, and are
    lost with the process. Feedback is kept before it is acknowledged.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[_Waiting] = deque(maxlen=_WAITING)
        self._positions: Counter[LegId] = Counter()

    def samples(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep some seconds of a call, soon."""
        position = self._positions[leg]
        if position < _PER_LEG:
            self._positions[leg] += 1
            self._waiting.append(_Waiting(party.account, leg, position, samples))
        while len(self._positions) > _WAITING:
            # The oldest leg's call is long over.
            del self._positions[next(iter(self._positions))]

    @property
    def waiting(self) -> int:
        """How many messages wait to be written."""
        return len(self._waiting)

    async def write(self) -> None:
        """Write what waits; what cannot be written now waits on."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            try:
                async with self._database.write() as connection:
                    await connection.execute(insert(seconds), [_sample_row(one) for one in batch])
            except Unavailable as error:
                self._waiting.extendleft(reversed(batch))
                log.warning("samples.delayed", extra={"error": str(error), "count": len(batch)})
                return

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep what somebody thinks of a call.

        Raises:
            NotFound: the party had no such call.
            Unavailable: the database does not answer.
        """
        if not known and not await self._was_of(party, leg):
            raise NotFound("there is no such call of this party")
        key = (opinions.c.account == party.account) & (opinions.c.leg == leg)
        row: dict[str, Any] = {
            "account": party.account,
            "leg": leg,
            "party": party.name,
            "said_at": feedback.at or self._clock.wall(),
            "score": feedback.score,
            "issues": [spelling.clean(issue) for issue in feedback.issues],
            "note": feedback.note,
            "log": [spelling.clean(line) for line in feedback.log],
        }
        async with self._database.write() as connection:
            await connection.execute(delete(opinions).where(key))
            await connection.execute(insert(opinions).values(**row))

    async def of_call(self, account: AccountId, call: CallId) -> Sequence[Opinion]:
        """What people thought of a call, by leg.

        Raises:
            NotFound: the account had no such call, or it has not ended.
        """
        ids = await self._legs(account, call)
        query = select(opinions).where(opinions.c.account == account, opinions.c.leg.in_(ids))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        said = {row.leg: row for row in rows}
        return [
            Opinion(
                leg=id,
                party=said[id].party,
                feedback=_feedback(said[id]),
            )
            for id in ids
            if id in said
        ]

    async def samples_of(
        self, account: AccountId, call: CallId
    ) -> Mapping[LegId, Sequence[Mapping[str, Any]]]:
        """What the pages of a call measured, by leg, oldest first.

        Raises:
            NotFound: the account had no such call, or it has not ended.
        """
        await self.write()
        ids = await self._legs(account, call)
        query = (
            select(seconds)
            .where(seconds.c.account == account, seconds.c.leg.in_(ids))
            .order_by(seconds.c.leg, seconds.c.position)
        )
        found: dict[LegId, list[Mapping[str, Any]]] = {id: [] for id in ids}
        async with self._database.read() as connection:
            for row in await connection.execute(query):
                found[LegId(row.leg)].extend(row.samples)
        return {leg: taken for leg, taken in found.items() if taken}

    async def _legs(self, account: AccountId, call: CallId) -> list[LegId]:
        query = (
            select(legs.c.id)
            .join(calls, calls.c.id == legs.c.call)
            .where(calls.c.account == account, calls.c.id == call)
            .order_by(legs.c.position)
        )
        async with self._database.read() as connection:
            ids = [LegId(row.id) for row in await connection.execute(query)]
        if not ids:
            raise NotFound(f"there is no ended call {call!r} in this account")
        return ids

    async def _was_of(self, party: Party, leg: LegId) -> bool:
        query = (
            select(legs.c.peer)
            .join(calls, calls.c.id == legs.c.call)
            .where(calls.c.account == party.account, legs.c.id == leg)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return row is not None and row.peer == str(client(party.name))


def _sample_row(one: _Waiting) -> dict[str, Any]:
    return {
        "account": one.account,
        "leg": one.leg,
        "position": one.position,
        "samples": spelling.plain(one.samples),
    }


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(score=row.score, issues=row.issues, note=row.note, log=row.log, at=row.said_at)
