//! The format of a file: by its content first, by what its server calls it where the content is ambiguous.

use crate::container::Kind;
use crate::error::DecodeError;
use crate::headerless::{Headerless, Hint, headerless};
use crate::mpeg;

/// A format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Wav,
    Aiff,
    Au,
    Mpeg,
    Ogg,
    Container(Kind),
    Headerless(Headerless),
}

/// Which format a file has, and where its content begins.
pub(crate) fn recognise<'a>(
    file: &'a [u8],
    hint: Hint<'_>,
) -> Result<(Format, &'a [u8]), DecodeError> {
    if file.is_empty() {
        return Err(DecodeError::not_audio("the file is empty"));
    }
    let content = behind_tags(file);
    if let Some(format) = by_magic(content).or_else(|| by_magic(file)) {
        return Ok((format, if by_magic(content).is_some() { content } else { file }));
    }
    if mpeg::begins(content) {
        return Ok((Format::Mpeg, content));
    }
    let unplayable = name_of(content).or_else(|| name_of(file));
    if let Some(name) = unplayable {
        return Err(refused(name));
    }
    if let Some(shape) = headerless(hint, file) {
        return Ok((Format::Headerless(shape), file));
    }
    match mpeg::search(content) {
        mpeg::Found::Frames => Ok((Format::Mpeg, content)),
        mpeg::Found::FreeFormat => Err(DecodeError::unsupported(
            "the file is a free-format MP3, which is not supported: encode it with a bit rate",
        )),
        mpeg::Found::Nothing => Err(unknown(content, hint)),
    }
}

/// Past what is often written before the content: a byte-order mark, blank lines of a script,
/// zeros, and tags (`ID3v2`, `APEv2`), in any order.
fn behind_tags(file: &[u8]) -> &[u8] {
    let mut rest = file;
    loop {
        let blank = rest.iter().take_while(|octet| matches!(octet, 0 | 9..=13 | b' ')).count();
        let skipped = match rest.strip_prefix(b"\xef\xbb\xbf") {
            Some(_) => 3,
            None => blank.max(mpeg::tag_length(rest)),
        };
        match rest.get(skipped..) {
            Some(behind) if skipped > 0 && !behind.is_empty() => rest = behind,
            _ => return rest,
        }
    }
}

fn by_magic(file: &[u8]) -> Option<Format> {
    let at = |place: usize, what: &[u8]| file.get(place..place + what.len()) == Some(what);
    let any = |words: &[&[u8]]| words.iter().any(|word| at(0, word));
    if any(&[b"RIFF", b"RIFX", b"RF64", b"BW64"]) && at(8, b"WAVE") {
        Some(Format::Wav)
    } else if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        Some(Format::Aiff)
    } else if any(&[b".snd", b"dns."]) {
        Some(Format::Au)
    } else if at(0, b"OggS") {
        Some(Format::Ogg)
    } else if at(0, b"fLaC") {
        Some(Format::Container(Kind::Flac))
    } else if at(4, b"ftyp") {
        Some(Format::Container(Kind::Mp4))
    } else if is_adts(file) {
        Some(Format::Container(Kind::Adts))
    } else {
        None
    }
}

/// AAC frames with headers of their own (ISO/IEC 13818-7 §6.2), two in a row.
fn is_adts(file: &[u8]) -> bool {
    let length = |at: usize| match file.get(at..at + 7)? {
        [0xff, second, third, fourth, fifth, sixth, _]
            if second & 0xf6 == 0xf0 && third >> 2 & 15 < 13 =>
        {
            let high = usize::from(fourth & 3) << 11 | usize::from(*fifth) << 3;
            Some(high | usize::from(sixth >> 5)).filter(|length| *length > 7)
        }
        _ => None,
    };
    length(0).is_some_and(|first| file.len() == first || length(first).is_some())
}

