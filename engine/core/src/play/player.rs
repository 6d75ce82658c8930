//! A source at the listener's rate, in frames of 20 ms, as often as asked for.

use super::tape::{Step, Tape, Unplayable};
use crate::dsp::Resampler;
use crate::{AudioCodec, Repeat, Source};

/// Frames are 20 ms.
pub const FRAMES_A_SECOND: u32 = 50;
/// Steps of a source in one frame: enough for the end of one pass and the begin of the next. What
/// needs more, such as a sound of a few samples that is repeated, is padded with silence.
const MAX_STEPS: usize = 16;

/// Something that is being played.
#[derive(Debug)]
pub struct Player {
    tape: Tape,
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
    pub fn open(source: &Source, repeat: Repeat, codec: AudioCodec) -> Result<Self, Unplayable> {
        let tape = Tape::open(source, codec.clock_hz())?;
        let rates = [8_000, 16_000, 24_000];
        let rate_hz = rates.into_iter().find(|rate| tape.rate_hz() <= *rate).unwrap_or(48_000);
        let rate_hz = rate_hz.min(codec.clock_hz());
        Ok(Self {
            resampler: Resampler::new(tape.rate_hz(), rate_hz),
            tape,
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
    pub fn frame(&mut self) -> Result<Option<&[i16]>, Unplayable> {
        let length = (self.rate_hz / FRAMES_A_SECOND) as usize;
        // What was returned last time.
        self.ready.drain(..length.min(self.ready.len()));
        for _ in 0..MAX_STEPS {
            if self.ready.len() >= length || self.over {
                break;
            }
            self.step()?;
        }
        if self.ready.is_empty() && self.over {
            return Ok(None);
        }
        if self.ready.len() < length {
            self.ready.resize(length, 0);
        }
        Ok(self.ready.get(..length))
    }

    fn step(&mut self) -> Result<(), Unplayable> {
        self.fresh.clear();
        let step = self.tape.step(&mut self.fresh);
        self.passed += self.fresh.len() as u64;
        self.resampler.push(&self.fresh, &mut self.ready);
        if step == Step::Ended {
            if std::mem::take(&mut self.passed) == 0 && !matches!(self.tape, Tape::Silence { .. }) {
                return Err(Unplayable::because("there is no sound to play"));
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
