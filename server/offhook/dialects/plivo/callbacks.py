"""What an application of this dialect is told of an ended call."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from offhook.base.accounts import Application
from offhook.base.overrides import narrow
from offhook.base.records import Callback, CallRecord
from offhook.base.web import WebRequest
from offhook.dialects.plivo.words import call_uuid, ended_status, ending, moment, party, source

if TYPE_CHECKING:
    from offhook.dialects.base import Dialect


def owed(
    dialect: "Dialect", record: CallRecord, application: Application, *, secret: str, nonce: str
) -> Sequence[Callback]:
    """The request to the hangup URL, if the application has one."""
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
    return (Callback(key=f"{record.id}-hangup", call=record.id, order=0, request=request),)


def _told(record: CallRecord) -> dict[str, str]:
    end = ending(record)
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
