//! Formats without a header, recognised by what the server said about the file.

use crate::error::DecodeError;
use crate::gsm;
use crate::iff::Endian;
use crate::output::Output;
use crate::pcm::{self, Coding, Pcm};

/// What the server said about a file. It decides only where the content cannot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hint<'a> {
    /// The media type with its parameters, as in `audio/L16;rate=8000`; empty for none.
    pub content_type: &'a str,
    /// The file's name; empty for none.
    pub name: &'a str,
}

/// A format without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headerless {
    Pcm(Pcm, u32),
    Gsm,
}

/// The format of a file without a header, by what its server calls it.
pub(crate) fn headerless(hint: Hint<'_>, file: &[u8]) -> Option<Headerless> {
    let mut parts = hint.content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next().unwrap_or_default();
    let parameters: Vec<String> = parts.collect();
    let parameter = |name: &str, otherwise: u32| {
        let value = parameters.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.trim_matches('"').parse().ok()).unwrap_or(otherwise)
    };
    let law = |coding| {
        let (rate_hz, channels) = (parameter("rate", 8_000), parameter("channels", 1) as usize);
        let channels = channels.clamp(1, 8);
        Some(Headerless::Pcm(Pcm::new(coding, Endian::Big, 8, 0, channels)?, rate_hz))
    };
    let extension =
        hint.name.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_ascii_lowercase());
    let stated = kind.strip_prefix("audio/").map(|kind| kind.strip_prefix("x-").unwrap_or(kind));
    match stated {
        Some("ulaw" | "mulaw" | "mu-law" | "pcmu" | "basic") => return law(Coding::MuLaw),
        Some("alaw" | "a-law" | "pcma") => return law(Coding::ALaw),
        Some("gsm") => return Some(Headerless::Gsm),
        // RFC 2586, RFC 3551 §4.5.11: network byte order.
        Some("l16") => {
            let channels = (parameter("channels", 1) as usize).clamp(1, 8);
            let pcm = Pcm::new(Coding::Integer, Endian::Big, 16, 0, channels)?;
            return Some(Headerless::Pcm(pcm, parameter("rate", 8_000)));
        }
        _ => {}
    }
    match extension.as_str() {
        "ulaw" | "ul" | "mulaw" | "pcmu" => law(Coding::MuLaw),
        "alaw" | "al" | "pcma" => law(Coding::ALaw),
        "gsm" => Some(Headerless::Gsm),
        _ => gsm::looks_so(file).then_some(Headerless::Gsm),
    }
}

pub(crate) fn decode_headerless(
    file: &[u8],
    shape: Headerless,
    output: &mut Output<'_>,
) -> Result<(), DecodeError> {
    match shape {
        Headerless::Gsm => {
            output.format(8_000, 1)?;
            gsm::decode(file, output)
        }
        Headerless::Pcm(pcm, rate_hz) => {
            output.format(rate_hz, pcm.channels())?;
            pcm::decode(pcm, file, output)
        }
    }
}
