//! What the parties say: something like speech, encoded once before anything is measured.

use opus::{Application, Bitrate, Channels, Encoder};

use crate::Failure;

/// Frames until what is said repeats: 10 s.
const FRAMES: usize = 500;
/// Bits per second of Opus, as browsers usually get it.
const OPUS_RATE: i32 = 32_000;
/// Milliseconds of a frame.
const FRAME_MS: usize = 20;

/// What a party can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Opus,
    Pcmu,
}

impl Codec {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "opus" => Some(Self::Opus),
            "PCMU" => Some(Self::Pcmu),
            _ => None,
        }
    }

    pub(crate) const fn payload_type(self) -> u8 {
        match self {
            Self::Opus => 111,
            Self::Pcmu => 0,
        }
    }

    pub(crate) const fn rtpmap(self) -> &'static str {
        match self {
            Self::Opus => "111 opus/48000/2",
            Self::Pcmu => "0 PCMU/8000",
        }
    }

    /// RTP timestamp units in a frame.
    pub(crate) const fn ticks(self) -> u32 {
        match self {
            Self::Opus => 960,
            Self::Pcmu => 160,
        }
    }

    /// Ten seconds of sound, a payload per 20 ms.
    pub(crate) fn frames(self) -> Result<Vec<Vec<u8>>, Failure> {
        match self {
            Self::Opus => opus_frames(),
            Self::Pcmu => Ok(speech(8_000).chunks(160).map(ulaw).collect()),
        }
    }
}

fn opus_frames() -> Result<Vec<Vec<u8>>, Failure> {
    let mut encoder = Encoder::new(48_000, Channels::Mono, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Bits(OPUS_RATE))?;
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(5)?;
    let samples = speech(48_000);
    samples.chunks(960).map(|frame| Ok(encoder.encode_vec(frame, 1_000)?)).collect()
}

/// A buzz with harmonics whose pitch and strength change as a voice's do, with pauses and breath.
fn speech(rate_hz: usize) -> Vec<i16> {
    let (mut phase, mut noise) = (0.0_f64, 1_u32);
    (0..FRAMES * FRAME_MS * rate_hz / 1_000)
        .map(|n| {
            let t = n as f64 / rate_hz as f64;
            phase += (120.0 + 25.0 * (t * 2.1).sin()) / rate_hz as f64;
            let syllable = (t * 4.0 * std::f64::consts::PI).sin().max(0.0);
            let loudness = if t % 3.0 < 2.2 { 1.0 } else { 0.02 };
            let formant = 3.0 + 2.0 * (t * 3.3).sin();
            let voice: f64 = (1..12)
                .map(|k| {
                    let k = f64::from(k);
                    let weight = 1.0 / (1.0 + (k - formant).abs());
                    weight * (phase * k * std::f64::consts::TAU).sin()
                })
                .sum();
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let breath = f64::from(noise >> 16) / 65_536.0 - 0.5;
            ((voice * 3_000.0 + breath * 300.0) * syllable * loudness) as i16
        })
        .collect()
}

/// G.711 mu-law, by the segments of ITU-T G.711 table 2a.
fn ulaw(samples: &[i16]) -> Vec<u8> {
    samples
        .iter()
        .map(|sample| {
            let sign = if *sample < 0 { 0x80 } else { 0 };
            let magnitude = sample.unsigned_abs().min(32_635) + 132;
            let exponent = 8 - (magnitude.leading_zeros() as u8).min(8);
            let mantissa = (magnitude >> (exponent + 3)) as u8 & 0x0f;
            !(sign | (exponent << 4) | mantissa)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Codec, FRAMES, ulaw};

    #[test]
    fn mulaw_has_its_known_corners() {
        assert_eq!(
            ulaw(&[0, -1, 32_767, -32_768, 1_000, -1_000]),
            [0xff, 0x7f, 0x80, 0x00, 0xce, 0x4e]
        );
    }

    #[test]
    fn both_codecs_have_something_to_say() {
        for codec in [Codec::Opus, Codec::Pcmu] {
            let frames = codec.frames().unwrap();
            assert_eq!(frames.len(), FRAMES);
            assert!(frames.iter().any(|frame| frame.len() > 60));
        }
    }
}
