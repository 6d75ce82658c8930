//! What is looked for in a leg's audio: keys, the beep of an answering machine, silence.

use std::time::Duration;

use super::beep_detector::BeepDetector;
use super::dtmf_detector::DtmfDetector;
use super::frame::Frame;
use crate::{Beep, Detection, Digit};

/// 20 ms at the rate of the detectors.
const LENGTH: usize = 160;
const FRAME: Duration = Duration::from_millis(20);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Detected {
    /// A key was pressed and released.
    Digit(Digit),
    /// A beep ended.
    Beep(Beep),
    /// No voice was heard for that long; reported once, and again after the next voice.
    Silence(Duration),
}

/// The detectors of one leg.
#[derive(Debug, Default)]
pub struct Detectors {
    digits: Option<Box<DtmfDetector>>,
    beep: Option<BeepDetector>,
    silence: Option<Duration>,
    quiet: Duration,
    reported: bool,
}

impl Detectors {
    /// Look for these from now on. A silence that lasts counts from its beginning.
    pub fn set(&mut self, wanted: Detection) {
        self.digits = wanted.digits.then(|| self.digits.take().unwrap_or_default());
        self.beep = wanted.beep.then(|| self.beep.take().unwrap_or_default());
        self.reported &= self.silence == wanted.silence;
        self.silence = wanted.silence;
    }

    /// Whether anything is looked for.
    pub fn are_wanted(&self) -> bool {
        self.digits.is_some() || self.beep.is_some() || self.silence.is_some()
    }

    /// Whether a key went down since the last call: it is reported when it is released.
    pub fn take_begun(&mut self) -> bool {
        self.digits.as_mut().is_some_and(|digits| digits.take_begun())
    }

    /// The next frame came.
    pub fn push(&mut self, frame: &Frame, mut found: impl FnMut(Detected)) {
        if self.digits.is_some() || self.beep.is_some() {
            let samples = at_8_khz(frame);
            if let Some(digits) = &mut self.digits {
                digits.push(&samples);
                while let Some(digit) = digits.poll() {
                    found(Detected::Digit(digit));
                }
            }
            if let Some(beep) = self.beep.as_mut().and_then(|beep| beep.push(&samples)) {
                found(Detected::Beep(beep));
            }
        }
        if frame.voice {
            (self.quiet, self.reported) = (Duration::ZERO, false);
            return;
        }
        self.quiet += FRAME;
        if let Some(limit) = self.silence.filter(|limit| self.quiet >= *limit && !self.reported) {
            self.reported = true;
            found(Detected::Silence(limit));
        }
    }
}

/// The frame at 8,000 Hz by means over neighbours: enough for tones below 2 kHz.
fn at_8_khz(frame: &Frame) -> [i16; LENGTH] {
    let mut out = [0; LENGTH];
    let step = (frame.samples().len() / LENGTH).max(1);
    for (sample, some) in out.iter_mut().zip(frame.samples().chunks(step)) {
        *sample = (some.iter().map(|one| i32::from(*one)).sum::<i32>() / step as i32) as i16;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rate_hz: u32, voice: bool, at: usize) -> Frame {
        let mut frame = Frame::new(rate_hz);
        frame.voice = voice;
        let wave =
            |hz: f32, n: usize| (n as f32 * hz * std::f32::consts::TAU / rate_hz as f32).sin();
        let length = frame.samples().len();
        for (n, sample) in frame.samples_mut().iter_mut().enumerate() {
            let n = at * length + n;
            *sample = (4_000.0 * (wave(852.0, n) + wave(1_477.0, n))) as i16;
        }
        frame
    }

    #[test]
    fn digits_are_found_at_every_rate_and_only_where_wanted() {
        for rate_hz in [8_000, 16_000, 48_000] {
            for digits in [false, true] {
                let mut detectors = Detectors::default();
                detectors.set(Detection { digits, ..Detection::default() });
                let mut found = Vec::new();
                (0..5)
                    .for_each(|n| detectors.push(&frame(rate_hz, false, n), |one| found.push(one)));
                (0..5).for_each(|_| detectors.push(&Frame::new(rate_hz), |one| found.push(one)));
                let is_nine = |one: &Detected| matches!(one, Detected::Digit(d) if d.digit == '9');
                assert_eq!(found.iter().filter(|one| is_nine(one)).count(), usize::from(digits));
            }
        }
    }

    #[test]
    fn silence_is_reported_once_until_there_is_voice_again() {
        let mut detectors = Detectors::default();
        let limit = Duration::from_millis(500);
        detectors.set(Detection { silence: Some(limit), ..Detection::default() });
        assert!(detectors.are_wanted());
        let mut at = Vec::new();
        for n in 0..200 {
            let voice = (60..70).contains(&n);
            detectors.push(&frame(8_000, voice, n), |one| at.push((n, one)));
        }
        assert_eq!(at, [(24, Detected::Silence(limit)), (94, Detected::Silence(limit))]);
    }
}
