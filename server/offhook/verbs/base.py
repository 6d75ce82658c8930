"""What a verb is, how one ends, and the neutral facts of a request that asks what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.verbs.context import Context


class Purpose(StrEnum):
    """Why the application is asked."""

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
        replaces: The answer takes the place of this document; otherwise it is told and ignored.
    """

    url: str
    method: str = "POST"
    replaces: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DialResult:
    """How a dial ended.

    Attributes:
        caller: The leg that dialled.
        callee: The leg that answered, or whose failure tells most; nothing if none was made.
        answered: Whether somebody answered.
        rang: Whether anybody's device rang.
        duration_s: Seconds that the two legs were bridged.
        cause: Why it ended.
        cancelled: The caller gave up before anybody answered.
    """

    caller: LegId
    callee: LegId | None
    answered: bool
    rang: bool
    duration_s: float
    cause: Cause
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with the verb after this one.

    Attributes:
        failed: Why nobody was reached, if the verb tried: what a caller is told who hears no more.
    """

    failed: Cause | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The call is over, and why."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask the application what next, and tell it how a dial ended if it was one."""

    then: Continuation
    dial: DialResult | None = None
    purpose: Purpose = Purpose.ACTION


Outcome = Next | End | Fetch


class Verb(Protocol):
    """One thing a document asks for."""

    async def run(self, call: Context) -> Outcome:
        """Do it.

        Raises:
            CallOver: the caller is gone, and nothing is left to tell.
        """
        ...


class CallState(StrEnum):
    """How far the call is, as applications see it."""

    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What went wrong before a fallback is asked.

    Attributes:
        code: The dialect's code for it.
        url: The URL that failed.
    """

    code: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The facts of a request that asks what to do.

    Attributes:
        purpose: Why it is asked.
        direction: `inbound` or `outbound`, as the platform sees the call.
        caller: Who calls, neutral spelling (`client:alice`).
        callee: Who was called, as the caller named it.
        answered: Whether it ever was answered.
        cause: Why the call ended, once it has.
        parameters: What the caller's page and its token want the application to know.
        headers: Custom headers of the call.
        dial: How the dial ended that is the reason for asking.
        failed: What the fallback is asked for.
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
