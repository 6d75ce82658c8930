//! Reads and writes DTLS 1.2 records and handshake messages (RFC 6347 §4.1, §4.2.2) before they reach the
//! library: an unprotected one is authenticated by nothing that it carries itself.

/// Content types (RFC 5246 §6.2.1).
pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const HANDSHAKE: u8 = 22;

/// Handshake messages (RFC 5246 §7.4, RFC 6347 §4.3.2).
pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;
pub(super) const HELLO_VERIFY_REQUEST: u8 = 3;
pub(super) const CERTIFICATE: u8 = 11;
pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
pub(super) const CERTIFICATE_REQUEST: u8 = 13;
pub(super) const SERVER_HELLO_DONE: u8 = 14;
pub(super) const CERTIFICATE_VERIFY: u8 = 15;
pub(super) const CLIENT_KEY_EXCHANGE: u8 = 16;

const RECORD_HEADER: usize = 13;
const MESSAGE_HEADER: usize = 12;
/// A longer message is not read; a chain of certificates has some 4 kB.
const MAX_MESSAGE: usize = 8_192;
/// Ways to put fragments together that are tried.
const MAX_STEPS: usize = 64;
/// Fragments of one kind that are kept from datagram to datagram.
pub(super) const MAX_KEPT: usize = 6;
/// The number of the record that ends a flight; its own messages have smaller ones.
const CHANGE_NUMBER: u64 = 99;

/// A record in a datagram.
pub(super) struct Record<'a> {
    pub(super) content_type: u8,
    pub(super) epoch: u16,
    /// 48 bits.
    pub(super) sequence: u64,
    pub(super) payload: &'a [u8],
    /// With its header.
    pub(super) bytes: &'a [u8],
}

/// The whole records at the beginning of a datagram.
pub(super) fn records(mut datagram: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let length = usize::from(be16(datagram.get(11..)?)?);
        let (bytes, rest) = datagram.split_at_checked(RECORD_HEADER + length)?;
        datagram = rest;
        let sequence = u64::from_be_bytes(*bytes.get(3..)?.first_chunk()?);
        Some(Record {
            content_type: *bytes.first()?,
            epoch: (sequence >> 48) as u16,
            sequence: sequence & 0xffff_ffff_ffff,
            payload: bytes.get(RECORD_HEADER..)?,
            bytes,
        })
    })
}

/// The protected records of a datagram, each as a datagram of its own.
///
/// Each authenticates itself, but the library discards the others in its datagram when one does not.
pub(super) fn protected(datagram: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    records(datagram).filter(|record| record.epoch == 1).map(|record| record.bytes.to_vec())
}

/// A `ChangeCipherSpec` record. It carries nothing that could be forged, so that the library gets ours.
pub(super) fn change_cipher_spec() -> Vec<u8> {
    let mut record = Vec::new();
    write_record(&mut record, CHANGE_CIPHER_SPEC, CHANGE_NUMBER, &[1]);
    record
}

/// Messages as one datagram.
pub(super) fn flight_of(messages: &[Message]) -> Vec<u8> {
    let mut datagram = Vec::new();
    for message in messages {
        write_record(&mut datagram, HANDSHAKE, u64::from(message.sequence), &message.bytes);
    }
    datagram
}

/// Append an unprotected record.
pub(super) fn write_record(out: &mut Vec<u8>, content_type: u8, sequence: u64, payload: &[u8]) {
    out.extend_from_slice(&[content_type, 254, 253]);
    out.extend_from_slice(&(sequence & 0xffff_ffff_ffff).to_be_bytes());
    out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    out.extend_from_slice(payload);
}

/// A part of a handshake message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) kind: u8,
    pub(super) sequence: u16,
    pub(super) length: usize,
    pub(super) offset: usize,
    pub(super) bytes: Vec<u8>,
}

/// The fragments in the payload of an unprotected handshake record.
pub(super) fn fragments(mut payload: &[u8]) -> impl Iterator<Item = Fragment> + '_ {
    std::iter::from_fn(move || {
        let (header, rest) = payload.split_at_checked(MESSAGE_HEADER)?;
        let fragment_length = be24(header.get(9..)?)?;
        let (bytes, rest) = rest.split_at_checked(fragment_length)?;
        payload = rest;
        let fragment = Fragment {
            kind: *header.first()?,
            length: be24(header.get(1..)?)?,
            sequence: be16(header.get(4..)?)?,
            offset: be24(header.get(6..)?)?,
            bytes: bytes.to_vec(),
        };
        let end = fragment.offset + fragment.bytes.len();
        (fragment.length <= MAX_MESSAGE && end <= fragment.length).then_some(fragment)
    })
}

