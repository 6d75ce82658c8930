//! What the parties say: something like speech, encoded once before anything is measured.

use opus::{Application, Bitrate, Channels, Decoder, Encoder};

use crate::Failure;
use crate::rtp::Arrived;

/// Frames until the speech repeats: 10 s, and 60 s of a conversation.
const FRAMES: usize = 500;
const CONVERSATION_FRAMES: usize = 3_000;
/// An Opus frame of so few octets stands for silence: it is not sent (RFC 6716 §2.1.9).
const DTX: usize = 2;
/// Bits per second of Opus, as browsers usually get it.
const OPUS_RATE: i32 = 32_000;
/// Milliseconds of a frame.
pub(crate) const FRAME_MS: usize = 20;
/// The level of those who do not speak, in dBov.
const NOISE_DBOV: f64 = -60.0;
/// A tone of that level and length, each second.
const BURST_DBOV: f64 = -12.0;
const BURST_MS: usize = 200;
const BURST_EVERY_MS: usize = 1_000;
const BURST_HZ: f64 = 1_000.0;

/// What a party can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Opus,
    Pcmu,
}

/// How much of the time a party speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// As in an announcement.
    Continuous,
    /// Syllable by syllable, without a pause: a frame that is silent was lost.
    Unbroken,
    /// 45 % of it. In between there is the noise of a quiet room; Opus leaves it out (DTX), G.711 cannot.
    Conversation,
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

    /// Units of its RTP clock in a second.
    pub(crate) const fn clock_hz(self) -> u32 {
        self.ticks() * 50
    }

    /// RTP timestamp units in a frame.
    pub(crate) const fn ticks(self) -> u32 {
        match self {
            Self::Opus => 960,
            Self::Pcmu => 160,
        }
    }

    /// Payloads of 20 ms, an empty one where nothing is sent. Samples at 8 kHz for G.711.
    pub(crate) fn encode(
        self,
        samples: &[i16],
        rate_hz: u32,
        dtx: bool,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let length = rate_hz as usize * FRAME_MS / 1_000;
        if self == Self::Pcmu {
            return Ok(samples.chunks_exact(length).map(ulaw).collect());
        }
        let mut encoder = Encoder::new(rate_hz, Channels::Mono, Application::Voip)?;
        encoder.set_bitrate(Bitrate::Bits(OPUS_RATE))?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(5)?;
        encoder.set_dtx(dtx)?;
        let frames = samples.chunks_exact(length).map(|frame| {
            let payload = encoder.encode_vec(frame, 1_000)?;
            Ok(if dtx && payload.len() <= DTX { Vec::new() } else { payload })
        });
        frames.collect()
    }

    /// The samples at 8 kHz of each packet.
    pub(crate) fn decode_each(self, packets: &[Arrived]) -> Result<Vec<Vec<i16>>, Failure> {
        let mut decoder = Decoder::new(8_000, Channels::Mono)?;
        let decode = |packet: &Arrived| {
            if self == Self::Pcmu {
                return Ok(packet.payload.iter().map(|octet| linear(*octet)).collect());
            }
            let mut frame = [0; 960];
            let length = decoder.decode(&packet.payload, &mut frame, false)?;
            Ok(frame.get(..length).unwrap_or_default().to_vec())
        };
        packets.iter().map(decode).collect()
    }

    /// All samples at 8 kHz, in place of packets that are missing silence.
    pub(crate) fn decode(self, packets: &[Arrived]) -> Result<Vec<i16>, Failure> {
        let Some(origin) = packets.first().map(|packet| packet.timestamp) else {
            return Ok(Vec::new());
        };
        let mut samples: Vec<i16> = Vec::new();
        for (packet, decoded) in packets.iter().zip(self.decode_each(packets)?) {
            let since = packet.timestamp.wrapping_sub(origin) as usize;
            let at = since * 160 / self.ticks() as usize;
            if at >= samples.len() {
                samples.resize(at, 0);
                samples.extend(decoded);
            }
        }
        Ok(samples)
    }
}

/// Whether a party speaks in each of so many milliseconds: spurts and pauses of changing length, 45 % spurts.
fn spurts(length_ms: usize) -> Vec<bool> {
    let mut speaks = Vec::with_capacity(length_ms);
    let mut chance = 1_u32;
    let mut between = |least: usize, most: usize| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        least + (chance >> 16) as usize % (most - least)
    };
    while speaks.len() < length_ms {
        let spurt = between(400, 2_000);
        speaks.resize(speaks.len() + spurt, true);
        let pause = between(400, 2_533);
        speaks.resize(speaks.len() + pause, false);
    }
    speaks.truncate(length_ms);
    speaks
}

