//! What the kinds of sources have in common, and which kind a source is.

use std::fmt;
use std::sync::Arc;

use super::cadence::Tones;
use super::mp3::Mp3;
use super::ogg::OggOpus;
use super::wav::Wav;
use crate::Source;

/// Largest file.
pub(super) const MAX_OCTETS: usize = 20_000_000;
/// Longest play of one pass, in seconds.
pub(super) const MAX_LENGTH_S: u64 = 30 * 60;
/// How much of a file one step may search for something playable.
pub(super) const MAX_SEARCH: usize = 64 * 1_024;

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
    Wav(Wav),
    Mp3(Box<Mp3>),
    Opus(Box<OggOpus>),
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
            Source::Encoded(file) => Self::open_file(file, most_hz),
            Source::Tones(cadence) => Tones::new(cadence, most_hz).map(Self::Tones),
            Source::Silence(length) => {
                let samples = (length.as_millis() as u64).saturating_mul(8);
                Ok(Self::Silence { samples, played: 0 })
            }
        }
    }

    fn open_file(file: &Arc<[u8]>, most_hz: u32) -> Result<Self, Unplayable> {
        if file.len() > MAX_OCTETS {
            let size = file.len();
            let sentence = format!("the file must be at most {MAX_OCTETS} octets, not {size}");
            return Err(Unplayable(sentence));
        }
        let begins = |with: &[u8]| file.starts_with(with);
        if begins(b"RIFF") {
            Wav::open(file.clone()).map(Self::Wav)
        } else if begins(b"OggS") {
            OggOpus::open(file.clone(), most_hz).map(|tape| Self::Opus(Box::new(tape)))
        } else if begins(b"ID3") || file.first() == Some(&0xff) {
            Mp3::open(file.clone()).map(|tape| Self::Mp3(Box::new(tape)))
        } else {
            Err(Unplayable(
                "the file must be WAV, MP3 or Ogg/Opus; it begins like none of them".to_owned(),
            ))
        }
    }

    /// Samples a second.
    pub(super) fn rate_hz(&self) -> u32 {
        match self {
            Self::Wav(wav) => wav.rate_hz(),
            Self::Mp3(mp3) => mp3.rate_hz(),
            Self::Opus(opus) => opus.rate_hz(),
            Self::Tones(tones) => tones.rate_hz(),
            Self::Silence { .. } => 8_000,
        }
    }

    /// Append some samples, none at times. The work of a step is bounded: 20 ms of WAV or tones,
    /// one packet of Opus (120 ms at most), one frame of MP3 (72 ms at most), or a search through
    /// 64 KiB.
    pub(super) fn step(&mut self, out: &mut Vec<i16>) -> Result<Step, Unplayable> {
        match self {
            Self::Wav(wav) => Ok(wav.step(out)),
            Self::Mp3(mp3) => mp3.step(out),
            Self::Opus(opus) => opus.step(out),
            Self::Tones(tones) => Ok(tones.step(out)),
            Self::Silence { samples, played } => {
                let length = (*samples - *played).min(160);
                out.extend(std::iter::repeat_n(0, length as usize));
                *played += length;
                let ended = played == samples;
                *played %= (*samples).max(1);
                Ok(if ended { Step::Ended } else { Step::Going })
            }
        }
    }
}
