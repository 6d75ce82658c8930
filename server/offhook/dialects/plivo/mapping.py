"""Maps ids, states, causes and errors to this dialect's values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from offhook.base.causes import Cause
from offhook.base.records import CallRecord
from offhook.base.web import WebFailure, WebFault
from offhook.dialects import sip
from offhook.verbs.base import CallState, Purpose, WebhookContext
from offhook.verbs.results import DialResult

UNKNOWN: Final = "unknown"
"""The vendor has no code for what it passes over: this is ours."""
UNSUPPORTED: Final = "unsupported"
"""Our own code for what the vendor can do and we cannot do yet."""
DOMAIN: Final = "phone.plivo.com"
"""The host in the SIP URIs of endpoints."""

_DIGITS: Final[Mapping[Purpose, str]] = {
    Purpose.ANSWER: "1",
    Purpose.FALLBACK: "1",
    Purpose.ACTION: "2",
    Purpose.REDIRECT: "4",
    # The vendor has no digit for documents within elements: they are requested as actions are.
    Purpose.CALLEE: "2",
    Purpose.CONFIRM: "2",
    Purpose.WAIT: "2",
    Purpose.DEQUEUED: "2",
}
_WHERE: Final[Mapping[str, str]] = {"1": "Answer", "2": "Action", "3": "Transfer", "4": "Redirect"}
_KINDS: Final[Mapping[str, str]] = {
    "701": "Error Reaching {} URL",
    "702": "Invalid {} URL",
    "703": "Invalid Method For {} URL",
    "801": "Invalid {} XML",
}


@dataclass(frozen=True, slots=True)
class HangupCause:
    """How a call ended, in this dialect's words.

    Attributes:
        cause: In the manner of Q.850.
        name: For people.
        code: A number of the vendor's list.
    """

    cause: str
    name: str
    code: str


_HANGUP_CAUSES: Final[Mapping[Cause, HangupCause]] = {
    Cause.NORMAL: HangupCause("NORMAL_CLEARING", "Normal Hangup", "4000"),
    Cause.DOCUMENT_ENDED: HangupCause("NORMAL_CLEARING", "End Of XML Instructions", "4010"),
    Cause.BUSY: HangupCause("USER_BUSY", "Busy Line", "3010"),
    Cause.REJECTED: HangupCause("CALL_REJECTED", "Rejected", "3020"),
    Cause.NO_ANSWER: HangupCause("NO_ANSWER", "No Answer", "3000"),
    Cause.CANCELLED: HangupCause("ORIGINATOR_CANCEL", "Canceled", "1000"),
    Cause.ANSWERED_ELSEWHERE: HangupCause("LOSE_RACE", "Lost Race", "9000"),
    Cause.ANSWERED_BY_OTHER: HangupCause("LOSE_RACE", "Lost Race", "9000"),
    Cause.UNREACHABLE: HangupCause("USER_NOT_REGISTERED", "Endpoint Not Registered", "2020"),
    Cause.NOT_FOUND: HangupCause("UNALLOCATED_NUMBER", "Invalid Destination", "2000"),
    Cause.NO_ROUTE: HangupCause("NO_ROUTE_DESTINATION", "Invalid Destination", "2000"),
    Cause.FORBIDDEN: HangupCause("CALL_REJECTED", "Forbidden", "3040"),
    Cause.INCOMPATIBLE_MEDIA: HangupCause("INCOMPATIBLE_DESTINATION", "System Error", "5020"),
    Cause.MEDIA_FAILED: HangupCause("MEDIA_TIMEOUT", "Media Timeout", "6020"),
    Cause.ENDPOINT_LOST: HangupCause("MEDIA_TIMEOUT", "Media Timeout", "6020"),
    Cause.TIME_LIMIT: HangupCause("ALLOTTED_TIMEOUT", "Scheduled Hangup", "6000"),
    Cause.CONGESTION: HangupCause("SWITCH_CONGESTION", "System Error", "5000"),
    Cause.SHUTDOWN: HangupCause("NORMAL_TEMPORARY_FAILURE", "System Error", "5010"),
    Cause.SERVER_LOST: HangupCause("MEDIA_TIMEOUT", "Media Timeout", "6020"),
    Cause.SERVER_RESTARTED: HangupCause("NORMAL_TEMPORARY_FAILURE", "System Error", "5010"),
}
_SYSTEM_ERROR: Final = HangupCause("NORMAL_TEMPORARY_FAILURE", "System Error", "5020")


def call_uuid(id: str) -> str:
    """The 32 hex digits of a call or a leg, with the dashes of RFC 9562."""
    return f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"


def party(address: str) -> str:
    """Who, in this dialect: clients as SIP URIs, numbers as digits without `+`.

    Args:
        address: In canonical form; or what a caller dialled, as the page sent it.
    """
    if address.startswith("client:"):
        return sip.uri(address.removeprefix("client:"), DOMAIN)
    if not address or sip.has_scheme(address):
        return address
    digits = address.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return digits
    return sip.uri(address.removesuffix(f"@{DOMAIN}"), DOMAIN)


def moment(when: datetime | None) -> str:
    """A moment, as `2026-11-20 10:15:00+00:00`; empty for never."""
    return "" if when is None else when.isoformat(" ", "seconds")


def fault_code(failure: WebFailure, purpose: Purpose) -> str:
    """The hangup code of a request that failed."""
    kind = "702" if failure.fault is WebFault.BAD_URL and purpose is not Purpose.ANSWER else "701"
    return kind + _DIGITS[purpose]


def document_code(purpose: Purpose) -> str:
    """The hangup code of an answer that is no document."""
    return "801" + _DIGITS[purpose]


def hangup_cause(record: CallRecord) -> HangupCause:
    """How a call ended."""
    if record.cause is not Cause.APPLICATION_ERROR:
        return _HANGUP_CAUSES.get(record.cause, _SYSTEM_ERROR)
    failed = [entry for entry in record.journal if entry.event == "document-failed"]
    code = str(failed[-1].details.get("code", "")) if failed else ""
    kind = _KINDS.get(code[:3])
    if kind is None:
        return _SYSTEM_ERROR
    return HangupCause("NORMAL_CLEARING", kind.format(_WHERE.get(code[3:], "Answer")), code)


def source(record: CallRecord) -> str:
    """Who ended a call."""
    if record.legs[0].ended_by == "peer":
        return "Caller"
    if record.cause is Cause.APPLICATION_ERROR:
        return "Error"
    if record.cause in (Cause.NORMAL, Cause.DOCUMENT_ENDED, Cause.BUSY, Cause.REJECTED):
        return "Answer XML"
    return "Plivo"


def call_status(ask: WebhookContext) -> str:
    """`CallStatus` of a call as it is now."""
    if ask.state is CallState.RINGING:
        return "ringing"
    if ask.state is CallState.UP or ask.cause is None:
        return "in-progress"
    return ended_status(ask.cause, answered=ask.answered)


def ended_status(cause: Cause, *, answered: bool) -> str:
    """`CallStatus` of a call that has ended."""
    return "completed" if answered else _unanswered(cause)


def dial_status(dial: DialResult) -> str:
    """`DialStatus`."""
    if dial.answered:
        return "completed"
    if dial.cancelled:
        return "cancel"
    if dial.cause is Cause.NO_ANSWER:
        return "no-answer" if dial.rang else "timeout"
    return "busy" if dial.cause in (Cause.BUSY, Cause.REJECTED) else "failed"


def dial_cause(dial: DialResult) -> str:
    """`DialHangupCause`."""
    cause = Cause.CANCELLED if dial.cancelled else dial.cause
    return _HANGUP_CAUSES.get(cause, _SYSTEM_ERROR).cause


def _unanswered(cause: Cause) -> str:
    if cause in (Cause.BUSY, Cause.REJECTED):
        return "busy"
    if cause is Cause.CANCELLED:
        return "cancel"
    if cause in (Cause.NO_ANSWER, Cause.UNREACHABLE):
        return "no-answer"
    return "completed" if cause in (Cause.NORMAL, Cause.DOCUMENT_ENDED) else "failed"
