"""What an application of this dialect is told of an ended call."""

from collections.abc import Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from offhook.base.accounts import Application
from offhook.base.overrides import narrow
from offhook.base.records import Callback, CallRecord
from offhook.base.web import WebRequest
from offhook.dialects.twilio.words import (
    API_VERSION,
    account_sid,
    application_sid,
    call_sid,
    ended_status,
)

if TYPE_CHECKING:
    from offhook.dialects.base import Dialect


def owed(
    dialect: "Dialect", record: CallRecord, application: Application, *, secret: str, nonce: str
) -> Sequence[Callback]:
    """The status callback, if the application wants one."""
    if not application.hangup_url:
        return ()
    url, limits = narrow(application.hangup_url, dialect.limits, dialect.widest)
    told = tuple(_told(record).items())
    method = application.hangup_method
    form = told if method == "POST" else ()
    if method != "POST":
        url += ("&" if "?" in url else "?") + urlencode(told)
    request = WebRequest(
        method=method,
        url=url,
        form=form,
        headers=dialect.sign(method, url, form, secret=secret, nonce=nonce),
        limits=limits,
        account=record.account,
    )
    return (Callback(key=f"{record.id}-completed", call=record.id, order=0, request=request),)


def _told(record: CallRecord) -> dict[str, str]:
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
