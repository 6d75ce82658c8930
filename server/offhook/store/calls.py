"""Ended calls: their records, their legs, their journals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from offhook.base.causes import Cause
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.records import Callback, CallRecord, DialRecord, LegRecord
from offhook.store import pagination, serialization
from offhook.store.database import Database
from offhook.store.node_fence import NodeFence
from offhook.store.outbox import Outbox
from offhook.store.pagination import Page
from offhook.store.tables import calls, legs

# The journal of a call may be long: lists leave it out.
_BRIEF: Final = tuple(column for column in calls.c if column.name != "journal")
# Made once: used at the end of every call.
_KEPT: Final = select(calls.c.id).where(calls.c.id.in_(bindparam("ids", expanding=True)))


class Calls:
    """The ended calls of all accounts; each method takes the account."""

    def __init__(self, database: Database, outbox: Outbox, fence: NodeFence | None = None) -> None:
        self._database = database
        self._outbox = outbox
        self._fence = fence or NodeFence(database)

    async def keep(self, record: CallRecord, callbacks: Sequence[Callback]) -> None:
        """Keep the record and its callbacks, both or neither."""
        await self.keep_all([(record, self._outbox.rows(callbacks))])

    async def keep_all(
        self, ended: Sequence[tuple[CallRecord, Sequence[Mapping[str, Any]]]]
    ) -> None:
        """Keep records and their callbacks, all or none.

        A call that is kept already is left as it is, and adds no callbacks: retrying after
        an unclear failure is safe.

        Args:
            ended: Each record with its callbacks as rows of the outbox.

        Raises:
            Fenced: a later start of this node has its calls; nothing has changed.
        """
        if await self._database.change(partial(self._keep_within, ended)):
            self._outbox.notify()

    def _keep_within(
        self,
        ended: Sequence[tuple[CallRecord, Sequence[Mapping[str, Any]]]],
        connection: Connection,
    ) -> bool:
        """Whether there are callbacks now that were not there before."""
        self._fence.check(connection)
        ids = [record.id for record, _ in ended]
        kept = {row.id for row in connection.execute(_KEPT, {"ids": ids})}
        fresh = [(record, rows) for record, rows in ended if record.id not in kept]
        if not fresh:
            return False
        connection.execute(insert(calls), [_call_row(record) for record, _ in fresh])
        parts = [
            _leg_row(record.id, *numbered)
            for record, _ in fresh
            for numbered in enumerate(record.legs)
        ]
        if parts:
            connection.execute(insert(legs), parts)
        pending = [row for _, rows in fresh for row in rows]
        self._outbox.insert(connection, pending)
        return bool(pending)

    async def get(self, account: AccountId, id: CallId) -> CallRecord:
        """The call with its journal.

        Raises:
            NotFound: the account had no such call, or it has not ended.
        """
        query = select(calls).where(calls.c.account == account, calls.c.id == id)
        async with self._database.read_for(account) as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise NotFound(f"there is no ended call {id!r} in this account")
            parts = await _legs_of(connection, [row.id])
        return _record(row, parts[row.id], row.journal)

    async def list(
        self,
        account: AccountId,
        *,
        after: str = "",
        limit: int = 50,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page[CallRecord]:
        """The account's calls, the newest first, each without its journal.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.
            since: Only calls that began then or later.
            until: Only calls that began before.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        query = select(*_BRIEF).where(calls.c.account == account)
        if since is not None:
            query = query.where(calls.c.started_at >= since)
        if until is not None:
            query = query.where(calls.c.started_at < until)
        mark = pagination.decode_cursor(after, 2)
        if mark:
            place = tuple_(calls.c.started_at, calls.c.id)
            query = query.where(place < tuple_(pagination.decode_moment(mark[0]), mark[1]))
        newest = query.order_by(calls.c.started_at.desc(), calls.c.id.desc())
        async with self._database.read_for(account) as connection:
            rows = (await connection.execute(newest.limit(pagination.check_limit(limit) + 1))).all()
            parts = await _legs_of(connection, [row.id for row in rows])
        found = [_record(row, parts[row.id], []) for row in rows]
        return pagination.page(found, limit, lambda call: [call.started_at.isoformat(), call.id])


async def _legs_of(
    connection: AsyncConnection, ids: Iterable[str]
) -> defaultdict[str, list[LegRecord]]:
    query = select(legs).where(legs.c.call.in_(list(ids))).order_by(legs.c.call, legs.c.position)
    found: defaultdict[str, list[LegRecord]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.call].append(_leg(row))
    return found


def _call_row(record: CallRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "account": record.account,
        "application": record.application,
        "dialect": record.dialect,
        "direction": record.direction,
        "caller": record.caller,
        "callee": record.callee,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "cause": record.cause.value,
        "hung_up_by": record.hung_up_by,
        **_dialled_columns(record.dialled),
        "journal": serialization.write_journal(record.journal),
    }


def _dialled_columns(dialled: DialRecord | None) -> dict[str, Any]:
    return {
        "dialled_leg": None if dialled is None else dialled.leg,
        "dialled_answered": None if dialled is None else dialled.answered,
        "dialled_cause": None if dialled is None else dialled.cause.value,
        "dialled_by": None if dialled is None else dialled.by,
    }


def _dialled(row: Row[Any]) -> DialRecord | None:
    if row.dialled_cause is None:
        return None
    return DialRecord(
        leg=None if row.dialled_leg is None else LegId(row.dialled_leg),
        answered=row.dialled_answered,
        cause=Cause(row.dialled_cause),
        by=row.dialled_by,
    )


def _leg_row(call: CallId, position: int, leg: LegRecord) -> dict[str, Any]:
    return {
        "call": call,
        "position": position,
        "id": leg.id,
        "direction": leg.direction,
        "peer": leg.peer,
        "started_at": leg.started_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "cause": leg.cause.value,
        "ended_by": leg.ended_by,
        "media": serialization.write_media(leg.media),
    }


def _record(row: Row[Any], parts: Sequence[LegRecord], journal: list[Any]) -> CallRecord:
    return CallRecord(
        id=CallId(row.id),
        account=AccountId(row.account),
        application=ApplicationId(row.application),
        dialect=row.dialect,
        direction=row.direction,
        caller=row.caller,
        callee=row.callee,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=Cause(row.cause),
        hung_up_by=row.hung_up_by,
        dialled=_dialled(row),
        legs=tuple(parts),
        journal=serialization.read_journal(journal),
    )


def _leg(row: Row[Any]) -> LegRecord:
    return LegRecord(
        id=LegId(row.id),
        direction=row.direction,
        peer=row.peer,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=Cause(row.cause),
        ended_by=row.ended_by,
        media=serialization.read_media(row.media),
    )
