//! Opus (RFC 6716, RFC 7587) by libopus: mono, at the rate that the receiver needs.

use std::fmt;

use opus::{Application, Bitrate, Channels, Signal};

/// Percent of loss that is always expected, or the first burst would find no FEC. Measured: up to 5
/// libopus 1.6 prefers a wider band over FEC.
const LEAST_LOSS: u8 = 10;

/// libopus returned an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpusError {
    what: &'static str,
    why: &'static str,
}

/// Complexity of the encoder. Measured at 8 kHz with FEC, in microseconds a 20 ms frame on a 2-core
/// cloud machine: 76, 57 and 25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Complexity {
    /// The best quality that narrow-band voice gains from.
    #[default]
    Full,
    /// A little less, for a busy machine.
    Reduced,
    /// The least, for an overloaded machine.
    Minimal,
}

impl Complexity {
    /// The one with that level of libopus, if it is one of ours.
    pub fn with_level(level: u8) -> Option<Self> {
        [Self::Full, Self::Reduced, Self::Minimal].into_iter().find(|one| one.level() == level)
    }

    /// libopus counts from 0 to 10.
    const fn level(self) -> u8 {
        match self {
            Self::Full => 5,
            Self::Reduced => 2,
            Self::Minimal => 0,
        }
    }
}

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpusSettings {
    /// Samples a second that go in: 8,000, 12,000, 16,000, 24,000 or 48,000. A narrow-band source is
    /// best encoded at 8,000: no resampling, and a third of the work.
    pub rate_hz: u32,
    /// Bits a second, 6,000 to 510,000.
    pub bit_rate: u32,
    /// Complexity at first.
    pub complexity: Complexity,
    /// Repeat each frame in the next one, coarsely (RFC 6716 §2.1.7).
    pub fec: bool,
    /// How many percent of packets are expected to be lost, 0 to 100; steers `fec`.
    pub expected_loss: u8,
}

impl OpusSettings {
    /// Good speech: 32 kbit/s at most as browsers send it, and FEC. Measured: below 20 kbit/s
    /// libopus 1.6 silently leaves FEC out, and the noise of G.711 needs bits too.
    pub const fn speech(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            bit_rate: 32_000,
            complexity: Complexity::Full,
            fec: true,
            expected_loss: LEAST_LOSS,
        }
    }

    /// The same, with at most that many bits a second, and FEC if the receiver can use it
    /// (RFC 7587 §6.1).
    #[must_use]
    pub fn within(self, max_bit_rate: Option<u32>, fec: bool) -> Self {
        let most = max_bit_rate.unwrap_or(u32::MAX).max(6_000);
        Self { bit_rate: self.bit_rate.min(most), fec, ..self }
    }
}

/// Encodes one voice.
#[derive(Debug)]
pub struct OpusEncoder {
    inner: opus::Encoder,
    expected_loss: u8,
    complexity: Complexity,
}

impl OpusEncoder {
    /// An encoder with these settings; about 32 kB.
    ///
    /// # Errors
    /// When a setting is out of its range or memory ends.
    pub fn new(settings: OpusSettings) -> Result<Self, OpusError> {
        let fault = |error: opus::Error| OpusError::of("make an Opus encoder", &error);
        let mut inner = opus::Encoder::new(settings.rate_hz, Channels::Mono, Application::Voip)
            .map_err(fault)?;
        inner.set_bitrate(Bitrate::Bits(settings.bit_rate as i32)).map_err(fault)?;
        inner.set_complexity(i32::from(settings.complexity.level())).map_err(fault)?;
        inner.set_inband_fec(settings.fec).map_err(fault)?;
        inner.set_packet_loss_perc(i32::from(settings.expected_loss)).map_err(fault)?;
        inner.set_signal(Signal::Voice).map_err(fault)?;
        Ok(Self { inner, expected_loss: settings.expected_loss, complexity: settings.complexity })
    }

    /// The fraction of packets that the receiver reports as lost, 0 to 1.
    pub fn expect_loss(&mut self, fraction: f32) {
        let percent = (fraction.clamp(0.0, 0.5) * 100.0).ceil() as u8;
        let percent = percent.max(LEAST_LOSS);
        if percent != self.expected_loss
            && self.inner.set_packet_loss_perc(i32::from(percent)).is_ok()
        {
            self.expected_loss = percent;
        }
    }

