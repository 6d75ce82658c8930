"""The compiled half of `offhook_engine`: threads, sockets and the virtual network.

Shapes only; every word is explained where the Python half uses it. All calls return at once: nothing
here waits for the network, and no worker thread ever takes the interpreter's lock. Times are seconds
since the engine was made. Leg and play numbers are never used twice.
"""

from collections.abc import Sequence
from typing import Any, Final, final

from typing_extensions import disjoint_base

__all__ = [
    "Engine",
    "Legs",
    "NoSuchLeg",
    "NotPlayable",
    "SdpRefused",
    "SimEngine",
    "Source",
    "World",
    "__version__",
]
__version__: Final[str]

class SdpRefused(ValueError):
    """A description that cannot be used. `args` is `(reason, sentence)`; reason is a word from
    `spec/sdp/reasons.toml`, such as `no-common-codec`, `no-fingerprint`, `malformed`."""

class NoSuchLeg(KeyError):
    """The leg was closed or never opened."""

class NotPlayable(ValueError):
    """A file that cannot be played. `args` is `(reason, sentence)`; reason is `not-audio`,
    `unsupported`, `damaged` or `too-large`, the sentence says what the file is."""

@final
class Source:
    """Something to play. A file is decoded when its source is made, without the interpreter's lock:
    decode untrusted files on a thread of their own."""

    @staticmethod
    def encoded(
        data: bytes, content_type: str = "", name: str = "", most_hz: int = 48_000
    ) -> Source:
        """A whole file, at most 20 MB and 30 minutes.

        Args:
            data: The file.
            content_type: What its server called it; decides only where the content cannot, as for
                mu-law without a header.
            name: The file's name, for the same purpose.
            most_hz: The highest sampling rate that is kept.

        Raises:
            NotPlayable: it cannot be decoded.
        """
    @staticmethod
    def file(path: str) -> Source:
        """The file at `path`. Raises NotPlayable, OSError."""
    @property
    def seconds(self) -> float | None:
        """How long a file lasts; nothing of tones and silence."""
    @property
    def size_bytes(self) -> int:
        """Memory that the decoded file takes."""
    @staticmethod
    def tones(cadence: Sequence[tuple[float, float, float, float]]) -> Source:
        """Each tone: first Hz, second Hz (0 is none), length in seconds, level in dBm0."""
    @staticmethod
    def silence(seconds: float) -> Source: ...

@disjoint_base
class Legs:
    """Operations on legs, the same for real and simulated engines."""

    def open(self, worker: int = 0) -> int:
        """A new leg on `worker` (0 up to `workers`); legs that will be bridged share a worker."""
    def offer(
        self,
        leg: int,
        prefer: Sequence[str] = ...,
        direction: str = "sendrecv",
        restart: bool = False,
    ) -> str:
        """An SDP offer; `prefer` puts codecs first, `restart` asks for new ICE credentials."""
    def answer(self, leg: int, offer: str, direction: str = "sendrecv") -> str:
        """The SDP answer to `offer`, first or later. Raises SdpRefused; then nothing has changed."""
    def offered(self, offer: str) -> list[str]:
        """Codecs of an offer that it could be answered with, as `codec` has them, in its order.

        Raises:
            SdpRefused: as `answer` would.
        """
    def accept(self, leg: int, answer: str) -> None:
        """Take the peer's answer to our last offer. Raises SdpRefused."""
    def withdraw(self, leg: int) -> None:
        """Our last offer was refused: go on as before it."""
    def codec(self, leg: int) -> str:
        """The agreed codec, as `opus/48000/2`; empty before agreement."""
    def bridge(self, a: int, b: int) -> None:
        """The two legs hear each other from now on."""
    def unbridge(self, leg: int) -> None:
        """End the bridge of a leg."""
    def join(
        self,
        mixer: int,
        leg: int,
        *,
        muted: bool = False,
        deaf: bool = False,
        held: bool = False,
        coaches: int | None = None,
        coaches_agents: bool = False,
        agent: bool = False,
        speakers: int = 3,
    ) -> None:
        """The leg is a member of that conference from now on, or has another role in it. The caller numbers
        conferences; their members may be on any workers, once `link` has connected those. `coaches`: only
        that leg hears it; with `coaches_agents`, only members with `agent`. `speakers`: how many of the
        conference are mixed at once from now on."""
    def leave(self, leg: int) -> None:
        """The leg is in no conference any more."""
    def link(self, mixer: int, worker: int, others: Sequence[int]) -> None:
        """`worker` has members of the conference, and `others` have the other ones."""
    def play_to_members(self, mixer: int, worker: int, source: Source, times: int = 1) -> int:
        """Play to the members on one worker, beside the speakers. Returns the play's number."""
    def stop_to_members(self, mixer: int, worker: int, play: int) -> None: ...
    def play(self, leg: int, source: Source, times: int = 1, stop_on_digit: bool = False) -> int:
        """Returns the play's number.

        Args:
            leg: Whose peer hears it.
            source: What.
            times: How often; 0 is for ever.
            stop_on_digit: The first packet of a key that the peer presses stops it.
        """
    def stop(self, leg: int) -> None: ...
    def digits(self, leg: int, digits: str) -> int: ...
    def mute(self, leg: int, muted: bool) -> None: ...
    def tap(self, leg: int, frames: int = 5) -> None:
        """Send what the leg's peer says, decoded, as `AudioTapped` events of that many frames of
        20 ms each, 1 to 50; in place of an earlier tap."""
    def untap(self, leg: int) -> None: ...
    def detect(
        self,
        leg: int,
        *,
        digits: bool = False,
        beep: bool = False,
        silence_s: float | None = None,
    ) -> None:
        """Look for these in what the leg's peer says, and for nothing else: `digits` as DTMF tones where
        it sends no telephone events, the `beep` of an answering machine, no voice for `silence_s`."""
    def record(
        self,
        leg: int,
        path: str,
        *,
        tracks: str = "inbound",
        dual: bool = False,
        rate_hz: int = 8_000,
        most_s: float = 3_600.0,
        silence_s: float | None = None,
        trim: bool = False,
    ) -> int:
        """Returns the recording's number. Ends with its leg at the latest; then come `RecordingEnded` and
        `Recorded`.

        Args:
            leg: Whose audio.
            path: A WAV file that does not exist yet.
            tracks: What the peer sends (`inbound`), what its bridge or conference sends to it
                (`outbound`), or `both`.
            dual: With both: one channel for each, `inbound` on the left.
            rate_hz: 8,000 or 16,000.
            most_s: Ends after that many seconds.
            silence_s: Ends when no voice was found for that long.
            trim: Leave out silence at both ends.
        """
    def record_mixer(
        self,
        mixer: int,
        worker: int,
        path: str,
        *,
        rate_hz: int = 16_000,
        most_s: float = 3_600.0,
        trim: bool = False,
    ) -> int:
        """The same of a conference's mix, as the members on `worker` hear it. Goes on until it is stopped."""
    def stop_recording(self, recording: int, cut_s: float = 0.0) -> None:
        """The last `cut_s` are left out."""
    def pause_recording(self, recording: int, skip: bool = False) -> None:
        """Record silence, or with `skip` nothing, until `resume_recording`."""
    def resume_recording(self, recording: int) -> None: ...
    def forget_recording(self, recording: int) -> None:
        """`Recorded` has come: its number means nothing from now on."""
    def report(self, leg: int) -> None: ...
    def close(self, leg: int) -> None:
        """The last events of a leg are its final report and `closed`."""

