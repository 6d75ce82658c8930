//! Decoded samples on their way into frames: made shorter or longer there, and brought to the rate of the frames.

use crate::dsp::Resampler;
use crate::jitter::{Similarity, grow, shrink};

/// Samples that were delivered are kept for 1/25 s: a pitch period is found in them.
const HISTORY_PER_S: usize = 25;

/// Decoded samples that were not delivered yet, and the last ones that were, at the decoder's rate.
#[derive(Debug, Default)]
pub(super) struct SampleQueue {
    pub(super) samples: Vec<i16>,
    history: Vec<i16>,
    /// From which rate to which, and how.
    resampler: Option<(u32, u32, Resampler)>,
    resampled: Vec<i16>,
}

impl SampleQueue {
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Forget everything.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
        self.history.clear();
    }

    /// Remove one pitch period, at most `most` samples, and leave `keep`. Returns how many are gone.
    pub(super) fn shrink(
        &mut self,
        rate_hz: u32,
        most: usize,
        keep: usize,
        wanted: Similarity,
    ) -> usize {
        shrink(&mut self.samples, most, keep, rate_hz as usize, wanted)
    }

    /// Insert one pitch period. Returns how many samples were added.
    pub(super) fn grow(&mut self, rate_hz: u32, wanted: Similarity) -> usize {
        grow(&self.history, &mut self.samples, rate_hz as usize, wanted)
    }

    /// The decoder's rate changes.
    pub(super) fn convert(&mut self, before_hz: u32, now_hz: u32) {
        self.resampler = None;
        if before_hz != now_hz {
            let mut resampler = Resampler::new(before_hz, now_hz);
            let samples = std::mem::take(&mut self.samples);
            resampler.push(&samples, &mut self.samples);
            resampler.finish(&mut self.samples);
            self.history.clear();
        }
    }

    /// Move `length` samples of `rate_hz` to `target`, which has samples of `target_hz`.
    pub(super) fn deliver(
        &mut self,
        length: usize,
        rate_hz: u32,
        target: &mut [i16],
        target_hz: u32,
    ) {
        self.resampled.clear();
        let samples = self.samples.get(..length).unwrap_or_default();
        if rate_hz == target_hz {
            self.resampled.extend_from_slice(samples);
        } else {
            let known =
                |(from, to, _): &(u32, u32, Resampler)| (*from, *to) == (rate_hz, target_hz);
            if !self.resampler.as_ref().is_some_and(known) {
                let resampler = Resampler::primed(rate_hz, target_hz);
                self.resampler = Some((rate_hz, target_hz, resampler));
            }
            if let Some((.., resampler)) = &mut self.resampler {
                resampler.push(samples, &mut self.resampled);
            }
        }
        let (used, rest) = target.split_at_mut(target.len().min(self.resampled.len()));
        used.copy_from_slice(self.resampled.get(..used.len()).unwrap_or_default());
        rest.fill(0);
        self.history.extend_from_slice(samples);
        let beyond = self.history.len().saturating_sub(rate_hz as usize / HISTORY_PER_S);
        self.history.drain(..beyond);
        self.samples.drain(..length.min(self.samples.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_whole_at_another_rate_and_after_a_change() {
        let mut queue = SampleQueue::default();
        let mut frame = [1; 960];
        for _ in 0..10 {
            queue.samples.extend([5_000; 200]);
            queue.deliver(160, 8_000, &mut frame, 48_000);
        }
        assert!(frame.iter().all(|sample| sample.abs_diff(5_000) < 10));
        assert_eq!(queue.len(), 400);
        queue.convert(8_000, 16_000);
        assert_eq!(queue.len(), 800);
        queue.deliver(320, 16_000, &mut frame[..320], 16_000);
        assert!(frame[50..320].iter().all(|sample| sample.abs_diff(5_000) < 10));
        queue.clear();
        assert_eq!((queue.len(), queue.grow(16_000, Similarity::Best)), (0, 0));
    }
}
