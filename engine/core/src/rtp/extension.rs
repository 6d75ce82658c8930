//! RTP header extensions (RFC 8285) and the audio level among them (RFC 6464).

/// Octets of an extension with one audio level, see [`AudioLevel::write`].
pub const LEVEL_LENGTH: usize = 8;
/// The largest identifier that the one-byte form has (RFC 8285 §4.2).
const MAX_ONE_BYTE: u8 = 14;

/// The elements of a packet's header extension, in either form, borrowed from the datagram. The
/// list ends at the first element that breaks the rules of its form.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    two_byte: bool,
    rest: &'a [u8],
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier of `a=extmap`, 1 to 255.
    pub id: u8,
    /// Its content, at most 255 octets.
    pub data: &'a [u8],
}

/// The audio level of one packet: the V bit, then the level in -dBov (RFC 6464 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioLevel(u8);

impl<'a> Elements<'a> {
    /// Those of an RTP packet; none if it has no extension, or one of another profile.
    pub fn of(datagram: &'a [u8]) -> Self {
        Self::find(datagram).unwrap_or(Self { two_byte: false, rest: &[] })
    }

    fn find(datagram: &'a [u8]) -> Option<Self> {
        let first = *datagram.first()?;
        if first & 0x10 == 0 {
            return None;
        }
        // RFC 3550 §5.3.1: after the CSRCs, 16 bits for the profile and 16 for the length in words.
        let extension = datagram.get(12 + 4 * usize::from(first & 0x0f)..)?;
        let [p0, p1, n0, n1] = *extension.first_chunk()?;
        let length = 4 * usize::from(u16::from_be_bytes([n0, n1]));
        let rest = extension.get(4..4 + length)?;
        match u16::from_be_bytes([p0, p1]) {
            0xbede => Some(Self { two_byte: false, rest }),
            // The lower four bits are "appbits", without a meaning here (RFC 8285 §4.3).
            profile if profile & 0xfff0 == 0x1000 => Some(Self { two_byte: true, rest }),
            _ => None,
        }
    }

    fn step(&mut self) -> Option<Element<'a>> {
        // RFC 8285 §4.1.2: octets of 0 are padding, before, between and after elements.
        while let Some((0, rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        let (first, rest) = self.rest.split_first()?;
        let (id, length, rest) = if self.two_byte {
            let (length, rest) = rest.split_first()?;
            (*first, usize::from(*length), rest)
        } else {
            // RFC 8285 §4.2: four bits each, and the length field is the length minus one. The list ends
            // at an identifier of 15, and at one of 0 with a length.
            let id = first >> 4;
            if !(1..=MAX_ONE_BYTE).contains(&id) {
                return None;
            }
            (id, usize::from(first & 0x0f) + 1, rest)
        };
        let data = rest.get(..length)?;
        self.rest = rest.get(length..)?;
        Some(Element { id, data })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let element = self.step();
        if element.is_none() {
            self.rest = &[];
        }
        element
    }
}

impl AudioLevel {
    /// That level in dBov, 0 to -127, and whether it is voice.
    pub fn new(dbov: f32, is_voice: bool) -> Self {
        let minus_dbov = (-dbov).round().clamp(0.0, 127.0) as u8;
        Self(u8::from(is_voice) << 7 | minus_dbov)
    }

    /// The level under that identifier, if the packet has one.
    pub fn read(datagram: &[u8], id: u8) -> Option<Self> {
        let mut elements = Elements::of(datagram);
        let element = elements.find(|element| element.id == id)?;
        element.data.first().copied().map(Self)
    }

    /// A whole header extension with this level, for the place between header and payload: in the
    /// one-byte form, or in the two-byte form where the identifier needs it.
    pub const fn write(self, id: u8) -> [u8; LEVEL_LENGTH] {
        if id <= MAX_ONE_BYTE {
            [0xbe, 0xde, 0, 1, id << 4, self.0, 0, 0]
        } else {
            [0x10, 0, 0, 1, id, 1, self.0, 0]
        }
    }

    /// The same with the V bit cleared, for a sender that does not use it.
    #[must_use]
    pub const fn without_vad(self) -> Self {
        Self(self.0 & 0x7f)
    }

    /// The level in -dBov: 0 is the overload point, 127 is silence.
    pub const fn minus_dbov(self) -> u8 {
        self.0 & 0x7f
    }

