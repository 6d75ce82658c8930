//! The latest received audio of a leg, decoded. For simulations: it costs a decoder for each leg.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Gap, OpusError, StreamDecoder};
use crate::AudioCodec;

/// The last seconds received by one leg.
#[derive(Debug)]
pub struct Capture {
    decoder: StreamDecoder,
    kept: VecDeque<i16>,
    most: usize,
    fresh: Vec<i16>,
}

impl Capture {
    /// Keep the last `length` of a stream in `codec`: at 48 kHz for Opus, at 8 kHz for G.711.
    ///
    /// # Errors
    /// When there is no decoder.
    pub fn new(codec: AudioCodec, length: Duration) -> Result<Self, OpusError> {
        let decoder = StreamDecoder::new(codec, codec.clock_hz())?;
        let most = (length.as_secs_f64() * f64::from(decoder.rate_hz())) as usize;
        Ok(Self { decoder, kept: VecDeque::new(), most, fresh: Vec::new() })
    }

    /// A new stream begins.
    pub fn begin(&mut self) {
        self.decoder.begin();
    }

    /// A packet came. Pauses and long losses are kept as silence.
    pub fn push(&mut self, sequence: u16, timestamp: u32, payload: &[u8]) {
        self.fresh.clear();
        let Some(gap) = self.decoder.decode(sequence, timestamp, payload, &mut self.fresh) else {
            return;
        };
        if let Gap::Lost(silent) | Gap::Paused(silent) = gap {
            self.kept.extend(std::iter::repeat_n(0, (silent as usize).min(self.most)));
        }
        self.kept.extend(self.fresh.drain(..));
        let beyond = self.kept.len().saturating_sub(self.most);
        self.kept.drain(..beyond);
    }

    /// Samples a second, and the newest `seconds` of them, oldest first.
    pub fn last(&self, seconds: f32) -> (u32, Vec<i16>) {
        let rate_hz = self.decoder.rate_hz();
        let wanted = (seconds.max(0.0) * rate_hz as f32) as usize;
        let skipped = self.kept.len().saturating_sub(wanted);
        (rate_hz, self.kept.iter().skip(skipped).copied().collect())
    }
}
