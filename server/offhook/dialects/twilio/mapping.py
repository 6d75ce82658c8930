"""Maps ids, states, causes and errors to this dialect's values."""

import re
from collections.abc import Mapping
from typing import Final

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.web import WebFault
from offhook.calls.machine_detection import AnsweredBy
from offhook.verbs.base import CallState, WebhookContext
from offhook.verbs.results import DialResult

SCHEMA: Final = "12200"
"""The vendor's code for what its schema does not know: a warning, and the document goes on."""
UNSUPPORTED: Final = "unsupported"
"""Our own code for what the vendor can do and we cannot do yet."""
API_VERSION: Final = "2010-04-01"

_DIGITS_36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SID_OF_NUMBER: Final = re.compile(r"(?=.{32}\Z)0{10,11}[1-9a-f][0-9a-f]*\Z")
"""That of a number of 17 digits. A random id begins with so many zeros once in 10^12."""

ERROR_CODES: Final[Mapping[WebFault, str]] = {
    WebFault.BAD_URL: "11100",
    WebFault.FORBIDDEN_ADDRESS: "11210",
    WebFault.DNS: "11210",
    WebFault.CONNECT: "11205",
    WebFault.CONNECT_TIMEOUT: "11201",
    WebFault.TLS: "11220",
    WebFault.READ_TIMEOUT: "11200",
    WebFault.TOTAL_TIMEOUT: "11203",
    WebFault.PROTOCOL: "11206",
    WebFault.STATUS: "11200",
    WebFault.TOO_LARGE: "11750",
    WebFault.REDIRECTS: "11215",
}

_UNANSWERED: Final[Mapping[Cause, str]] = {
    Cause.BUSY: "busy",
    Cause.REJECTED: "busy",
    Cause.NO_ANSWER: "no-answer",
    Cause.UNREACHABLE: "no-answer",
    Cause.NOT_FOUND: "no-answer",
    Cause.NORMAL: "no-answer",
}
"""The status of an unanswered attempt by cause; `failed` for others."""

_CALL_UNANSWERED: Final[Mapping[Cause, str]] = {
    **_UNANSWERED,
    # The vendor's `canceled` is for calls that its customer took back, not for callers who gave up.
    Cause.CANCELLED: "no-answer",
    Cause.DOCUMENT_ENDED: "completed",
}


ANSWERED_BY: Final[Mapping[AnsweredBy, str]] = {
    AnsweredBy.HUMAN: "human",
    AnsweredBy.MACHINE: "machine_start",
    AnsweredBy.BEEP: "machine_end_beep",
    AnsweredBy.SILENCE: "machine_end_silence",
    AnsweredBy.OTHER: "machine_end_other",
    AnsweredBy.UNKNOWN: "unknown",
}
"""`AnsweredBy`; faxes are not distinguished from machines."""


def account_sid(account: AccountId) -> str:
    """`AC` and 32 hex digits, from which the account's id can be read back."""
    return f"AC{_digits(account.removeprefix('MA'))}"


def call_sid(id: str) -> str:
    """`CA` and the 32 hex digits of a call or a leg."""
    return f"CA{id}"


def queue_sid(id: str) -> str:
    """`QU` and the 32 hex digits of a queue."""
    return f"QU{id}"


def application_sid(application: ApplicationId) -> str:
    """`AP` and 32 hex digits."""
    return f"AP{_digits(application)}"


def application_id(sid: str) -> str:
    """The id that `application_sid` wrote, or what a program wrote with or without `AP`."""
    digits = sid.removeprefix("AP")
    if not _SID_OF_NUMBER.match(digits):
        return digits
    rest, number = int(digits, 16), ""
    while rest:
        rest, digit = divmod(rest, 36)
        number = _DIGITS_36[digit] + number
    return number if number.isdecimal() else digits


def _digits(id: str) -> str:
    lowered = id.lower()
    if len(lowered) == 32 and all(digit in "0123456789abcdef" for digit in lowered):
        return lowered
    # Up to 24 letters and digits fit into 128 bits as a number of base 36.
    if id.isascii() and id.isalnum() and len(id) <= 24:
        return f"{int(id, 36):032x}"
    return id


def call_status(ask: WebhookContext) -> str:
    """`CallStatus` of a call as it is now."""
    if ask.state is CallState.RINGING:
        return "ringing"
    if ask.state is CallState.UP:
        return "in-progress"
    return ended_status(ask.cause, answered=ask.answered)


def ended_status(cause: Cause | None, *, answered: bool) -> str:
    """`CallStatus` of a call that has ended."""
    if answered or cause is None:
        return "completed"
    return _CALL_UNANSWERED.get(cause, "failed")


def dial_status(dial: DialResult) -> str:
    """`DialCallStatus`."""
    if dial.answered:
        return "completed"
    if dial.cancelled:
        return "canceled"
    return _UNANSWERED.get(dial.cause, "failed")
