//! AIFF and AIFF-C files (Apple, Audio Interchange File Format 1.3; AIFF-C draft of 1991).

use std::ops::Range;

use crate::adpcm;
use crate::error::DecodeError;
use crate::iff::{Chunks, Endian};
use crate::output::{Output, check_shape};
use crate::pcm::{self, Coding, Pcm};

pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let (mut common, mut sound) = (None, None);
    for chunk in Chunks::new(file, Endian::Big, 12) {
        match &chunk.name {
            b"COMM" => common = Some(chunk.content),
            b"SSND" => sound = Some(chunk),
            _ => {}
        }
    }
    let lacks = |name: &str| {
        Err(DecodeError::damaged(format!(
            "the AIFF file has no sound: its {name} chunk is missing"
        )))
    };
    let Some(common) = common else { return lacks("COMM") };
    let Some(sound) = sound else { return lacks("SSND") };
    let common = file.get(common).unwrap_or_default();
    // Eight octets before the sound say where in it the first frame begins.
    let head = file.get(sound.content.start..).and_then(|rest| rest.first_chunk::<4>());
    let offset = head.map_or(0, |offset| u32::from_be_bytes(*offset)) as usize;
    let start = sound.content.start.saturating_add(8).saturating_add(offset);
    // No length, of encoders that stream: the sound goes to the end.
    let end = if sound.stated <= 8 { file.len() } else { sound.content.end };
    decode_sound(common, file.get(start..end).unwrap_or_default(), output)
}

fn decode_sound(common: &[u8], data: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let field =
        |range: Range<usize>| common.get(range).map_or(0, |octets| Endian::Big.number(octets));
    let (channels, frames, bits) = (field(0..2) as usize, field(2..6), field(6..8) as u32);
    let rate_hz = extended(common.get(8..18).unwrap_or_default());
    check_shape(rate_hz, channels)?;
    let compression = common.get(18..22).unwrap_or(b"NONE");
    let (coding, endian, bits) = match compression {
        b"NONE" | b"twos" | b"in16" => (Coding::Integer, Endian::Big, bits),
        b"sowt" => (Coding::Integer, Endian::Little, bits),
        b"in24" => (Coding::Integer, Endian::Big, 24),
        b"in32" => (Coding::Integer, Endian::Big, 32),
        b"23ni" => (Coding::Integer, Endian::Little, 32),
        b"raw " => (Coding::Unsigned, Endian::Big, bits),
        b"fl32" | b"FL32" => (Coding::Float, Endian::Big, 32),
        b"fl64" | b"FL64" => (Coding::Float, Endian::Big, 64),
        b"ulaw" | b"ULAW" => (Coding::MuLaw, Endian::Big, 8),
        b"alaw" | b"ALAW" => (Coding::ALaw, Endian::Big, 8),
        b"ima4" => return adpcm::decode_quicktime(data, rate_hz, channels, output),
        other => {
            let name = String::from_utf8_lossy(other).escape_default().to_string();
            return Err(DecodeError::unsupported(format!(
                "the AIFF-C file is compressed as {name:?}, which is not supported: use PCM, float, \
                 mu-law, A-law or IMA ADPCM"
            )));
        }
    };
    let Some(pcm) = Pcm::new(coding, endian, bits, 0, channels) else {
        let sentence = format!("the AIFF file has {bits} bits a sample, which is not supported");
        return Err(DecodeError::unsupported(sentence));
    };
    // Samples of AIFF are signed, 8 bits too; a count of 0 was never filled in.
    let pcm = if coding == Coding::Integer { pcm.signed() } else { pcm };
    let most = usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(pcm.frame());
    let data = if frames == 0 { data } else { data.get(..most).unwrap_or(data) };
    output.format(rate_hz, channels)?;
    pcm::decode(pcm, data, output)
}

/// A float of 80 bits (IEEE 754 extended), as a whole number.
fn extended(octets: &[u8]) -> u32 {
    let Some([e0, e1, mantissa @ ..]) = octets.first_chunk::<10>() else { return 0 };
    let exponent = i32::from(u16::from_be_bytes([*e0, *e1]) & 0x7fff) - 16_383;
    let mantissa = u64::from_be_bytes(*mantissa);
    match exponent {
        0..=31 => u32::try_from(mantissa >> (63 - exponent)).unwrap_or(u32::MAX),
        _ => 0,
    }
}
