//! A source, frame by frame in a codec.

use super::{PlayError, Player};
use crate::codec::{Complexity, Law, OpusEncoder, OpusSettings};
use crate::{AudioCodec, Repeat, Source};

/// A player and its encoder.
#[derive(Debug)]
pub(super) struct Encoded {
    player: Player,
    encoder: Encoder,
}

#[derive(Debug)]
enum Encoder {
    Opus(Box<OpusEncoder>),
    Law(Law),
}

impl Encoded {
    /// As [`Playout::open`](super::Playout::open).
    pub(super) fn open(
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
        Ok(Self { player, encoder })
    }

    /// Set the complexity of the encoder, if there is one.
    pub(super) fn set_complexity(&mut self, complexity: Complexity) {
        if let Encoder::Opus(encoder) = &mut self.encoder {
            encoder.set_complexity(complexity);
        }
    }

    /// Octets of the next 20 ms, written into `buffer`. Nothing when it is over.
    pub(super) fn next(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, PlayError> {
        let Some(frame) = self.player.frame()? else { return Ok(None) };
        Ok(Some(match &mut self.encoder {
            Encoder::Opus(encoder) => encoder
                .encode(frame, buffer)
                .map_err(|fault| PlayError::because(fault.to_string()))?,
            Encoder::Law(law) => {
                let pairs = buffer.iter_mut().zip(frame);
                pairs.map(|(octet, sample)| *octet = law.encode(*sample)).count()
            }
        }))
    }
}
