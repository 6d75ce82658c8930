"""What a verb is, how one ends, and the context of a request for instructions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from offhook.base.causes import Cause
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, RecordingId
from offhook.base.journal.call_entries import CallResumed
from offhook.base.journal.entry import Entry
from offhook.base.journal.script_entries import InnerReceived, InnerRequested
from offhook.base.media import Sound
from offhook.base.recording_events import RecordingKept
from offhook.calls.call_control import CallControl
from offhook.calls.elapsed import away, elapsed
from offhook.calls.leg import Leg
from offhook.verbs.results import Result


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
    CALLEE = "callee"
    """The party that was dialled gets a document of its own before the two are bridged."""
    CONFIRM = "confirm"
    """The same, and only to be heard: a key is to be pressed."""
    WAIT = "wait"
    """The caller waits in a queue."""
    DEQUEUED = "dequeued"
    """The caller was taken from a queue, and is about to be bridged."""


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
class InnerRequest:
    """A request for a document that runs within a verb.

    Attributes:
        url: Absolute.
        method: `GET` or `POST`.
        purpose: What it is for.
        leg: Whose party it is about; nothing for the caller.
        result: What the application is to know.
    """

    url: str
    method: str = "POST"
    purpose: Purpose
    leg: LegId | None = None
    result: Result | None = None


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
    """Request the next document of the application, with the verb's result, if it has one."""

    then: Continuation
    result: Result | None = None
    purpose: Purpose = Purpose.ACTION


Outcome = Continue | End | RequestNext


Watch = Callable[[LegEvent], bool]
"""Is shown each event; true if what waits is to be given up."""


class Context(Protocol):
    """One call, as its verbs see it.

    While a verb waits here the call goes on: what happens is written into the journal, new offers
    are answered, lost devices are noticed. Nothing runs beside the verb.
    """

    @property
    def control(self) -> CallControl:
        """The call with its legs, and the commands that change them."""
        ...

    @property
    def leg(self) -> Leg:
        """The leg that the verbs are about: its party hears what they play."""
        ...

    @property
    def stops_on_digit(self) -> bool:
        """Whether a key stops what verbs play."""
        ...

    def answer(self) -> None:
        """Take the leg's call, unless that was done or it is gone."""
        ...

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens; nothing once the clock shows `until`.

        Raises:
            CallOver: the calling party is gone.
            Redirected: the call goes on with another document.
            Interrupted: `watch` has given it up.
        """
        ...

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`; `watch` is shown what happens meanwhile.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            Interrupted: `watch` has given it up.
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        ...

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, SSML if `markup`, as sound; `watch` is shown what happens meanwhile.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            Interrupted: `watch` has given it up.
            Unavailable: no voice works now.
        """
        ...

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> "Sequence[Verb] | None":
        """The verbs of a document that runs within a verb; nothing if there is none that can be used.

        Args:
            ask: What to request.
            again: What the journal has of the same request, if it was sent before a restart.
            watch: Is shown what happens meanwhile.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            Interrupted: `watch` has given it up.
        """
        ...

    async def recorded(self, id: RecordingId) -> RecordingKept | None:
        """What became of a recording that ends, also once the call is over; nothing after some seconds."""
        ...

    def reread(self, received: InnerReceived) -> "Sequence[Verb]":
        """The verbs of such a document that came before a restart."""
        ...


class Verb(Protocol):
    """One instruction of a document."""

    async def run(self, call: Context) -> Outcome:
        """Do it.

        Raises:
            CallOver: the caller is gone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a verb had come when its server died.

    Attributes:
        entries: What the call's journal has of it, from its beginning.
        now: The time, in seconds of the call.
    """

    entries: Sequence[Entry]
    now: float

    @property
    def elapsed_s(self) -> float:
        """How long it has run, in seconds; those without a server left out."""
        return self.since(self.entries[0])

    def since(self, entry: Entry) -> float:
        """Seconds since an entry; those without a server left out."""
        return elapsed(self.entries, entry.at, self.now)

    def until_restart(self, entry: Entry) -> float:
        """Seconds from an entry until its server died."""
        later = (e.body for e in self.entries if e.position > entry.position)
        seen = next((body.seen_s for body in later if isinstance(body, CallResumed)), self.now)
        return max(0.0, seen - entry.at)

    def away_since(self, entry: Entry) -> float:
        """Seconds without a server since an entry."""
        return away(self.entries, entry.at, self.now)


@runtime_checkable
class Resumable(Protocol):
    """A verb that does not simply run again when its server was restarted."""

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with it.

        Raises:
            CallOver: the caller is gone.
        """
        ...


@runtime_checkable
class Expected(Protocol):
    """A verb that others depend on after a restart, before its call's page is back."""

    def expect(self, call: CallControl, progress: Progress) -> None:
        """Say that it goes on soon."""
        ...


_NAMES: Final = {
    "PreAnswer": "pre-answer",
    "RecordInBackground": "record-in-background",
    "SendDigits": "press",
}
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
        parent: The call whose dial made this one; nothing for a call of its own.
        direction: `inbound` or `outbound`, as the platform sees the call.
        caller: The caller's address in canonical form (`client:alice`).
        callee: Who was called, as the caller named it.
        answered: Whether it ever was answered.
        cause: Why the call ended, once it has.
        parameters: What the caller's page and its token want the application to know.
        headers: Custom headers of the call.
        result: How the verb ended that is the reason for asking.
        failed: Why the fallback is requested.
        base_url: Where people reach the server, without a path.
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
    result: Result | None = None
    failed: Failed | None = None
    parent: CallId | None = None
    base_url: str = ""
