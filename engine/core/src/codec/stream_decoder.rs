//! Decodes packets as they arrive, without a jitter buffer, and conceals short losses.

use super::{Law, OpusDecoder, OpusError, Plc};
use crate::AudioCodec;

/// Losses up to this are concealed; longer ones stay a gap, because concealed samples would come too
/// late for the listener.
const REPAIR_MS: u32 = 60;
/// No packet holds more (RFC 6716 §2.1.4).
const MAX_PACKET_MS: u32 = 120;
/// A larger step of timestamps is a new timeline.
const MAX_JUMP_S: u32 = 5;

/// Decodes one stream.
#[derive(Debug)]
pub struct StreamDecoder {
    decoder: Decoder,
    rate_hz: u32,
    /// Timestamp units a sample.
    units: u32,
    position: Option<Position>,
}

#[derive(Debug)]
enum Decoder {
    Opus(OpusDecoder),
    Law(Law, Plc),
}

/// The next expected numbers of the source.
#[derive(Debug, Clone, Copy)]
struct Position {
    sequence: u16,
    timestamp: u32,
    /// A sequence number was skipped since the last voice packet.
    missing: bool,
}

/// Time before the decoded samples that they do not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The samples follow on the last ones.
    None,
    /// This many samples before them were lost.
    Lost(u32),
    /// The source paused for this many samples, as with DTX (RFC 7587 §3.1.3).
    Paused(u32),
}

impl StreamDecoder {
    /// Decode packets of `codec` at `rate_hz`: 8,000 for G.711; for Opus also 16,000 or 48,000.
    ///
    /// # Errors
    /// When there is no such decoder.
    pub fn new(codec: AudioCodec, rate_hz: u32) -> Result<Self, OpusError> {
        let (decoder, rate_hz) = match codec {
            AudioCodec::Opus => (Decoder::Opus(OpusDecoder::new(rate_hz)?), rate_hz),
            AudioCodec::Pcmu => (Decoder::Law(Law::Mu, Plc::default()), 8_000),
            AudioCodec::Pcma => (Decoder::Law(Law::A, Plc::default()), 8_000),
        };
        Ok(Self { decoder, rate_hz, units: codec.clock_hz() / rate_hz, position: None })
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// A new stream begins: its numbers are unrelated to earlier ones.
    pub fn begin(&mut self) {
        self.position = None;
    }

    /// A packet of the stream carried no voice: its number is not a loss.
    pub fn skip(&mut self, sequence: u16) {
        if let Some(position) = &mut self.position {
            let ahead = sequence.wrapping_sub(position.sequence);
            if ahead <= u16::MAX / 2 {
                position.missing |= ahead > 0;
                position.sequence = sequence.wrapping_add(1);
            }
        }
    }

    /// How far a timestamp is past the decoded samples, in samples; 0 before the first packet.
    pub fn distance(&self, timestamp: u32) -> i64 {
        let ahead = |position: &Position| timestamp.wrapping_sub(position.timestamp) as i32;
        self.position.as_ref().map_or(0, |at| i64::from(ahead(at)) / i64::from(self.units))
    }

    /// Decode one packet: append its samples, after those that conceal a short loss before it. `None`
    /// for a packet that came too late.
    pub fn decode(
        &mut self,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        samples: &mut Vec<i16>,
    ) -> Option<Gap> {
        let before = self.position.unwrap_or(Position { sequence, timestamp, missing: false });
        let ahead = sequence.wrapping_sub(before.sequence);
        if ahead > u16::MAX / 2 {
            return None;
        }
        let length = timestamp.wrapping_sub(before.timestamp) as i32;
        let length = length.max(0).unsigned_abs() / self.units;
        let length = if length > MAX_JUMP_S * self.rate_hz { 0 } else { length };
        let gap = match length {
            0 => Gap::None,
            _ if !before.missing && ahead == 0 => Gap::Paused(length),
            _ if length > REPAIR_MS * self.rate_hz / 1_000 => Gap::Lost(length),
            _ => {
                let filled = self.repair(payload, length as usize, samples);
                if filled == length as usize {
                    Gap::None
                } else {
                    Gap::Lost(length - filled as u32)
                }
            }
        };
        let decoded = self.decode_payload(payload, samples);
        self.position = Some(Position {
            sequence: sequence.wrapping_add(1),
            timestamp: timestamp.wrapping_add(decoded as u32 * self.units),
            missing: false,
        });
        Some(gap)
    }

    fn repair(&mut self, next: &[u8], gap: usize, samples: &mut Vec<i16>) -> usize {
        match &mut self.decoder {
            Decoder::Opus(decoder) => {
                let gap = gap - gap % (self.rate_hz as usize / 400);
                let recovered = decoder.recover(next, gap, samples);
                recovered.or_else(|_| decoder.conceal(gap, samples)).unwrap_or(0)
            }
            Decoder::Law(_, plc) => {
                plc.conceal(gap, samples);
                gap
            }
        }
    }

    fn decode_payload(&mut self, payload: &[u8], samples: &mut Vec<i16>) -> usize {
        match &mut self.decoder {
            // An invalid packet counts as lost: 20 ms are concealed.
            Decoder::Opus(decoder) => decoder
                .decode(payload, samples)
                .or_else(|_| decoder.conceal(self.rate_hz as usize / 50, samples))
                .unwrap_or(0),
            Decoder::Law(law, plc) => {
                let most = (MAX_PACKET_MS * self.rate_hz / 1_000) as usize;
                let payload = payload.get(..most).unwrap_or(payload);
                let start = samples.len();
                law.decode_into(payload, samples);
                plc.received(samples.get_mut(start..).unwrap_or_default());
                payload.len()
            }
        }
    }
}