    /// Set the complexity from now on.
    pub fn set_complexity(&mut self, complexity: Complexity) {
        if complexity != self.complexity
            && self.inner.set_complexity(i32::from(complexity.level())).is_ok()
        {
            self.complexity = complexity;
        }
    }

    /// Encode 2.5, 5, 10, 20, 40 or 60 ms into `buffer`; the packet's length. 1,275 octets suffice.
    ///
    /// # Errors
    /// When the number of samples is none of these, or `buffer` is too small.
    pub fn encode(&mut self, samples: &[i16], buffer: &mut [u8]) -> Result<usize, OpusError> {
        self.inner.encode(samples, buffer).map_err(|error| OpusError::of("encode Opus", &error))
    }
}

/// Decodes one voice; stereo is mixed to one.
#[derive(Debug)]
pub struct OpusDecoder {
    inner: opus::Decoder,
    rate_hz: u32,
}

impl OpusDecoder {
    /// A decoder that gives 8,000, 12,000, 16,000, 24,000 or 48,000 samples a second, whatever was
    /// encoded; about 18 kB.
    ///
    /// # Errors
    /// When the rate is none of these or memory ends.
    pub fn new(rate_hz: u32) -> Result<Self, OpusError> {
        let inner = opus::Decoder::new(rate_hz, Channels::Mono)
            .map_err(|error| OpusError::of("make an Opus decoder", &error))?;
        Ok(Self { inner, rate_hz })
    }

    /// Samples a second that come out.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Amplify the output by that many 256ths of a dB (RFC 7845 §5.1, output gain).
    pub fn set_gain(&mut self, gain_q8: i16) {
        // Every 16-bit gain is allowed, so this cannot fail.
        let _ = self.inner.set_gain(i32::from(gain_q8));
    }

    /// Forget what was decoded: another stream begins.
    ///
    /// # Errors
    /// When libopus refuses, which it does not.
    pub fn reset(&mut self) -> Result<(), OpusError> {
        self.inner.reset_state().map_err(|error| OpusError::of("reset an Opus decoder", &error))
    }

    /// How many samples a packet holds; at most 120 ms.
    pub fn samples(&self, packet: &[u8]) -> Option<usize> {
        if packet.is_empty() { None } else { self.inner.get_nb_samples(packet).ok() }
    }

    /// Decode a packet and append its samples.
    ///
    /// # Errors
    /// When it is no Opus packet; nothing was appended.
    pub fn decode(&mut self, packet: &[u8], samples: &mut Vec<i16>) -> Result<usize, OpusError> {
        let empty = OpusError { what: "decode Opus", why: "empty packet" };
        let length = self.samples(packet).ok_or(empty)?;
        self.fill(packet, length, false, samples)
    }

    /// Append `length` samples in place of packets that were lost; whole 2.5 ms only.
    ///
    /// # Errors
    /// When `length` is not such a number.
    pub fn conceal(&mut self, length: usize, samples: &mut Vec<i16>) -> Result<usize, OpusError> {
        self.fill(&[], length, false, samples)
    }

    /// Append `length` samples in place of what was lost right before `next`: from the coarse copy
    /// that `next` may carry, and invented where it does not reach. Decode `next` afterwards.
    ///
    /// # Errors
    /// When `length` is not whole 2.5 ms, or `next` is no Opus packet.
    pub fn recover(
        &mut self,
        next: &[u8],
        length: usize,
        samples: &mut Vec<i16>,
    ) -> Result<usize, OpusError> {
        self.fill(next, length, !next.is_empty(), samples)
    }

    fn fill(
        &mut self,
        packet: &[u8],
        length: usize,
        fec: bool,
        samples: &mut Vec<i16>,
    ) -> Result<usize, OpusError> {
        let start = samples.len();
        samples.resize(start + length, 0);
        let buffer = samples.get_mut(start..).unwrap_or_default();
        match self.inner.decode(packet, buffer, fec) {
            Ok(decoded) => {
                samples.truncate(start + decoded);
                Ok(decoded)
            }
            Err(error) => {
                samples.truncate(start);
                Err(OpusError::of("decode Opus", &error))
            }
        }
    }
}

impl OpusError {
    fn of(what: &'static str, error: &opus::Error) -> Self {
        Self { what, why: error.description() }
    }
}

impl fmt::Display for OpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.what, self.why)
    }
}

impl std::error::Error for OpusError {}
