//! Every entry point takes any bytes: at random, and by bending what is nearly right.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod entries;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..most)
}

/// The example descriptions, which are the best seeds there are.
fn descriptions() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/sdp");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = paths.filter(|path| path.extension().is_some_and(|ending| ending == "sdp"));
    let read: Vec<_> = texts.map(|path| fs::read(path).unwrap()).collect();
    assert!(!read.is_empty());
    read
}

/// A binding request as RFC 8489 lays it out, unsigned.
fn request(attributes: &[u8]) -> Vec<u8> {
    let length = (attributes.len() & !3) as u16;
    let mut message = vec![0, 1];
    message.extend(length.to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend([9; 12]);
    message.extend(&attributes[..usize::from(length)]);
    message
}

proptest! {
    #[test]
    fn noise_is_no_description(bytes in octets(400)) {
        entries::sdp(&bytes);
    }

    // Threat: sdp-parser
    #[test]
    fn damaged_descriptions_are_read_or_refused(
        which: prop::sample::Index,
        bends in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut all = descriptions();
        let mut bytes = all.swap_remove(which.index(all.len()));
        for (at, octet) in bends {
            let at = at.index(bytes.len());
            bytes[at] = octet;
        }
        entries::sdp(&bytes);
    }

    #[test]
    fn spliced_descriptions_are_read_or_refused(
        one: prop::sample::Index, other: prop::sample::Index,
        from: prop::sample::Index, to: prop::sample::Index,
    ) {
        let all = descriptions();
        let (one, other) = (&all[one.index(all.len())], &all[other.index(all.len())]);
        let spliced = [&one[..from.index(one.len())], &other[to.index(other.len())..]].concat();
        entries::sdp(&spliced);
    }

    #[test]
    fn noise_is_rtp_or_not(mut bytes in octets(300)) {
        entries::rtp(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x3f | 0x80;
        }
        entries::rtp(&bytes);
    }

    #[test]
    fn any_run_of_packets_is_played_in_bounded_memory(bytes in octets(3_000)) {
        entries::jitter(&bytes);
    }

    #[test]
    fn noise_is_a_header_extension_or_not(mut bytes in octets(300), two_byte: bool, id: u8) {
        entries::extensions(&bytes);
        if bytes.len() > 17 {
            (bytes[0], bytes[1], bytes[16]) = (id, 0x90, id % 64);
            let profile = if two_byte { [0x10, 0, 0] } else { [0xbe, 0xde, 0] };
            bytes[13..16].copy_from_slice(&profile);
        }
        entries::extensions(&bytes);
    }

    #[test]
    fn noise_is_rtcp_or_not(mut bytes in octets(300), kind in 192..224_u8) {
        entries::rtcp(&bytes);
        if let [first, second, ..] = &mut bytes[..] {
            *first = *first & 0x3f | 0x80;
            *second = kind;
        }
        entries::rtcp(&bytes);
    }

    #[test]
    fn noise_is_stun_or_not(bytes in octets(300)) {
        entries::stun(&bytes);
        entries::stun(&request(&bytes));
    }

    // Threat: stun-abuse
    #[test]
    fn names_of_any_length_are_looked_up(name in octets(1_500)) {
        let mut attribute = vec![0, 6];
        attribute.extend((name.len() as u16).to_be_bytes());
        attribute.extend(&name);
        attribute.resize(attribute.len().next_multiple_of(4), 0);
        attribute.extend([0, 0x24, 0, 4, 0, 0, 0, 1]);
        attribute.extend([0, 8, 0, 20]);
        attribute.extend([0; 20]);
        entries::stun(&request(&attribute));
    }

    // Threat: dtls-forged
    #[test]
    fn forged_records_do_not_stop_a_set_up(bytes in octets(1_500), page_calls: bool) {
        entries::dtls(&[&[u8::from(!page_calls)], &bytes[..]].concat());
    }

    #[test]
    fn unknown_senders_move_nothing(bytes in octets(2_000)) {
        entries::engine(&bytes);
    }
}
