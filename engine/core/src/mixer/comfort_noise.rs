//! Comfort noise: a conference without speech is not digital silence, which sounds like a lost call.

/// The noise of a conference is within these, in dBov.
const SOFTEST_DBOV: f32 = -75.0;
const LOUDEST_DBOV: f32 = -55.0;
/// How fast it follows the lines' noise, in dB a tick.
const STEP_DB: f32 = 0.2;
/// Part of the last sample in the next one: soft noise rather than hiss.
const COLOUR: f32 = 0.6;

/// Soft noise at the level of the lines' noise.
#[derive(Debug, Clone)]
pub(super) struct ComfortNoise {
    state: u32,
    last: f32,
    level_dbov: f32,
}

impl ComfortNoise {
    pub(super) fn new() -> Self {
        Self { state: 0x2545_f491, last: 0.0, level_dbov: -70.0 }
    }

    /// The noise of the lines, if any was measured.
    pub(super) fn follow(&mut self, floor_dbov: Option<f32>) {
        let Some(floor) = floor_dbov else { return };
        let wanted = floor.clamp(SOFTEST_DBOV, LOUDEST_DBOV);
        self.level_dbov += (wanted - self.level_dbov).clamp(-STEP_DB, STEP_DB);
    }

    /// The next `length` samples.
    pub(super) fn fill(&mut self, length: usize, out: &mut Vec<f32>) {
        // White noise in -1 to 1 has a third of the power of full scale; the filter takes some of it.
        let white = 10_f32.powf(self.level_dbov / 20.0) * 32_768.0 * 3_f32.sqrt();
        let scale = white * (1.0 - COLOUR * COLOUR).sqrt();
        out.clear();
        out.extend((0..length).map(|_| {
            // Marsaglia's xorshift.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            let uniform = self.state as i32 as f32 / 2_147_483_648.0;
            self.last = self.last * COLOUR + uniform * scale;
            self.last
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::dbov;

    #[test]
    fn it_has_the_level_of_the_lines_within_its_bounds() {
        for (floor, expected) in [(-62.0, -62.0), (-90.0, -75.0), (-20.0, -55.0)] {
            let mut noise = ComfortNoise::new();
            let (mut frame, mut all) = (Vec::new(), Vec::new());
            for n in 0..600 {
                noise.follow(Some(floor));
                noise.fill(320, &mut frame);
                if n >= 200 {
                    all.extend(frame.iter().map(|sample| sample.round() as i16));
                }
            }
            let level = dbov(&all);
            assert!((level - expected).abs() < 0.7, "{level} {expected}");
            assert!(all.windows(8).all(|some| some.iter().any(|sample| *sample != 0)));
        }
    }
}
