"""Values about a leg's sound: what can be played, and how media fared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_SILENCE_DBOV: Final = -110.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """A whole sound file of our own making; those of others come as `Decoded`.

    Attributes:
        content: The file, at most 20 MB.
        name: What to call it in a journal; never a path.
    """

    content: bytes = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, kw_only=True)
class Decoded:
    """A sound file that was decoded, ready to play.

    Attributes:
        name: What to call it in a journal; never a path.
        seconds: How long it lasts.
        size_bytes: The memory it takes.
        source: The sound, as the engine that decoded it takes it.
    """

    name: str
    seconds: float
    size_bytes: int
    source: object = field(repr=False)


class UnplayableSound(Exception):
    """A file that cannot be played; `str` is a sentence about what it is and what to do.

    Attributes:
        name: The file's name.
        reason: `not-audio`, `unsupported`, `damaged`, `too-large` or `no-memory`.
    """

    def __init__(self, name: str, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Tone:
    """One or two frequencies for a while; no frequency is a pause.

    Attributes:
        hz: Frequencies, 0 to 2 of them.
        seconds: How long, more than 0.
    """

    hz: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Tones:
    """A cadence, such as a country's ring-back tone."""

    name: str
    tones: tuple[Tone, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Silence of `seconds`."""

    seconds: float


Sound = Encoded | Decoded | Tones | Silence
"""Something to play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What to look for in a party's audio.

    Attributes:
        beep: The tone of an answering machine.
        silence_s: No voice for so many seconds.
        voice: When the party begins and stops to speak.
    """

    beep: bool = False
    silence_s: float | None = None
    voice: bool = False


NOTHING: Final = Detection()
"""Nothing is looked for."""


class PlayEnd(StrEnum):
    """How a play ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """A key of the party stopped it."""
    UNPLAYABLE = "unplayable"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One direction of a leg's media.

    Attributes:
        packets: RTP packets.
        bytes: Their payload bytes.
        lost: Packets that never arrived (RFC 3550 A.3), at least 0.
        longest_loss: Longest run of lost packets.
        jitter_ms: Interarrival jitter (RFC 3550 A.8), milliseconds.
        mos: Mean opinion score 1.0 to 4.5 (ITU-T G.107), if enough was heard.
        level_dbov: Mean audio level that the peer measured (RFC 6464), -127 (silence) to 0; of what is
            received only, and where it was negotiated.
    """

    packets: int = 0
    bytes: int = 0
    lost: int = 0
    longest_loss: int = 0
    jitter_ms: float = 0.0
    mos: float | None = None
    level_dbov: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether packets came, and all that they carry is silence: below the noise of any microphone."""
        return self.packets > 0 and self.level_dbov is not None and self.level_dbov <= _SILENCE_DBOV

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class MediaReport:
    """How a leg's media fares.

    Attributes:
        codec: As in SDP, `opus/48000/2`; empty when none was agreed.
        received: From the peer, as the engine received it.
        sent: To the peer, from its receiver reports.
        rtt_ms: Round trip by RTCP in milliseconds, if known.
    """

    codec: str = ""
    received: StreamReport = field(default_factory=StreamReport)
    sent: StreamReport = field(default_factory=StreamReport)
    rtt_ms: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object, several times faster than `dataclasses.asdict`."""
        return {
            "codec": self.codec,
            "received": self.received.to_json(),
            "sent": self.sent.to_json(),
            "rtt_ms": self.rtt_ms,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "MediaReport":
        """The report that `to_json` made a JSON object of."""
        return cls(
            codec=value["codec"],
            received=StreamReport(**value["received"]),
            sent=StreamReport(**value["sent"]),
            rtt_ms=value["rtt_ms"],
        )
