//! The least SDP that engines take for a browser's, and the least that must be read of theirs.

use std::net::{Ipv4Addr, SocketAddr};

use crate::speech::Codec;

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

/// What a party says of itself.
pub(crate) struct Own<'a> {
    pub(crate) ip: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) codec: Codec,
    pub(crate) setup: Setup,
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
}

/// A party's description.
pub(crate) fn write(own: &Own<'_>) -> String {
    let Own { ip, port, codec, ufrag, password, fingerprint, ssrc, setup } = own;
    let (setup, payload_type, rtpmap) = (setup.word(), codec.payload_type(), codec.rtpmap());
    let lines = [
        "v=0".to_owned(),
        format!("o=- {ssrc} 1 IN IP4 {ip}"),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        format!("m=audio {port} UDP/TLS/RTP/SAVPF {payload_type}"),
        format!("c=IN IP4 {ip}"),
        "a=mid:0".to_owned(),
        "a=sendrecv".to_owned(),
        "a=rtcp-mux".to_owned(),
        format!("a=rtpmap:{rtpmap}"),
        "a=ptime:20".to_owned(),
        format!("a=ssrc:{ssrc} cname:party"),
        format!("a=ice-ufrag:{ufrag}"),
        format!("a=ice-pwd:{password}"),
        format!("a=fingerprint:sha-256 {fingerprint}"),
        format!("a=setup:{setup}"),
        format!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host"),
        "a=end-of-candidates".to_owned(),
        String::new(),
    ];
    lines.join("\r\n")
}

/// The engine's description, if all that is needed is there.
pub(crate) fn read(sdp: &str) -> Option<Theirs> {
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
    };
    let mut candidate = value("candidate")?.split_ascii_whitespace().skip(4);
    let (ip, port) = (candidate.next()?.parse().ok()?, candidate.next()?.parse().ok()?);
    Some(Theirs {
        address: SocketAddr::new(ip, port),
        ufrag: value("ice-ufrag")?.to_owned(),
        password: value("ice-pwd")?.to_owned(),
        active: value("setup")?.trim() == "active",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let own = Own {
            ip: Ipv4Addr::new(127, 1, 0, 2),
            port: 4_000,
            codec: Codec::Pcmu,
            setup: Setup::Active,
            ufrag: "abcd",
            password: "0123456789012345678901",
            fingerprint: "AA:BB",
            ssrc: 7,
        };
        let expected = Theirs {
            address: "127.1.0.2:4000".parse().unwrap(),
            ufrag: "abcd".into(),
            password: "0123456789012345678901".into(),
            active: true,
        };
        assert_eq!(read(&write(&own)), Some(expected));
    }
}
