//! What a leg heard lately, kept decoded. For simulations: it costs a decoder a leg.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Ear, Jump, OpusFault};
use crate::AudioCodec;

/// The last seconds of one leg.
#[derive(Debug)]
pub struct Heard {
    ear: Ear,
    kept: VecDeque<i16>,
    most: usize,
    fresh: Vec<i16>,
}

impl Heard {
    /// Keep the last `length` of what comes in `codec`: at 48 kHz for Opus, at 8 kHz for G.711.
    ///
    /// # Errors
    /// When there is no decoder.
    pub fn new(codec: AudioCodec, length: Duration) -> Result<Self, OpusFault> {
        let ear = Ear::new(codec, codec.clock_hz())?;
        let most = (length.as_secs_f64() * f64::from(ear.rate_hz())) as usize;
        Ok(Self { ear, kept: VecDeque::new(), most, fresh: Vec::new() })
    }

    /// Another stream begins.
    pub fn begin(&mut self) {
        self.ear.begin();
    }

    /// A packet came. Pauses and long losses are kept as silence.
    pub fn hear(&mut self, sequence: u16, timestamp: u32, payload: &[u8]) {
        self.fresh.clear();
        let Some(jump) = self.ear.hear(sequence, timestamp, payload, &mut self.fresh) else {
            return;
        };
        if let Jump::Lost(silent) | Jump::Paused(silent) = jump {
            self.kept.extend(std::iter::repeat_n(0, (silent as usize).min(self.most)));
        }
        self.kept.extend(self.fresh.drain(..));
        let beyond = self.kept.len().saturating_sub(self.most);
        self.kept.drain(..beyond);
    }

    /// Samples a second, and the newest `seconds` of them, oldest first.
    pub fn last(&self, seconds: f32) -> (u32, Vec<i16>) {
        let rate_hz = self.ear.rate_hz();
        let wanted = (seconds.max(0.0) * rate_hz as f32) as usize;
        let skipped = self.kept.len().saturating_sub(wanted);
        (rate_hz, self.kept.iter().skip(skipped).copied().collect())
    }
}
