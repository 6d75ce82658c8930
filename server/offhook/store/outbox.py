"""The transactional outbox: callbacks stay until their server accepted them or they expire."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from offhook.base.clock import Clock
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback, Due
from offhook.store import pagination, serialization
from offhook.store.database import Database
from offhook.store.encryption import Cipher
from offhook.store.node_fence import NodeFence
from offhook.store.outcomes import Outcome, Result
from offhook.store.pagination import Page
from offhook.store.tables import outbox

_REASON_LETTERS: Final = 256
_LONGEST_S: Final = 7_200.0
"""Longer than any intended pause of a callback."""
_CANDIDATES: Final = 8
"""From how many callbacks each that may be claimed is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCallback:
    """A callback that its server has not accepted.

    Attributes:
        tries: Number of failed attempts.
        queued_at: When it was added or retried by hand, Unix seconds.
        reason: Reason of the last failure; empty before the first attempt.
    """

    callback: Callback
    tries: int
    queued_at: float
    reason: str = ""


class Outbox:
    """Pending callbacks, encrypted because they carry names and numbers.

    Of each call only the first pending one can be claimed, so that they are sent in order. A claim keeps
    others from sending the same; it expires, so that a server that crashed while sending loses nothing.
    """

    def __init__(
        self, database: Database, cipher: Cipher, clock: Clock, fence: NodeFence | None = None
    ) -> None:
        self._database = database
        self._fence = fence or NodeFence(database)
        self._cipher = cipher
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def on_added(self, listener: Callable[[], None]) -> None:
        """Calls `listener` whenever a callback is added."""
        self._listeners.append(listener)

    def notify(self) -> None:
        """Notifies listeners that a callback was added."""
        for listener in self._listeners:
            listener()

    def rows(self, callbacks: Sequence[Callback]) -> list[dict[str, Any]]:
        """Callbacks as rows, due now, encrypted."""
        now = self._clock.wall().timestamp()
        return [
            {
                "key": callback.key,
                "account": callback.request.account,
                "call": callback.call,
                "position": callback.order,
                "server": _server(callback.request.url),
                "request": self._cipher.encrypt(
                    serialization.write_request(callback.request), _context(callback.key)
                ),
                "queued_at": now,
                "due_at": now,
                "tries": 0,
                "reason": "",
            }
            for callback in callbacks
        ]

    def insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert these within the caller's transaction."""
        if rows:
            connection.execute(insert(outbox), [dict(row) for row in rows])

    async def add_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those that are not there yet, all or none."""
        keys = [row["key"] for row in rows]

        def work(connection: Connection) -> None:
            self._fence.check(connection)
            known = connection.execute(select(outbox.c.key).where(outbox.c.key.in_(keys)))
            there = set(known.scalars())
            self.insert(connection, [row for row in rows if row["key"] not in there])

        await self._database.change(work)
        self.notify()

    async def add(self, callbacks: Sequence[Callback]) -> None:
        """Add these, all or none."""
        rows = self.rows(callbacks)
        await self._database.change(lambda connection: self.insert(connection, rows))
        self.notify()

    async def claim(
        self,
        by: str,
        *,
        most: int,
        for_s: float,
        choose: Callable[[Sequence[Due]], Collection[str]] | None = None,
        without: Collection[AccountId] = (),
    ) -> Sequence[PendingCallback]:
        """Claims what is due now; others cannot claim it for a while.

        Args:
            by: Who claims; at most 64 characters.
            most: How many at most.
            for_s: Seconds until the claim ends by itself.
            choose: Picks keys from what is due. It sees each account's, and of an account each web
                server's, oldest callback first, so that a long queue of one hides no other's.
            without: Accounts whose callbacks are left alone.
        """
        now = self._clock.wall().timestamp()
        values = {"now": now, "most": most, "candidates": _CANDIDATES * most}
        if without:
            rows = await self._database.fetch(_BY_TURNS_WITHOUT, values | {"without": [*without]})
        else:
            rows = await self._database.fetch(_BY_TURNS, values)
        due = [Due(row.key, AccountId(row.account), row.server) for row in rows]
        keys = [one.key for one in due[:most]] if choose is None else list(choose(due))[:most]
        if not keys:
            return ()

        def take(connection: Connection) -> Sequence[Row[Any]]:
            self._fence.check(connection)
            found = connection.execute(_STILL_DUE, {"now": now, "keys": keys}).all()
            if found:
                mine = {"keys": [row.key for row in found], "until": now + for_s}
                connection.execute(_CLAIM, mine | {"by": self._fence.claimant or by})
            return found

        found = await self._database.change(take)
        return [
            pending for row in found if (pending := await self._decrypted_or_none(row)) is not None
        ]

    async def _decrypted_or_none(self, row: Row[Any]) -> PendingCallback | None:
        try:
            return self._pending(row)
        except UsageError as error:
            # One that cannot be decrypted must not block all others.
            await self.mark_dead(row.key, str(error))
            return None

    async def release(self, by: str) -> None:
        """Ends all claims of `by`: after a restart, what it was sending is due at once.

        So is what a clock that was set back meanwhile would leave for later than any pause.
        """
        now = self._clock.wall().timestamp()
        mine = outbox.c.claimed_by == by
        if self._fence.node:
            mine = outbox.c.claimed_by.startswith(f"{self._fence.node}.", autoescape=True)
        change = update(outbox).where(
            or_(mine, outbox.c.due_at > now + _LONGEST_S), outbox.c.dead_at.is_(None)
        )

        def end(connection: Connection) -> None:
            self._fence.check(connection)
            connection.execute(change.values(due_at=now, claimed_by=None))

        await self._database.change(end)

    async def mark_delivered(self, key: str) -> None:
        """Its server accepted it: the row goes."""
        await self.settle([Outcome(key, Result.DELIVERED)])

    async def mark_failed(self, key: str, reason: str, *, retry_in_s: float) -> None:
        """The attempt failed; it is due again later."""
        due_at = self._clock.wall().timestamp() + retry_in_s
        await self.settle([Outcome(key, Result.FAILED, due_at, reason)])

    async def mark_dead(self, key: str, reason: str) -> None:
        """It was tried for too long: it is kept as a dead letter, and the next one may go."""
        now = self._clock.wall().timestamp()
        await self.settle([Outcome(key, Result.DEAD, now, reason)])

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Keep outcomes, all or none; the same ones again change nothing."""
        taken = [each.key for each in outcomes if each.result is Result.DELIVERED]
        latest = self._clock.wall().timestamp() + _LONGEST_S

        def keep(connection: Connection) -> None:
            self._fence.check(connection)
            if taken:
                connection.execute(_DELIVERED, {"keys": taken})
            for each in outcomes:
                if each.result is not Result.DELIVERED:
                    connection.execute(_missed(each, latest, self._fence.node))

        await self._database.change(keep)
        # The next one of a call is due, or the first due time has changed.
        self.notify()

    async def next_due_in_s(self) -> float | None:
        """Seconds until something is due, 0 if something is already; nothing if the outbox is empty."""
        rows = await self._database.fetch(_NEXT, {})
        return max(0.0, rows[0].due_at - self._clock.wall().timestamp()) if rows else None

    async def waiting(self) -> int:
        """How many are pending, dead letters aside."""
        query = select(func.count()).select_from(outbox).where(outbox.c.dead_at.is_(None))
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def dead_letters(
        self, account: AccountId, *, after: str = "", limit: int = 50
    ) -> Page[PendingCallback]:
        """The account's dead letters by key.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        query = select(outbox).where(outbox.c.account == account, outbox.c.dead_at.is_not(None))
        for key in pagination.decode_cursor(after, 1):
            query = query.where(outbox.c.key > key)
        query = query.order_by(outbox.c.key).limit(pagination.check_limit(limit) + 1)
        async with self._database.read_for(account) as connection:
            found = [self._pending(row) for row in await connection.execute(query)]
        return pagination.page(found, limit, lambda pending: [pending.callback.key])

    async def retry(self, account: AccountId, key: str) -> None:
        """Queue a dead letter again, as if it were new.

        Raises:
            NotFound: the account has no such dead letter.
        """
        now = self._clock.wall().timestamp()
        change = (
            update(outbox)
            .where(outbox.c.account == account, outbox.c.key == key, outbox.c.dead_at.is_not(None))
            .values(dead_at=None, due_at=now, queued_at=now, tries=0)
            .returning(outbox.c.key)
        )
        async with self._database.write_for(account) as connection:
            if (await connection.execute(change)).one_or_none() is None:
                raise NotFound(f"there is no dead letter {key!r} in this account")
        self.notify()

    def _pending(self, row: Row[Any]) -> PendingCallback:
        request = serialization.read_request(self._cipher.decrypt(row.request, _context(row.key)))
        callback = Callback(key=row.key, call=CallId(row.call), order=row.position, request=request)
        return PendingCallback(
            callback=callback, tries=row.tries, queued_at=row.queued_at, reason=row.reason
        )


def _missed(outcome: Outcome, latest: float, node: str) -> Update:
    """A failed attempt, unless its outcome was noted already, or another node sends the callback now."""
    change = update(outbox).where(outbox.c.key == outcome.key, outbox.c.dead_at.is_(None))
    if node:
        mine = outbox.c.claimed_by.startswith(f"{node}.", autoescape=True)
        change = change.where(or_(outbox.c.claimed_by.is_(None), mine))
    if outcome.result is Result.DEAD:
        change = change.values(dead_at=outcome.at)
    else:
        # A clock that was set back delays nothing for longer than the longest pause.
        due_at = min(outcome.at, latest)
        change = change.where(outbox.c.due_at != due_at).values(due_at=due_at)
    return change.values(
        tries=outbox.c.tries + 1, claimed_by=None, reason=outcome.reason[:_REASON_LETTERS]
    )


def _first_of_each(*columns: Column[Any]) -> Select[Any]:
    earlier = outbox.alias("earlier")
    blocked = exists().where(
        and_(
            earlier.c.call == outbox.c.call,
            earlier.c.position < outbox.c.position,
            earlier.c.dead_at.is_(None),
        )
    )
    return select(*(columns or (outbox,))).where(outbox.c.dead_at.is_(None), ~blocked)


def _by_turns(*conditions: ColumnElement[bool]) -> Select[Any, Any, Any]:
    """What is due, so that accounts take turns, and of one account its web servers."""
    due = _first_of_each(outbox.c.key, outbox.c.account, outbox.c.server, outbox.c.due_at)
    due = due.where(outbox.c.due_at <= bindparam("now"), *conditions)
    by_age = (outbox.c.due_at, outbox.c.key)
    of_server = func.row_number().over(
        partition_by=(outbox.c.account, outbox.c.server), order_by=by_age
    )
    one = due.add_columns(of_server.label("of_server")).subquery()
    of_account = func.row_number().over(
        partition_by=one.c.account, order_by=(one.c.of_server, one.c.due_at, one.c.key)
    )
    two = select(
        one.c.key, one.c.account, one.c.server, one.c.due_at, of_account.label("of_account")
    ).subquery()
    chosen = select(two.c.key, two.c.account, two.c.server)
    chosen = chosen.where(two.c.of_account <= 2 * bindparam("most", type_=Integer))
    chosen = chosen.order_by(two.c.of_account, two.c.due_at, two.c.key)
    return chosen.limit(bindparam("candidates", type_=Integer))


# Made once: to make one takes longer than to run it, and each call takes part in several.
_KEYS: Final = outbox.c.key.in_(bindparam("keys", expanding=True))
_BY_TURNS: Final = _by_turns()
_BY_TURNS_WITHOUT: Final = _by_turns(outbox.c.account.not_in(bindparam("without", expanding=True)))
# Rows that another server is claiming at this moment are skipped, not waited for.
_STILL_DUE: Final = (
    _first_of_each()
    .where(outbox.c.due_at <= bindparam("now"), _KEYS)
    .order_by(outbox.c.due_at, outbox.c.key)
    .with_for_update(skip_locked=True)
)
_CLAIM: Final = (
    update(outbox).where(_KEYS).values(due_at=bindparam("until"), claimed_by=bindparam("by"))
)
_DELIVERED: Final = delete(outbox).where(_KEYS)
# In the order of an index, so that a long queue costs no more than a short one.
_NEXT: Final = _first_of_each(outbox.c.due_at).order_by(outbox.c.due_at).limit(1)


def _server(url: str) -> str:
    authority = urlsplit(url).netloc.rpartition("@")[2].lower()
    return hashlib.sha256(authority.encode("utf-8", "replace")).hexdigest()[:16]


def _context(key: str) -> str:
    return f"callback:{key}"
