//! A look-ahead limiter: the sum of some voices stays below full scale without a clipped sample.

use std::collections::VecDeque;

/// Peaks are brought down to this: 1 dB below full scale.
const CEILING: f32 = 29_204.0;
/// The gain comes back that fast, a second: from half to full in 100 ms.
const RELEASE: f32 = 5.0;

/// Delays by 5 ms, in which the gain comes down to what the loudest sample needs.
#[derive(Debug, Clone)]
pub(super) struct Limiter {
    /// Samples of 5 ms.
    ahead: usize,
    /// How much the gain may rise from one sample to the next.
    release: f32,
    /// Samples that are not out yet.
    waiting: VecDeque<f32>,
    /// The gains that waiting samples need, only those below all later ones; with their ages.
    needed: VecDeque<(u64, f32)>,
    /// Gains of the last 5 ms; their mean is applied.
    gains: VecDeque<f32>,
    sum: f64,
    gain: f32,
    count: u64,
}

impl Limiter {
    pub(super) fn new(rate_hz: u32) -> Self {
        let ahead = rate_hz as usize / 200;
        Self {
            ahead,
            release: RELEASE / rate_hz.max(1) as f32,
            waiting: VecDeque::from(vec![0.0; ahead]),
            needed: VecDeque::new(),
            gains: VecDeque::from(vec![1.0; ahead + 1]),
            sum: (ahead + 1) as f64,
            gain: 1.0,
            count: 0,
        }
    }

    /// Append as many samples to `out` as there are in `samples`, 5 ms later.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<i16>) {
        let quiet =
            self.needed.is_empty() && self.gain >= 1.0 && self.sum >= self.gains.len() as f64;
        if quiet && samples.iter().all(|sample| sample.abs() <= CEILING) {
            self.waiting.extend(samples);
            out.extend(self.waiting.drain(..samples.len()).map(|sample| sample.round() as i16));
            self.count += samples.len() as u64;
            return;
        }
        for sample in samples {
            let limited = self.step(*sample);
            out.push(limited.round() as i16);
        }
    }

    fn step(&mut self, sample: f32) -> f32 {
        let need = if sample.abs() > CEILING { CEILING / sample.abs() } else { 1.0 };
        if need < 1.0 {
            while self.needed.back().is_some_and(|(_, other)| *other >= need) {
                self.needed.pop_back();
            }
            self.needed.push_back((self.count, need));
        }
        while self.needed.front().is_some_and(|(at, _)| at + (self.ahead as u64) < self.count) {
            self.needed.pop_front();
        }
        let least = self.needed.front().map_or(1.0, |(_, need)| *need);
        self.gain = least.min(self.gain + self.release);
        // The mean of the last gains moves without a step, and none of them is above what the sample that
        // leaves now needs: each was taken while that sample was waiting.
        self.gains.push_back(self.gain);
        self.sum += f64::from(self.gain) - f64::from(self.gains.pop_front().unwrap_or(1.0));
        if self.gain >= 1.0 && self.needed.is_empty() && self.gains.front() == Some(&1.0) {
            self.sum = self.gains.iter().map(|gain| f64::from(*gain)).sum();
        }
        self.count += 1;
        self.waiting.push_back(sample);
        let oldest = self.waiting.pop_front().unwrap_or(0.0);
        let mean = (self.sum / self.gains.len() as f64) as f32;
        oldest * mean
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::dsp::purity_db;
    use super::*;

    fn tone(rate: u32, hz: f32, peak: f32, seconds: f32) -> Vec<f32> {
        let step = hz * std::f32::consts::TAU / rate as f32;
        (0..(rate as f32 * seconds) as u32).map(|n| (n as f32 * step).sin() * peak).collect()
    }

    fn limited(rate: u32, samples: &[f32]) -> Vec<i16> {
        let mut limiter = Limiter::new(rate);
        let mut out = Vec::new();
        samples.chunks(rate as usize / 50).for_each(|frame| limiter.push(frame, &mut out));
        out
    }

    #[test]
    fn what_fits_is_not_changed_but_5_ms_later() {
        for rate in [8_000, 16_000, 48_000] {
            let samples = tone(rate, 440.0, 20_000.0, 0.2);
            let out = limited(rate, &samples);
            assert_eq!(out.len(), samples.len());
            let ahead = rate as usize / 200;
            assert!(out[..ahead].iter().all(|sample| *sample == 0));
            assert!(out[ahead..].iter().zip(&samples).all(|(a, b)| *a == b.round() as i16));
        }
    }

    #[test]
    fn no_sample_clips_and_a_tone_stays_a_tone() {
        for rate in [8_000, 16_000, 48_000] {
            // Soft, three times too loud, soft again.
            let mut samples = tone(rate, 440.0, 9_000.0, 0.5);
            samples.extend(tone(rate, 440.0, 98_000.0, 1.0));
            samples.extend(tone(rate, 440.0, 9_000.0, 0.5));
            let out = limited(rate, &samples);
            let loudest = out.iter().map(|sample| i32::from(sample.abs())).max().unwrap();
            assert!((28_000..=29_206).contains(&loudest), "{loudest}");
            let loud = &out[rate as usize * 6 / 10..rate as usize * 14 / 10];
            assert!(purity_db(loud, rate, 440.0) > 45.0);
            // The gain has come back at the end.
            let last = &out[out.len() - rate as usize / 10..];
            let peak = last.iter().map(|sample| sample.abs()).max().unwrap();
            assert!((8_900..=9_000).contains(&peak), "{peak}");
        }
    }

    #[test]
    fn a_single_peak_is_met_by_a_ramp() {
        let mut samples = vec![10_000.0; 1_600];
        samples[800] = 90_000.0;
        let out = limited(16_000, &samples);
        let steps =
            out.windows(2).skip(100).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs());
        let peak = out.iter().max().unwrap();
        assert!(*peak <= 29_205 && *peak > 29_000, "{peak}");
        // Apart from the peak itself no two neighbours differ by more than a ramp over 5 ms does.
        assert_eq!(steps.filter(|step| *step > 200).count(), 2);
    }
}
