//! ADPCM of Microsoft and of the IMA, block by block.

use symphonia::core::audio::{AudioSpec, Channels};
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_QT, CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS,
};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::AdpcmDecoder;

use crate::error::DecodeError;
use crate::output::Output;

/// Which predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Microsoft,
    Ima,
}

/// What a WAV file says about its ADPCM.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adpcm {
    pub(crate) kind: Kind,
    pub(crate) rate_hz: u32,
    pub(crate) channels: usize,
    /// Octets of a block.
    pub(crate) block: usize,
    /// Frames of a block, 0 if it is not said.
    pub(crate) frames: usize,
}

impl Adpcm {
    pub(crate) fn decode(
        self,
        data: &[u8],
        fact: Option<u64>,
        output: &mut Output<'_>,
    ) -> Result<(), DecodeError> {
        let Self { kind, rate_hz, channels, block, .. } = self;
        let (codec, head, first) = match kind {
            // RFC 2361 appendix A: the first two frames, or the first one, stand in the block's head.
            Kind::Microsoft => (CODEC_ID_ADPCM_MS, 7 * channels, 2),
            Kind::Ima => (CODEC_ID_ADPCM_IMA_WAV, 4 * channels, 1),
        };
        if channels > 2 || block <= head || block % channels != 0 {
            return Err(DecodeError::unsupported(format!(
                "the WAV file holds ADPCM with {channels} channels in blocks of {block} bytes, which is \
                 not supported"
            )));
        }
        let fits = (block - head) * 2 / channels + first;
        let frames = if (1..=fits).contains(&self.frames) { self.frames } else { fits };
        let most = fact.filter(|fact| *fact > 0).unwrap_or(u64::MAX);
        let shape = Blocks { codec, rate_hz, channels, block, frames };
        shape.decode(data, most, output)
    }
}

/// `ima4` of AIFF-C: 64 frames in 34 octets of each channel (Apple, `QuickTime` File Format, IMA 4:1).
pub(crate) fn decode_quicktime(
    data: &[u8],
    rate_hz: u32,
    channels: usize,
    output: &mut Output<'_>,
) -> Result<(), DecodeError> {
    if channels > 2 {
        let sentence =
            "the AIFF-C file holds ADPCM with more than two channels, which is not supported";
        return Err(DecodeError::unsupported(sentence));
    }
    let codec = CODEC_ID_ADPCM_IMA_QT;
    let shape = Blocks { codec, rate_hz, channels, block: 34 * channels, frames: 64 };
    shape.decode(data, u64::MAX, output)
}

struct Blocks {
    codec: AudioCodecId,
    rate_hz: u32,
    channels: usize,
    block: usize,
    frames: usize,
}

impl Blocks {
    fn decode(&self, data: &[u8], most: u64, output: &mut Output<'_>) -> Result<(), DecodeError> {
        output.format(self.rate_hz, self.channels)?;
        let mut decoder = self.decoder()?;
        let (mut left, mut samples, mut padded) = (most, Vec::<i16>::new(), Vec::new());
        for block in data.chunks(self.block) {
            padded.clear();
            padded.extend_from_slice(block);
            // The last block may be cut off.
            padded.resize(self.block, 0);
            let duration = Duration::from(self.frames as u64);
            let packet = PacketRef::new(0, Timestamp::new(0), duration, &padded);
            let share = self.frames * block.len() / self.block;
            let frames = u64::try_from(share).unwrap_or(0).min(left);
            left -= frames;
            if self.diverges(&padded) {
                output.push_silence(frames as usize)?;
                continue;
            }
            match decoder.decode_ref(&packet) {
                Ok(decoded) => {
                    decoded.copy_to_vec_interleaved(&mut samples);
                    let wanted = frames as usize * self.channels;
                    output.push_i16(samples.get(..wanted).unwrap_or(&samples))?;
                }
                Err(_) => output.push_silence(frames as usize)?,
            }
        }
        Ok(())
    }

    /// Whether a damaged block of Microsoft's makes the step size grow without end, for which the
    /// decoder has no bound: true ones keep it within 16 bits (RFC 2361 appendix A).
    fn diverges(&self, block: &[u8]) -> bool {
        /// The factors of the step size by nibble, times 256.
        const FACTORS: [i64; 16] =
            [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
        const LEAST: i64 = 16;
        /// What the decoder can still multiply.
        const MOST: i64 = i32::MAX as i64 / 768;
        if self.codec != CODEC_ID_ADPCM_MS {
            return false;
        }
        let step = |channel: usize| {
            let at = self.channels + 2 * channel;
            let octets = block.get(at..)?.first_chunk()?;
            Some(i64::from(i16::from_le_bytes(*octets)))
        };
        let mut steps = [0, self.channels - 1].map(|channel| step(channel).unwrap_or_default());
        let nibbles = block.iter().skip(7 * self.channels).flat_map(|o| [o >> 4, o & 15]);
        for (n, nibble) in nibbles.enumerate() {
            let Some(step) = steps.get_mut(n % self.channels) else { return false };
            *step = (FACTORS.get(usize::from(nibble)).copied().unwrap_or_default() * *step / 256)
                .max(LEAST);
            if *step > MOST {
                return true;
            }
        }
        false
    }

    fn decoder(&self) -> Result<AdpcmDecoder, DecodeError> {
        let channels = Channels::Discrete(self.channels as u16);
        let spec = AudioSpec::new(self.rate_hz, channels);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.codec)
            .with_sample_rate(self.rate_hz)
            .with_channels(spec.channels().clone())
            .with_max_frames_per_packet(self.frames as u64)
            .with_frames_per_block(self.frames as u64);
        AdpcmDecoder::try_new(&parameters, &AudioDecoderOptions::default()).map_err(|error| {
            DecodeError::unsupported(format!("the ADPCM cannot be decoded: {error}"))
        })
    }
}
