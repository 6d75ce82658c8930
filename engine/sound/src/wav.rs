//! WAV files (Multimedia Programming Interface 1.0; RFC 2361) with RIFX, RF64 (EBU Tech 3306) and BW64.

use std::ops::Range;

use crate::adpcm::{self, Adpcm};
use crate::error::DecodeError;
use crate::iff::{Chunk, Chunks, Endian};
use crate::output::{Output, check_shape};
use crate::pcm::{self, Coding, Pcm};
use crate::{gsm, mpeg};

/// What the `fmt ` chunk says.
#[derive(Debug, Clone, Copy)]
struct Fmt {
    tag: u64,
    channels: usize,
    rate_hz: u32,
    block: usize,
    bits: u32,
    /// Frames of a block, of formats that have blocks.
    frames: usize,
}

/// The chunks that count.
#[derive(Default)]
struct Parts {
    fmt: Option<Range<usize>>,
    data: Option<Chunk>,
    /// Frames in all, of formats with blocks.
    fact: Option<u64>,
    /// The length of the data in RF64.
    data_length: Option<u64>,
}

pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let endian = if file.starts_with(b"RIFX") { Endian::Big } else { Endian::Little };
    let parts = Parts::read(file, endian);
    let lacks = |name: &str| {
        Err(DecodeError::damaged(format!("the WAV file has no sound: its {name} chunk is missing")))
    };
    let Some(fmt) = parts.fmt.clone() else { return lacks("fmt") };
    let Some(data) = parts.sound(file.len()) else { return lacks("data") };
    let fmt = Fmt::read(file.get(fmt).unwrap_or_default(), endian);
    let data = file.get(data).unwrap_or_default();
    if data.is_empty() {
        return Err(DecodeError::damaged("the WAV file has no sound: its data chunk is empty"));
    }
    fmt.decode(data, parts.fact, endian, output)
}

impl Parts {
    fn read(file: &[u8], endian: Endian) -> Self {
        let mut parts = Self::default();
        for chunk in Chunks::new(file, endian, 12) {
            parts.take(chunk, file, endian);
        }
        // A length that is wrong leads past the chunks that follow: look for them.
        if parts.fmt.is_none() {
            parts.fmt = find(file, *b"fmt ", endian).map(|chunk| chunk.content);
        }
        if parts.data.is_none() {
            parts.data = find(file, *b"data", endian);
        }
        parts
    }

    fn take(&mut self, chunk: Chunk, file: &[u8], endian: Endian) {
        let content = file.get(chunk.content.clone()).unwrap_or_default();
        match &chunk.name {
            b"fmt " if self.fmt.is_none() => self.fmt = Some(chunk.content),
            b"data" if self.data.as_ref().is_none_or(|data| data.content.is_empty()) => {
                self.data = Some(chunk);
            }
            b"fact" => self.fact = content.get(..4).map(|count| endian.number(count)),
            b"ds64" => self.data_length = content.get(8..16).map(|length| endian.number(length)),
            _ => {}
        }
    }

    /// Where the sound is. A length of 0, or of all ones, is written by encoders that stream: the
    /// sound goes to the end.
    fn sound(&self, end: usize) -> Option<Range<usize>> {
        let data = self.data.as_ref()?;
        let start = data.content.start;
        let length = match (data.stated, self.data_length) {
            (0xffff_ffff, Some(length)) if length > 0 => usize::try_from(length).ok()?,
            (0, _) => usize::MAX,
            (stated, _) => stated,
        };
        Some(start.min(end)..start.saturating_add(length).min(end))
    }
}

fn find(file: &[u8], name: [u8; 4], endian: Endian) -> Option<Chunk> {
    let at = file.windows(4).position(|four| *four == name)?;
    Chunks::new(file, endian, at).next()
}

impl Fmt {
    fn read(chunk: &[u8], endian: Endian) -> Self {
        let field =
            |range: Range<usize>| chunk.get(range).map_or(0, |octets| endian.number(octets));
        let tag = match field(0..2) {
            // WAVE_FORMAT_EXTENSIBLE: the tag is the beginning of the sub-format's GUID.
            0xfffe if chunk.len() >= 26 => field(24..26),
            // Some leave it out.
            0xfffe => 1,
            tag => tag,
        };
        Self {
            tag,
            channels: field(2..4) as usize,
            rate_hz: field(4..8) as u32,
            block: field(12..14) as usize,
            bits: field(14..16) as u32,
            frames: field(18..20) as usize,
        }
    }

    fn decode(
        self,
        data: &[u8],
        fact: Option<u64>,
        endian: Endian,
        output: &mut Output<'_>,
    ) -> Result<(), DecodeError> {
        let Self { tag, channels, rate_hz, block, bits, frames } = self;
        if tag == 0x50 || tag == 0x55 {
            return mpeg::decode(data, output);
        }
        check_shape(rate_hz, channels)?;
        let coding = match tag {
            1 => Coding::Integer,
            3 if matches!(bits, 32 | 64) => Coding::Float,
            6 => Coding::ALaw,
            7 => Coding::MuLaw,
            2 | 0x11 => {
                let kind = if tag == 2 { adpcm::Kind::Microsoft } else { adpcm::Kind::Ima };
                let adpcm = Adpcm { kind, rate_hz, channels, block, frames };
                return adpcm.decode(data, fact, output);
            }
            0x31 if channels == 1 => {
                output.format(rate_hz, 1)?;
                return gsm::decode_wav(data, fact, output);
            }
            _ => return Err(self.refused()),
        };
        let Some(pcm) = Pcm::new(coding, endian, bits, block, channels) else {
            return Err(self.refused());
        };
        output.format(rate_hz, channels)?;
        pcm::decode(pcm, data, output)
    }

    fn refused(self) -> DecodeError {
        let Self { tag, bits, channels, .. } = self;
        let name = match tag {
            0x10 | 0x17 => "OKI or Dialogic ADPCM",
            0x14 | 0x40 | 0x64 | 0x45 => "G.721, G.723 or G.726 ADPCM",
            0x31 => "GSM 6.10 with several channels",
            0x42 => "G.723.1",
            0x65 | 0x028f => "G.722",
            0x83 => "G.729",
            0xff | 0x1600 | 0x1610 | 0x706d => "AAC",
            0x160..=0x163 => "Windows Media Audio",
            0x22 => "TrueSpeech",
            0x2000 => "AC-3",
            0x566f | 0x674f..=0x6771 => "Vorbis",
            _ => "a format that is not known",
        };
        DecodeError::unsupported(format!(
            "the WAV file holds {name} (format {tag}, {bits} bits, {channels} channels), which is not \
             supported: use PCM of 8 to 32 bits, float, mu-law, A-law, IMA or MS ADPCM, GSM 6.10, or MP3"
        ))
    }
}
