//! Finds DTMF in audio (ITU-T Q.23, Q.24), for peers that send no telephone events.
//!
//! Blocks of 20 ms under a Hann window, each 5 ms. A key needs nearly all energy in one row and one column. How far
//! each is off its nominal frequency shows in the advance of its phase from block to block, which is far more exact
//! than its level in neighbouring bins.

use std::collections::VecDeque;
use std::f32::consts::{PI, TAU};
use std::time::Duration;

use crate::Digit;

/// Samples a second, of a block, and between blocks.
const RATE: f32 = 8_000.0;
const BLOCK: usize = 160;
const HOP: usize = 40;
const HOP_MS: u64 = 5;
const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
/// Q.24: 1.5 % is accepted, 3.5 % is refused.
const MAX_OFF: f32 = 0.025;
/// Share of energy in the two tones: a voice with the same two harmonics has others.
/// Blocks at the edges of a key have less, so the mean of a key decides as well.
const LEAST_SHARE: f32 = 0.8;
const LEAST_MEAN_SHARE: f32 = 0.92;
/// Twist: columns may be louder by 4 dB, rows by 8 dB (Q.24, AT&T), and some more for the line.
const MAX_COLUMN_DB: f32 = 6.0;
const MAX_ROW_DB: f32 = 10.0;
/// Peak of the softer tone: -36 dBm0.
const LEAST_PEAK: f32 = 350.0;
/// Blocks of a key of 40 ms are eight; one of 20 ms is refused. The block at either edge is half full.
const LEAST_HOPS: u64 = 7;
/// A shorter interruption is none (Q.24: 10 ms); one of 40 ms is one.
const MAX_GAP: u32 = 3;
/// Digits kept between two polls.
const MAX_WAITING: usize = 32;

/// Watches the audio of one leg.
#[derive(Debug)]
pub struct DtmfDetector {
    window: [f32; BLOCK],
    recent: VecDeque<f32>,
    fresh: usize,
    last: Option<Spectrum>,
    held: Option<Held>,
    begun: bool,
    digits: VecDeque<Digit>,
}

/// Real and imaginary part at each of the eight frequencies.
type Spectrum = [(f32, f32); 8];

#[derive(Debug, Clone, Copy)]
struct Held {
    key: char,
    hops: u64,
    loudest: f32,
    gap: u32,
    /// Sums of how far row and column were off, as shares of their frequency.
    off: (f32, f32),
    /// Sum of the shares of energy in the two tones.
    share: f32,
}

/// What one block shows.
#[derive(Debug, Clone, Copy)]
struct Found {
    key: char,
    peak: f32,
    off: (f32, f32),
    share: f32,
}

