//! The least SDP that engines take for a browser's, and the least that must be read of theirs.

use std::net::{Ipv4Addr, SocketAddr};

use crate::rtp::{LEVEL_ID, TELEPHONE_EVENT};
use crate::speech::Codec;
use crate::srtp::Described;

/// The one suite of keys in descriptions (RFC 4568 §6.2.1).
const CRYPTO: &str = "AES_CM_128_HMAC_SHA1_80";

/// A party's part in the DTLS handshake, as it says in its description (RFC 4145 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    ActPass,
    Active,
}

impl Setup {
    pub(crate) fn named(word: &str) -> Option<Self> {
        [Self::ActPass, Self::Active].into_iter().find(|setup| setup.word() == word)
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::ActPass => "actpass",
            Self::Active => "active",
        }
    }
}

/// What new parties are like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) codec: Codec,
    pub(crate) setup: Setup,
    /// They offer the audio level (RFC 6464).
    pub(crate) level: bool,
    /// They offer telephone events (RFC 4733).
    pub(crate) events: bool,
    /// They write their SRTP keys into their descriptions (RFC 4568) and know nothing of ICE.
    pub(crate) described_keys: bool,
}

/// What a party says of itself.
pub(crate) struct Own<'a> {
    pub(crate) ip: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) kind: Kind,
    pub(crate) key: Option<&'a Described>,
    pub(crate) ufrag: &'a str,
    pub(crate) password: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) ssrc: u32,
}

/// What must be known of the engine's end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Theirs {
    pub(crate) address: SocketAddr,
    pub(crate) ufrag: String,
    pub(crate) password: String,
    /// Whether it begins the DTLS handshake.
    pub(crate) active: bool,
    /// Its SRTP key, if it is in the description.
    pub(crate) key: Option<Described>,
}

/// A party's description.
pub(crate) fn write(own: &Own<'_>) -> String {
    let Own { ip, port, kind, ssrc, .. } = own;
    let Kind { codec, level, events, described_keys, .. } = *kind;
    let (payload_type, rtpmap) = (codec.payload_type(), codec.rtpmap());
    let protocol = if described_keys { "RTP/SAVP" } else { "UDP/TLS/RTP/SAVPF" };
    let more = if events { format!(" {TELEPHONE_EVENT}") } else { String::new() };
    let mut lines = vec![
        "v=0".to_owned(),
        format!("o=- {ssrc} 1 IN IP4 {ip}"),
        "s=-".to_owned(),
        format!("c=IN IP4 {ip}"),
        "t=0 0".to_owned(),
        format!("m=audio {port} {protocol} {payload_type}{more}"),
        "a=mid:0".to_owned(),
        "a=sendrecv".to_owned(),
        "a=rtcp-mux".to_owned(),
        format!("a=rtpmap:{rtpmap}"),
        "a=ptime:20".to_owned(),
        format!("a=ssrc:{ssrc} cname:party"),
    ];
    if level {
        lines.push(format!("a=extmap:{LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level"));
    }
    if events {
        lines.push(format!("a=rtpmap:{TELEPHONE_EVENT} telephone-event/{}", codec.clock_hz()));
        lines.push(format!("a=fmtp:{TELEPHONE_EVENT} 0-15"));
    }
    lines.extend(transport(own));
    lines.push(String::new());
    lines.join("\r\n")
}

/// How a party is reached and where its keys come from.
fn transport(own: &Own<'_>) -> Vec<String> {
    let Own { ip, port, kind, key, ufrag, password, fingerprint, .. } = own;
    if let Some(key) = key {
        return vec![format!("a=crypto:1 {CRYPTO} inline:{}", key.base64())];
    }
    vec![
        format!("a=ice-ufrag:{ufrag}"),
        format!("a=ice-pwd:{password}"),
        format!("a=fingerprint:sha-256 {fingerprint}"),
        format!("a=setup:{}", kind.setup.word()),
        format!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host"),
        "a=end-of-candidates".to_owned(),
    ]
}

/// The engine's description, if all that is needed is there.
pub(crate) fn read(sdp: &str) -> Option<Theirs> {
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
    };
    let crypto = sdp.lines().find_map(|line| line.split_once(CRYPTO)?.1.split_once("inline:"));
    if let Some((_, inline)) = crypto {
        let field = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name));
        let ip = field("c=IN IP4 ")?.trim().parse().ok()?;
        let port = field("m=audio ")?.split(' ').next()?.parse().ok()?;
        // RFC 4568 §6.1: a lifetime and a key's identifier may follow.
        let key = Described::read(inline.split('|').next()?.trim())?;
        let (ufrag, password) = (String::new(), String::new());
        let address = SocketAddr::new(ip, port);
        return Some(Theirs { address, ufrag, password, active: false, key: Some(key) });
    }
    let mut candidate = value("candidate")?.split_ascii_whitespace().skip(4);
    let (ip, port) = (candidate.next()?.parse().ok()?, candidate.next()?.parse().ok()?);
    Some(Theirs {
        address: SocketAddr::new(ip, port),
        ufrag: value("ice-ufrag")?.to_owned(),
        password: value("ice-pwd")?.to_owned(),
        active: value("setup")?.trim() == "active",
        key: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind {
        codec: Codec::Pcmu,
        setup: Setup::Active,
        level: false,
        events: false,
        described_keys: false,
    };

    fn own(kind: Kind, key: Option<&Described>) -> Own<'_> {
        Own {
            ip: Ipv4Addr::new(127, 1, 0, 2),
            port: 4_000,
            kind,
            key,
            ufrag: "abcd",
            password: "0123456789012345678901",
            fingerprint: "AA:BB",
            ssrc: 7,
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let expected = Theirs {
            address: "127.1.0.2:4000".parse().unwrap(),
            ufrag: "abcd".into(),
            password: "0123456789012345678901".into(),
            active: true,
            key: None,
        };
        assert_eq!(read(&write(&own(KIND, None))), Some(expected));
    }

    #[test]
    fn keys_in_descriptions_are_read_with_and_without_a_lifetime() {
        let key = Described::of(3);
        let text = write(&own(Kind { described_keys: true, ..KIND }, Some(&key)));
        let lasting = text.lines().map(|line| {
            let lifetime = if line.contains("inline:") { "|2^31" } else { "" };
            format!("{line}{lifetime}\r\n")
        });
        for text in [text.clone(), lasting.collect()] {
            let theirs = read(&text).unwrap();
            assert_eq!(theirs.address, SocketAddr::from(([127, 1, 0, 2], 4_000)));
            assert_eq!(theirs.key, Some(Described::of(3)));
        }
        assert!(!text.contains("fingerprint") && text.contains("RTP/SAVP 0"));
        assert_eq!(read(&text.replace("inline:", "inline:x")), None);
    }

    #[test]
    fn levels_and_events_are_offered_where_they_are_asked_for() {
        let text = write(&own(Kind { level: true, events: true, ..KIND }, None));
        assert!(text.contains("a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"));
        assert!(text.contains("m=audio 4000 UDP/TLS/RTP/SAVPF 0 101\r\n"));
        assert!(text.contains("a=rtpmap:101 telephone-event/8000\r\n"));
        let plain = write(&own(KIND, None));
        assert!(!plain.contains("extmap") && !plain.contains("telephone-event"));
    }
}
