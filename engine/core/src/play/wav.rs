//! WAV files: PCM of 8, 16 or 24 bits, mu-law and A-law (Multimedia Programming Interface 1.0; RFC 2361).

use std::ops::Range;
use std::sync::Arc;

use super::tape::{MAX_LENGTH_S, Step, Unplayable};
use crate::codec::Law;

/// Chunks before the sound; more is nonsense.
const MAX_CHUNKS: usize = 64;

/// A WAV file being played.
#[derive(Debug)]
pub(super) struct Wav {
    file: Arc<[u8]>,
    format: Format,
    sound: Range<usize>,
    at: usize,
}

#[derive(Debug, Clone, Copy)]
struct Format {
    coding: Coding,
    channels: usize,
    rate_hz: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Pcm8,
    Pcm16,
    Pcm24,
    Law(Law),
}

impl Wav {
    pub(super) fn open(file: Arc<[u8]>) -> Result<Self, Unplayable> {
        let because = |sentence: &str| Err(Unplayable::because(sentence));
        if file.get(8..12) != Some(b"WAVE") {
            return because("the file must be WAV; it is RIFF of another kind");
        }
        let mut format = None;
        let mut at = 12;
        for _ in 0..MAX_CHUNKS {
            let Some(head) = file.get(at..at + 8) else { break };
            let (name, length) = head.split_at(4);
            let length = little_endian(length) as usize;
            let start = at + 8;
            // A length of 0 or one beyond the end is written by encoders that stream.
            let end = start.saturating_add(length).min(file.len());
            match name {
                b"fmt " => format = Some(Format::read(file.get(start..end).unwrap_or_default())?),
                b"data" => {
                    let Some(format) = format else { break };
                    let end = if length == 0 { file.len() } else { end };
                    return Self::checked(file, format, start..end);
                }
                _ => {}
            }
            // Chunks are padded to even lengths.
            at = end + length % 2;
        }
        because("the WAV file has no sound: its fmt or data chunk is missing")
    }

    fn checked(file: Arc<[u8]>, format: Format, sound: Range<usize>) -> Result<Self, Unplayable> {
        let frames = sound.len() / format.frame();
        if frames == 0 {
            return Err(Unplayable::because("the WAV file has no sound: its data chunk is empty"));
        }
        if frames as u64 > MAX_LENGTH_S * u64::from(format.rate_hz) {
            return Err(Unplayable::because("the file must last at most 30 minutes"));
        }
        let sound = sound.start..sound.start + frames * format.frame();
        Ok(Self { file, format, at: sound.start, sound })
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.format.rate_hz
    }

    pub(super) fn step(&mut self, out: &mut Vec<i16>) -> Step {
        let length = self.format.frame() * (self.format.rate_hz as usize / 50);
        let end = (self.at + length).min(self.sound.end);
        let octets = self.file.get(self.at..end).unwrap_or_default();
        let width = self.format.coding.width();
        let frames = octets.chunks_exact(self.format.frame());
        out.extend(frames.map(|frame| {
            let sides = frame.chunks_exact(width).map(|side| self.format.coding.sample(side));
            (sides.sum::<i32>() / self.format.channels as i32) as i16
        }));
        self.at = end;
        if end < self.sound.end {
            return Step::Going;
        }
        self.at = self.sound.start;
        Step::Ended
    }
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, Unplayable> {
        let field = |range: Range<usize>| chunk.get(range).map_or(0, little_endian);
        let (mut tag, channels, rate_hz, bits) =
            (field(0..2), field(2..4), field(4..8), field(14..16));
        if tag == 0xfffe {
            // WAVE_FORMAT_EXTENSIBLE: the tag is the beginning of the sub-format's GUID.
            tag = field(24..26);
        }
        let coding = match (tag, bits) {
            (1, 8) => Coding::Pcm8,
            (1, 16) => Coding::Pcm16,
            (1, 24) => Coding::Pcm24,
            (6, 8) => Coding::Law(Law::A),
            (7, 8) => Coding::Law(Law::Mu),
            _ => {
                return Err(Unplayable::because(format!(
                    "the WAV file must be PCM of 8, 16 or 24 bits, mu-law or A-law, \
                     not format {tag} of {bits} bits"
                )));
            }
        };
        check_shape(channels, rate_hz)?;
        Ok(Self { coding, channels: channels as usize, rate_hz })
    }

    fn frame(self) -> usize {
        self.coding.width() * self.channels
    }
}

/// The limits that all files share.
pub(super) fn check_shape(channels: u32, rate_hz: u32) -> Result<(), Unplayable> {
    if !(1..=2).contains(&channels) {
        let sentence = format!("the file must be mono or stereo, not of {channels} channels");
        return Err(Unplayable::because(sentence));
    }
    if !(8_000..=48_000).contains(&rate_hz) {
        let sentence = format!("the file's rate must be 8,000 to 48,000 Hz, not {rate_hz}");
        return Err(Unplayable::because(sentence));
    }
    Ok(())
}

impl Coding {
    const fn width(self) -> usize {
        match self {
            Self::Pcm8 | Self::Law(_) => 1,
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
        }
    }

    fn sample(self, octets: &[u8]) -> i32 {
        match (self, octets) {
            // Eight bits are unsigned.
            (Self::Pcm8, [a]) => (i32::from(*a) - 128) << 8,
            (Self::Law(law), [a]) => i32::from(law.decode(*a)),
            (Self::Pcm16, [a, b]) | (Self::Pcm24, [_, a, b]) => {
                i32::from(i16::from_le_bytes([*a, *b]))
            }
            _ => 0,
        }
    }
}

fn little_endian(octets: &[u8]) -> u32 {
    octets.iter().rev().fold(0, |sum, octet| sum << 8 | u32::from(*octet))
}
