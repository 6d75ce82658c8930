//! Playback as numbered packets in a leg's codec.

use super::{FRAMES_A_SECOND, PlayError, Player};
use crate::codec::{Complexity, Law, OpusEncoder, OpusSettings};
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
    player: Player,
    encoder: Encoder,
    /// Timestamp units a packet.
    step: u32,
    packets: u32,
}

#[derive(Debug)]
enum Encoder {
    Opus(Box<OpusEncoder>),
    Law(Law),
}

impl Playout {
    /// Play `source` in `codec`; `settings` count for Opus, but for their rate.
    ///
    /// # Errors
    /// As [`Player::open`].
    pub fn open(
        source: &Source,
        repeat: Repeat,
        codec: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, PlayError> {
        let player = Player::open(source, repeat, codec)?;
        let encoder = match codec {
            AudioCodec::Pcmu => Encoder::Law(Law::Mu),
            AudioCodec::Pcma => Encoder::Law(Law::A),
            AudioCodec::Opus => {
                let settings = OpusSettings { rate_hz: player.rate_hz(), ..settings };
                let encoder = OpusEncoder::new(settings);
                let encoder = encoder.map_err(|fault| PlayError::because(fault.to_string()))?;
                Encoder::Opus(Box::new(encoder))
            }
        };
        Ok(Self { player, encoder, step: codec.clock_hz() / FRAMES_A_SECOND, packets: 0 })
    }

    /// Set the complexity of the encoder, if there is one.
    pub fn set_complexity(&mut self, complexity: Complexity) {
        if let Encoder::Opus(encoder) = &mut self.encoder {
            encoder.set_complexity(complexity);
        }
    }

    /// The next 20 ms, written into `buffer`, for which 1,275 octets suffice. Nothing when it is over.
    ///
    /// # Errors
    /// When the source turns out not to be playable.
    pub fn next_packet(&mut self, buffer: &mut [u8]) -> Result<Option<Played>, PlayError> {
        let Some(frame) = self.player.frame()? else { return Ok(None) };
        let length = match &mut self.encoder {
            Encoder::Opus(encoder) => encoder
                .encode(frame, buffer)
                .map_err(|fault| PlayError::because(fault.to_string()))?,
            Encoder::Law(law) => {
                buffer
                    .iter_mut()
                    .zip(frame)
                    .for_each(|(octet, sample)| *octet = law.encode(*sample));
                frame.len().min(buffer.len())
            }
        };
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
