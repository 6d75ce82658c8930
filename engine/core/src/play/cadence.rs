//! Tones that come and go, such as a ring-back tone (ITU-T E.180).

use super::status::{PlayError, ReadStatus};
use crate::dsp::Oscillator;
use crate::{Cadence, Tone};

/// Parts of a pattern.
const MAX_TONES: usize = 64;
/// Longest tone, in seconds.
const MAX_LENGTH_S: u64 = 30 * 60;

/// A pattern being played. Each frequency keeps its phase through pauses and repetitions, as from a
/// tone generator that is switched on and off.
#[derive(Debug)]
pub(super) struct Tones {
    rate_hz: u32,
    segments: Vec<Segment>,
    at: usize,
    played: usize,
}

#[derive(Debug)]
struct Segment {
    waves: [Oscillator; 2],
    samples: usize,
}

impl Tones {
    pub(super) fn new(cadence: &Cadence, max_hz: u32) -> Result<Self, PlayError> {
        let tones = &cadence.0;
        if tones.is_empty() || tones.len() > MAX_TONES {
            let sentence = format!("a cadence must have 1 to {MAX_TONES} tones");
            return Err(PlayError::because(sentence));
        }
        tones.iter().try_for_each(check)?;
        let highest = tones.iter().flat_map(|tone| tone.hz).fold(0.0, f32::max);
        let rate_hz = if highest < 3_800.0 { 8_000 } else { max_hz };
        let segment = |tone: &Tone| Segment {
            waves: tone.hz.map(|hz| Oscillator::new(hz, tone.level_dbm0, rate_hz)),
            samples: (tone.length.as_secs_f64() * f64::from(rate_hz)).round() as usize,
        };
        let segments: Vec<Segment> = tones.iter().map(segment).collect();
        if segments.iter().all(|segment| segment.samples == 0) {
            return Err(PlayError::because("a cadence must last longer than nothing"));
        }
        Ok(Self { rate_hz, segments, at: 0, played: 0 })
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub(super) fn read(&mut self, out: &mut Vec<i16>) -> ReadStatus {
        let mut remaining = self.rate_hz as usize / 50;
        while let Some(length) =
            self.segments.get(self.at).map(|segment| segment.samples - self.played)
        {
            let now = length.min(remaining);
            for _ in 0..now {
                out.push(self.next_sample());
            }
            remaining -= now;
            self.played += now;
            if now < length {
                return ReadStatus::More;
            }
            self.at += 1;
            self.played = 0;
        }
        self.at = 0;
        ReadStatus::Ended
    }

    /// Advances all oscillators and returns the sum of those of the current segment.
    fn next_sample(&mut self) -> i16 {
        let mut sum = 0.0;
        for (n, segment) in self.segments.iter_mut().enumerate() {
            let level: f64 = segment.waves.iter_mut().map(Oscillator::next_sample).sum();
            if n == self.at {
                sum = level;
            }
        }
        sum.round() as i16
    }
}

fn check(tone: &Tone) -> Result<(), PlayError> {
    let because = |sentence: &str| Err(PlayError::because(sentence));
    // A NaN is in no range.
    if tone.hz.iter().any(|hz| *hz != 0.0 && !(20.0..=20_000.0).contains(hz)) {
        return because("a tone's frequency must be 20 to 20,000 Hz, or 0 for none");
    }
    if !(-96.0..=0.0).contains(&tone.level_dbm0) {
        return because("a tone's level must be -96 to 0 dBm0");
    }
    if tone.length.as_secs() > MAX_LENGTH_S {
        return because("a tone must last at most 30 minutes");
    }
    Ok(())
}
