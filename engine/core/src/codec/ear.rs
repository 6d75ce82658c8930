//! Turning packets into sound as they come: no buffer, no waiting; what was lost is repaired.

use super::{Concealer, Law, OpusDecoder, OpusFault};
use crate::AudioCodec;

/// Losses up to this are filled in; longer ones stay a gap, for what is filled in comes too late for
/// the listener anyway.
const REPAIR_MS: u32 = 60;
/// No packet holds more (RFC 6716 §2.1.4).
const MAX_PACKET_MS: u32 = 120;
/// A timestamp further away than this is another time line.
const MAX_JUMP_S: u32 = 5;

/// What one source says, as samples.
#[derive(Debug)]
pub struct Ear {
    decoder: Decoder,
    rate_hz: u32,
    /// Timestamp units a sample.
    units: u32,
    line: Option<Line>,
}

#[derive(Debug)]
enum Decoder {
    Opus(OpusDecoder),
    Law(Law, Concealer),
}

/// Where the source's numbers stand.
#[derive(Debug, Clone, Copy)]
struct Line {
    sequence: u16,
    timestamp: u32,
    /// A number was passed over since the last voice.
    missing: bool,
}

/// Time that is not in the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// The samples follow on the last ones.
    None,
    /// So many samples were lost right before these.
    Lost(u32),
    /// The source paused for so many samples, as with DTX (RFC 7587 §3.1.3).
    Paused(u32),
}

impl Ear {
    /// Hear packets of `codec` at `rate_hz`: 8,000 for G.711; for Opus also 16,000 or 48,000.
    ///
    /// # Errors
    /// When there is no such decoder.
    pub fn new(codec: AudioCodec, rate_hz: u32) -> Result<Self, OpusFault> {
        let (decoder, rate_hz) = match codec {
            AudioCodec::Opus => (Decoder::Opus(OpusDecoder::new(rate_hz)?), rate_hz),
            AudioCodec::Pcmu => (Decoder::Law(Law::Mu, Concealer::default()), 8_000),
            AudioCodec::Pcma => (Decoder::Law(Law::A, Concealer::default()), 8_000),
        };
        Ok(Self { decoder, rate_hz, units: codec.clock_hz() / rate_hz, line: None })
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Timestamps count from anew: another stream begins.
    pub fn begin(&mut self) {
        self.line = None;
    }

    /// A number of the stream carried no voice: it is not missing.
    pub fn skip(&mut self, sequence: u16) {
        if let Some(line) = &mut self.line {
            let ahead = sequence.wrapping_sub(line.sequence);
            if ahead <= u16::MAX / 2 {
                line.missing |= ahead > 0;
                line.sequence = sequence.wrapping_add(1);
            }
        }
    }

    /// How far a timestamp is past what was heard, in samples; nothing before there was any.
    pub fn distance(&self, timestamp: u32) -> i64 {
        let ahead = |line: &Line| timestamp.wrapping_sub(line.timestamp) as i32;
        self.line.as_ref().map_or(0, |line| i64::from(ahead(line)) / i64::from(self.units))
    }

    /// Hear one packet: append its samples, and before them what repairs a short loss. `None` for one
    /// that came too late.
    pub fn hear(
        &mut self,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        samples: &mut Vec<i16>,
    ) -> Option<Jump> {
        let before = self.line.unwrap_or(Line { sequence, timestamp, missing: false });
        let ahead = sequence.wrapping_sub(before.sequence);
        if ahead > u16::MAX / 2 {
            return None;
        }
        let gap = timestamp.wrapping_sub(before.timestamp) as i32;
        let gap = gap.max(0).unsigned_abs() / self.units;
        let gap = if gap > MAX_JUMP_S * self.rate_hz { 0 } else { gap };
        let jump = match gap {
            0 => Jump::None,
            _ if !before.missing && ahead == 0 => Jump::Paused(gap),
            _ if gap > REPAIR_MS * self.rate_hz / 1_000 => Jump::Lost(gap),
            _ => {
                let filled = self.repair(payload, gap as usize, samples);
                if filled == gap as usize { Jump::None } else { Jump::Lost(gap - filled as u32) }
            }
        };
        let decoded = self.decode(payload, samples);
        self.line = Some(Line {
            sequence: sequence.wrapping_add(1),
            timestamp: timestamp.wrapping_add(decoded as u32 * self.units),
            missing: false,
        });
        Some(jump)
    }

    fn repair(&mut self, next: &[u8], gap: usize, samples: &mut Vec<i16>) -> usize {
        match &mut self.decoder {
            Decoder::Opus(decoder) => {
                let gap = gap - gap % (self.rate_hz as usize / 400);
                let recovered = decoder.recover(next, gap, samples);
                recovered.or_else(|_| decoder.conceal(gap, samples)).unwrap_or(0)
            }
            Decoder::Law(_, concealer) => {
                concealer.conceal(gap, samples);
                gap
            }
        }
    }

    fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) -> usize {
        match &mut self.decoder {
            // A packet that is none is as good as lost: 20 ms are invented.
            Decoder::Opus(decoder) => decoder
                .decode(payload, samples)
                .or_else(|_| decoder.conceal(self.rate_hz as usize / 50, samples))
                .unwrap_or(0),
            Decoder::Law(law, concealer) => {
                let most = (MAX_PACKET_MS * self.rate_hz / 1_000) as usize;
                let payload = payload.get(..most).unwrap_or(payload);
                let start = samples.len();
                law.decode_into(payload, samples);
                concealer.heard(samples.get_mut(start..).unwrap_or_default());
                payload.len()
            }
        }
    }
}
