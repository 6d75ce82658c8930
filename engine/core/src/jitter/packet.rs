//! What goes into a jitter buffer: one packet on arrival.

use crate::AudioCodec;

/// One authentic packet as it arrived; its payload lies in the datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioPacket<'a> {
    /// What the payload is.
    pub format: PacketFormat,
    /// Names the stream.
    pub ssrc: u32,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Moment of the first sample in the clock of `format`, wraps.
    pub timestamp: u32,
    /// Begins a talkspurt (RFC 3551 §4.1).
    pub marker: bool,
    /// In the format.
    pub payload: &'a [u8],
}

/// What the payload of an [`AudioPacket`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketFormat {
    /// Audio in that codec.
    Audio(AudioCodec),
    /// The level and spectrum of the background, in place of audio (RFC 3389).
    ComfortNoise,
    /// A telephone event (RFC 4733) with a clock of that many Hz: no audio, and no loss.
    Event(u32),
}

impl PacketFormat {
    /// Timestamp units a second. Static payload type 13 has the clock of G.711 (RFC 3551 §6).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Audio(codec) => codec.clock_hz(),
            Self::ComfortNoise => 8_000,
            Self::Event(clock_hz) => clock_hz,
        }
    }
}
