//! The mix of a conference as frames at the rate of a recording.

use crate::dsp::{Resampler, dbov};
use crate::receive::{Frame, FrameKind, Vad};

/// Reads one mix, tick by tick.
#[derive(Debug)]
pub(crate) struct MixReader {
    frame: Frame,
    resampler: Option<Resampler>,
    samples: Vec<i16>,
    voice: Vad,
}

impl MixReader {
    /// For frames at that rate: 8,000, 16,000 or 48,000.
    pub(crate) fn new(rate_hz: u32) -> Self {
        Self { frame: Frame::new(rate_hz), resampler: None, samples: Vec::new(), voice: Vad::new() }
    }

    /// The mix of this tick; the rate of mixes may change between two ticks.
    pub(crate) fn read(&mut self, rate_hz: u32, samples: &[i16]) -> Option<&Frame> {
        if samples.is_empty() {
            return None;
        }
        let to_hz = self.frame.rate_hz();
        let samples = if rate_hz == to_hz {
            self.resampler = None;
            samples
        } else {
            if self.resampler.as_ref().is_none_or(|resampler| resampler.from_hz() != rate_hz) {
                self.resampler = Some(Resampler::primed(rate_hz, to_hz));
            }
            self.samples.clear();
            self.resampler.as_mut()?.push(samples, &mut self.samples);
            &self.samples
        };
        let frame = self.frame.samples_mut();
        frame.fill(0);
        frame.iter_mut().zip(samples).for_each(|(to, sample)| *to = *sample);
        self.frame.level_dbov = dbov(self.frame.samples());
        self.frame.voice = self.voice.update(self.frame.level_dbov);
        self.frame.kind = FrameKind::Speech;
        Some(&self.frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::purity_db;

    #[test]
    fn a_mix_keeps_its_sound_while_its_rate_changes() {
        let mut reader = MixReader::new(16_000);
        let mut heard = Vec::new();
        for tick in 0..150_usize {
            let rate_hz = [16_000, 48_000, 8_000][tick / 50];
            let wave =
                |at: usize| (at as f32 / rate_hz as f32 * 500.0 * std::f32::consts::TAU).sin();
            let length = rate_hz as usize / 50;
            let at = tick * length;
            let mix: Vec<i16> = (at..at + length).map(|at| (8_000.0 * wave(at)) as i16).collect();
            let frame = reader.read(rate_hz, &mix).unwrap();
            assert_eq!(frame.samples().len(), 320);
            heard.push(frame.samples().to_vec());
        }
        for part in heard.chunks(50) {
            assert!(purity_db(&part[5..].concat(), 16_000, 500.0) > 25.0);
        }
        assert_eq!(reader.read(8_000, &[]), None);
    }
}