impl DtmfDetector {
    /// Nothing heard yet.
    pub fn new() -> Self {
        let mut window = [0.0; BLOCK];
        for (n, weight) in window.iter_mut().enumerate() {
            *weight = 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / BLOCK as f32).cos();
        }
        Self {
            window,
            recent: std::iter::repeat_n(0.0, BLOCK).collect(),
            fresh: 0,
            last: None,
            held: None,
            begun: false,
            digits: VecDeque::new(),
        }
    }

    /// Samples at 8,000 Hz came.
    pub fn push(&mut self, samples: &[i16]) {
        for sample in samples {
            self.recent.pop_front();
            self.recent.push_back(f32::from(*sample));
            self.fresh += 1;
            if self.fresh == HOP {
                self.fresh = 0;
                self.hop();
            }
        }
    }

    /// Whether a key went down since the last call.
    pub fn take_begun(&mut self) -> bool {
        std::mem::take(&mut self.begun)
    }

    /// The oldest digit that was released and not polled yet.
    pub fn poll(&mut self) -> Option<Digit> {
        self.digits.pop_front()
    }

    fn hop(&mut self) {
        let found = self.analyse();
        let Some(held) = &mut self.held else {
            self.held = found.map(Held::new);
            return;
        };
        match found {
            Some(found) if found.key == held.key && found.peak > held.loudest / 4.0 => {
                // The edges of a key, where blocks are less than half full, do not count.
                if found.peak >= held.loudest / 2.0 {
                    held.hops += 1;
                    self.begun |= held.hops == LEAST_HOPS;
                    held.off.0 += found.off.0;
                    held.off.1 += found.off.1;
                    held.share += found.share;
                }
                held.loudest = held.loudest.max(found.peak);
                held.gap = 0;
            }
            Some(found) if found.key != held.key => {
                self.release();
                self.held = Some(Held::new(found));
            }
            _ => {
                held.gap += 1;
                if held.gap > MAX_GAP {
                    self.release();
                }
            }
        }
    }

    fn release(&mut self) {
        let Some(held) = self.held.take() else { return };
        let mean = (held.off.0 / held.hops as f32, held.off.1 / held.hops as f32);
        let is_tuned = mean.0.abs() <= MAX_OFF && mean.1.abs() <= MAX_OFF;
        let is_pure = held.share >= LEAST_MEAN_SHARE * held.hops as f32;
        if held.hops >= LEAST_HOPS && is_tuned && is_pure && self.digits.len() < MAX_WAITING {
            let length = Duration::from_millis(HOP_MS * held.hops);
            self.digits.push_back(Digit { digit: held.key, length });
        }
    }

    /// The key in the newest block, if there is one.
    fn analyse(&mut self) -> Option<Found> {
        let mut block = [0.0; BLOCK];
        let mut energy = 0.0;
        for ((out, sample), weight) in block.iter_mut().zip(&self.recent).zip(&self.window) {
            *out = sample * weight;
            energy += *out * *out;
        }
        let Some(before) = self.last.take() else {
            self.last = Some(spectrum(&block));
            return None;
        };
        // Softer than the softest key, most of the time.
        if energy < LEAST_PEAK * LEAST_PEAK {
            return None;
        }
        let now = spectrum(&block);
        self.last = Some(now);
        let (row, row_at) = loudest(&now, 0)?;
        let (column, column_at) = loudest(&now, 4)?;
        let off = (off(&before, &now, row_at)?, off(&before, &now, column_at)?);
        let limit = 2.0 * MAX_OFF;
        if off.0.abs() > limit || off.1.abs() > limit {
            return None;
        }
        let row = row / lobe(off.0 * frequency(row_at)?);
        let column = column / lobe(off.1 * frequency(column_at)?);
        let twist_db = 20.0 * (column / row.max(1.0)).log10();
        // A sine of peak `a` has the energy `a^2 / 2 * sum of w^2`; for Hann that sum is 3/8 of the length.
        let tones = f32::midpoint(row * row, column * column) * 0.375 * BLOCK as f32;
        let share = (tones / energy).min(1.0);
        let fits = share >= LEAST_SHARE
            && (-MAX_ROW_DB..=MAX_COLUMN_DB).contains(&twist_db)
            && row.min(column) >= LEAST_PEAK / 4.0;
        let key = KEYS.get(row_at).and_then(|keys| keys.get(column_at - 4)).copied()?;
        fits.then_some(Found { key, peak: row.max(column), off, share })
    }
}

impl Default for DtmfDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl Held {
    const fn new(found: Found) -> Self {
        Self {
            key: found.key,
            hops: 1,
            loudest: found.peak,
            gap: 0,
            off: found.off,
            share: found.share,
        }
    }
}

fn frequency(at: usize) -> Option<f32> {
    ROWS.iter().chain(&COLUMNS).nth(at).copied()
}

/// Goertzel's algorithm at all eight frequencies.
fn spectrum(block: &[f32; BLOCK]) -> Spectrum {
    let mut out = [(0.0, 0.0); 8];
    for (value, hz) in out.iter_mut().zip(ROWS.iter().chain(&COLUMNS)) {
        let step = TAU * hz / RATE;
        let coefficient = 2.0 * step.cos();
        let (mut s1, mut s2) = (0.0_f32, 0.0_f32);
        for sample in block {
            let s0 = sample + coefficient * s1 - s2;
            (s2, s1) = (s1, s0);
        }
        // As of the end of the block: its phase advances by `step * HOP` from block to block.
        *value = (s1 - s2 * step.cos(), s2 * step.sin());
    }
    out
}

