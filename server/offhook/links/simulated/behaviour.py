"""What a number of the simulated carrier does: values."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak a text.

    Attributes:
        say: The text, in plain words.
        language: A language tag.
    """

    say: str
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Be silent for so many seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Beep:
    """Sound the tone of an answering machine.

    Attributes:
        beep_s: How long, in seconds.
        hz: Its frequency.
    """

    beep_s: float
    hz: float = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Babble:
    """Make a sound that counts as speech to detectors, and needs no voice: a tone in syllables.

    Attributes:
        babble_s: How long, in seconds.
        hz: Its frequency.
    """

    babble_s: float
    hz: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Press keys, sent as telephone events (RFC 4733)."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tones:
    """Press keys, sent as tones in the audio (ITU-T Q.23)."""

    tones: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Hang up."""

    hang_up: bool = True


Step = Say | Wait | Beep | Babble | Digits | Tones | HangUp
"""One thing that a party does in a call."""


class Then(StrEnum):
    """What a number does once it has rung."""

    ANSWER = "answer"
    SILENT = "silent"
    """It rings until the caller gives up."""
    BUSY = "busy"
    """It does not ring (SIP 486)."""
    REJECT = "reject"
    """It declines (SIP 603)."""
    UNKNOWN = "unknown"
    """There is no such number (SIP 404)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What one number does.

    Attributes:
        number: E.164 with `+`.
        about: A sentence for people.
        rings_s: Seconds that it rings before `then`.
        then: What follows.
        early: What callers hear while it rings, in place of a ring-back tone (early media).
        steps: What its party does once it has answered; afterwards it stays silent.
        telephone_events: Whether keys can be sent to it, and come from it, as telephone events.
    """

    number: str
    about: str = ""
    rings_s: float = 2.0
    then: Then = Then.ANSWER
    early: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    telephone_events: bool = True
