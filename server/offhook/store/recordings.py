"""Recordings: one row each, from the moment it begins until it is deleted."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, CallId, ConferenceId, RecordingId
from offhook.base.recordings import (
    RUNNING,
    Recording,
    RecordingNotice,
    RecordingSource,
    RecordingState,
    Tracks,
)
from offhook.base.records import Callback
from offhook.store import pagination
from offhook.store.database import Database
from offhook.store.encryption import Cipher
from offhook.store.outbox import Outbox
from offhook.store.pagination import Page
from offhook.store.tables import recordings

_RUNNING: Final = sorted(state.value for state in RUNNING)
_NOTICE: Final = TypeAdapter(RecordingNotice)


class Recordings:
    """The recordings of all accounts; each method that a customer's request leads to takes the account."""

    def __init__(self, database: Database, outbox: Outbox, cipher: Cipher) -> None:
        self._database = database
        self._outbox = outbox
        self._cipher = cipher

    async def begin(self, recording: Recording) -> None:
        """Keep a recording that begins; the same one again changes nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        known = select(recordings.c.id).where(recordings.c.id == recording.id)
        async with self._database.write() as connection:
            if (await connection.execute(known)).one_or_none() is None:
                await connection.execute(insert(recordings).values(**self._columns(recording)))

    async def add_callbacks(self, callbacks: Sequence[Callback]) -> None:
        """Send callbacks; the same ones again change nothing while they wait.

        Raises:
            Unavailable: the database does not answer.
        """
        if not callbacks:
            return
        try:
            await self._outbox.add(callbacks)
        except IntegrityError:
            # They wait already.
            return

    async def finish(self, recording: Recording, callbacks: Sequence[Callback] = ()) -> bool:
        """Keep how a recording ended, with callbacks that are to be sent, both or neither.

        Returns:
            Whether it ran until now and was not deleted meanwhile; otherwise nothing has changed.
        """
        table = recordings
        same = (table.c.id == recording.id) & (table.c.account == recording.account)
        change = update(table).where(same, table.c.state.in_(_RUNNING))
        change = change.values(**self._columns(recording))
        rows = self._outbox.rows(callbacks)

        def work(connection: Connection) -> bool:
            ran = connection.execute(change).rowcount > 0
            if ran:
                self._outbox.insert(connection, rows)
            return ran

        ran = await self._database.change(work)
        if ran and callbacks:
            self._outbox.notify()
        return ran

    async def get(self, account: AccountId, id: RecordingId) -> Recording:
        """One recording.

        Raises:
            NotFound: the account has no such recording.
        """
        query = select(recordings).where(recordings.c.account == account, recordings.c.id == id)
        async with self._database.read_for(account) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no recording {id!r} in this account")
        return self._recording(row)

    async def by_link(self, id: RecordingId) -> Recording:
        """A recording by its id alone, for those who were given a link to it.

        Raises:
            NotFound: there is no such recording.
        """
        query = select(recordings).where(recordings.c.id == id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound("there is no such recording")
        return self._recording(row)

    async def list(
        self,
        account: AccountId,
        *,
        call: CallId | None = None,
        after: str = "",
        limit: int = 50,
    ) -> Page[Recording]:
        """The account's recordings, the newest first.

        Args:
            account: Whose.
            call: Only those of that call.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        table = recordings
        query = select(table).where(table.c.account == account)
        if call is not None:
            query = query.where(table.c.call == call)
        mark = pagination.decode_cursor(after, 2)
        if mark:
            place = tuple_(table.c.started_at, table.c.id)
            query = query.where(place < tuple_(pagination.decode_moment(mark[0]), mark[1]))
        newest = query.order_by(table.c.started_at.desc(), table.c.id.desc())
        async with self._database.read_for(account) as connection:
            rows = (await connection.execute(newest.limit(pagination.check_limit(limit) + 1))).all()
        found = [self._recording(row) for row in rows]
        return pagination.page(found, limit, lambda each: [each.started_at.isoformat(), each.id])

    async def delete(self, account: AccountId, id: RecordingId) -> Recording:
        """Forget a recording; returns what it was, so that its file can be removed.

        Raises:
            NotFound: the account has no such recording.
            UsageError: it still runs (`conflict`).
        """
        found = await self.get(account, id)
        if found.runs:
            raise UsageError("the recording still runs: stop it first", code="conflict")
        await self.forget([found])
        return found

    async def before(self, moment: datetime, limit: int) -> Sequence[Recording]:
        """Recordings of all accounts that ended and began before `moment`, the oldest first."""
        query = select(recordings).where(
            recordings.c.started_at < moment, recordings.c.state.not_in(_RUNNING)
        )
        oldest = query.order_by(recordings.c.started_at, recordings.c.id).limit(limit)
        async with self._database.read() as connection:
            return [self._recording(row) for row in await connection.execute(oldest)]

    async def running(self) -> Sequence[Recording]:
        """Recordings of all accounts that have not ended: after a start, those of the process before."""
        query = select(recordings).where(recordings.c.state.in_(_RUNNING))
        async with self._database.read() as connection:
            return [self._recording(row) for row in await connection.execute(query)]

    async def forget(self, gone: Sequence[Recording]) -> None:
        """Delete the rows of recordings whose files are gone, or will be."""
        ids = [each.id for each in gone]
        async with self._database.write() as connection:
            await connection.execute(delete(recordings).where(recordings.c.id.in_(ids)))

    def _columns(self, recording: Recording) -> dict[str, Any]:
        notice = recording.notice
        sealed = None
        if notice is not None:
            sealed = self._cipher.encrypt(
                _NOTICE.dump_json(notice).decode(), _context(recording.id)
            )
        return asdict(replace(recording, notice=None)) | {
            "source": recording.source.value,
            "tracks": recording.tracks.value,
            "state": recording.state.value,
            "reason": recording.reason[:256],
            "notice": sealed,
        }

    def _recording(self, row: Row[Any]) -> Recording:
        notice = None
        if row.notice is not None:
            opened = self._cipher.decrypt(row.notice, _context(row.id))
            notice = _NOTICE.validate_json(opened)
        return Recording(
            id=RecordingId(row.id),
            account=AccountId(row.account),
            call=CallId(row.call),
            conference=None if row.conference is None else ConferenceId(row.conference),
            source=RecordingSource(row.source),
            dialect=row.dialect,
            channels=row.channels,
            tracks=Tracks(row.tracks),
            format=row.format,
            state=RecordingState(row.state),
            started_at=row.started_at,
            duration_s=row.duration_s,
            size_bytes=row.size_bytes,
            reason=row.reason,
            notice=notice,
        )


def _context(id: str) -> str:
    return f"recording:{id}"
