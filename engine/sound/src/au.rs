//! Sun and `NeXT` `.au` files, which `audio/basic` often means.

use std::ops::Range;

use crate::error::DecodeError;
use crate::iff::Endian;
use crate::output::{Output, check_shape};
use crate::pcm::{self, Coding, Pcm};

pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let endian = if file.starts_with(b"dns.") { Endian::Little } else { Endian::Big };
    let field = |range: Range<usize>| file.get(range).map_or(0, |octets| endian.number(octets));
    let (start, length, encoding) = (field(4..8) as usize, field(8..12) as usize, field(12..16));
    let (rate_hz, channels) = (field(16..20) as u32, field(20..24) as usize);
    check_shape(rate_hz, channels)?;
    let (coding, bits) = match encoding {
        1 => (Coding::MuLaw, 8),
        2 => (Coding::Integer, 8),
        3 => (Coding::Integer, 16),
        4 => (Coding::Integer, 24),
        5 => (Coding::Integer, 32),
        6 => (Coding::Float, 32),
        7 => (Coding::Float, 64),
        27 => (Coding::ALaw, 8),
        _ => {
            return Err(DecodeError::unsupported(format!(
                "the AU file has encoding {encoding}, which is not supported: use mu-law, A-law or PCM"
            )));
        }
    };
    let Some(pcm) = Pcm::new(coding, endian, bits, 0, channels) else {
        return Err(DecodeError::damaged("the AU file's header is damaged"));
    };
    // A length of all ones, or of none, was never filled in.
    let end = if length == 0 { usize::MAX } else { start.saturating_add(length) };
    let sound = file.get(start.max(24)..end.min(file.len())).unwrap_or_default();
    output.format(rate_hz, channels)?;
    pcm::decode(pcm.signed(), sound, output)
}