    /// The V bit: whether the sender found voice in it.
    pub const fn is_voice(self) -> bool {
        self.0 & 0x80 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A packet with that extension and one octet of payload.
    fn packet(profile: u16, elements: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x91; 1];
        bytes.extend_from_slice(&[111; 11]);
        bytes.extend_from_slice(&[7; 4]);
        bytes.extend_from_slice(&profile.to_be_bytes());
        bytes.extend_from_slice(&(elements.len() as u16 / 4).to_be_bytes());
        bytes.extend_from_slice(elements);
        bytes.push(0x55);
        bytes
    }

    fn all(bytes: &[u8]) -> Vec<(u8, &[u8])> {
        Elements::of(bytes).map(|element| (element.id, element.data)).collect()
    }

    #[test]
    fn elements_of_both_forms_with_padding_around_them() {
        let one = packet(0xbede, &[0x10, 0x8a, 0, 0x32, 1, 2, 3, 0]);
        assert_eq!(all(&one), [(1, &[0x8a][..]), (3, &[1, 2, 3])]);
        let two = packet(0x1005, &[0, 1, 0, 200, 2, 8, 9, 0]);
        assert_eq!(all(&two), [(1, &[][..]), (200, &[8, 9])]);
    }

    #[test]
    fn a_list_ends_where_it_breaks_the_rules() {
        // An identifier of 15, and one of 0 with a length.
        assert_eq!(all(&packet(0xbede, &[0x10, 1, 0xf0, 2, 0x20, 3, 0, 0])), [(1, &[1][..])]);
        assert_eq!(all(&packet(0xbede, &[0x10, 1, 0x01, 2, 0x20, 3, 0, 0])), [(1, &[1][..])]);
        // Longer than what there is.
        assert_eq!(all(&packet(0xbede, &[0x1f, 1, 2, 3])), []);
        assert_eq!(all(&packet(0x1000, &[1, 3, 2, 3])), []);
        assert_eq!(all(&packet(0x1000, &[0, 0, 0, 9])), []);
        // Another profile, and an extension longer than its packet.
        assert_eq!(all(&packet(0xabac, &[0x10, 1, 0, 0])), []);
        let mut long = packet(0xbede, &[0x10, 1, 0, 0]);
        long[19] = 2;
        assert_eq!(all(&long), []);
        assert_eq!(all(&[]), []);
    }

    #[test]
    fn a_measured_level_is_rounded_and_stays_within_its_bits() {
        for (dbov, octet) in [(0.0, 0), (3.0, 0), (-29.6, 30), (-127.0, 127), (-300.0, 127)] {
            assert_eq!(AudioLevel::new(dbov, false), AudioLevel(octet));
            assert_eq!(AudioLevel::new(dbov, true), AudioLevel(128 | octet));
        }
    }

    #[test]
    fn a_level_and_whether_it_is_voice() {
        for id in [1, 14, 15, 255] {
            for octet in 0..=255 {
                let extension = AudioLevel(octet).write(id);
                let profile = u16::from_be_bytes([extension[0], extension[1]]);
                let bytes = packet(profile, &extension[4..]);
                let level = AudioLevel::read(&bytes, id).unwrap();
                assert_eq!(level, AudioLevel(octet));
                assert_eq!(level.is_voice(), octet >= 128);
                assert_eq!(level.minus_dbov(), octet % 128);
                assert_eq!(AudioLevel::read(&bytes, id ^ 3), None);
            }
        }
        assert_eq!(AudioLevel::read(&packet(0x1000, &[5, 0, 0, 0]), 5), None);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_within_the_packet(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
            profile in prop_oneof![Just(0xbede_u16), Just(0x1000), any::<u16>()],
            csrcs in 0..3_usize,
        ) {
            if bytes.len() > 16 + 4 * csrcs {
                bytes[0] = 0x90 | csrcs as u8;
                let at = 12 + 4 * csrcs;
                bytes[at..at + 2].copy_from_slice(&profile.to_be_bytes());
                let words = (bytes.len() - at - 4) / 4;
                bytes[at + 2..at + 4].copy_from_slice(&(words as u16).to_be_bytes());
            }
            let mut octets = 0;
            for element in Elements::of(&bytes) {
                prop_assert!(element.id != 0);
                octets += 1 + element.data.len();
            }
            prop_assert!(octets <= bytes.len());
        }
    }
}
