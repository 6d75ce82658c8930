//! Playback as numbered packets in a leg's codec.

use super::cache::{PacketCache, Track};
use super::encoded::Encoded;
use super::{FRAMES_A_SECOND, PlayError};
use crate::codec::{Complexity, OpusSettings};
use crate::{AudioCodec, Repeat, Source};

/// One packet, in a sequence of the playout's own: give each playout its own
/// [`StreamKey`](crate::rtp::StreamKey).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// The first one.
    pub marker: bool,
    /// Counts on from 0.
    pub sequence: u16,
    /// In the codec's clock; counts on from 0.
    pub timestamp: u32,
    /// Octets that were written.
    pub length: usize,
}

/// A source on its way to one leg. Ask [`next_packet`](Self::next_packet) every 20 ms.
#[derive(Debug)]
pub struct Playout {
    payloads: Payloads,
    complexity: Complexity,
    /// Timestamp units a packet.
    step: u32,
    packets: u32,
}

/// Where the payloads come from.
#[derive(Debug)]
enum Payloads {
    /// An encoder of its own.
    Own(Encoded),
    /// One that is shared with all who hear the same.
    Shared(Track),
}

impl Playout {
    /// Play `source` in `codec`; `settings` count for Opus, but for their rate.
    ///
    /// # Errors
    /// As [`Player::open`](super::Player::open).
    pub fn open(
        source: &Source,
        repeat: Repeat,
        codec: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, PlayError> {
        let encoded = Encoded::open(source, repeat, codec, settings)?;
        Ok(Self::new(Payloads::Own(encoded), codec, settings))
    }

    /// The same, with the packets of all who play the same by that cache.
    ///
    /// # Errors
    /// As [`Player::open`](super::Player::open).
    pub fn shared(
        cache: &PacketCache,
        source: &Source,
        repeat: Repeat,
        codec: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, PlayError> {
        match cache.track(source, repeat, codec, settings)? {
            Some(track) => Ok(Self::new(Payloads::Shared(track), codec, settings)),
            None => Self::open(source, repeat, codec, settings),
        }
    }

    fn new(payloads: Payloads, codec: AudioCodec, settings: OpusSettings) -> Self {
        let step = codec.clock_hz() / FRAMES_A_SECOND;
        Self { payloads, complexity: settings.complexity, step, packets: 0 }
    }

    /// Set the complexity of the encoder, if there is one.
    pub fn set_complexity(&mut self, complexity: Complexity) {
        self.complexity = complexity;
    }

    /// The next 20 ms, written into `buffer`, for which 1,275 octets suffice. Nothing when it is over.
    ///
    /// # Errors
    /// When the source turns out not to be playable.
    pub fn next_packet(&mut self, buffer: &mut [u8]) -> Result<Option<Played>, PlayError> {
        let length = match &mut self.payloads {
            Payloads::Own(encoded) => {
                encoded.set_complexity(self.complexity);
                encoded.next(buffer)?
            }
            Payloads::Shared(track) => track.next(self.complexity, buffer)?,
        };
        let Some(length) = length else { return Ok(None) };
        let number = self.packets;
        self.packets = number.wrapping_add(1);
        Ok(Some(Played {
            marker: number == 0,
            sequence: number as u16,
            timestamp: number.wrapping_mul(self.step),
            length,
        }))
    }
}
