//! MP3 files (ISO/IEC 11172-3, 13818-3 layer III), decoded frame by frame.

mod frame;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use frame::{breaks_decoder, find};
use nanomp3::{Channels, DecodeError, Decoder, MAX_SAMPLES_PER_FRAME, VbrTag, id3v2_len};

use super::tape::{Step, Unplayable};
use super::wav::check_shape;

/// A decoder begins to sound this many samples late.
const DECODER_DELAY: u64 = 529;

/// An MP3 file being played.
pub(super) struct Mp3 {
    file: Arc<[u8]>,
    decoder: Decoder,
    samples: Box<[i16; MAX_SAMPLES_PER_FRAME]>,
    rate_hz: u32,
    start: usize,
    at: usize,
    trim: Trim,
    /// Samples of this pass that were decoded.
    decoded: u64,
}

/// What the encoder added before and behind (the LAME extension of the Xing tag).
#[derive(Debug, Clone, Copy)]
struct Trim {
    first: u64,
    end: u64,
}

impl Mp3 {
    pub(super) fn open(file: Arc<[u8]>) -> Result<Self, Unplayable> {
        let because = Unplayable::because;
        let tag = id3v2_len(&file);
        let (start, head) = find(&file, tag)
            .0
            .ok_or_else(|| because("the MP3 file has no sound: no frame follows its beginning"))?;
        check_shape(1, head.rate_hz)?;
        let frame = file.get(start..start + head.length).unwrap_or_default();
        let tag = VbrTag::parse(frame);
        // A frame with a tag holds no sound.
        let start = if tag.is_some() { start + head.length } else { start };
        let all = Trim { first: 0, end: u64::MAX };
        Ok(Self {
            file,
            decoder: Decoder::new(),
            samples: Box::new([0; MAX_SAMPLES_PER_FRAME]),
            rate_hz: head.rate_hz,
            start,
            at: start,
            trim: tag.map_or(all, |tag| Trim::read(tag, head.samples)),
            decoded: 0,
        })
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub(super) fn step(&mut self, out: &mut Vec<i16>) -> Result<Step, Unplayable> {
        let (found, searched) = find(&self.file, self.at);
        let Some((at, head)) = found else {
            self.at = searched;
            if searched < self.file.len() {
                return Ok(Step::Going);
            }
            return Ok(self.rewind());
        };
        if head.rate_hz != self.rate_hz {
            return Err(Unplayable::because("the MP3 file changes its rate in the middle"));
        }
        // Exactly one frame: the decoder's own search could be made to take milliseconds.
        let frame = self.file.get(at..at + head.length).unwrap_or_default();
        self.at = at + head.length;
        if breaks_decoder(frame, head) {
            return Ok(Step::Going);
        }
        let (decoder, room) = (&mut self.decoder, &mut *self.samples);
        // A young decoder: should it panic on a frame nobody thought of, then this file is over and
        // not its worker. It is not used again.
        let attempt = catch_unwind(AssertUnwindSafe(|| decoder.decode(frame, room)));
        let Ok((_, result)) = attempt else {
            return Err(Unplayable::because("the MP3 file is damaged"));
        };
        let (samples, channels) = match result {
            Ok(frame) => (frame.samples_produced, frame.channels),
            // Its bits began in frames that are cut off: silence as long as the frame.
            Err(DecodeError::ReservoirUnavailable(_)) => {
                self.samples.fill(0);
                (head.samples as usize, Channels::Mono)
            }
            Err(_) => return Ok(Step::Going),
        };
        let sides = usize::from(channels.num());
        let voice = self.samples.chunks_exact(sides).take(samples);
        let voice = voice.map(|sides| {
            let sum: i32 = sides.iter().map(|side| i32::from(*side)).sum();
            (sum / sides.len() as i32) as i16
        });
        let before = self.trim.first.saturating_sub(self.decoded).min(samples as u64);
        let until = self.trim.end.saturating_sub(self.decoded).min(samples as u64);
        self.decoded += samples as u64;
        out.extend(voice.take(until as usize).skip(before as usize));
        Ok(if self.decoded >= self.trim.end { self.rewind() } else { Step::Going })
    }

    fn rewind(&mut self) -> Step {
        self.at = self.start;
        self.decoded = 0;
        self.decoder = Decoder::new();
        Step::Ended
    }
}

impl Trim {
    fn read(tag: VbrTag, frame_samples: u64) -> Self {
        let Some((delay, padding)) = tag.encoder_delay_padding else {
            return Self { first: 0, end: u64::MAX };
        };
        let all = tag.frames.map(|frames| u64::from(frames) * frame_samples);
        Self {
            first: u64::from(delay) + DECODER_DELAY,
            end: all.map_or(u64::MAX, |all| {
                all - u64::from(padding).saturating_sub(DECODER_DELAY).min(all)
            }),
        }
    }
}

impl std::fmt::Debug for Mp3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mp3").field("rate_hz", &self.rate_hz).finish_non_exhaustive()
    }
}
