//! Plays a source at the listener's sampling rate, in frames of 20 ms, as often as requested.

use super::source::AudioSource;
use super::status::{PlayError, ReadStatus};
use crate::dsp::Resampler;
use crate::{AudioCodec, Repeat, Source};

/// Frames are 20 ms.
pub const FRAMES_A_SECOND: u32 = 50;
/// Reads of a source for one frame: enough for the end of one pass and the begin of the next. What
/// needs more, such as a sound of a few samples that is repeated, is padded with silence.
const MAX_READS: usize = 16;

/// Something that is being played.
#[derive(Debug)]
pub struct Player {
    source: AudioSource,
    resampler: Resampler,
    rate_hz: u32,
    repeat: Repeat,
    /// Samples of this pass, in the source's rate.
    passed: u64,
    fresh: Vec<i16>,
    ready: Vec<i16>,
    over: bool,
}

impl Player {
    /// Play `source` to a listener with `codec`. Its rate is the smallest that holds the source:
    /// 8,000 Hz always for G.711; 8,000, 16,000, 24,000 or 48,000 Hz for Opus.
    ///
    /// # Errors
    /// When the source cannot be played: a cadence that is none, or samples that are none.
    pub fn open(source: &Source, repeat: Repeat, codec: AudioCodec) -> Result<Self, PlayError> {
        let source = AudioSource::open(source, codec.clock_hz())?;
        let rates = [8_000, 16_000, 24_000];
        let rate_hz = rates.into_iter().find(|rate| source.rate_hz() <= *rate).unwrap_or(48_000);
        let rate_hz = rate_hz.min(codec.clock_hz());
        Ok(Self {
            resampler: Resampler::new(source.rate_hz(), rate_hz),
            source,
            rate_hz,
            repeat,
            passed: 0,
            fresh: Vec::new(),
            ready: Vec::new(),
            over: false,
        })
    }

    /// Samples a second of [`frame`](Self::frame).
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// The next 20 ms; the last frame is filled up with silence. Nothing when it is over.
    ///
    /// # Errors
    /// When the source turns out not to be playable.
    pub fn frame(&mut self) -> Result<Option<&[i16]>, PlayError> {
        let length = (self.rate_hz / FRAMES_A_SECOND) as usize;
        // What was returned last time.
        self.ready.drain(..length.min(self.ready.len()));
        for _ in 0..MAX_READS {
            if self.ready.len() >= length || self.over {
                break;
            }
            self.read()?;
        }
        if self.ready.is_empty() && self.over {
            return Ok(None);
        }
        if self.ready.len() < length {
            self.ready.resize(length, 0);
        }
        Ok(self.ready.get(..length))
    }

    fn read(&mut self) -> Result<(), PlayError> {
        self.fresh.clear();
        let status = self.source.read(&mut self.fresh);
        self.passed += self.fresh.len() as u64;
        self.resampler.push(&self.fresh, &mut self.ready);
        if status == ReadStatus::Ended {
            if std::mem::take(&mut self.passed) == 0
                && !matches!(self.source, AudioSource::Silence { .. })
            {
                return Err(PlayError::because("there is no sound to play"));
            }
            self.end_pass();
        }
        Ok(())
    }

    fn end_pass(&mut self) {
        self.repeat = match self.repeat {
            Repeat::Times(more @ 2..) => Repeat::Times(more - 1),
            Repeat::Forever => Repeat::Forever,
            Repeat::Times(_) => {
                self.resampler.finish(&mut self.ready);
                self.over = true;
                self.repeat
            }
        };
    }
}
