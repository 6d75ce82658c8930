"""What an engine reports of its legs, as values with names.

Every event has the leg's number and `at`, the moment in seconds since the engine was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from offhook_engine.reports import LevelReport, StreamReport

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Connected:
    """ICE found a way and DTLS agreed on keys: media can flow.

    Attributes:
        transport: `udp` or `tcp`.
        remote: Where the peer is, as `192.0.2.1:5000` or `[2001:db8::1]:5000`.
        profile: The SRTP protection profile (RFC 5764 §4.1.2), as `AEAD_AES_128_GCM`.
    """

    leg: int
    at: float
    transport: str
    remote: str
    profile: str


@dataclass(frozen=True, slots=True)
class MediaStarted:
    """The first sound that could be authenticated has come."""

    leg: int
    at: float


@dataclass(frozen=True, slots=True)
class MediaLost:
    """No sound came for `media_lost_s`."""

    leg: int
    at: float


@dataclass(frozen=True, slots=True)
class MediaResumed:
    """Sound comes again after `MediaLost`."""

    leg: int
    at: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The way to the peer is gone or never was; the leg stays until it is closed or ICE restarts.

    Attributes:
        fault: `ice-timeout`, `consent-expired`, `dtls`, `fingerprint`, `profile` or `peer-closed`.
    """

    leg: int
    at: float
    fault: str


@dataclass(frozen=True, slots=True)
class PathChanged:
    """The peer moved, or ICE chose another way.

    Attributes:
        transport: `udp` or `tcp`.
        remote: Where the peer is now.
    """

    leg: int
    at: float
    transport: str
    remote: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key was pressed and released: by telephone events (RFC 4733) or by tones in the audio.

    Attributes:
        digit: One of `0-9 * # A-D`.
        seconds: How long it was held.
    """

    leg: int
    at: float
    digit: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BeepDetected:
    """A steady tone ended, as an answering machine's; after `detect`.

    Attributes:
        hz: Its frequency.
        seconds: How long it was.
    """

    leg: int
    at: float
    hz: float
    seconds: float


@dataclass(frozen=True, slots=True)
class SilenceDetected:
    """The peer has not spoken for that long; once until it speaks again; after `detect`."""

    leg: int
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class AudioTapped:
    """Consecutive audio of the leg's peer; after `tap`.

    Attributes:
        rtp_time: RTP timestamp of the first sample, in the clock of the leg's codec.
        samples: Mono, 16,000 Hz, 16 bits, little-endian.
        voice: Whether voice was found in any of it.
        dropped: Batches of this leg before this one that were dropped because events were not read.
    """

    leg: int
    at: float
    rtp_time: int
    samples: bytes
    voice: bool
    dropped: int


@dataclass(frozen=True, slots=True)
class PlayFinished:
    """What was played, or the digits that were sent, are over.

    Attributes:
        play: The number that `play` or `digits` returned.
        end: `finished`, `stopped`, `interrupted` (by a key of the peer) or `unplayable`.
        detail: Why it is unplayable, else empty.
    """

    leg: int
    at: float
    play: int
    end: str
    detail: str


@dataclass(frozen=True, slots=True)
class Speaking:
    """A member of a conference began or stopped to speak."""

    leg: int
    at: float
    speaking: bool


@dataclass(frozen=True, slots=True)
class MixerPlayFinished:
    """What was played to the members of a conference on one worker is over.

    Attributes:
        leg: 0: it is no event of one leg.
        mixer: The conference.
        play: The number that `play_to_members` returned.
        end: `finished`, `stopped` or `unplayable`.
        detail: Why it is unplayable, else empty.
    """

    leg: int
    at: float
    mixer: int
    play: int
    end: str
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """Nothing more is recorded; the file is complete when `Recorded` comes.

    Attributes:
        leg: 0: its number is the recording's.
        recording: The number that `record` returned.
        reason: `stopped`, which includes the end of its leg, `limit` or `silence`.
        length: Samples of each channel that are kept.
    """

    leg: int
    at: float
    recording: int
    reason: str
    length: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording's file is complete, or cannot be.

    Attributes:
        leg: 0: its number is the recording's.
        recording: The number that `record` returned.
        length: Samples of each channel in the file.
        size_bytes: Its size; 0 if there is none.
        error: Why it lacks something that was recorded, else empty.
    """

    leg: int
    at: float
    recording: int
    length: int
    size_bytes: int
    error: str


@dataclass(frozen=True, slots=True)
class MediaReport:
    """How a leg's media fares.

    Attributes:
        codec: As in SDP, `opus/48000/2`; empty when none was agreed.
        received: From the peer, as the engine received it.
        sent: To the peer, as its receiver reports say.
        rtt_s: Round trip by RTCP in seconds, if known.
        refused: Datagrams that could not be authenticated or parsed.
    """

    codec: str
    received: StreamReport
    sent: StreamReport
    rtt_s: float | None
    refused: int


@dataclass(frozen=True, slots=True)
class Reported:
    """How the leg's media fares: because `report` asked, and once more when the leg is closed."""

    leg: int
    at: float
    report: MediaReport


@dataclass(frozen=True, slots=True)
class Closed:
    """The leg is forgotten; nothing more is reported of it."""

    leg: int
    at: float


Event = (
    Connected
    | MediaStarted
    | MediaLost
    | MediaResumed
    | Failed
    | PathChanged
    | DigitPressed
    | BeepDetected
    | SilenceDetected
    | AudioTapped
    | PlayFinished
    | Speaking
    | MixerPlayFinished
    | RecordingEnded
    | Recorded
    | Reported
    | Closed
)
"""Any event of an engine."""

_BY_NAME: Final[Mapping[str, type[Event]]] = {
    "connected": Connected,
    "media_started": MediaStarted,
    "media_lost": MediaLost,
    "media_resumed": MediaResumed,
    "failed": Failed,
    "path_changed": PathChanged,
    "digit": DigitPressed,
    "beep": BeepDetected,
    "silence": SilenceDetected,
    "tapped": AudioTapped,
    "play_finished": PlayFinished,
    "speaking": Speaking,
    "mixer_play_finished": MixerPlayFinished,
    "recording_ended": RecordingEnded,
    "recorded": Recorded,
    "closed": Closed,
}


class EventSource(Protocol):
    """An engine, real or simulated."""

    def events(self) -> list[tuple[Any, ...]]:
        """All waiting events as tuples."""
        ...


def _stream(values: Mapping[str, Any]) -> StreamReport:
    level = values["level"]
    plain = {name: value for name, value in values.items() if name != "level"}
    return StreamReport(**plain, level=None if level is None else LevelReport(*level))


def event_of(record: tuple[Any, ...]) -> Event:
    """The event that a tuple of `Engine.events` stands for."""
    name, leg, at, *rest = record
    if name == "reported":
        codec, received, sent, rtt_s, refused = rest[0]
        report = MediaReport(codec, _stream(received), _stream(sent), rtt_s, refused)
        return Reported(leg, at, report)
    return _BY_NAME[name](leg, at, *rest)


def events_of(engine: EventSource) -> list[Event]:
    """All pending events of `engine`, oldest first."""
    return [event_of(record) for record in engine.events()]
