//! Finds the beep of an answering machine: one steady tone that ends.

use std::time::Duration;

use crate::Beep;

/// Samples of a block at 8,000 Hz: 20 ms.
const BLOCK: usize = 160;
const BLOCK_MS: u64 = 20;
/// Beeps are higher than that; networks signal progress at 400 Hz to 450 Hz (ITU-T E.180).
const LOWEST_HZ: f32 = 470.0;
const HIGHEST_HZ: f32 = 2_600.0;
/// How much of the energy is no part of the tone, at most.
const MAX_REST: f32 = 0.02;
/// The frequency stays within that share.
const MAX_OFF: f32 = 0.015;
/// Mean square of the softest tone: -42 dBov.
const LEAST_POWER: f32 = 260.0 * 260.0;
/// Shorter tones are syllables and clicks; longer ones are faxes and tests.
const SHORTEST: u64 = 6;
const LONGEST: u64 = 200;

/// Watches the audio of one leg.
#[derive(Debug, Default)]
pub(super) struct BeepDetector {
    held: Option<(f32, u64)>,
}

impl BeepDetector {
    /// The next 20 ms at 8,000 Hz came. Returns a beep that ended.
    pub(super) fn push(&mut self, samples: &[i16; BLOCK]) -> Option<Beep> {
        let tone = tone(samples);
        match (self.held, tone) {
            (Some((hz, blocks)), Some(now)) if (now - hz).abs() <= MAX_OFF * hz => {
                self.held = Some((hz, blocks + 1));
                None
            }
            (held, now) => {
                self.held = now.map(|hz| (hz, 1));
                let (hz, blocks) = held?;
                let length = Duration::from_millis(blocks * BLOCK_MS);
                // A tone that turns into another one is a melody.
                let is_beep = (SHORTEST..=LONGEST).contains(&blocks) && now.is_none();
                is_beep.then_some(Beep { hz, length })
            }
        }
    }
}

/// The frequency of a block that is one sine wave. For such a one each sample is the one between its neighbours
/// times `2 cos w`, less the other: what does not fit is something else.
fn tone(samples: &[i16; BLOCK]) -> Option<f32> {
    let (mut product, mut energy) = (0.0_f32, 0.0_f32);
    let triples = || {
        samples.windows(3).filter_map(|window| match window {
            [a, b, c] => Some((f32::from(*a) + f32::from(*c), f32::from(*b))),
            _ => None,
        })
    };
    for (around, middle) in triples() {
        product += around * middle;
        energy += middle * middle;
    }
    if energy < LEAST_POWER * BLOCK as f32 {
        return None;
    }
    let twice_cosine = product / energy;
    let rest: f32 =
        triples().map(|(around, middle)| (around - twice_cosine * middle).powi(2)).sum();
    let share = rest / ((2.0 + twice_cosine * twice_cosine) * energy);
    let hz = (twice_cosine / 2.0).clamp(-1.0, 1.0).acos() * 8_000.0 / std::f32::consts::TAU;
    (share <= MAX_REST && (LOWEST_HZ..=HIGHEST_HZ).contains(&hz)).then_some(hz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Law;

    fn found(hz: [f32; 2], ms: usize) -> Vec<Beep> {
        let wave = |hz: f32, n: usize| (n as f32 * hz * std::f32::consts::TAU / 8_000.0).sin();
        let sample = |n: usize| (4_000.0 * wave(hz[0], n) + 4_000.0 * wave(hz[1], n)) as i16;
        let mut samples: Vec<i16> =
            (0..8 * ms).map(|n| Law::Mu.decode(Law::Mu.encode(sample(n)))).collect();
        samples.splice(0..0, [0; 170]);
        samples.extend([0; 480]);
        let mut detector = BeepDetector::default();
        samples.as_chunks().0.iter().filter_map(|block| detector.push(block)).collect()
    }

    #[test]
    fn one_tone_that_ends_is_a_beep() {
        for hz in [500.0, 850.0, 1_000.0, 1_400.0, 2_000.0] {
            for ms in [180, 400, 2_000] {
                let beeps = found([hz, 0.0], ms);
                assert_eq!(beeps.len(), 1, "{hz} {ms}");
                assert!((beeps[0].hz - hz).abs() < 0.01 * hz, "{beeps:?}");
                assert!(beeps[0].length.as_millis().abs_diff(ms as u128) <= 40, "{beeps:?}");
            }
        }
    }

    #[test]
    fn two_tones_progress_tones_clicks_and_endless_tones_are_not() {
        for (hz, ms) in [
            ([440.0, 480.0], 2_000),
            ([425.0, 0.0], 1_000),
            ([770.0, 1_336.0], 300),
            ([1_000.0, 0.0], 60),
            ([1_000.0, 0.0], 5_000),
        ] {
            assert_eq!(found(hz, ms), [], "{hz:?} {ms}");
        }
    }
}
