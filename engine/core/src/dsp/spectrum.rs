//! Level and purity of a tone in a block of samples.

use std::f64::consts::TAU;

/// The part of `samples` that is a sine of `hz`, as its energy and that of everything else.
///
/// A least-squares fit of sine and cosine: unlike plain Goertzel it is exact for any frequency and
/// length, so that what is left is really something else.
fn split(samples: &[i16], rate_hz: u32, hz: f32) -> (f64, f64) {
    let step = TAU * f64::from(hz) / f64::from(rate_hz.max(1));
    let wave = |n: usize| (step * n as f64).sin_cos();
    let (mut ss, mut cc, mut sc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = wave(n);
        let x = f64::from(*sample);
        ss += sin * sin;
        cc += cos * cos;
        sc += sin * cos;
        xs += x * sin;
        xc += x * cos;
    }
    let determinant = ss * cc - sc * sc;
    if determinant.abs() < 1e-6 {
        return (0.0, 1.0);
    }
    let a = (xs * cc - xc * sc) / determinant;
    let b = (xc * ss - xs * sc) / determinant;
    let (mut tone, mut rest) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = wave(n);
        let fitted = a * sin + b * cos;
        tone += fitted * fitted;
        rest += (f64::from(*sample) - fitted).powi(2);
    }
    (tone, rest)
}

/// How far a tone of `hz` stands over everything else, in dB. Judged in pieces of 100 ms, so that a
/// codec's slow drift of phase does not count as something else; what is left over is not judged.
pub fn purity_db(samples: &[i16], rate_hz: u32, hz: f32) -> f32 {
    let piece = (rate_hz as usize / 10).clamp(1, samples.len().max(1));
    let parts = samples.chunks_exact(piece).map(|piece| split(piece, rate_hz, hz));
    let (tone, rest) =
        parts.fold((0.0, 0.0), |sum: (f64, f64), part| (sum.0 + part.0, sum.1 + part.1));
    (10.0 * (tone.max(1e-9) / rest.max(1e-6)).log10()) as f32
}

/// Level of a tone of `hz` in dBov, other sounds aside.
pub fn tone_db(samples: &[i16], rate_hz: u32, hz: f32) -> f32 {
    let (tone, _) = split(samples, rate_hz, hz);
    let mean = tone / samples.len().max(1) as f64 / (32_768.0 * 32_768.0);
    (10.0 * mean.max(1e-13).log10()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_measured_apart_from_others() {
        let wave = |hz: f32, n: usize| (n as f32 * hz * std::f32::consts::TAU / 8_000.0).sin();
        let samples: Vec<i16> = (0..1_601)
            .map(|n| (10_000.0 * wave(440.0, n) + 1_000.0 * wave(1_234.5, n)) as i16)
            .collect();
        assert!((purity_db(&samples, 8_000, 440.0) - 20.0).abs() < 0.3);
        assert!((purity_db(&samples, 8_000, 1_234.5) + 20.0).abs() < 0.3);
        assert!((tone_db(&samples, 8_000, 440.0) + 13.32).abs() < 0.1);
        assert!(purity_db(&samples, 8_000, 700.0) < -30.0);
        assert!(purity_db(&[], 8_000, 440.0) < 0.0);
    }
}
