//! The kinds of sources behind one interface.

use std::sync::Arc;

use super::cadence::Tones;
use super::status::{PlayError, ReadStatus};
use crate::{Samples, Source};

/// A mono source at its own sampling rate, read in pieces of 20 ms at most.
#[derive(Debug)]
pub(super) enum AudioSource {
    Samples { samples: Arc<Samples>, at: usize },
    Tones(Tones),
    Silence { samples: u64, played: u64 },
}

impl AudioSource {
    /// Open a source for a listener of at most `max_hz`.
    pub(super) fn open(source: &Source, max_hz: u32) -> Result<Self, PlayError> {
        match source {
            Source::Samples(samples) => Ok(Self::Samples { samples: Arc::clone(samples), at: 0 }),
            Source::Tones(cadence) => Tones::new(cadence, max_hz).map(Self::Tones),
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
    pub(super) fn read(&mut self, out: &mut Vec<i16>) -> ReadStatus {
        match self {
            Self::Samples { samples, at } => {
                let run = samples.run(*at, samples.rate_hz() as usize / 50);
                out.extend_from_slice(run);
                *at += run.len();
                if *at < samples.len() {
                    return ReadStatus::More;
                }
                *at = 0;
                ReadStatus::Ended
            }
            Self::Tones(tones) => tones.read(out),
            Self::Silence { samples, played } => {
                let length = (*samples - *played).min(160);
                out.extend(std::iter::repeat_n(0, length as usize));
                *played += length;
                let ended = played == samples;
                *played %= (*samples).max(1);
                if ended { ReadStatus::Ended } else { ReadStatus::More }
            }
        }
    }
}
