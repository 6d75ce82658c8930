"""Feedback on calls, by leg."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select

from offhook.base.accounts import Party
from offhook.base.address import client
from offhook.base.clock import Clock
from offhook.base.errors import NotFound
from offhook.base.feedback import Feedback
from offhook.base.ids import AccountId, CallId, LegId
from offhook.store import serialization
from offhook.store.database import Database
from offhook.store.samples import Samples
from offhook.store.tables import calls, legs
from offhook.store.tables import feedback as feedback_table


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFeedback:
    """Feedback on one leg of a call.

    Attributes:
        leg: The leg of the party that gave it.
        party: The party that gave it.
    """

    leg: LegId
    party: str
    feedback: Feedback


class FeedbackTable:
    """As `links.ports.FeedbackStore`, over the database. Feedback is kept before it is acknowledged."""

    def __init__(self, database: Database, clock: Clock, samples: Samples) -> None:
        self._database = database
        self._clock = clock
        self.samples = samples.add

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep feedback on a leg.

        Raises:
            NotFound: the party had no such call.
            Unavailable: the database does not answer.
        """
        if not known and not await self._is_leg_of(party, leg):
            raise NotFound("there is no such call of this party")
        key = (feedback_table.c.account == party.account) & (feedback_table.c.leg == leg)
        row: dict[str, Any] = {
            "account": party.account,
            "leg": leg,
            "party": party.name,
            "created_at": feedback.at or self._clock.wall(),
            "score": feedback.score,
            "issues": [serialization.clean(issue) for issue in feedback.issues],
            "note": feedback.note,
            "log": [serialization.clean(line) for line in feedback.log],
        }
        async with self._database.write_for(party.account) as connection:
            await connection.execute(delete(feedback_table).where(key))
            await connection.execute(insert(feedback_table).values(**row))

    async def of_call(self, account: AccountId, call: CallId) -> Sequence[LegFeedback]:
        """Feedback on a call, by leg.

        Raises:
            NotFound: the account had no such call, or it has not ended.
        """
        ids = await self._legs(account, call)
        query = select(feedback_table).where(
            feedback_table.c.account == account, feedback_table.c.leg.in_(ids)
        )
        async with self._database.read_for(account) as connection:
            rows = (await connection.execute(query)).all()
        by_leg = {row.leg: row for row in rows}
        return [
            LegFeedback(
                leg=id,
                party=by_leg[id].party,
                feedback=_feedback(by_leg[id]),
            )
            for id in ids
            if id in by_leg
        ]

    async def _legs(self, account: AccountId, call: CallId) -> list[LegId]:
        query = (
            select(legs.c.id)
            .join(calls, calls.c.id == legs.c.call)
            .where(calls.c.account == account, calls.c.id == call)
            .order_by(legs.c.position)
        )
        async with self._database.read_for(account) as connection:
            ids = [LegId(row.id) for row in await connection.execute(query)]
        if not ids:
            raise NotFound(f"there is no ended call {call!r} in this account")
        return ids

    async def _is_leg_of(self, party: Party, leg: LegId) -> bool:
        query = (
            select(legs.c.peer)
            .join(calls, calls.c.id == legs.c.call)
            .where(calls.c.account == party.account, legs.c.id == leg)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return row is not None and row.peer == str(client(party.name))


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        score=row.score, issues=row.issues, note=row.note, log=row.log, at=row.created_at
    )
