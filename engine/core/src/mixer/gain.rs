//! Slow gain of one speaker: brings every voice of a conference to the same loudness.

/// Speech is brought to this level, in dBov.
const TARGET_DBOV: f32 = -20.0;
/// By at most that many dB, up or down.
const MOST_DB: f32 = 12.0;
/// At that pace, in dB a tick of 20 ms: 2 dB a second.
const STEP_DB: f32 = 0.04;
/// Weight of one frame in the mean of the speech's power: about a second.
const WEIGHT: f32 = 0.02;
/// Frames of speech before the level counts as known.
const FEW: u32 = 10;
/// Speech is that much above the noise, in dB.
const ABOVE_FLOOR_DB: f32 = 9.0;

/// The gain of one speaker.
#[derive(Debug, Clone, Default)]
pub(super) struct SlowGain {
    /// The mean power of frames with speech; 1 is full scale.
    power: f32,
    frames: u32,
    gain_db: f32,
}

impl SlowGain {
    /// A frame of that level came; the line's noise is `floor_dbov`.
    pub(super) fn record(&mut self, level_dbov: f32, floor_dbov: f32) {
        if level_dbov < floor_dbov + ABOVE_FLOOR_DB || level_dbov < -50.0 {
            return;
        }
        let power = 10_f32.powf(level_dbov / 10.0);
        self.frames = self.frames.saturating_add(1);
        // The mean of the first frames, until their number is the weight's.
        let weight = WEIGHT.max(1.0 / self.frames as f32);
        self.power += (power - self.power) * weight;
        if self.frames < FEW {
            return;
        }
        let speech_dbov = 10.0 * self.power.max(1e-12).log10();
        let wanted = (TARGET_DBOV - speech_dbov).clamp(-MOST_DB, MOST_DB);
        self.gain_db += (wanted - self.gain_db).clamp(-STEP_DB, STEP_DB);
    }

    /// As a factor.
    pub(super) fn factor(&self) -> f32 {
        10_f32.powf(self.gain_db / 20.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ticks: u32, level: f32) -> f32 {
        let mut gain = SlowGain::default();
        (0..ticks).for_each(|_| gain.record(level, -75.0));
        20.0 * gain.factor().log10()
    }

    #[test]
    fn every_voice_comes_within_6_db_at_2_db_a_second() {
        let out: Vec<f32> =
            [-35.0, -28.0, -20.0, -10.0].map(|level| level + after(500, level)).into();
        let (least, most) =
            (out.iter().copied().fold(0.0, f32::min), out.iter().copied().fold(-99.0, f32::max));
        assert!(most - least < 6.0, "{out:?}");
        assert!((after(60, -35.0) - 2.0).abs() < 0.1);
    }

    #[test]
    fn noise_changes_nothing() {
        let mut gain = SlowGain::default();
        (0..500).for_each(|_| gain.record(-45.0, -48.0));
        assert!((gain.factor() - 1.0).abs() < 1e-6);
    }
}
