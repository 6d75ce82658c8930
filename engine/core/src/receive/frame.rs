//! What comes out of a receive pipeline: levels on arrival, frames of 20 ms at playout.

use crate::AudioCodec;
use crate::codec::Law;
use crate::dsp::dbov;
use crate::rtp::AudioLevel;

/// Samples of 20 ms at 48 kHz, the highest rate.
pub const MAX_FRAME: usize = 960;
/// Frames a second.
const FRAMES: u32 = 50;

/// Loudness of the newest packet, known when it arrives: one buffer ahead of its playout.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ArrivalLevel {
    /// What the sender claims (RFC 6464), if it was negotiated.
    pub claimed: Option<AudioLevel>,
    /// Measured in dBov where decoding is cheap (G.711).
    pub measured_dbov: Option<f32>,
}

/// 20 ms of one party's audio, mono.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The first `length` are used.
    samples: [i16; MAX_FRAME],
    length: usize,
    rate_hz: u32,
    /// Level of the samples in dBov, -127 (silence) to 0.
    pub level_dbov: f32,
    /// Whether voice was found in the decoded audio, or in audio a little earlier.
    pub voice: bool,
    /// Where the samples come from.
    pub kind: FrameKind,
    /// The RTP timestamp of the first sample in the stream's own clock; where the samples were not
    /// received, the one that they stand for. Jumps where the peer's timestamps jump.
    pub rtp_time: u32,
}

/// Where the samples of a frame come from; at least half of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FrameKind {
    /// Decoded from received packets, in-band FEC included.
    Speech,
    /// Invented in place of lost packets.
    Concealed,
    /// Comfort noise: the sender pauses, or a loss is too long to conceal.
    Noise,
    /// Nothing was received: all zero.
    #[default]
    Silence,
}

impl ArrivalLevel {
    /// Of a packet whose sender claims that level.
    pub fn of(codec: AudioCodec, payload: &[u8], claimed: Option<AudioLevel>) -> Self {
        let law = match codec {
            AudioCodec::Opus => return Self { claimed, measured_dbov: None },
            AudioCodec::Pcmu => Law::Mu,
            AudioCodec::Pcma => Law::A,
        };
        let mut samples = [0; 160];
        let payload = payload.get(..samples.len()).unwrap_or(payload);
        for (sample, octet) in samples.iter_mut().zip(payload) {
            *sample = law.decode(*octet);
        }
        let measured = dbov(samples.get(..payload.len()).unwrap_or_default());
        Self { claimed, measured_dbov: Some(measured) }
    }

    /// The level to select speakers by: measured where possible, else claimed.
    pub fn dbov(self) -> Option<f32> {
        self.measured_dbov.or(self.claimed.map(|level| -f32::from(level.minus_dbov())))
    }
}

impl Frame {
    /// Silence at 8,000, 16,000 or 48,000 samples a second.
    pub fn new(rate_hz: u32) -> Self {
        Self {
            samples: [0; MAX_FRAME],
            length: ((rate_hz / FRAMES) as usize).min(MAX_FRAME),
            rate_hz,
            level_dbov: -127.0,
            voice: false,
            kind: FrameKind::Silence,
            rtp_time: 0,
        }
    }

    /// Take all from `other` but the samples and their rate.
    pub fn describe_as(&mut self, other: &Self) {
        self.level_dbov = other.level_dbov;
        self.voice = other.voice;
        self.kind = other.kind;
        self.rtp_time = other.rtp_time;
    }

    /// Samples a second.
    pub const fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// 20 ms of samples.
    pub fn samples(&self) -> &[i16] {
        self.samples.get(..self.length).unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn samples_mut(&mut self) -> &mut [i16] {
        self.samples.get_mut(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_20_ms_of_its_rate() {
        for (rate_hz, length) in [(8_000, 160), (16_000, 320), (48_000, 960)] {
            let mut frame = Frame::new(rate_hz);
            assert_eq!((frame.rate_hz(), frame.samples().len()), (rate_hz, length));
            frame.samples_mut().fill(7);
            assert!(frame.samples().iter().all(|sample| *sample == 7));
        }
    }

    #[test]
    fn a_measured_level_overrules_a_claim() {
        let claimed = Some(AudioLevel::new(-10.0, true));
        assert_eq!(ArrivalLevel { claimed, measured_dbov: None }.dbov(), Some(-10.0));
        assert_eq!(ArrivalLevel { claimed, measured_dbov: Some(-60.0) }.dbov(), Some(-60.0));
        assert_eq!(ArrivalLevel::default().dbov(), None);
        let loud = ArrivalLevel::of(AudioCodec::Pcmu, &[Law::Mu.encode(10_000); 160], claimed);
        assert!((loud.dbov().unwrap() + 10.3).abs() < 0.3, "{loud:?}");
        assert_eq!(ArrivalLevel::of(AudioCodec::Opus, &[1, 2], claimed).dbov(), Some(-10.0));
    }
}
