//! Binding requests without credentials (RFC 8489 §3): the response holds the address the request came
//! from, so a page learns its address outside its NAT.
//!
//! Deviation: no other method and no extension of RFC 5780 is supported, and the classic STUN of
//! RFC 3489, which has no magic cookie, is not answered.

mod binding_server;

pub(crate) use binding_server::{BindingServer, Outcome};

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
/// of these is an ICE check of a leg, valid or not.
const CHECK_ATTRIBUTES: [u16; 5] = [0x0006, 0x0008, 0x001c, 0x0024, 0x0025];
/// From here on an attribute is comprehension-optional (RFC 8489 §14).
const OPTIONAL: u16 = 0x8000;
/// The longest response: an IPv6 address. An error response is never longer, see [`MAX_UNKNOWN`].
pub(crate) const MAX_RESPONSE: usize = HEADER + 4 + 20;
/// Attributes that an error response lists. Each took four octets of the request and takes two of the
/// response.
const MAX_UNKNOWN: usize = 4;

/// A Binding request without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BindingRequest {
    transaction: [u8; 12],
    /// Comprehension-required attributes that we do not know.
    unknown: [Option<u16>; MAX_UNKNOWN],
}

impl BindingRequest {
    /// Reads a datagram. `None` when it is malformed, no Binding request, or a leg's check.
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let (header, mut attributes) = datagram.split_first_chunk::<HEADER>()?;
        let [a, b, l0, l1, m0, m1, m2, m3, transaction @ ..] = *header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let ours = [a, b] == REQUEST && [m0, m1, m2, m3] == MAGIC;
        if !ours || length != attributes.len() || !length.is_multiple_of(4) {
            return None;
        }
        let mut request = Self { transaction, unknown: [None; MAX_UNKNOWN] };
        while let Some(([k0, k1, l0, l1], rest)) = attributes.split_first_chunk() {
            let kind = u16::from_be_bytes([*k0, *k1]);
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            attributes = rest.get(length.next_multiple_of(4)..)?;
            if CHECK_ATTRIBUTES.contains(&kind) {
                return None;
            }
            let free = request.unknown.iter_mut().find(|entry| entry.is_none());
            if let Some(entry) = free.filter(|_| kind < OPTIONAL) {
                *entry = Some(kind);
            }
        }
        Some(request)
    }

    /// Writes the response to a client at `source` and returns its length; `None` when `buffer` is too
    /// small.
    pub(crate) fn respond(self, source: SocketAddr, buffer: &mut [u8]) -> Option<usize> {
        let mut writer = Writer { buffer, length: 0 };
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
        // RFC 8489 §14.2: the address is masked, because some NATs rewrite addresses in payloads.
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

/// Fills a response from its beginning.
struct Writer<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl Writer<'_> {
    fn put(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.length + octets.len();
        self.buffer.get_mut(self.length..end)?.copy_from_slice(octets);
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
