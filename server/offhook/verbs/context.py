"""What a verb may ask of the call it runs in."""

from collections.abc import Callable
from typing import Protocol

from offhook.base.events import LegEvent
from offhook.base.media import Sound
from offhook.calls.call_control import CallControl
from offhook.calls.leg import Leg

Watch = Callable[[LegEvent], bool]
"""Is shown each event; true if what waits is to be given up."""


class CallOver(Exception):
    """The calling party is gone: nothing is left to do for it."""


class Redirected(Exception):
    """A program has requested another document for the call: the verb ends now."""


class Interrupted(Exception):
    """What was waited for was given up because of an event."""


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
