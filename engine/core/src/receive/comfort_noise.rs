//! Background noise in place of nothing: as the peer describes it (RFC 3389), or at the level that was measured.

/// Reflection coefficients of the all-pole model that are used (RFC 3389 §3.2: the order may be any).
const MAX_ORDER: usize = 12;
/// Below this there is nothing to imitate.
const SILENT_DBOV: f32 = -90.0;
/// Noise of rooms and lines falls with frequency.
const DEFAULT_TILT: f32 = -0.6;

/// Makes noise.
#[derive(Debug)]
pub(super) struct ComfortNoise {
    level_dbov: f32,
    reflection: [f32; MAX_ORDER],
    /// Backward prediction errors of the lattice.
    state: [f32; MAX_ORDER],
    seed: u32,
    /// The peer described its noise.
    described: bool,
}

impl ComfortNoise {
    pub(super) const fn new() -> Self {
        let mut reflection = [0.0; MAX_ORDER];
        let [first, ..] = &mut reflection;
        *first = DEFAULT_TILT;
        Self {
            level_dbov: -127.0,
            reflection,
            state: [0.0; MAX_ORDER],
            seed: 0x2545_f491,
            described: false,
        }
    }

    /// The payload of a comfort noise packet: level, then quantised coefficients (§3.1, §3.2).
    pub(super) fn describe(&mut self, payload: &[u8]) {
        let Some((level, rest)) = payload.split_first() else { return };
        self.level_dbov = -f32::from(level & 0x7f);
        self.reflection = [0.0; MAX_ORDER];
        for (coefficient, octet) in self.reflection.iter_mut().zip(rest) {
            *coefficient = 258.0 * (f32::from(*octet) - 127.0) / 32_768.0;
        }
        if rest.is_empty() {
            let [first, ..] = &mut self.reflection;
            *first = DEFAULT_TILT;
        }
        self.described = true;
    }

    /// The background that was measured, where the peer described none.
    pub(super) fn measured(&mut self, level_dbov: f32) {
        if !self.described {
            self.level_dbov = level_dbov;
        }
    }

    /// Whether the peer described its background.
    pub(super) fn is_described(&self) -> bool {
        self.described
    }

    /// Append noise.
    pub(super) fn fill(&mut self, length: usize, samples: &mut Vec<i16>) {
        if self.level_dbov < SILENT_DBOV {
            samples.resize(samples.len() + length, 0);
            return;
        }
        // The model amplifies white noise by the inverse of what each stage predicts.
        let kept: f32 = self.reflection.iter().map(|k| (1.0 - k * k).max(0.01)).product();
        let rms = 10_f32.powf(self.level_dbov / 20.0) * 32_768.0 * kept.sqrt();
        // Uniform noise of peak 1 has a variance of one third.
        let peak = rms * 3_f32.sqrt();
        for _ in 0..length {
            let sample = self.step(peak);
            samples.push(sample.round() as i16);
        }
    }

    /// One sample of white noise through the lattice.
    fn step(&mut self, peak: f32) -> f32 {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let white = (self.seed >> 8) as f32 / (1_u32 << 23) as f32 - 1.0;
        let mut forward = white * peak;
        // From the last stage to the first; each backward error is passed on by one stage.
        let mut output = 0.0;
        for at in (0..MAX_ORDER).rev() {
            let (Some(k), Some(backward)) = (self.reflection.get(at), self.state.get_mut(at))
            else {
                break;
            };
            forward -= k * *backward;
            let next = *backward + k * forward;
            if let Some(later) = self.state.get_mut(at + 1) {
                *later = next;
            }
            output = forward;
        }
        let [first, ..] = &mut self.state;
        *first = output;
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::dbov;

    fn noise(payload: &[u8]) -> Vec<i16> {
        let mut noise = ComfortNoise::new();
        noise.describe(payload);
        let mut samples = Vec::new();
        noise.fill(16_000, &mut samples);
        samples
    }

    #[test]
    fn the_level_is_as_described_with_any_spectrum() {
        for payload in [&[50][..], &[50, 200, 90, 140], &[50, 110, 140, 110, 140, 110], &[50, 20]] {
            let level = dbov(&noise(payload));
            assert!((level + 50.0).abs() < 1.0, "{payload:?} {level}");
        }
    }

    #[test]
    fn spectrum_follows_the_coefficients() {
        // Neighbours are alike where the first coefficient is negative: low frequencies.
        let alike = |octet: u8| {
            let samples = noise(&[40, octet]);
            let product: f64 = samples.windows(2).map(|w| f64::from(w[0]) * f64::from(w[1])).sum();
            product / samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>()
        };
        assert!(alike(60) > 0.4 && alike(194) < -0.4, "{} {}", alike(60), alike(194));
    }

    #[test]
    fn hostile_coefficients_stay_within_range() {
        for octet in [0, 255] {
            let samples = noise(&[[0].as_slice(), &[octet; 12]].concat());
            assert_eq!(samples.len(), 16_000);
        }
        assert!(noise(&[]).iter().all(|sample| *sample == 0));
    }
}