/// The fragments in the unprotected handshake records of a datagram.
pub(super) fn plain_fragments(datagram: &[u8]) -> impl Iterator<Item = Fragment> + '_ {
    let is_plain = |record: &Record<'_>| record.content_type == HANDSHAKE && record.epoch == 0;
    records(datagram).filter(is_plain).flat_map(|record| fragments(record.payload))
}

/// Keep fragments, of each kind the newest.
pub(super) fn keep(kept: &mut Vec<Fragment>, parts: Vec<Fragment>) {
    for part in parts {
        if kept.contains(&part) {
            continue;
        }
        let same = |kept: &Fragment| kept.kind == part.kind;
        if kept.iter().filter(|kept| same(kept)).count() >= MAX_KEPT
            && let Some(oldest) = kept.iter().position(same)
        {
            kept.remove(oldest);
        }
        kept.push(part);
    }
}

/// A whole handshake message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) sequence: u16,
    /// As if it had been sent in one fragment: this is what both sides sign (RFC 6347 §4.2.6).
    pub(super) bytes: Vec<u8>,
}

impl Message {
    pub(super) fn new(kind: u8, sequence: u16, body: &[u8]) -> Self {
        let header = header(kind, sequence, body.len());
        Self { sequence, bytes: [&header[..], body].concat() }
    }

    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(MESSAGE_HEADER..).unwrap_or_default()
    }
}

/// The header of a whole message.
pub(super) fn header(kind: u8, sequence: u16, length: usize) -> [u8; MESSAGE_HEADER] {
    let (length, number) = ((length as u32).to_be_bytes(), sequence.to_be_bytes());
    let [_, length @ ..] = length;
    // The whole message is its only fragment.
    [
        kind, length[0], length[1], length[2], number[0], number[1], 0, 0, 0, length[0], length[1],
        length[2],
    ]
}

/// All messages of that kind and number that the fragments make. There is more than one where some
/// are forged.
pub(super) fn messages(all: &[Fragment], kind: u8, sequence: u16) -> Vec<Message> {
    let all = || all.iter().filter(|part| part.kind == kind && part.sequence == sequence);
    let first = all().filter(|part| part.offset == 0).map(|part| (part.length, part.bytes.clone()));
    let mut begun: Vec<_> = first.collect();
    let mut whole = Vec::new();
    for _ in 0..MAX_STEPS {
        let Some((length, bytes)) = begun.pop() else { break };
        if bytes.len() == length {
            whole.push(Message::new(kind, sequence, &bytes));
            continue;
        }
        let follows = |part: &&Fragment| {
            part.length == length && part.offset == bytes.len() && !part.bytes.is_empty()
        };
        begun
            .extend(all().filter(follows).map(|next| (length, [&bytes[..], &next.bytes].concat())));
        begun.truncate(MAX_STEPS);
    }
    whole
}

pub(super) fn be16(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

pub(super) fn be24(bytes: &[u8]) -> Option<usize> {
    let [a, b, c] = *bytes.first_chunk()?;
    Some(usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(length: usize, offset: usize, bytes: &[u8]) -> Fragment {
        Fragment { kind: 11, sequence: 1, length, offset, bytes: bytes.to_vec() }
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = Message::new(CERTIFICATE, 7, b"body");
        let mut datagram = Vec::new();
        write_record(&mut datagram, HANDSHAKE, 9, &message.bytes);
        datagram.extend_from_slice(&[22, 254, 253, 0]);
        let all: Vec<_> = records(&datagram).collect();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].content_type, all[0].epoch, all[0].sequence), (HANDSHAKE, 0, 9));
        let parts: Vec<_> = fragments(all[0].payload).collect();
        assert_eq!(messages(&parts, CERTIFICATE, 7), [message]);
    }

    #[test]
    fn fragments_in_any_order_make_a_message() {
        let parts = [part(6, 4, b"ef"), part(6, 0, b"ab"), part(6, 2, b"cd")];
        assert_eq!(messages(&parts, 11, 1), [Message::new(11, 1, b"abcdef")]);
        assert_eq!(messages(&parts[..2], 11, 1), []);
        assert_eq!(messages(&parts, 11, 2), []);
    }

    #[test]
    fn a_forged_fragment_does_not_displace_the_true_one() {
        let parts = [part(4, 2, b"XX"), part(4, 0, b"ab"), part(4, 2, b"cd"), part(9, 0, b"ab")];
        assert!(messages(&parts, 11, 1).contains(&Message::new(11, 1, b"abcd")));
        assert_eq!(messages(&parts, 11, 1).len(), 2);
        // However many there are, the work is bounded.
        let many: Vec<_> = (0..64).map(|n| part(65, n / 2, &[n as u8])).collect();
        assert!(messages(&many, 11, 1).len() <= MAX_STEPS);
    }
}
