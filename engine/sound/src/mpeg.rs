//! MP3, and layers I and II, as they are really found: several files in one, behind tags, zeros and lines.

mod frame;
mod tag;

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::MpaDecoder;

pub(crate) use frame::tag_length;
use frame::{Head, find};
use tag::Trim;

use crate::error::DecodeError;
use crate::output::Output;

/// Frames in a row that no chance makes.
const SURE: usize = 4;

/// What a search for frames came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Frames,
    FreeFormat,
    Nothing,
}

/// Whether a file begins with a frame that another one follows.
pub(crate) fn begins(file: &[u8]) -> bool {
    find(file.get(..20_000).unwrap_or(file), 0, None).is_some_and(|(at, _)| at == 0)
}

/// Look for frames anywhere in a file.
pub(crate) fn search(file: &[u8]) -> Found {
    let mut from = 0;
    while let Some((at, head)) = find(file, from, None) {
        let mut next = at;
        let in_a_row = std::iter::from_fn(|| {
            let here = Head::read(file, next).filter(|here| here.is_like(head))?;
            next += here.length;
            Some(here)
        });
        if in_a_row.take(SURE).count() == SURE {
            return Found::Frames;
        }
        from = at + 1;
    }
    let free = Head::read_any(file, 0).is_some_and(|head| head.length == 0 && head.layer == 3);
    if free { Found::FreeFormat } else { Found::Nothing }
}

pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let mut stream: Option<Stream> = None;
    let (mut at, mut before, mut trim) = (0, None, None);
    while let Some((start, head)) = find(file, at, before) {
        output.check_time()?;
        let frame = file.get(start..start + head.length).unwrap_or_default();
        (at, before) = (start + head.length, Some(head));
        if let Some(found) = tag::read(frame, head) {
            // The begin of a file, which may be the second or third of those that were joined.
            (stream, trim) = (None, Some(found));
            continue;
        }
        let fits = stream.as_ref().is_some_and(|stream| stream.fits(head));
        let mut playing = match stream.take().filter(|_| fits) {
            Some(playing) => playing,
            None => Stream::open(head, trim.take().unwrap_or(Trim::ALL), output)?,
        };
        playing.play(frame, head, output)?;
        stream = Some(playing);
    }
    Ok(())
}

/// Frames that belong together.
struct Stream {
    decoder: MpaDecoder,
    head: Head,
    trim: Trim,
    /// Samples that were decoded.
    decoded: u64,
    samples: Vec<f32>,
}

impl Stream {
    fn open(head: Head, trim: Trim, output: &mut Output<'_>) -> Result<Self, DecodeError> {
        output.format(head.rate_hz, head.channels)?;
        let codec = match head.layer {
            1 => CODEC_ID_MP1,
            2 => CODEC_ID_MP2,
            _ => CODEC_ID_MP3,
        };
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(codec);
        let decoder = MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default());
        let decoder = decoder.map_err(|error| {
            DecodeError::unsupported(format!("the MPEG audio cannot be decoded: {error}"))
        })?;
        Ok(Self { decoder, head, trim, decoded: 0, samples: Vec::new() })
    }

    /// Whether a frame continues this stream. Frames behind the last one that the tag counted belong
    /// to another file, which has no tag.
    fn fits(&self, head: Head) -> bool {
        let same = self.head.is_like(head) && self.head.channels == head.channels;
        same && self.decoded < self.trim.total
    }

    fn play(
        &mut self,
        frame: &[u8],
        head: Head,
        output: &mut Output<'_>,
    ) -> Result<(), DecodeError> {
        let length = head.samples as u64;
        let first = self.trim.first.saturating_sub(self.decoded).min(length) as usize;
        let until = self.trim.end.saturating_sub(self.decoded).min(length) as usize;
        self.decoded += length;
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::from(length), frame);
        if let Ok(decoded) = self.decoder.decode_ref(&packet) {
            decoded.copy_to_vec_interleaved(&mut self.samples);
        } else {
            // Damaged: silence, so that what follows comes in its time.
            self.samples.clear();
            self.samples.resize(head.samples * head.channels, 0.0);
        }
        let audible = first * head.channels..until * head.channels;
        output.push_f32(self.samples.get(audible).unwrap_or_default())
    }
}
