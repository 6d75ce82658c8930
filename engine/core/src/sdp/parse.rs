//! Text to lines to sections, within bounds; no meaning yet.

use crate::{SdpError, SdpErrorReason};

/// Bytes of a description we read; a browser's audio offer has 2,000 to 4,000.
const MAX_BYTES: usize = 64 * 1024;
/// Bytes of one line.
const MAX_LINE: usize = 4 * 1024;
/// Lines of the session part or of one section.
const MAX_LINES: usize = 512;
/// `m=` sections.
const MAX_SECTIONS: usize = 20;
/// Formats in one `m=` line.
const MAX_FORMATS: usize = 64;

/// A description, split into its sections.
#[derive(Debug)]
pub(crate) struct Description<'a> {
    /// Attributes that hold for every section.
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// In the order of the `m=` lines, which offer and answer share (RFC 3264 §6).
    pub(crate) sections: Vec<Section<'a>>,
}

/// One `m=` section (RFC 8866 §5.14).
#[derive(Debug)]
pub(crate) struct Section<'a> {
    /// `audio`, `video`, `application`.
    pub(crate) kind: &'a str,
    /// 0 says it is rejected or, with `bundle-only`, that it has none of its own.
    pub(crate) port: u16,
    /// As `UDP/TLS/RTP/SAVPF`.
    pub(crate) protocol: &'a str,
    /// Payload types, or words for other protocols.
    pub(crate) formats: Vec<&'a str>,
    /// Its `a=` lines.
    pub(crate) attributes: Vec<Attribute<'a>>,
}

/// One `a=` line; the value is empty for a property.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

impl<'a> Section<'a> {
    /// The value of its first attribute of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|a| a.name == name).map(|a| a.value)
    }

    /// Whether its port of 0 does not reject it (RFC 9143 §6).
    pub(crate) fn is_bundle_only(&self) -> bool {
        self.port == 0 && self.value("bundle-only").is_some()
    }

    /// Its name (RFC 5888), if it is a token short enough to be repeated back.
    pub(crate) fn mid(&self) -> Option<&'a str> {
        let allowed = |b: u8| b.is_ascii_graphic() && !br#""(),/:;<=>?@[\]"#.contains(&b);
        let mid = self.value("mid")?.trim();
        ((1..=64).contains(&mid.len()) && mid.bytes().all(allowed)).then_some(mid)
    }
}

/// Split a description, or say why it is none.
pub(crate) fn parse(text: &str) -> Result<Description<'_>, SdpError> {
    if text.len() > MAX_BYTES {
        return Err(too_large(&format!("send at most {MAX_BYTES} bytes")));
    }
    let mut description = Description { attributes: Vec::new(), sections: Vec::new() };
    if text.lines().next() != Some("v=0") {
        return Err(malformed(1, "the first line must be v=0"));
    }
    let mut lines_here = 0;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let (kind, value) = split_line(index, line)?;
        lines_here += 1;
        match kind {
            'm' => {
                if description.sections.len() == MAX_SECTIONS {
                    return Err(too_large(&format!("send at most {MAX_SECTIONS} m= sections")));
                }
                description.sections.push(media_line(index, value)?);
                lines_here = 0;
            }
            'a' => {
                let (name, value) = value.split_once(':').unwrap_or((value, ""));
                let section = description.sections.last_mut();
                section
                    .map_or(&mut description.attributes, |section| &mut section.attributes)
                    .push(Attribute { name, value });
            }
            _ => {}
        }
        if lines_here > MAX_LINES {
            return Err(too_large(&format!("send at most {MAX_LINES} lines a section")));
        }
    }
    Ok(description)
}

/// `x=value`, without characters that RFC 8866 §9 keeps out of values.
fn split_line(index: usize, line: &str) -> Result<(char, &str), SdpError> {
    if line.len() > MAX_LINE {
        return Err(too_large(&format!("send lines of at most {MAX_LINE} bytes")));
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(malformed(index + 1, "it holds a control character; send text only"));
    }
    let mut characters = line.chars();
    match (characters.next(), characters.next()) {
        (Some(kind), Some('=')) if kind.is_ascii_lowercase() => Ok((kind, characters.as_str())),
        _ => Err(malformed(index + 1, "write every line as x=value")),
    }
}

fn media_line(index: usize, value: &str) -> Result<Section<'_>, SdpError> {
    let mut words = value.split_ascii_whitespace();
    let parts = (words.next(), words.next(), words.next());
    let (Some(kind), Some(port), Some(protocol)) = parts else {
        return Err(malformed(index + 1, "write m= as <media> <port> <protocol> <formats>"));
    };
    let port = port.split_once('/').map_or(port, |(port, _)| port);
    let Ok(port) = port.parse() else {
        return Err(malformed(index + 1, "the port of an m= line must be 0 to 65535"));
    };
    let formats: Vec<_> = words.collect();
    if formats.len() > MAX_FORMATS {
        return Err(too_large(&format!("send at most {MAX_FORMATS} formats in an m= line")));
    }
    Ok(Section { kind, port, protocol, formats, attributes: Vec::new() })
}

fn malformed(line: usize, hint: &str) -> SdpError {
    SdpErrorReason::Malformed.because(format!("line {line} of the description is not SDP: {hint}"))
}

fn too_large(hint: &str) -> SdpError {
    SdpErrorReason::TooLarge.because(format!("the description is too large: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> SdpErrorReason {
        parse(text).unwrap_err().reason
    }

    #[test]
    fn sections_keep_their_order_and_their_attributes() {
        let text = "v=0\r\na=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=mid:0\r\n\
                    m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=inactive\r\n";
        let description = parse(text).unwrap();
        assert_eq!(description.attributes[0].name, "ice-lite");
        let kinds: Vec<_> = description.sections.iter().map(|s| (s.kind, s.port)).collect();
        assert_eq!(kinds, [("audio", 9), ("video", 0)]);
        assert_eq!(description.sections[0].formats, ["111", "0"]);
        assert_eq!(description.sections[1].attributes[0].value, "1");
    }

    #[test]
    fn text_that_is_no_sdp_is_refused_with_its_line() {
        assert_eq!(refused(""), SdpErrorReason::Malformed);
        assert_eq!(refused("hello"), SdpErrorReason::Malformed);
        assert_eq!(refused("v=0\na=fmtp\0"), SdpErrorReason::Malformed);
        assert_eq!(refused("v=0\nm=audio 70000 RTP/AVP 0"), SdpErrorReason::Malformed);
        assert_eq!(refused("v=0\nm=audio -1 RTP/AVP 0"), SdpErrorReason::Malformed);
        let sentence = parse("v=0\nm=audio").unwrap_err().sentence;
        assert!(sentence.contains("line 2"), "{sentence}");
    }

    // Threat: sdp-parser
    #[test]
    fn bombs_are_refused_by_their_size() {
        let attributes = format!("v=0\nm=audio 9 RTP/AVP 0\n{}", "a=x\n".repeat(10_000));
        assert_eq!(refused(&attributes), SdpErrorReason::TooLarge);
        let sections = format!("v=0\n{}", "m=audio 9 RTP/AVP 0\n".repeat(200));
        assert_eq!(refused(&sections), SdpErrorReason::TooLarge);
        let formats = format!("v=0\nm=audio 9 RTP/AVP{}", " 0".repeat(500));
        assert_eq!(refused(&formats), SdpErrorReason::TooLarge);
        assert_eq!(refused(&format!("v=0\na={}", "x".repeat(5_000))), SdpErrorReason::TooLarge);
        assert_eq!(refused(&"v".repeat(70_000)), SdpErrorReason::TooLarge);
    }
}
