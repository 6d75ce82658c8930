//! Sine oscillators that keep their phase.

use std::f64::consts::TAU;

/// Peak of a sine at 0 dBm0 in 16-bit samples: G.711's overload point, 32,124, stands for
/// +3.17 dBm0 in mu-law (ITU-T G.711 §5).
const ZERO_DBM0: f64 = 22_303.0;

/// One sine wave.
#[derive(Debug, Clone)]
pub struct Oscillator {
    step: f64,
    phase: f64,
    peak: f64,
}

impl Oscillator {
    /// A sine of `hz` at `level_dbm0`, for `rate_hz` samples a second. Silent when `hz` is 0 or at
    /// least half the rate.
    pub fn new(hz: f32, level_dbm0: f32, rate_hz: u32) -> Self {
        let audible = hz > 0.0 && f64::from(hz) < f64::from(rate_hz) / 2.0;
        let peak = ZERO_DBM0 * 10_f64.powf(f64::from(level_dbm0.min(3.0)) / 20.0);
        Self {
            step: if audible { TAU * f64::from(hz) / f64::from(rate_hz) } else { 0.0 },
            phase: 0.0,
            peak: if audible && peak.is_finite() { peak } else { 0.0 },
        }
    }

    /// The next sample, not clipped.
    pub fn next_sample(&mut self) -> f64 {
        let sample = self.peak * self.phase.sin();
        self.phase = (self.phase + self.step) % TAU;
        sample
    }
}

#[cfg(test)]
mod tests {
    use super::super::{purity_db, tone_db};
    use super::*;

    #[test]
    fn pitch_and_level_are_as_requested() {
        let mut tone = Oscillator::new(440.0, -13.0, 8_000);
        let samples: Vec<i16> = (0..8_000).map(|_| tone.next_sample().round() as i16).collect();
        assert!(purity_db(&samples, 8_000, 440.0) > 60.0);
        // 0 dBm0 is 6.15 dB below a full-scale square: 3.17 to the overload point, 3.01 to its sine,
        // less what lies between 32,124 and 32,768.
        assert!((tone_db(&samples, 8_000, 440.0) + 13.0 + 6.35).abs() < 0.05);
        let mut silent = Oscillator::new(0.0, 0.0, 8_000);
        assert!((0..100).all(|_| silent.next_sample() == 0.0));
        let mut beyond = Oscillator::new(f32::NAN, 0.0, 8_000);
        assert!((0..100).all(|_| beyond.next_sample() == 0.0));
    }
}
