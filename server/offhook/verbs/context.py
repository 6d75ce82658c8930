"""What a verb may ask of the call it runs in."""

from typing import Protocol

from offhook.base.events import LegEvent
from offhook.base.media import Sound
from offhook.calls.call_control import CallControl


class CallOver(Exception):
    """The calling party is gone: nothing is left to do for it."""


class Redirected(Exception):
    """A program has requested another document for the call: the verb ends now."""


class Interrupted(Exception):
    """Something happened that ends the wait which the verb is part of.

    Attributes:
        event: What happened; nothing when the time is up.
    """

    def __init__(self, event: LegEvent | None) -> None:
        super().__init__()
        self.event = event


class Instruction(Protocol):
    """One instruction of a document: a verb, as far as it is known here."""

    async def run(self, call: "Context") -> object:
        """Do it. Returns what is next."""
        ...


class Context(Protocol):
    """One call, as its verbs see it.

    While a verb waits here the call goes on: what happens is written into the journal, new offers
    are answered, lost devices are noticed. Nothing runs beside the verb.
    """

    @property
    def control(self) -> CallControl:
        """The call with its legs, and the commands that change them."""
        ...

    async def next(self, until: float | None = None) -> LegEvent | None:
        """The next thing that happens; nothing once the clock shows `until`.

        Raises:
            CallOver: the calling party is gone.
            Redirected: the call goes on with another document.
        """
        ...

    async def sound(self, url: str) -> Sound:
        """The sound file at `url`.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        ...

    async def speech(self, text: str, *, language: str, voice: str, markup: bool) -> Sound:
        """`text`, SSML if `markup`, as sound.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            Unavailable: no voice works now.
        """
        ...

    async def wait_document(self, url: str, method: str) -> "tuple[Instruction, ...]":
        """The verbs of the document at `url`, for a party that waits.

        Raises:
            CallOver: the calling party went meanwhile.
            Redirected: the call goes on with another document.
            Interrupted: the wait was over before the document came.
            WebFailure: it cannot be had.
        """
        ...