/// A buzz with harmonics whose pitch and strength change as a voice's do, with pauses and breath.
pub(crate) fn speech(rate_hz: u32, talk: Talk) -> Vec<i16> {
    let rate_hz = rate_hz as usize;
    let (mut phase, mut noise) = (0.0_f64, 1_u32);
    let frames = if talk == Talk::Conversation { CONVERSATION_FRAMES } else { FRAMES };
    let spurts = (talk == Talk::Conversation).then(|| spurts(frames * FRAME_MS));
    (0..frames * FRAME_MS * rate_hz / 1_000)
        .map(|n| {
            let t = n as f64 / rate_hz as f64;
            phase += (120.0 + 25.0 * (t * 2.1).sin()) / rate_hz as f64;
            let syllable = (t * 4.0 * std::f64::consts::PI).sin();
            let syllable = if talk == Talk::Unbroken { syllable.abs() } else { syllable.max(0.0) };
            let speaks = spurts.as_ref().and_then(|all| all.get(n * 1_000 / rate_hz)).copied();
            let loudness = match speaks {
                Some(speaks) => f64::from(u8::from(speaks)),
                None if talk == Talk::Unbroken || t % 3.0 < 2.2 => 1.0,
                None => 0.02,
            };
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
            let room = if speaks.is_some() { breath * 40.0 } else { 0.0 };
            ((voice * 3_000.0 + breath * 300.0) * syllable * loudness + room) as i16
        })
        .collect()
}

/// White noise of -60 dBov, 10 s of it.
pub(crate) fn noise(rate_hz: u32) -> Vec<i16> {
    room_noise(FRAMES * FRAME_MS * rate_hz as usize / 1_000)
}

/// The same of any length.
pub(crate) fn room_noise(length: usize) -> Vec<i16> {
    // Samples between -limit and limit have a mean power of a third of its square.
    let limit = 32_768.0 * 10_f64.powf(NOISE_DBOV / 20.0) * 3_f64.sqrt();
    let mut chance = 1_u32;
    (0..length)
        .map(|_| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((f64::from(chance >> 16) / 32_768.0 - 1.0) * limit).round() as i16
        })
        .collect()
}

/// The noise with a burst of tone each second; each begins with a frame.
pub(crate) fn bursts(rate_hz: u32) -> Vec<i16> {
    let amplitude = 32_768.0 * 10_f64.powf(BURST_DBOV / 20.0) * 2_f64.sqrt();
    let mut samples = noise(rate_hz);
    for (n, sample) in samples.iter_mut().enumerate() {
        let t_ms = n * 1_000 / rate_hz as usize;
        if t_ms % BURST_EVERY_MS < BURST_MS {
            let phase = n as f64 / f64::from(rate_hz) * BURST_HZ * std::f64::consts::TAU;
            // From its peak, so that its begin is in the first sample.
            *sample = (amplitude * phase.cos()) as i16;
        }
    }
    samples
}

/// Frames from one burst to the next.
pub(crate) fn burst_frames() -> usize {
    BURST_EVERY_MS / FRAME_MS
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

/// The sample that a G.711 mu-law octet stands for.
fn linear(octet: u8) -> i16 {
    let octet = !octet;
    let magnitude = (((i16::from(octet & 0x0f) << 3) + 132) << (octet >> 4 & 7)) - 132;
    if octet & 0x80 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::{Arrived, CONVERSATION_FRAMES, Codec, FRAMES, Talk, linear, speech, spurts, ulaw};

    fn frames(codec: Codec, talk: Talk) -> Vec<Vec<u8>> {
        let rate_hz = if codec == Codec::Opus { 48_000 } else { 8_000 };
        codec.encode(&speech(rate_hz, talk), rate_hz, talk == Talk::Conversation).unwrap()
    }

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
            let frames = frames(codec, Talk::Continuous);
            assert_eq!(frames.len(), FRAMES);
            assert!(frames.iter().any(|frame| frame.len() > 60));
            assert!(frames.iter().all(|frame| !frame.is_empty()));
        }
    }

    #[test]
    fn in_a_conversation_each_party_speaks_nearly_half_the_time() {
        let spoken = spurts(60_000).iter().filter(|speaks| **speaks).count();
        assert!((25_000..29_000).contains(&spoken), "{spoken}");
        let opus = frames(Codec::Opus, Talk::Conversation);
        let silent = opus.iter().filter(|frame| frame.is_empty()).count();
        assert!(
            (CONVERSATION_FRAMES / 4..CONVERSATION_FRAMES * 6 / 10).contains(&silent),
            "{silent}"
        );
        let pcmu = frames(Codec::Pcmu, Talk::Conversation);
        assert!(pcmu.iter().all(|frame| frame.len() == 160));
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        for octet in 0..=255 {
            let again = ulaw(&[linear(octet)]);
            assert!(again == [octet] || octet == 0x7f, "the two zeroes are one: {octet}");
        }
        for codec in [Codec::Pcmu, Codec::Opus] {
            let payloads = frames(codec, Talk::Continuous);
            let ticks = codec.ticks();
            let arrived = |(n, payload)| Arrived { at: 0, timestamp: n as u32 * ticks, payload };
            let packets: Vec<_> = payloads.into_iter().enumerate().map(arrived).collect();
            let whole = codec.decode(&packets).unwrap();
            assert_eq!(whole.len(), FRAMES * 160);
            assert!(whole.iter().any(|sample| *sample > 3_000));
            let holed = codec.decode(&[packets[0].clone(), packets[3].clone()]).unwrap();
            assert_eq!(holed.len(), 4 * 160);
        }
    }
}
