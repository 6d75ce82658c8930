"""The callbacks of this dialect for an ended call."""

from collections.abc import Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING

from offhook.base.accounts import Application
from offhook.base.records import Callback, CallRecord
from offhook.dialects.callbacks import callback
from offhook.dialects.twilio.mapping import (
    API_VERSION,
    account_sid,
    application_sid,
    call_sid,
    ended_status,
)

if TYPE_CHECKING:
    from offhook.dialects.base import Dialect


def hangup_callbacks(
    dialect: "Dialect", record: CallRecord, application: Application, *, secret: str, nonce: str
) -> Sequence[Callback]:
    """The status callback, if the application wants one."""
    parameters = _parameters(record)
    return callback(
        dialect, record, application, parameters, event="completed", secret=secret, nonce=nonce
    )


def _parameters(record: CallRecord) -> dict[str, str]:
    seconds = round(record.answered_s)
    return {
        "CallSid": call_sid(record.id),
        "AccountSid": account_sid(record.account),
        "From": record.caller,
        "To": record.callee,
        "Caller": record.caller,
        "Called": record.callee,
        "CallStatus": ended_status(record.cause, answered=record.answered_at is not None),
        "ApiVersion": API_VERSION,
        "Direction": "inbound" if record.direction == "inbound" else "outbound-api",
        "ApplicationSid": application_sid(record.application),
        "CallDuration": str(seconds),
        "Duration": str(-(-seconds // 60)),
        "Timestamp": format_datetime(record.ended_at),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
    }
