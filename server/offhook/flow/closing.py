"""The callbacks of an ended call, also when its server died before them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from offhook.base.accounts import Application
from offhook.base.causes import Cause
from offhook.base.records import Callback, CallRecord, UnfinishedCall
from offhook.calls.cdr import close_open_legs, fold
from offhook.dialects.base import Dialect
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import token_of

log = logging.getLogger("offhook.flow")


def callbacks_for(
    record: CallRecord, dialect: Dialect, application: Application, secret: str
) -> Sequence[Callback]:
    """The callbacks to an application about the end of its call.

    Args:
        record: The call.
        dialect: That of the application.
        application: The receiver.
        secret: What the requests are signed with.
    """
    nonce = token_of(record.id, record.journal[-1].number)
    try:
        return dialect.callbacks(record, application, secret=secret, nonce=nonce)
    except Exception:
        # A mistake of ours must not cost the record as well.
        log.exception("callbacks.crashed", extra={"call": record.id})
        return ()


async def close_unfinished(left: Iterable[UnfinishedCall], deps: Dependencies) -> None:
    """Keep the calls that were up when an earlier server process died, with their callbacks.

    A call whose legs had ended before that keeps the cause it had.

    Raises:
        Unavailable: the directory does not answer; the calls stay in the journal.
    """
    for call in left:
        journal = close_open_legs(
            call.entries, call.seen_s, Cause.SERVER_RESTARTED, call.inputs, call.epoch
        )
        try:
            record = fold(journal)
        except (ValueError, KeyError, IndexError):
            log.exception("call.unreadable", extra={"call": call.id})
            deps.records.drop(call.id)
            continue
        callbacks: Sequence[Callback] = ()
        application = await deps.directory.application(record.account, record.application)
        secret = await deps.directory.secret(record.account)
        if application is not None and secret is not None:
            # A call is written down before its application is looked at.
            record = replace(record, dialect=record.dialect or application.dialect)
            dialect = deps.dialects.get(record.dialect)
            if dialect is not None:
                callbacks = callbacks_for(record, dialect, application, secret)
        deps.records.keep(record, callbacks, call.epoch)
        labels = {"dialect": record.dialect, "cause": str(record.cause)}
        deps.metrics.count("calls_ended", labels)
        log.warning("call.closed", extra={"call": record.id, "cause": str(record.cause)})
