"""What a program can request of a running call: values, which the call's inbox takes like events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base.causes import Cause
from offhook.base.errors import OffhookError
from offhook.base.ids import LegId


class ControlKind(StrEnum):
    """The kinds of control requests, as journals and the API name them."""

    HANGUP = "hangup"
    REDIRECT = "redirect"
    PLAY = "play"
    SPEAK = "speak"
    STOP = "stop"
    MUTE = "mute"
    SEND_DIGITS = "send-digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpCall:
    """End the call."""

    cause: Cause = Cause.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectCall:
    """End the current verb and continue with another document.

    Attributes:
        url: Where it is; empty if `document` is given.
        method: `GET` or `POST`.
        document: The document itself; nothing if it is to be requested.
    """

    url: str = ""
    method: str = "POST"
    document: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayInto:
    """Play a sound file to a leg, in place of what it hears now.

    Attributes:
        leg: Nothing for the leg that began the call.
        times: How often; 0 until it is stopped.
    """

    url: str
    leg: LegId | None = None
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakInto:
    """Speak a text to a leg, in place of what it hears now.

    Attributes:
        text: Plain text, or SSML if `markup`.
        language: A language tag, such as `en-US`.
        voice: As the dialects name it; possibly empty.
        leg: Nothing for the leg that began the call.
        times: How often; 0 until it is stopped.
    """

    text: str
    language: str
    voice: str = ""
    markup: bool = False
    leg: LegId | None = None
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlaying:
    """Stop what is played to a leg: it hears its partner again."""

    leg: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteLeg:
    """Discard what a leg sends, or let it through again."""

    muted: bool
    leg: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigitsTo:
    """Send DTMF digits to a leg.

    Attributes:
        digits: Of `0-9 * # A-D`, `w` for half a second of pause, `W` for a whole one.
    """

    digits: str
    leg: LegId | None = None


ControlAction = (
    HangUpCall | RedirectCall | PlayInto | SpeakInto | StopPlaying | MuteLeg | SendDigitsTo
)


def kind_of(action: ControlAction) -> ControlKind:
    """The kind of a request."""
    match action:
        case HangUpCall():
            return ControlKind.HANGUP
        case RedirectCall():
            return ControlKind.REDIRECT
        case PlayInto():
            return ControlKind.PLAY
        case SpeakInto():
            return ControlKind.SPEAK
        case StopPlaying():
            return ControlKind.STOP
        case MuteLeg():
            return ControlKind.MUTE
        case SendDigitsTo():
            return ControlKind.SEND_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """One request to a running call.

    Attributes:
        id: 32 hex digits, never used before.
        done: Called exactly once: with nothing when the request took effect, else with the reason why not.
        withdrawn: Whether the program no longer waits: the request must not take effect any more.
    """

    id: str
    action: ControlAction
    done: Callable[[OffhookError | None], None] = field(compare=False, repr=False)
    withdrawn: Callable[[], bool] = field(compare=False, repr=False)
