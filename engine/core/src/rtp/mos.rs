//! How good a call sounds, by the E-model (ITU-T G.107), from what the network did to it.

use std::time::Duration;

use crate::AudioCodec;

/// What the network did to one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Fraction of packets lost, 0 to 1.
    pub loss: f32,
    /// How much losses cling together; 1 is at random (G.107 `BurstR`).
    pub burst_ratio: f32,
    /// Round-trip time; nothing when unknown.
    pub rtt: Duration,
    /// Interarrival jitter.
    pub jitter: Duration,
}

/// The default transmission rating without delay and equipment impairment (G.107 §7.7, all
/// parameters at their defaults: `Ro - Is`).
const BASE_RATING: f32 = 93.2;

/// Packet-loss robustness `Bpl` of G.711 with concealment (G.113 Appendix I); equipment impairment
/// `Ie` is 0. Deviation: G.113 lists no figures for Opus on this scale. It conceals and repairs at
/// least as well, so the same figures are a lower bound for it.
const LOSS_ROBUSTNESS: f32 = 25.1;

/// Mean opinion score (MOS-CQE, G.107 Annex B), 1.0 to 4.5.
pub fn mean_opinion_score(codec: AudioCodec, conditions: Conditions) -> f32 {
    let rating = BASE_RATING - delay_impairment(codec, conditions) - loss_impairment(conditions);
    if rating <= 0.0 {
        return 1.0;
    }
    let rating = rating.min(100.0);
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    score.clamp(1.0, 4.5)
}

/// `Idd` of G.107 §7.4 (7-27, 7-28); echo is cancelled at both ends.
fn delay_impairment(codec: AudioCodec, conditions: Conditions) -> f32 {
    // Packetising 20 ms, plus Opus' look-ahead (RFC 6716 §2: 6.5 ms).
    let codec_ms = if codec == AudioCodec::Opus { 26.5 } else { 20.0 };
    // A receiver's adaptive buffer settles near twice the mean deviation, one packet at least.
    let buffer_ms = (2_000.0 * conditions.jitter.as_secs_f32()).max(20.0);
    let delay_ms = 500.0 * conditions.rtt.as_secs_f32() + codec_ms + buffer_ms;
    if delay_ms <= 100.0 {
        return 0.0;
    }
    let x = (delay_ms / 100.0).log2();
    let knee = |x: f32| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (knee(x) - 3.0 * knee(x / 3.0) + 2.0)
}

/// `Ie-eff` of G.107 §7.5 (7-29).
fn loss_impairment(conditions: Conditions) -> f32 {
    let percent = 100.0 * conditions.loss.clamp(0.0, 1.0);
    let burst_ratio = conditions.burst_ratio.max(1.0);
    95.0 * percent / (percent / burst_ratio + LOSS_ROBUSTNESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(loss: f32, rtt_ms: u64) -> f32 {
        let rtt = Duration::from_millis(rtt_ms);
        let conditions = Conditions { loss, burst_ratio: 1.0, rtt, jitter: Duration::ZERO };
        mean_opinion_score(AudioCodec::Pcmu, conditions)
    }

    #[test]
    fn known_points_of_the_model() {
        // G.107 Annex B: R 93.2 is 4.41; 95 * 2 / 27.1 = 7.0 off for 2 % loss is R 86.2, 4.235.
        assert!((score(0.0, 0) - 4.41).abs() < 0.01);
        assert!((score(0.02, 0) - 4.235).abs() < 0.005);
        // G.114: 400 ms one way costs about 24 to 25 points: R 68 to 69, 3.5 to 3.6.
        assert!((3.45..3.65).contains(&score(0.0, 720)), "{}", score(0.0, 720));
    }

    #[test]
    fn worse_never_scores_better() {
        let scores: Vec<f32> = (0..=20).map(|n| score(n as f32 / 20.0, 40 * n)).collect();
        assert!(scores.windows(2).all(|pair| pair[1] <= pair[0]));
        assert!(scores.iter().all(|score| (1.0..=4.5).contains(score)));
    }
}
