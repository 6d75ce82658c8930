//! The decoder's arithmetic (GSM 06.10 §4.3 and §5.3), bit for bit: 16-bit numbers that saturate.

use super::{FRAME_SAMPLES, Frame, Subframe};

/// What remains between frames.
#[derive(Debug, Clone)]
pub(super) struct Synthesis {
    /// The excitation of the last 120 samples, oldest first.
    history: [i16; 120],
    lag: i16,
    /// Decoded log area ratios of the frame before.
    ratios: [i16; 8],
    /// The lattice filter.
    lattice: [i16; 9],
    de_emphasis: i16,
}

/// How a coefficient of the frame before and the present one make one.
type Mix = fn(i16, i16) -> i16;

impl Default for Synthesis {
    fn default() -> Self {
        Self { history: [0; 120], lag: 40, ratios: [0; 8], lattice: [0; 9], de_emphasis: 0 }
    }
}

impl Synthesis {
    /// The 160 samples of a frame.
    pub(super) fn frame(&mut self, frame: &Frame) -> [i16; FRAME_SAMPLES] {
        let mut excitation = [0; FRAME_SAMPLES];
        for (subframe, out) in frame.subframes.iter().zip(excitation.chunks_exact_mut(40)) {
            self.excite(subframe, out);
        }
        let ratios = decoded_ratios(frame.ratios);
        let before = std::mem::replace(&mut self.ratios, ratios);
        let mut samples = excitation;
        let (first, rest) = samples.split_at_mut(13);
        let (second, rest) = rest.split_at_mut(14);
        let (third, fourth) = rest.split_at_mut(13);
        // §5.3.3: the filter's coefficients slide from one frame's to the next within 40 samples.
        let mixes: [(&mut [i16], Mix); 4] = [
            (first, |old, new| add(add(old >> 2, new >> 2), old >> 1)),
            (second, |old, new| add(old >> 1, new >> 1)),
            (third, |old, new| add(add(old >> 2, new >> 2), new >> 1)),
            (fourth, |_, new| new),
        ];
        for (part, mix) in mixes {
            let mut mixed = [0; 8];
            let pairs = before.iter().zip(&ratios);
            mixed.iter_mut().zip(pairs).for_each(|(out, (old, new))| *out = mix(*old, *new));
            self.filter(mixed.map(reflection), part);
        }
        for sample in &mut samples {
            self.de_emphasis = add(*sample, multiply(self.de_emphasis, 28_180));
            *sample = add(self.de_emphasis, self.de_emphasis) & !7;
        }
        samples
    }

    /// Pulses on their grid, and what the past adds to them (§5.3.1, §5.3.2).
    fn excite(&mut self, subframe: &Subframe, out: &mut [i16]) {
        const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];
        if (40..=120).contains(&subframe.lag) {
            self.lag = subframe.lag;
        }
        let gain = GAINS.get(subframe.gain as usize & 3).copied().unwrap_or(0);
        let mut pulses = [0; 40];
        let places = pulses.iter_mut().skip(subframe.grid as usize & 3).step_by(3);
        places.zip(subframe.pulse_heights()).for_each(|(place, height)| *place = height);
        // A lag is at least 40: all of the past that is needed lies in the history.
        let past = self.history.iter().skip(120 - self.lag as usize);
        for ((out, pulse), past) in out.iter_mut().zip(pulses).zip(past) {
            *out = add(pulse, multiply(gain, *past));
        }
        self.history.copy_within(40.., 0);
        self.history.iter_mut().skip(80).zip(out).for_each(|(kept, sample)| *kept = *sample);
    }

    fn filter(&mut self, reflections: [i16; 8], samples: &mut [i16]) {
        for sample in samples {
            let mut value = *sample;
            for stage in (0..8).rev() {
                let reflection = reflections.get(stage).copied().unwrap_or(0);
                let state = self.lattice.get(stage).copied().unwrap_or(0);
                value = subtract(value, multiply(reflection, state));
                if let Some(next) = self.lattice.get_mut(stage + 1) {
                    *next = add(state, multiply(reflection, value));
                }
            }
            self.lattice[0] = value;
            *sample = value;
        }
    }
}

impl Subframe {
    /// §5.3.1, with §5.2.15: the largest pulse as mantissa and exponent.
    fn pulse_heights(&self) -> [i16; 13] {
        const MANTISSAS: [i16; 8] =
            [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
        let mut exponent = if self.block > 15 { (self.block >> 3) - 1 } else { 0 };
        let mut mantissa = self.block - (exponent << 3);
        if mantissa == 0 {
            (exponent, mantissa) = (-4, 7);
        } else {
            while mantissa <= 7 {
                mantissa = mantissa << 1 | 1;
                exponent -= 1;
            }
            mantissa -= 8;
        }
        let factor = MANTISSAS.get(mantissa as usize & 7).copied().unwrap_or(0);
        let shift = 6 - exponent;
        let rounding = if shift > 0 { 1 << (shift - 1) } else { 0 };
        self.pulses.map(|pulse| add(multiply(factor, ((pulse << 1) - 7) << 12), rounding) >> shift)
    }
}

/// §5.3.3: log area ratios from their codes.
fn decoded_ratios(codes: [i16; 8]) -> [i16; 8] {
    const TABLE: [(i16, i16, i16); 8] = [
        (0, -32, 13_107),
        (0, -32, 13_107),
        (2_048, -16, 13_107),
        (-2_560, -16, 13_107),
        (94, -8, 19_223),
        (-1_792, -8, 17_476),
        (-341, -4, 31_454),
        (-1_144, -4, 29_708),
    ];
    let mut ratios = [0; 8];
    for ((ratio, code), (offset, least, inverse)) in ratios.iter_mut().zip(codes).zip(TABLE) {
        let value = subtract((code + least) << 10, offset << 1);
        let value = multiply(inverse, value);
        *ratio = add(value, value);
    }
    ratios
}

/// §5.3.3: the reflection coefficient of a log area ratio.
fn reflection(ratio: i16) -> i16 {
    let size = ratio.saturating_abs();
    let value = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => add(size >> 2, 26_112),
    };
    if ratio < 0 { -value } else { value }
}

fn add(a: i16, b: i16) -> i16 {
    a.saturating_add(b)
}

fn subtract(a: i16, b: i16) -> i16 {
    a.saturating_sub(b)
}

/// The product of two fractions, rounded.
fn multiply(a: i16, b: i16) -> i16 {
    let product = (i32::from(a) * i32::from(b) + 16_384) >> 15;
    product.min(i32::from(i16::MAX)) as i16
}
