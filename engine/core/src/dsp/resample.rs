//! Resampling by a windowed sinc that can be evaluated at any time between two samples.

use std::collections::VecDeque;
use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const WINGS: usize = 24;
/// Phases of the filter between two samples, at most. Rates with a simple ratio need fewer; for other
/// rates the filter is interpolated.
const MAX_PHASES: u64 = 256;
/// Where the pass-band ends, as part of the lower Nyquist frequency.
const CUTOFF: f64 = 0.94;
/// Shape of the Kaiser window: about 80 dB of stop-band.
const BETA: f64 = 8.0;

/// Turns samples of one rate into another, 4,000 Hz to 192,000 Hz. Delays by about
/// 24 samples of the lower rate.
#[derive(Debug)]
pub struct Resampler {
    from_hz: u64,
    to_hz: u64,
    /// The filter at `phases + 1` moments, each `taps` long.
    filter: Vec<f32>,
    phases: usize,
    taps: usize,
    waiting: VecDeque<f32>,
    /// Moment of the next sample after the first in `waiting`, in units of `1 / to_hz` of a sample.
    moment: u64,
}

impl Resampler {
    /// From `from_hz` to `to_hz`; both are brought within 4,000 to 192,000.
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from, to) = (from_hz.clamp(4_000, 192_000), to_hz.clamp(4_000, 192_000));
        // Going down, the filter cuts at the new Nyquist frequency and is longer by the same ratio.
        let scale = (f64::from(to) / f64::from(from)).min(1.0);
        let half = (WINGS as f64 / scale).ceil() as usize;
        let phases = (u64::from(to) / common(from, to)).min(MAX_PHASES) as usize;
        let mut resampler = Self {
            from_hz: u64::from(from),
            to_hz: u64::from(to),
            filter: if from == to { Vec::new() } else { filter(half, scale, phases) },
            phases,
            taps: 2 * half,
            waiting: VecDeque::new(),
            moment: 0,
        };
        // Silence before the beginning, so that the first sample stands in the middle of the filter.
        resampler.waiting.extend(std::iter::repeat_n(0.0, half - 1));
        resampler
    }

    /// Append the samples at the new rate that `samples` make ready.
    pub fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        if self.filter.is_empty() {
            out.extend_from_slice(samples);
            return;
        }
        self.waiting.extend(samples.iter().map(|sample| f32::from(*sample)));
        self.drain(out);
    }

    /// The same, after as much silence as it delays by: from then on whole frames come out of whole frames.
    pub fn primed(from_hz: u32, to_hz: u32) -> Self {
        let mut resampler = Self::new(from_hz, to_hz);
        if !resampler.filter.is_empty() {
            resampler.push(&vec![0; resampler.taps / 2], &mut Vec::new());
        }
        resampler
    }

    /// Samples a second that go in.
    pub fn from_hz(&self) -> u32 {
        self.from_hz as u32
    }

    /// Append what is still inside: the end of the sound has come.
    pub fn finish(&mut self, out: &mut Vec<i16>) {
        if !self.filter.is_empty() {
            self.waiting.extend(std::iter::repeat_n(0.0, self.taps / 2));
            self.drain(out);
        }
    }

    fn drain(&mut self, out: &mut Vec<i16>) {
        let waiting = self.waiting.make_contiguous();
        while let Some(window) = {
            let start = (self.moment / self.to_hz) as usize;
            waiting.get(start..start + self.taps)
        } {
            let phase = self.moment % self.to_hz * self.phases as u64;
            let at = (phase / self.to_hz) as usize * self.taps;
            let (Some(low), Some(high)) = (
                self.filter.get(at..at + self.taps),
                self.filter.get(at + self.taps..at + 2 * self.taps),
            ) else {
                break;
            };
            let between = (phase % self.to_hz) as f32 / self.to_hz as f32;
            // Rates with a simple ratio meet a phase of the filter each time.
            let sample = if between == 0.0 {
                dot(window, low)
            } else {
                let (a, b) = (dot(window, low), dot(window, high));
                a + (b - a) * between
            };
            out.push(sample.round() as i16);
            self.moment += self.from_hz;
        }
        let used = ((self.moment / self.to_hz) as usize).min(self.waiting.len());
        self.waiting.drain(..used);
        self.moment -= used as u64 * self.to_hz;
    }
}

