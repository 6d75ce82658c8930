//! One RTP packet (RFC 3550 §5.1): read without trust, rewritten in place.

use std::fmt;
use std::ops::Range;

/// Octets of a header without CSRCs or extension.
pub const HEADER_LENGTH: usize = 12;

/// The fixed fields of an RTP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Begins a talk-spurt (RFC 3551 §4.1).
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Moment of the first sample, in units of the payload's clock; wraps.
    pub timestamp: u32,
    /// Names the stream.
    pub ssrc: u32,
}

/// A packet that was read: its header, and where in the datagram its payload lies. It borrows
/// nothing, so that the datagram can be rewritten in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The fixed fields.
    pub header: Header,
    body: Range<usize>,
}

/// Why a datagram is no RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// Ends before its header does.
    Short,
    /// Not version 2.
    Version,
    /// Padding of no length, or longer than what follows the header.
    Padding,
}

/// Whether a datagram that begins as RTP is RTCP on the same port (RFC 5761 §4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|octet| (192..=223).contains(octet))
}

impl Header {
    /// Write it as the first twelve octets of `room`; nothing happens when there are fewer.
    pub fn write(self, room: &mut [u8]) {
        let Some(room) = room.first_chunk_mut::<HEADER_LENGTH>() else { return };
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [n0, n1, n2, n3] = self.ssrc.to_be_bytes();
        let second = (u8::from(self.marker) << 7) | (self.payload_type & 0x7f);
        *room = [0x80, second, s0, s1, t0, t1, t2, t3, n0, n1, n2, n3];
    }
}

impl Packet {
    /// Read a datagram. CSRCs and a header extension are stepped over, padding is cut off.
    ///
    /// # Errors
    /// When it is no RTP packet.
    pub fn parse(datagram: &[u8]) -> Result<Self, Malformed> {
        let fixed = datagram.first_chunk::<HEADER_LENGTH>().ok_or(Malformed::Short)?;
        let [first, second, s0, s1, t0, t1, t2, t3, n0, n1, n2, n3] = *fixed;
        if first >> 6 != 2 {
            return Err(Malformed::Version);
        }
        let mut start = HEADER_LENGTH + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            // RFC 3550 §5.3.1: a profile's word, then the extension's length in 32-bit words.
            let words = datagram.get(start + 2..start + 4).ok_or(Malformed::Short)?;
            let words = words.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            start += 4 + 4 * words;
        }
        let body = datagram.get(start..).ok_or(Malformed::Short)?;
        let padding = if first & 0x20 == 0 {
            0
        } else {
            let last = body.last().copied().map_or(0, usize::from);
            if last == 0 || last > body.len() {
                return Err(Malformed::Padding);
            }
            last
        };
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([n0, n1, n2, n3]),
        };
        Ok(Self { header, body: start..datagram.len() - padding })
    }

    /// The payload in the datagram that was read.
    pub fn payload<'a>(&self, datagram: &'a [u8]) -> &'a [u8] {
        datagram.get(self.body.clone()).unwrap_or_default()
    }

    /// Octets of payload.
    pub fn payload_length(&self) -> usize {
        self.body.len()
    }

    /// Put `header` directly before the payload, over whatever stood there, and return the new
    /// packet: without CSRCs, extension and padding. The datagram must be the one that was read.
    pub fn rewrite<'a>(&self, datagram: &'a mut [u8], header: Header) -> &'a mut [u8] {
        let start = self.body.start.saturating_sub(HEADER_LENGTH);
        let packet = datagram.get_mut(start..self.body.end).unwrap_or_default();
        header.write(packet);
        packet
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "RTP packet ends before its header does",
            Self::Version => "RTP version is not 2",
            Self::Padding => "RTP padding does not fit its packet",
        })
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 111,
        sequence: 65_535,
        timestamp: 7,
        ssrc: 0xdead_beef,
    };

    fn plain(header: Header, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LENGTH];
        header.write(&mut bytes);
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn writing_and_reading_round_trip() {
        let bytes = plain(HEADER, b"abc");
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.header, HEADER);
        assert_eq!(packet.payload(&bytes), b"abc");
        assert!(!is_rtcp(&bytes));
    }

    #[test]
    fn csrcs_extension_and_padding_vanish_in_a_rewrite() {
        let mut bytes = plain(HEADER, &[]);
        bytes[0] = 0x80 | 0x20 | 0x10 | 2;
        bytes.extend_from_slice(&[1; 8]);
        bytes.extend_from_slice(&[0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0]);
        bytes.extend_from_slice(b"voice");
        bytes.extend_from_slice(&[0, 0, 3]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.payload(&bytes), b"voice");
        let header = Header { marker: false, payload_type: 0, ..HEADER };
        assert_eq!(packet.rewrite(&mut bytes, header), plain(header, b"voice"));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let refused = |change: fn(&mut Vec<u8>)| {
            let mut bytes = plain(HEADER, b"x");
            change(&mut bytes);
            Packet::parse(&bytes).unwrap_err()
        };
        assert_eq!(refused(|b| b.truncate(11)), Malformed::Short);
        assert_eq!(refused(|b| b[0] = 0x40), Malformed::Version);
        assert_eq!(refused(|b| b[0] = 0x8f), Malformed::Short);
        assert_eq!(refused(|b| b[0] = 0x90), Malformed::Short);
        assert_eq!(refused(|b| b[0] = 0xa0), Malformed::Padding);
        assert_eq!(refused(|b| b.splice(.., [0xa0; 13]).for_each(drop)), Malformed::Padding);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                let payload = packet.payload(&bytes).to_vec();
                prop_assert_eq!(payload.len(), packet.payload_length());
                let rewritten = packet.rewrite(&mut bytes, HEADER).to_vec();
                let again = Packet::parse(&rewritten).unwrap();
                prop_assert_eq!(again.header, HEADER);
                prop_assert_eq!(again.payload(&rewritten), &payload[..]);
            }
        }
    }
}
