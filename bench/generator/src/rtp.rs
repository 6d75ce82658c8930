//! The little of RTP that the parties write and read.

/// RTP's fixed header (RFC 3550 §5.1).
pub(crate) const HEADER: usize = 12;
/// The payload type of telephone events (RFC 4733) that parties offer.
pub(crate) const TELEPHONE_EVENT: u8 = 101;
/// The identifier of the audio level (RFC 6464) that parties offer.
pub(crate) const LEVEL_ID: u8 = 1;

/// A packet that came.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// Nanoseconds since the run began.
    pub(crate) at: u64,
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

/// What stands before a payload.
pub(crate) struct Head {
    pub(crate) payload_type: u8,
    pub(crate) marker: bool,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    /// As RFC 6464 has it; without one there is no header extension.
    pub(crate) level: Option<u8>,
}

impl Head {
    /// Writes the packet and returns its length.
    pub(crate) fn write(&self, payload: &[u8], packet: &mut [u8]) -> usize {
        let extension = self.level.map(|level| {
            // RFC 8285 §4.2: one word; one element of one octet, then padding.
            [0xbe, 0xde, 0, 1, LEVEL_ID << 4, level, 0, 0]
        });
        let head = [
            0x80 | u8::from(extension.is_some()) << 4,
            u8::from(self.marker) << 7 | self.payload_type,
        ]
        .into_iter()
        .chain(self.sequence.to_be_bytes())
        .chain(self.timestamp.to_be_bytes())
        .chain(self.ssrc.to_be_bytes())
        .chain(extension.into_iter().flatten());
        let all = head.chain(payload.iter().copied());
        packet.iter_mut().zip(all).map(|(to, from)| *to = from).count()
    }
}

/// What is after the header of a plain packet, its contributing sources and its extension (RFC 3550 §5.3.1).
pub(crate) fn payload(packet: &[u8]) -> &[u8] {
    let first = packet.first().copied().unwrap_or(0);
    let rest = packet.get(HEADER + 4 * usize::from(first & 0x0f)..).unwrap_or_default();
    if first & 0x10 == 0 {
        return rest;
    }
    let Some(&[_, _, n0, n1]) = rest.first_chunk() else { return &[] };
    rest.get(4 + 4 * usize::from(u16::from_be_bytes([n0, n1]))..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_what_was_written_with_and_without_a_level() {
        for (level, length) in [(None, 15), (Some(0x8c), 23)] {
            let (marker, sequence, timestamp, ssrc) = (true, 7, 160, 9);
            let head = Head { payload_type: 111, marker, sequence, timestamp, ssrc, level };
            let mut packet = [0; 100];
            assert_eq!(head.write(&[1, 2, 3], &mut packet), length);
            assert_eq!(packet[1], 0xef);
            assert_eq!(payload(&packet[..length]), [1, 2, 3]);
            let element = level.map(|level| [0x10, level, 0, 0]);
            assert_eq!(
                packet.get(16..20).filter(|_| level.is_some()),
                element.as_ref().map(|e| &e[..])
            );
        }
    }

    #[test]
    fn contributing_sources_are_no_payload() {
        let mut packet = [0; 17];
        packet[0] = 0x81;
        packet[16] = 5;
        assert_eq!(payload(&packet), [5]);
        assert!(payload(&[0x9f]).is_empty());
    }
}
