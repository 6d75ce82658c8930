//! One source of sound in a conference: a member, a speaker of another worker, or a prompt.

use crate::dsp::Resampler;

/// Rates that a mix is made at: the conference's own, and 8 kHz for G.711.
pub(super) const LINES: usize = 2;
/// A fade lasts 10 ms: half a tick.
const FADE: usize = 2;

/// Samples of one source at one rate, a tick at a time.
#[derive(Debug)]
struct Converter {
    from_hz: u32,
    to_hz: u32,
    resampler: Resampler,
    ready: Vec<i16>,
    /// This tick's samples, with the gain.
    mixed: Vec<f32>,
}

impl Converter {
    fn new(from_hz: u32, to_hz: u32) -> Self {
        let resampler = Resampler::new(from_hz, to_hz);
        Self { from_hz, to_hz, resampler, ready: Vec::new(), mixed: Vec::new() }
    }

    fn take(&mut self, samples: &[i16], gains: (f32, f32)) {
        let length = (self.to_hz / 50) as usize;
        self.resampler.push(samples, &mut self.ready);
        // A resampler holds back its first samples, and frames may be a little shorter than a tick.
        let missing = length.saturating_sub(self.ready.len());
        self.ready.splice(0..0, std::iter::repeat_n(0, missing));
        let (before, after) = gains;
        let fade = (length / FADE).max(1) as f32;
        self.mixed.clear();
        self.mixed.extend(self.ready.drain(..length).enumerate().map(|(n, sample)| {
            let part = (n as f32 / fade).min(1.0);
            f32::from(sample) * (before + (after - before) * part)
        }));
        // Frames that are a little longer than a tick must not pile up.
        let beyond = self.ready.len().saturating_sub(length);
        self.ready.drain(..beyond);
    }
}

/// The sound of one source, at the rates of the conference and with its gain.
#[derive(Debug, Default)]
pub(super) struct Voice {
    lines: [Option<Converter>; LINES],
    /// The factor at the end of the last tick; 0 while it is not mixed.
    factor: f32,
    /// Whether it has samples in this tick.
    sounds: bool,
}

impl Voice {
    /// This tick's samples, multiplied by `after` from 10 ms on; 0 is a fade to silence.
    pub(super) fn push(&mut self, samples: &[i16], from_hz: u32, rates: [u32; LINES], after: f32) {
        self.sounds = after > 0.0 || self.factor > 0.0;
        if self.sounds {
            for (line, to_hz) in self.lines.iter_mut().zip(rates) {
                if to_hz == 0 {
                    *line = None;
                    continue;
                }
                let fits = |line: &Converter| line.from_hz == from_hz && line.to_hz == to_hz;
                if !line.as_ref().is_some_and(fits) {
                    *line = Some(Converter::new(from_hz, to_hz));
                }
                if let Some(line) = line {
                    line.take(samples, (self.factor, after));
                }
            }
        } else {
            // What was left belongs to a sound that ended long ago.
            self.lines = [None, None];
        }
        self.factor = after;
    }

    /// There is nothing in this tick.
    pub(super) fn skip(&mut self) {
        self.sounds = false;
        self.factor = 0.0;
        self.lines = [None, None];
    }

    /// Whether it was mixed until the last tick, and has to fade.
    pub(super) fn is_fading(&self) -> bool {
        self.factor > 0.0
    }

    /// Whether it is part of this tick.
    pub(super) fn sounds(&self) -> bool {
        self.sounds
    }

    /// This tick's samples at that rate.
    pub(super) fn samples(&self, line: usize) -> &[f32] {
        let line = self.lines.get(line).and_then(Option::as_ref).filter(|_| self.sounds);
        line.map_or(&[], |line| line.mixed.as_slice())
    }
}
