"""What a verb is, how one ends, and the context of a request for instructions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.verbs.context import Context


class Purpose(StrEnum):
    """The purpose of a request to the application."""

    ANSWER = "answer"
    """A call begins."""
    ACTION = "action"
    """A verb is over."""
    REDIRECT = "redirect"
    """The document says that another one takes its place."""
    FALLBACK = "fallback"
    """Another URL failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """Whom to ask when a verb is over.

    Attributes:
        url: Absolute.
        method: `GET` or `POST`.
        replaces: The response takes the place of this document; otherwise it is ignored.
    """

    url: str
    method: str = "POST"
    replaces: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DialResult:
    """How a dial ended.

    Attributes:
        caller: The leg that dialled.
        callee: The leg that answered, or the one with the most specific failure; nothing if none was made.
        answered: Whether a party answered.
        rang: Whether any device rang.
        duration_s: Seconds that the two legs were bridged.
        cause: Why it ended.
        cancelled: The caller gave up before an answer.
    """

    caller: LegId
    callee: LegId | None
    answered: bool
    rang: bool
    duration_s: float
    cause: Cause
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with the verb after this one.

    Attributes:
        failed: Why no party was reached, if the verb tried: the caller's cause, if the document ends.
    """

    failed: Cause | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The call is over, and why."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class RequestNext:
    """Request the next document of the application, with the result of a dial if it was one."""

    then: Continuation
    dial: DialResult | None = None
    purpose: Purpose = Purpose.ACTION


Outcome = Continue | End | RequestNext


class Verb(Protocol):
    """One instruction of a document."""

    async def run(self, call: Context) -> Outcome:
        """Do it.

        Raises:
            CallOver: the caller is gone.
        """
        ...


_NAMES: Final = {"SendDigits": "press"}
"""Verbs whose name in journals is not that of their class."""


def verb_name(verb: Verb) -> str:
    """The verb's name in journals and specifications, such as `dial`."""
    name = type(verb).__name__
    return _NAMES.get(name, name.lower())


class CallState(StrEnum):
    """How far the call is, as applications see it."""

    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The failure for which a fallback is requested.

    Attributes:
        code: The dialect's code for it.
        url: The URL that failed.
    """

    code: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookContext:
    """The context of a request for instructions.

    Attributes:
        purpose: The purpose of the request.
        direction: `inbound` or `outbound`, as the platform sees the call.
        caller: The caller's address in canonical form (`client:alice`).
        callee: Who was called, as the caller named it.
        answered: Whether it ever was answered.
        cause: Why the call ended, once it has.
        parameters: What the caller's page and its token want the application to know.
        headers: Custom headers of the call.
        dial: How the dial ended that is the reason for asking.
        failed: Why the fallback is requested.
    """

    purpose: Purpose
    account: AccountId
    application: ApplicationId
    call: CallId
    direction: str
    caller: str
    callee: str
    state: CallState
    answered: bool = False
    cause: Cause | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    dial: DialResult | None = None
    failed: Failed | None = None
