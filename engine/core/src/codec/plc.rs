//! Packet loss concealment for G.711: repeats the last pitch period and fades (after G.711 Appendix I).

use std::collections::VecDeque;

/// Samples a second.
const RATE: usize = 8_000;
/// Samples kept: enough to compare 20 ms with the signal up to 15 ms earlier.
const HISTORY: usize = WINDOW + LONGEST;
const WINDOW: usize = RATE / 50;
/// Pitch between 200 Hz and 66 Hz.
const SHORTEST: usize = RATE / 200;
const LONGEST: usize = RATE * 3 / 200;
/// Full level for 10 ms, then fading to silence at 60 ms.
const LOUD: usize = RATE / 100;
const FADE: usize = RATE / 20;
/// Received samples are blended in over 4 ms.
const BLEND: usize = RATE / 250;

/// Invents what is missing in an 8 kHz voice.
///
/// Deviation: Appendix I delays the voice by 3.75 ms to blend into the concealed part as well. We
/// do not, for a relay should add no delay.
#[derive(Debug, Clone, Default)]
pub struct Plc {
    history: VecDeque<i16>,
    /// The period that is repeated; empty while nothing is missing.
    cycle: Vec<i16>,
    concealed: usize,
}

impl Plc {
    /// Take received samples, and blend their beginning with the concealment before them.
    pub fn received(&mut self, samples: &mut [i16]) {
        if !self.cycle.is_empty() {
            let total = BLEND.min(samples.len()).max(1) as i32;
            for (done, sample) in samples.iter_mut().take(BLEND).enumerate() {
                let (weight, old) = (done as i32, i32::from(self.next()));
                *sample = ((i32::from(*sample) * weight + old * (total - weight)) / total) as i16;
            }
            self.cycle.clear();
            self.concealed = 0;
        }
        self.remember(samples);
    }

    /// Append `length` samples in place of lost ones.
    pub fn conceal(&mut self, length: usize, samples: &mut Vec<i16>) {
        if self.cycle.is_empty() {
            self.begin();
        }
        for _ in 0..length {
            let sample = self.next();
            samples.push(sample);
        }
    }

    fn remember(&mut self, samples: &[i16]) {
        self.history.extend(samples.iter().skip(samples.len().saturating_sub(HISTORY)));
        let beyond = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..beyond);
    }

    fn begin(&mut self) {
        self.concealed = 0;
        self.cycle.clear();
        if self.history.len() < HISTORY {
            self.cycle.push(0);
            return;
        }
        let history = self.history.make_contiguous();
        let pitch = pitch(history);
        let start = HISTORY - pitch;
        self.cycle.extend(history.iter().skip(start));
        // The end of the period runs into what stood before its beginning, so that it can repeat.
        let blend = pitch / 4;
        let before = history.iter().skip(start - blend);
        let tail = self.cycle.iter_mut().skip(pitch - blend);
        for (done, (sample, before)) in tail.zip(before).enumerate() {
            let (weight, total) = (done as i32 + 1, blend as i32);
            let mixed = i32::from(*sample) * (total - weight) + i32::from(*before) * weight;
            *sample = (mixed / total) as i16;
        }
    }

    fn next(&mut self) -> i16 {
        let at = self.concealed % self.cycle.len().max(1);
        let sample = i32::from(self.cycle.get(at).copied().unwrap_or(0));
        let faded = self.concealed.saturating_sub(LOUD).min(FADE);
        self.concealed = self.concealed.saturating_add(1);
        (sample * (FADE - faded) as i32 / FADE as i32) as i16
    }
}

/// The lag at which the last 20 ms are most like what came before: normalised cross-correlation.
fn pitch(history: &[i16]) -> usize {
    let recent = history.get(LONGEST..).unwrap_or_default();
    let likeness = |lag: usize| {
        let earlier = history.get(LONGEST - lag..HISTORY - lag).unwrap_or_default();
        let (mut product, mut energy) = (0_i64, 1_i64);
        for (a, b) in recent.iter().zip(earlier) {
            product += i64::from(*a) * i64::from(*b);
            energy += i64::from(*b) * i64::from(*b);
        }
        product as f64 / (energy as f64).sqrt()
    };
    let best = (SHORTEST..=LONGEST).map(|lag| (lag, likeness(lag)));
    best.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(LONGEST, |(lag, _)| lag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(from: usize, length: usize) -> Vec<i16> {
        let at = |n: usize| (n as f32 * 125.0 * std::f32::consts::TAU / RATE as f32).sin();
        (from..from + length).map(|n| (at(n) * 10_000.0) as i16).collect()
    }

    #[test]
    fn a_periodic_voice_goes_on_in_phase() {
        let mut plc = Plc::default();
        plc.received(&mut tone(0, 400));
        let mut concealed = Vec::new();
        plc.conceal(80, &mut concealed);
        for (a, b) in concealed.iter().zip(tone(400, 80)) {
            assert!((i32::from(*a) - i32::from(b)).abs() < 600, "{a} {b}");
        }
    }

    #[test]
    fn a_long_loss_fades_out_and_ends_without_a_click() {
        let mut plc = Plc::default();
        plc.received(&mut tone(0, 400));
        let mut concealed = Vec::new();
        plc.conceal(600, &mut concealed);
        assert!(concealed[520..].iter().all(|sample| *sample == 0));
        let mut back = tone(1_010, 160);
        plc.received(&mut back);
        assert!(back[0].abs() < 400);
        assert_eq!(back[BLEND..], tone(1_010, 160)[BLEND..]);
    }

    #[test]
    fn without_a_past_there_is_silence() {
        let mut plc = Plc::default();
        let mut concealed = Vec::new();
        plc.conceal(160, &mut concealed);
        assert_eq!(concealed, vec![0; 160]);
    }
}