/// The sum of products, in eight sums beside each other: then a compiler can use vectors.
fn dot(samples: &[f32], taps: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (samples, taps) = (samples.chunks_exact(8), taps.chunks_exact(8));
    let rest = samples.remainder().iter().zip(taps.remainder()).map(|(a, b)| a * b).sum::<f32>();
    for (some, others) in samples.zip(taps) {
        for ((sum, a), b) in sums.iter_mut().zip(some).zip(others) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn filter(half: usize, scale: f64, phases: usize) -> Vec<f32> {
    let cutoff = CUTOFF * scale;
    let peak = bessel(BETA);
    let tap = |phase: usize, tap: usize| {
        // Distance from the moment asked for, in samples.
        let x = tap as f64 - (half - 1) as f64 - phase as f64 / phases as f64;
        let sinc = if x == 0.0 { 1.0 } else { (PI * cutoff * x).sin() / (PI * cutoff * x) };
        let edge = 1.0 - (x / half as f64).powi(2);
        cutoff * sinc * bessel(BETA * edge.max(0.0).sqrt()) / peak
    };
    let mut filter = Vec::with_capacity((phases + 1) * 2 * half);
    for phase in 0..=phases {
        let moment: Vec<f64> = (0..2 * half).map(|n| tap(phase, n)).collect();
        // Every phase passes a constant unchanged.
        let sum: f64 = moment.iter().sum();
        filter.extend(moment.iter().map(|value| (value / sum) as f32));
    }
    filter
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 0.0);
    while term > sum * 1e-12 {
        n += 1.0;
        term *= (x / (2.0 * n)).powi(2);
        sum += term;
    }
    sum
}

/// The greatest common divisor.
fn common(a: u32, b: u32) -> u64 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    u64::from(a)
}

#[cfg(test)]
mod tests {
    use super::super::{purity_db, tone_db};
    use super::*;
    use proptest::prelude::*;

    fn through(from: u32, to: u32, hz: f32) -> Vec<i16> {
        let step = f64::from(hz) * std::f64::consts::TAU / f64::from(from);
        let wave = |n: u32| (f64::from(n) * step).sin();
        let samples: Vec<i16> =
            (0..from / 4).map(|n| (wave(n) * 10_000.0).round() as i16).collect();
        let mut resampler = Resampler::new(from, to);
        let mut out = Vec::new();
        for part in samples.chunks(119) {
            resampler.push(part, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn pitch_level_and_length_stay() {
        let rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000];
        for (from, to) in rates.iter().flat_map(|a| [8_000, 16_000, 48_000].map(|b| (*a, b))) {
            let out = through(from, to, 997.0);
            let length = (from / 4) as usize * to as usize / from as usize;
            assert!(out.len().abs_diff(length) <= 1, "{from} {to}: {}", out.len());
            let middle = &out[out.len() / 8..out.len() * 7 / 8];
            assert!(purity_db(middle, to, 997.0) > 65.0, "{from} {to}");
            assert!((tone_db(middle, to, 997.0) + 13.32).abs() < 0.1, "{from} {to}");
        }
    }

    #[test]
    fn frequencies_above_the_lower_nyquist_are_removed() {
        for hz in [4_700.0, 9_000.0, 15_000.0] {
            let out = through(48_000, 8_000, hz);
            let loudest = out[200..1_800].iter().map(|sample| sample.abs()).max().unwrap();
            assert!(loudest <= 2, "{hz} {loudest}");
        }
        let kept = through(48_000, 8_000, 3_300.0);
        assert!((tone_db(&kept[200..1_800], 8_000, 3_300.0) + 13.32).abs() < 0.3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_rate_gives_its_length(from in 4_000..96_000_u32, to in 4_000..48_000_u32) {
            let mut resampler = Resampler::new(from, to);
            let mut out = Vec::new();
            (0..10).for_each(|_| resampler.push(&vec![0; from as usize / 50], &mut out));
            resampler.finish(&mut out);
            let expected = (from / 50 * 10) as usize * to as usize / from as usize;
            prop_assert!(out.len().abs_diff(expected) <= 1, "{} {}", out.len(), expected);
        }
    }
}