@final
class Engine(Legs):
    """Worker threads, each with its own UDP and TCP port."""

    def __new__(
        cls,
        *,
        workers: int = 1,
        listen: Sequence[str] = ...,
        port: int = 0,
        announce: Sequence[str] = ...,
        tcp: bool = True,
        media_lost_s: float = 5.0,
        max_legs: int = 20_000,
        lite: bool = True,
        complexity: int | None = None,
    ) -> Engine:
        """`listen`: addresses to bind, `127.0.0.1` by default. `port`: first worker's port, next worker
        the next one; 0 lets the system choose. `announce`: addresses announced to peers in place of those
        of `listen` that are of the same family. `media_lost_s`: 1 to 60. `max_legs`: of one worker,
        1 to 100,000. `lite`: answer checks like a server; else be a full, controlling agent like a
        browser, for tests. `complexity`: of Opus encoders, 0, 2 or 5; by default 5, and less on a busy
        worker. Raises ValueError when a setting is out of its range, and OSError when an
        address cannot be bound."""
    @property
    def workers(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def ports(self) -> list[int]: ...
    def fileno(self) -> int:
        """Readable whenever events wait."""
    def events(self) -> list[tuple[Any, ...]]:
        """All waiting events: `(name, leg, at, *rest)`, oldest first."""
    def statistics(self) -> dict[str, int]:
        """Counters for metrics: legs, packets and bytes both ways, drops by cause."""
    def shutdown(self) -> None: ...

@final
class World:
    """Whole engines joined by a virtual network, in virtual time."""

    def __new__(cls, seed: int = 0) -> World: ...
    @property
    def now(self) -> float: ...
    def engine(
        self,
        address: str,
        *,
        lite: bool,
        media_lost_s: float = 5.0,
        tcp: bool = False,
        capture_s: float | None = None,
        complexity: int | None = None,
    ) -> SimEngine:
        """A new host with an engine. `lite` answers checks like a server; else it is a full,
        controlling agent like a browser. `capture_s`: how much received audio is kept for `captured`,
        for each leg; 10 s by default, 0 where `lite`, because it costs a decoder for each leg.
        `complexity`: of its encoders, 0, 2 or 5 (the default)."""
    def path(
        self,
        source: str,
        destination: str,
        *,
        loss: float = 0.0,
        burst: tuple[float, float, float] | None = None,
        delay_ms: float = 10.0,
        jitter_ms: float = 0.0,
        reorder: float = 0.0,
        duplicate: float = 0.0,
        blocked: bool = False,
        rate_kbps: float | None = None,
    ) -> None:
        """How datagrams fare from one host to another, from now on. Shares are 0.0 to 1.0.
        `burst`: the share of datagrams at which loss in bursts begins, the share at which it ends,
        and the loss in between. Jitter keeps the order, `reorder` holds back by 20 to 60 ms.
        `rate_kbps`: beyond it datagrams queue, up to 300 ms, then they are lost."""
    def rebind(self, host: str) -> None:
        """The host's NAT forgets: its datagrams come from a new port from now on."""
    def wake(self) -> float | None:
        """When something happens next, if anything is pending."""
    def advance(self, until: float) -> bool:
        """Let time pass until `until`, or less if an engine has events that no earlier call returned
        for. Returns whether one has."""

@final
class SimEngine(Legs):
    """One engine of a `World`."""

    @property
    def workers(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    def events(self) -> list[tuple[Any, ...]]: ...
    def statistics(self) -> dict[str, int]: ...
    def captured(self, leg: int, seconds: float) -> tuple[int, bytes]:
        """What the leg received last, decoded: sample rate in Hz and 16-bit samples."""
