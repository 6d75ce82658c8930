"""Reports on a leg's media. Generated from `engine/core/src/event.rs`; lengths are in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LevelReport:
    """Audio level of a stream, as its sender measured it (RFC 6464).

    Attributes:
        last_dbov: Level of the newest packet in dBov: -127 (silence) to 0 (overload point).
        mean_dbov: Arithmetic mean over the levels of all packets, in dBov.
        is_voice: Whether the V bit of the newest packet is set: voice activity.
        voice_packets: Packets with the V bit set.
    """

    last_dbov: float
    mean_dbov: float
    is_voice: bool
    voice_packets: int


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One direction of a leg's media.

    Attributes:
        packets: RTP packets.
        bytes: Their payload bytes.
        lost: Packets that never arrived (RFC 3550 A.3); negative counts of duplicates are shown as 0.
        longest_loss: Longest run of lost packets.
        jitter_s: Interarrival jitter (RFC 3550 A.8).
        mos: Mean opinion score, 1.0 to 4.5 (ITU-T G.107), if enough packets came.
        level: Audio level as its packets carry it (RFC 6464), if that was negotiated; of received streams
            only.
    """

    packets: int
    bytes: int
    lost: int
    longest_loss: int
    jitter_s: float
    mos: float | None
    level: LevelReport | None = None
