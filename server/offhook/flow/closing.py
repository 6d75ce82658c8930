"""What is owed when a call has ended, also when its server died before it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from offhook.base.accounts import Application
from offhook.base.causes import Cause
from offhook.base.ids import Ids
from offhook.base.records import Callback, CallRecord, UnfinishedCall
from offhook.calls.cdr import close_open_legs, fold
from offhook.dialects.base import Dialect
from offhook.flow.ports import Rooms

log = logging.getLogger("offhook.flow")


def owed_for(
    record: CallRecord, dialect: Dialect, application: Application, secret: str, ids: Ids
) -> Sequence[Callback]:
    """The requests that tell an application how its call ended.

    Args:
        record: The call.
        dialect: That of the application.
        application: Who is told.
        secret: What the requests are signed with.
        ids: Where a text comes from that was never used before.
    """
    nonce = f"{int(ids.hex32(), 16) % 10**20:020d}"
    try:
        return dialect.callbacks(record, application, secret=secret, nonce=nonce)
    except Exception:
        # A mistake of ours must not cost the record as well.
        log.exception("callbacks.crashed", extra={"call": record.id})
        return ()


async def close_unfinished(left: Iterable[UnfinishedCall], rooms: Rooms) -> None:
    """Keep the calls that were up when an earlier server process died, and tell their applications.

    A call whose legs had ended before that keeps the cause it had.

    Raises:
        Unavailable: the directory does not answer; the calls stay in the journal.
    """
    for call in left:
        journal = close_open_legs(call.entries, call.seen_s, Cause.SERVER_RESTARTED)
        try:
            record = fold(journal)
        except (ValueError, KeyError, IndexError):
            log.exception("call.unreadable", extra={"call": call.id})
            rooms.records.drop(call.id)
            continue
        owed: Sequence[Callback] = ()
        application = await rooms.directory.application(record.account, record.application)
        secret = await rooms.directory.secret(record.account)
        if application is not None and secret is not None:
            # A call is written down before its application is looked at.
            record = replace(record, dialect=record.dialect or application.dialect)
            dialect = rooms.dialects.get(record.dialect)
            if dialect is not None:
                owed = owed_for(record, dialect, application, secret, rooms.ids)
        rooms.records.keep(record, owed)
        labels = {"dialect": record.dialect, "cause": str(record.cause)}
        rooms.metrics.count("calls_ended", labels)
        log.warning("call.closed", extra={"call": record.id, "cause": str(record.cause)})
