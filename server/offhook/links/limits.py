"""How much a link may ask of us, all figures in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The link's limits; `docs/reference/link.md` documents them.

    Attributes:
        links: Links of all accounts together, with a socket or without.
        links_part: An account gets one more while it has less than half as many times the free ones.
        devices_per_name: Registered devices of one name.
        calls_per_link: Calls at once on one link.
        unacked_frames: Frames kept until the other side acknowledges them.
        unacked_bytes: Their bytes together.
        frame_bytes: Longest frame.
        frames_per_s: Frames a page may send, in the long run.
        frames_burst: Frames a page may send at once; a page that resumes may repeat `unacked_frames`.
        frames_per_turn: Frames of one account, whatever its links, in one turn of the event loop.
        hello_s: Seconds until the first frame must have come.
        heartbeat_s: Seconds of silence after which a side sends `ping`.
        resume_s: Seconds a page has to come back.
        attach_s: Seconds in which an unloaded page must be reloaded.
        media_recovery_s: Seconds a page looks for a lost audio path before it ends the call.
        recent_calls: Ended calls of a link that feedback may still be about without asking the store.
        samples_per_min: Messages with quality samples a call may send, in the long run.
        ack_s: Seconds within which a frame is acknowledged.
        ack_frames: Frames after which they are acknowledged at once.
        greeting_per_address: Sockets of one IPv4 address or IPv6 /64 that have not logged in yet.
        sockets_per_s: New sockets of one such address a second, in the long run.
        sockets_burst: New sockets of one such address at once.
        close_s: Seconds that the last words to a socket may take to be read.
    """

    links: int = 65_536
    links_part: float = 4.0
    devices_per_name: int = 10
    calls_per_link: int = 10
    unacked_frames: int = 256
    unacked_bytes: int = 1_000_000
    frame_bytes: int = 65_536
    frames_per_s: float = 50.0
    frames_burst: int = 512
    frames_per_turn: int = 2
    hello_s: float = 10.0
    heartbeat_s: float = 15.0
    resume_s: float = 60.0
    attach_s: float = 20.0
    media_recovery_s: float = 30.0
    recent_calls: int = 100
    samples_per_min: float = 12.0
    ack_s: float = 1.0
    ack_frames: int = 16
    greeting_per_address: int = 50
    sockets_per_s: float = 10.0
    sockets_burst: int = 50
    close_s: float = 5.0

    @property
    def silence_s(self) -> float:
        """Seconds without any frame after which a socket is given up."""
        return 2.5 * self.heartbeat_s
