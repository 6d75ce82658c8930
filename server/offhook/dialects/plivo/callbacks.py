"""The callbacks of this dialect for an ended call."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from offhook.base.accounts import Application
from offhook.base.records import Callback, CallRecord
from offhook.dialects.callbacks import callback
from offhook.dialects.plivo.mapping import (
    call_uuid,
    ended_status,
    hangup_cause,
    moment,
    party,
    source,
)

if TYPE_CHECKING:
    from offhook.dialects.base import Dialect


def hangup_callbacks(
    dialect: "Dialect", record: CallRecord, application: Application, *, secret: str, nonce: str
) -> Sequence[Callback]:
    """The request to the hangup URL, if the application has one."""
    parameters = _parameters(record)
    return callback(
        dialect, record, application, parameters, event="hangup", secret=secret, nonce=nonce
    )


def _parameters(record: CallRecord) -> dict[str, str]:
    end = hangup_cause(record)
    return {
        "CallUUID": call_uuid(record.id),
        "From": party(record.caller),
        "To": party(record.callee),
        "CallStatus": ended_status(record.cause, answered=record.answered_at is not None),
        "Direction": record.direction,
        "ParentAuthID": record.account,
        "Event": "Hangup",
        "HangupCause": end.cause,
        "HangupCauseName": end.name,
        "HangupCauseCode": end.code,
        "HangupSource": source(record),
        "Duration": str(round(record.answered_s)),
        # Whole minutes, as the vendor bills; nothing costs anything here.
        "BillDuration": str(ceil(record.answered_s / 60) * 60),
        "TotalCost": "0.00000",
        "StartTime": moment(record.started_at),
        "AnswerTime": moment(record.answered_at),
        "EndTime": moment(record.ended_at),
    }
