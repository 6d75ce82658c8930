//! What the kinds of sources have in common, and which kind a source is.

use std::fmt;
use std::sync::Arc;

use super::cadence::Tones;
use crate::{Samples, Source};

/// Longest tone, in seconds.
pub(super) const MAX_LENGTH_S: u64 = 30 * 60;

/// A source that cannot be played, and why, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplayable(String);

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more.
    Going,
    /// The end was reached, and the next step begins from the start.
    Ended,
}

/// A source with one voice at a rate of its own, played step by step.
#[derive(Debug)]
pub(super) enum Tape {
    Samples { samples: Arc<Samples>, at: usize },
    Tones(Tones),
    Silence { samples: u64, played: u64 },
}

impl Unplayable {
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unplayable {}

impl Tape {
    /// Open a source for a listener of at most `most_hz`.
    pub(super) fn open(source: &Source, most_hz: u32) -> Result<Self, Unplayable> {
        match source {
            Source::Samples(samples) => Ok(Self::Samples { samples: Arc::clone(samples), at: 0 }),
            Source::Tones(cadence) => Tones::new(cadence, most_hz).map(Self::Tones),
            Source::Silence(length) => {
                let samples = (length.as_millis() as u64).saturating_mul(8);
                Ok(Self::Silence { samples, played: 0 })
            }
        }
    }

    /// Samples a second.
    pub(super) fn rate_hz(&self) -> u32 {
        match self {
            Self::Samples { samples, .. } => samples.rate_hz(),
            Self::Tones(tones) => tones.rate_hz(),
            Self::Silence { .. } => 8_000,
        }
    }

    /// Append some samples: 20 ms at most.
    pub(super) fn step(&mut self, out: &mut Vec<i16>) -> Step {
        match self {
            Self::Samples { samples, at } => {
                let run = samples.run(*at, samples.rate_hz() as usize / 50);
                out.extend_from_slice(run);
                *at += run.len();
                if *at < samples.len() {
                    return Step::Going;
                }
                *at = 0;
                Step::Ended
            }
            Self::Tones(tones) => tones.step(out),
            Self::Silence { samples, played } => {
                let length = (*samples - *played).min(160);
                out.extend(std::iter::repeat_n(0, length as usize));
                *played += length;
                let ended = played == samples;
                *played %= (*samples).max(1);
                if ended { Step::Ended } else { Step::Going }
            }
        }
    }
}