/// Something known that is not decoded.
fn name_of(file: &[u8]) -> Option<Known> {
    let starts = |what: &[u8]| file.starts_with(what);
    let at = |place: usize, what: &[u8]| file.get(place..place + what.len()) == Some(what);
    let table: [(&[u8], Known); 27] = [
        (b"RIFF", Known::Audio("a RIFF file that is no WAV, such as AVI")),
        (b"FORM", Known::Audio("an IFF file that is no AIFF")),
        (b"riff", Known::Audio("a Wave64 file")),
        (b"#!AMR", Known::Audio("an AMR file")),
        (b"#!SILK", Known::Audio("a SILK file")),
        (b"caff", Known::Audio("a CAF file")),
        (b"MThd", Known::Audio("a MIDI file")),
        (b"\x1a\x45\xdf\xa3", Known::Audio("a WebM or Matroska file")),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Known::Audio("a Windows Media (WMA) file")),
        (b"MAC ", Known::Audio("a Monkey's Audio file")),
        (b"wvpk", Known::Audio("a WavPack file")),
        (b"FLV\x01", Known::Audio("a Flash video")),
        (b"NIST_1A", Known::Audio("a NIST SPHERE file")),
        (b"Creative Voice File", Known::Audio("a Creative VOC file")),
        (b"#EXTM3U", Known::Other("a playlist (M3U)")),
        (b"[playlist]", Known::Other("a playlist (PLS)")),
        (b"%PDF", Known::Other("a PDF document")),
        (b"PK\x03\x04", Known::Other("a ZIP archive")),
        (b"\x1f\x8b\x08", Known::Other("data packed with gzip")),
        (b"BZh", Known::Other("data packed with bzip2")),
        (b"\xfd7zXZ", Known::Other("data packed with xz")),
        (b"\x89PNG", Known::Other("a PNG image")),
        (b"\xff\xd8\xff", Known::Other("a JPEG image")),
        (b"GIF8", Known::Other("a GIF image")),
        (b"version https://git-lfs", Known::Other("a pointer of Git LFS")),
        (b"\x7fELF", Known::Other("a program")),
        (b"SQLite format", Known::Other("a database")),
    ];
    if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") {
        return Some(Known::Audio("a QuickTime file of an old kind"));
    }
    let found = table.into_iter().find(|(magic, _)| starts(magic)).map(|(_, known)| known);
    found.or_else(|| text(file))
}

#[derive(Debug, Clone, Copy)]
enum Known {
    /// Audio of a format that is not decoded.
    Audio(&'static str),
    Other(&'static str),
}

/// A page, a document or a message of a web server.
fn text(file: &[u8]) -> Option<Known> {
    let head = file.get(..512).unwrap_or(file);
    let readable = |octet: &u8| matches!(octet, 9..=13 | 32..=126 | 128..);
    let text = std::str::from_utf8(head)
        .map_or_else(|error| error.valid_up_to() + 4 > head.len(), |_| true);
    if !text || !head.iter().all(readable) {
        return None;
    }
    let lower = head.to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|window| window == word);
    Some(Known::Other(match lower.first()? {
        b'<' if has(b"<html") || has(b"<!doctype html") || has(b"<body") => "an HTML page",
        b'<' => "an XML document",
        b'{' | b'[' => "a JSON document",
        // A short run of letters may be anything; mu-law silence is one of them.
        _ if head.iter().filter(|octet| octet.is_ascii_alphabetic() || **octet == b' ').count()
            * 10
            > head.len() * 7
            && has(b" ") =>
        {
            "text"
        }
        _ => return None,
    }))
}

fn refused(known: Known) -> DecodeError {
    match known {
        Known::Audio(name) => DecodeError::unsupported(format!(
            "the file is {name}, which is not supported: use WAV, MP3, AIFF or Ogg"
        )),
        Known::Other(name) => DecodeError::not_audio(format!(
            "the file is {name}, not audio: check that its URL answers with the audio file itself, \
             without logging in"
        )),
    }
}

fn unknown(file: &[u8], hint: Hint<'_>) -> DecodeError {
    let begins: Vec<String> = file.iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    let mut stated: String = hint.content_type.chars().filter(char::is_ascii_graphic).collect();
    stated.truncate(60);
    let stated = if stated.is_empty() {
        "without a content type".to_owned()
    } else {
        format!("sent as {stated}")
    };
    DecodeError::unsupported(format!(
        "the file, {stated}, has no format that is known (it begins with {}): use WAV, MP3, AIFF or Ogg",
        begins.join(" ")
    ))
}
