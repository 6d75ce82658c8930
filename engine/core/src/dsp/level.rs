//! Level and gain.

/// Level in dBov (RFC 6465 §4): 0 is a square wave at full scale, silence is -127.
pub fn dbov(samples: &[i16]) -> f32 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let mean = energy / samples.len().max(1) as f64 / (32_768.0 * 32_768.0);
    (10.0 * mean.max(1e-13).log10()).max(-127.0) as f32
}

/// Make samples louder by `gain_db`, or softer when it is negative; what goes over is clipped.
pub fn amplify(samples: &mut [i16], gain_db: f32) {
    let factor = 10_f32.powf(gain_db / 20.0);
    for sample in samples {
        // A cast from float to integer saturates.
        *sample = (f32::from(*sample) * factor).round() as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_0_a_sine_is_3_lower_and_silence_is_the_floor() {
        assert!(dbov(&[i16::MIN; 100]).abs() < 0.001);
        let sine: Vec<i16> =
            (0..800).map(|n| ((n as f32 * 0.31).sin() * 32_767.0) as i16).collect();
        assert!((dbov(&sine) + 3.01).abs() < 0.05);
        assert_eq!((dbov(&[0; 10]), dbov(&[])), (-127.0, -127.0));
    }

    #[test]
    fn gain_is_in_decibels_and_clips() {
        let mut samples = [1_000, -1_000, 30_000, i16::MIN];
        amplify(&mut samples, 6.0206);
        assert_eq!(samples, [2_000, -2_000, i16::MAX, i16::MIN]);
        amplify(&mut samples, -6.0206);
        assert_eq!(samples, [1_000, -1_000, 16_384, -16_384]);
    }
}