/// Peak of the loudest tone among the four from `first` on, and which it is.
fn loudest(spectrum: &Spectrum, first: usize) -> Option<(f32, usize)> {
    let group = spectrum.iter().enumerate().skip(first).take(4);
    // The window's sum is half its length, and half the amplitude lies at the negative frequency.
    let peaks = group.map(|(at, (re, im))| (re.hypot(*im) * 4.0 / BLOCK as f32, at));
    peaks.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// How far the tone is off its nominal frequency, as a share of it.
fn off(before: &Spectrum, now: &Spectrum, at: usize) -> Option<f32> {
    let ((r0, i0), (r1, i1)) = (before.get(at)?, now.get(at)?);
    let hz = frequency(at)?;
    let advance = i1.atan2(*r1) - i0.atan2(*r0) - TAU * hz * HOP as f32 / RATE;
    let wrapped = advance - TAU * (advance / TAU).round();
    Some(wrapped / (TAU * HOP as f32 / RATE) / hz)
}

/// What is left of a tone's peak in a bin that is `hz` away, under a Hann window.
fn lobe(hz: f32) -> f32 {
    let bins = (hz * BLOCK as f32 / RATE).abs();
    if bins < 0.01 {
        return 1.0;
    }
    ((PI * bins).sin() / (PI * bins) / (1.0 - bins * bins)).clamp(0.4, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Law;

    /// A key with each frequency off by a share and each peak given, after and before silence.
    fn press(row: f32, column: f32, peaks: (f32, f32), ms: usize) -> Vec<i16> {
        let mut samples = vec![0; 403];
        let wave = |hz: f32, n: usize| (TAU * hz * n as f32 / RATE).sin();
        samples.extend(
            (0..8 * ms).map(|n| (peaks.0 * wave(row, n) + peaks.1 * wave(column, n)) as i16),
        );
        samples.extend([0; 400]);
        samples
    }

    fn found(samples: &[i16]) -> String {
        let mut detector = DtmfDetector::new();
        let mut found = String::new();
        for part in samples.chunks(160) {
            detector.push(part);
            found.extend(std::iter::from_fn(|| detector.poll()).map(|digit| digit.digit));
        }
        found
    }

    /// As G.711 makes it, with noise 20 dB below.
    fn over_a_line(samples: &[i16], noise: i32) -> Vec<i16> {
        let mut seed = 7_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 16) as i32 - 32_768) * noise / 32_768
        };
        samples
            .iter()
            .map(|s| Law::Mu.decode(Law::Mu.encode((i32::from(*s) + noise()) as i16)))
            .collect()
    }

    #[test]
    fn all_keys_of_40_ms_at_any_level_and_over_a_noisy_line() {
        for (row, keys) in ROWS.iter().zip(KEYS) {
            for (column, key) in COLUMNS.iter().zip(keys) {
                for peak in [300.0, 2_000.0, 15_000.0] {
                    let samples = press(*row, *column, (peak, peak), 40);
                    assert_eq!(found(&samples), key.to_string(), "{peak}");
                    let line = over_a_line(&samples, (peak * 0.2) as i32);
                    assert_eq!(found(&line), key.to_string(), "line {peak}");
                }
            }
        }
    }

    #[test]
    fn frequencies_off_by_1_5_percent_are_accepted_and_by_3_5_percent_refused() {
        for row in ROWS {
            for column in COLUMNS {
                for (a, b) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
                    let off = |hz: f32, sign: i32, share: f32| hz * (1.0 + share * sign as f32);
                    let press = |r: f32, c: f32| {
                        found(&press(off(row, a, r), off(column, b, c), (4_000.0, 4_000.0), 60))
                    };
                    assert_eq!(press(0.015, 0.015).len(), 1, "{row} {column} {a} {b}");
                    assert_eq!(press(0.035, 0.0), "", "row {row} {column} {a}");
                    assert_eq!(press(0.0, 0.035), "", "column {row} {column} {b}");
                }
            }
        }
    }

    #[test]
    fn twist_of_4_and_8_db_is_accepted_and_much_more_refused() {
        let at = |row_db: f32, column_db: f32| {
            let peak = |db: f32| 3_000.0 * 10_f32.powf(db / 20.0);
            found(&press(770.0, 1_336.0, (peak(row_db), peak(column_db)), 60))
        };
        assert_eq!((at(0.0, 4.0).as_str(), at(8.0, 0.0).as_str()), ("5", "5"));
        assert_eq!((at(0.0, 9.0).as_str(), at(13.0, 0.0).as_str()), ("", ""));
    }

    #[test]
    fn short_tones_are_no_keys_and_short_gaps_no_release() {
        let short = press(852.0, 1_209.0, (4_000.0, 4_000.0), 20);
        assert_eq!(found(&short), "");
        let mut gap = press(852.0, 1_209.0, (4_000.0, 4_000.0), 100);
        gap[800..880].fill(0);
        assert_eq!(found(&gap), "7");
        gap[760..1_080].fill(0);
        gap.splice(
            1_080..1_080,
            press(852.0, 1_209.0, (4_000.0, 4_000.0), 60).into_iter().skip(403),
        );
        assert_eq!(found(&gap), "77");
    }

    #[test]
    fn the_length_of_a_key_is_reported() {
        let mut detector = DtmfDetector::new();
        detector.push(&press(941.0, 1_477.0, (4_000.0, 4_000.0), 200));
        let digit = detector.poll().unwrap();
        assert_eq!(digit.digit, '#');
        assert!((190..=215).contains(&digit.length.as_millis()), "{:?}", digit.length);
    }

    #[test]
    fn single_tones_and_other_pairs_are_no_keys() {
        for (a, b) in [
            (770.0, 0.0),
            (0.0, 1_336.0),
            (440.0, 480.0),
            (350.0, 440.0),
            (480.0, 620.0),
            (697.0, 770.0),
        ] {
            assert_eq!(found(&press(a, b, (4_000.0, 4_000.0), 500)), "", "{a} {b}");
        }
    }

    /// Pulses of a gliding pitch through three resonators that change four times a second, with pauses.
    struct Voice {
        seed: u32,
        pitch: f32,
        glide: f32,
        phase: f32,
        source: f32,
        resonators: [(f32, f32, f32); 3],
        n: usize,
    }

    impl Voice {
        fn random(&mut self) -> f32 {
            self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.seed >> 8) as f32 / (1_u32 << 24) as f32
        }

        fn sample(&mut self) -> f32 {
            let at = self.n % 2_000;
            self.n += 1;
            if at == 0 {
                let ranges = [(250.0, 800.0), (900.0, 2_200.0), (2_200.0, 3_200.0)];
                let low = 70.0 + 120.0 * (self.seed % 2) as f32;
                self.pitch = low + 80.0 * self.random();
                // Up to 15 % within a syllable.
                self.glide = 1.0 + 0.000_15 * (self.random() - 0.5);
                for (at, (least, most)) in ranges.into_iter().enumerate() {
                    self.resonators[at].0 = least + (most - least) * self.random();
                }
            }
            self.pitch *= self.glide;
            self.phase += self.pitch / RATE;
            let pulse = if self.phase >= 1.0 { 1.0 } else { 0.0 };
            self.phase = self.phase.fract();
            // The voice's source falls with frequency.
            self.source = 0.95 * self.source + 1_000.0 * pulse + 20.0 * (self.random() - 0.5);
            let mut out = self.source;
            for (hz, y1, y2) in &mut self.resonators {
                let radius = (-PI * 90.0 / RATE).exp();
                let y0 =
                    out + 2.0 * radius * (TAU * *hz / RATE).cos() * *y1 - radius * radius * *y2;
                (*y2, *y1) = (*y1, y0);
                out = y0 * (1.0 - radius) * 2.0;
            }
            let envelope = (PI * at as f32 / 2_000.0).sin();
            300.0 * out * envelope * if self.n % 40_000 < 30_000 { 1.0 } else { 0.0 }
        }
    }

    #[test]
    fn an_hour_of_two_voices_and_of_a_marked_one_has_no_digit() {
        let voice = |seed| Voice {
            seed,
            pitch: 100.0,
            glide: 1.0,
            phase: 0.0,
            source: 0.0,
            resonators: [(0.0, 0.0, 0.0); 3],
            n: 0,
        };
        let (mut one, mut two) = (voice(11), voice(22));
        let mut detector = DtmfDetector::new();
        let mut loudest = 0.0_f32;
        for _ in 0..3_600 * 50 {
            let block: Vec<i16> = (0..160)
                .map(|_| {
                    let sample = one.sample() + two.sample();
                    loudest = loudest.max(sample.abs());
                    Law::Mu.decode(Law::Mu.encode(sample as i16))
                })
                .collect();
            detector.push(&block);
        }
        assert!((4_000.0..60_000.0).contains(&loudest), "{loudest}");
        assert_eq!(detector.poll(), None);
        // The marked voice is a tone whose level swings four times a second.
        for hz in [440.0, 700.0, 941.0, 1_209.0, 1_336.0] {
            let swinging = |n: usize| {
                let level = 0.5 + 0.5 * (TAU * 4.0 * n as f32 / RATE).sin();
                (12_000.0 * level * (TAU * hz * n as f32 / RATE).sin()) as i16
            };
            let samples: Vec<i16> = (0..8_000 * 60).map(swinging).collect();
            assert_eq!(found(&samples), "", "{hz}");
        }
    }
}
