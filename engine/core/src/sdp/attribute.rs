//! Single attributes: fingerprints, ICE words, candidates, codec maps.

use std::net::SocketAddr;

use crate::negotiation::{AUDIO_LEVEL, Fingerprint, LevelFormat, PeerCandidate};
use crate::{Direction, TransportProtocol};

/// `sha-256 AB:CD:…` (RFC 8122 §5). Nothing for digests too weak to trust or of a wrong length.
pub(crate) fn fingerprint(value: &str) -> Option<Fingerprint> {
    let (digest, hex) = value.trim().split_once(' ')?;
    match digest.to_ascii_lowercase().as_str() {
        "sha-256" => octets(hex).map(Fingerprint::Sha256),
        "sha-384" => octets(hex).map(Fingerprint::Sha384),
        "sha-512" => octets(hex).map(Fingerprint::Sha512),
        _ => None,
    }
}

/// Exactly `N` octets written `AB:CD:…`.
fn octets<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut octets = [0; N];
    let mut words = hex.trim().split(':');
    for octet in &mut octets {
        let word = words.next().filter(|w| w.len() == 2 && !w.starts_with('+'))?;
        *octet = u8::from_str_radix(word, 16).ok()?;
    }
    words.next().is_none().then_some(octets)
}

/// Whether that can be an ICE user fragment (4 to 256) or password (22 to 256 characters):
/// RFC 8839 §5.4.
pub(crate) fn is_ice_word(word: &str, shortest: usize) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    (shortest..=256).contains(&word.len()) && word.bytes().all(allowed)
}

/// `candidate:…` (RFC 8839 §5.1). Nothing for other components, protocols, or names in place of
/// addresses: such lines are to be passed over, not refused.
pub(crate) fn candidate(value: &str) -> Option<PeerCandidate> {
    let mut words = value.split_ascii_whitespace();
    let (_foundation, component, protocol) = (words.next()?, words.next()?, words.next()?);
    let (_priority, address, port) = (words.next()?, words.next()?, words.next()?);
    if component != "1" {
        return None;
    }
    let transport = match protocol.to_ascii_lowercase().as_str() {
        "udp" => TransportProtocol::Udp,
        "tcp" => TransportProtocol::Tcp,
        _ => return None,
    };
    let address = SocketAddr::new(address.parse().ok()?, port.parse().ok()?);
    Some(PeerCandidate { transport, address, line: format!("candidate:{value}") })
}

/// `<payload type> <value>`, as in `a=rtpmap` and `a=fmtp`.
pub(crate) fn by_payload_type(value: &str) -> Option<(u8, &str)> {
    let (number, rest) = value.trim().split_once(' ')?;
    Some((payload_type(number)?, rest.trim()))
}

/// A payload type number; 64 to 95 would be taken for RTCP (RFC 5761 §4).
pub(crate) fn payload_type(word: &str) -> Option<u8> {
    word.parse().ok().filter(|number| *number < 64 || (96..128).contains(number))
}

/// The identifier of an `a=extmap`, if a packet can carry it: 0 is padding, 15 ends the list of the
/// one-byte form (RFC 8285 §4.2), and those from 4096 on are an offer's placeholders (RFC 8285 §7).
pub(crate) fn extension_id(value: &str) -> Option<u8> {
    let word = value.split_ascii_whitespace().next()?;
    let number = word.split_once('/').map_or(word, |(number, _)| number);
    number.parse().ok().filter(|id| !matches!(id, 0 | 15))
}

/// The audio level in the value of an `a=extmap` (RFC 6464 §4), from the side that wrote it.
pub(crate) fn audio_level(value: &str) -> Option<LevelFormat> {
    let id = extension_id(value)?;
    let mut words = value.split_ascii_whitespace();
    let direction = match words.next()?.split_once('/') {
        Some((_, word)) => Direction::from_word(word)?,
        None => Direction::SendRecv,
    };
    if words.next()? != AUDIO_LEVEL {
        return None;
    }
    Some(LevelFormat { id, direction, vad: words.all(|word| word != "vad=off") })
}

/// The value of one `name=value` of an `a=fmtp`.
pub(crate) fn parameter<'a>(fmtp: &'a str, name: &str) -> Option<&'a str> {
    fmtp.split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Threat: fingerprint
    #[test]
    fn only_whole_and_strong_fingerprints_count() {
        let good = format!("sha-256 {}", vec!["0A"; 32].join(":"));
        assert_eq!(fingerprint(&good), Some(Fingerprint::Sha256([10; 32])));
        assert_eq!(fingerprint(&good.to_uppercase()), Some(Fingerprint::Sha256([10; 32])));
        assert_eq!(fingerprint(&format!("{good}:0A")), None);
        assert_eq!(fingerprint(&format!("sha-1 {}", vec!["0A"; 20].join(":"))), None);
        assert_eq!(fingerprint(&format!("sha-256 {}", vec!["+A"; 32].join(":"))), None);
        assert_eq!(fingerprint("sha-256"), None);
    }

    #[test]
    fn candidates_with_names_or_odd_components_are_passed_over() {
        let udp = "1 1 udp 2113937151 192.0.2.7 50000 typ host";
        assert_eq!(candidate(udp).unwrap().address, "192.0.2.7:50000".parse().unwrap());
        let tcp = "2 1 TCP 1518280447 2001:db8::7 9 typ host tcptype active";
        assert_eq!(candidate(tcp).unwrap().transport, TransportProtocol::Tcp);
        assert_eq!(candidate("1 1 udp 2113937151 3a-4b.local 50000 typ host"), None);
        for component in ["0", "2", "3", "255", "-1"] {
            assert_eq!(candidate(&udp.replacen(" 1 ", &format!(" {component} "), 1)), None);
        }
        assert_eq!(candidate("1 1 udp 2113937151 192.0.2.7 65536 typ host"), None);
        assert_eq!(candidate(""), None);
    }

    #[test]
    fn payload_types_that_look_like_rtcp_are_passed_over() {
        assert_eq!(payload_type("111"), Some(111));
        for word in ["72", "64", "95", "128", "-1", "4294967296", ""] {
            assert_eq!(payload_type(word), None, "{word}");
        }
    }

    #[test]
    fn an_audio_level_has_an_identifier_that_a_packet_can_have() {
        let read = |head: &str, tail: &str| audio_level(&format!("{head} {AUDIO_LEVEL}{tail}"));
        let level = |id, direction, vad| Some(LevelFormat { id, direction, vad });
        assert_eq!(read("1", ""), level(1, Direction::SendRecv, true));
        assert_eq!(read("14/sendonly", " vad=on"), level(14, Direction::SendOnly, true));
        assert_eq!(read("255/inactive", " vad=off"), level(255, Direction::Inactive, false));
        for head in ["0", "15", "256", "4096", "-1", "+", "", "1/", "1/both", "1/sendrecv/recvonly"]
        {
            assert_eq!(read(head, ""), None, "{head}");
        }
        assert_eq!(audio_level("1"), None);
        assert_eq!(audio_level("1 urn:ietf:params:rtp-hdrext:csrc-audio-level"), None);
    }

    #[test]
    fn parameters_are_found_in_any_spelling() {
        assert_eq!(parameter("minptime=10; useInbandFec = 1", "useinbandfec"), Some("1"));
        assert_eq!(parameter("minptime=10", "useinbandfec"), None);
    }
}
