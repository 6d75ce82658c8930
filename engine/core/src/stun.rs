//! What anybody may ask us without a password: from which address the question came (RFC 8489 §3,
//! Binding). A page learns by it how it looks from outside its NAT.
//!
//! Deviation: no other method and no extension of RFC 5780 is spoken, and the classic STUN of RFC 3489,
//! which has no magic cookie, is not answered.

mod mirror;

pub(crate) use mirror::{Asked, Mirror};

use std::net::{IpAddr, SocketAddr};

/// Octets before the attributes (RFC 8489 §5).
const HEADER: usize = 20;
const MAGIC: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const REQUEST: [u8; 2] = [0x00, 0x01];
const SUCCESS: [u8; 2] = [0x01, 0x01];
const FAILURE: [u8; 2] = [0x01, 0x11];
const ERROR_CODE: [u8; 2] = [0x00, 0x09];
const UNKNOWN_ATTRIBUTES: [u8; 2] = [0x00, 0x0a];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0x00, 0x20];
/// USERNAME, MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256, PRIORITY, USE-CANDIDATE: a request with one
/// of these is a check of a leg, or means to be one.
const OF_CHECKS: [u16; 5] = [0x0006, 0x0008, 0x001c, 0x0024, 0x0025];
/// From here on an attribute may be passed over (RFC 8489 §14).
const OPTIONAL: u16 = 0x8000;
/// The longest answer: an IPv6 address. A refusal is never longer, see [`MOST_UNKNOWN`].
pub(crate) const MAX_ANSWER: usize = HEADER + 4 + 20;
/// Attributes that a refusal lists. Each took four octets of the request and takes two of the answer.
const MOST_UNKNOWN: usize = 4;

/// A question that nobody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    transaction: [u8; 12],
    /// Attributes that we would have to understand to answer, and do not.
    unknown: [Option<u16>; MOST_UNKNOWN],
}

impl Question {
    /// Reads a datagram. Nothing when it is malformed, no Binding request, or a leg's check.
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let (header, mut attributes) = datagram.split_first_chunk::<HEADER>()?;
        let [a, b, l0, l1, m0, m1, m2, m3, transaction @ ..] = *header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let ours = [a, b] == REQUEST && [m0, m1, m2, m3] == MAGIC;
        if !ours || length != attributes.len() || !length.is_multiple_of(4) {
            return None;
        }
        let mut question = Self { transaction, unknown: [None; MOST_UNKNOWN] };
        while let Some(([k0, k1, l0, l1], rest)) = attributes.split_first_chunk() {
            let kind = u16::from_be_bytes([*k0, *k1]);
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            attributes = rest.get(length.next_multiple_of(4)..)?;
            if OF_CHECKS.contains(&kind) {
                return None;
            }
            let room = question.unknown.iter_mut().find(|place| place.is_none());
            if let Some(place) = room.filter(|_| kind < OPTIONAL) {
                *place = Some(kind);
            }
        }
        Some(question)
    }

    /// Writes the answer to somebody at `source` and returns its length; nothing when there is too
    /// little room.
    pub(crate) fn answer(self, source: SocketAddr, room: &mut [u8]) -> Option<usize> {
        let mut writer = Writer { room, length: 0 };
        if self.unknown.iter().any(Option::is_some) {
            let count = self.unknown.iter().flatten().count();
            let listed = (2 * count).next_multiple_of(4);
            writer.header(FAILURE, 8 + 4 + listed, self.transaction)?;
            writer.put(&ERROR_CODE)?;
            writer.put(&[0, 4, 0, 0, 4, 20])?;
            writer.put(&UNKNOWN_ATTRIBUTES)?;
            writer.put(&((2 * count) as u16).to_be_bytes())?;
            for kind in self.unknown.iter().flatten() {
                writer.put(&kind.to_be_bytes())?;
            }
            writer.put([0; 2].get(..listed - 2 * count)?)?;
            return Some(writer.length);
        }
        // RFC 8489 §14.2: the address is masked, for NATs that rewrite what looks like theirs.
        let port = source.port() ^ u16::from_be_bytes([MAGIC[0], MAGIC[1]]);
        match source.ip() {
            IpAddr::V4(ip) => {
                writer.header(SUCCESS, 4 + 8, self.transaction)?;
                writer.address([0, 8, 0, 1], port, ip.octets(), MAGIC)?;
            }
            IpAddr::V6(ip) => {
                let mask = MAGIC.into_iter().chain(self.transaction);
                let mut octets = ip.octets();
                octets.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
                writer.header(SUCCESS, 4 + 20, self.transaction)?;
                writer.address([0, 20, 0, 2], port, octets, [0; 16])?;
            }
        }
        Some(writer.length)
    }
}

/// Fills an answer from its beginning.
struct Writer<'a> {
    room: &'a mut [u8],
    length: usize,
}

impl Writer<'_> {
    fn put(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.length + octets.len();
        self.room.get_mut(self.length..end)?.copy_from_slice(octets);
        self.length = end;
        Some(())
    }

    fn header(&mut self, kind: [u8; 2], length: usize, transaction: [u8; 12]) -> Option<()> {
        self.put(&kind)?;
        self.put(&(length as u16).to_be_bytes())?;
        self.put(&MAGIC)?;
        self.put(&transaction)
    }

    fn address<const N: usize>(
        &mut self,
        head: [u8; 4],
        port: u16,
        octets: [u8; N],
        mask: [u8; N],
    ) -> Option<()> {
        self.put(&XOR_MAPPED_ADDRESS)?;
        self.put(&head)?;
        self.put(&port.to_be_bytes())?;
        octets.into_iter().zip(mask).try_for_each(|(octet, mask)| self.put(&[octet ^ mask]))
    }
}

#[cfg(test)]
mod tests;
