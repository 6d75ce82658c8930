//! Files made to break a decoder: each is decoded or refused, within its limits.

use std::cell::Cell;

use proptest::prelude::*;

use super::{FILES, made};
use crate::{DecodeError, Hint, Limits, decode};

const TYPES: [&str; 6] = ["", "audio/mpeg", "audio/ulaw", "audio/gsm", "audio/wav", "audio/L16"];

/// Decodes it within a small share of memory and work, and must come to an end.
fn endure(octets: &[u8], content_type: &str) {
    let steps = Cell::new(0_u64);
    let go_on = || {
        steps.set(steps.get() + 1);
        steps.get() < 1_000_000
    };
    let limits =
        Limits { most_bytes: 2_000_000, most_seconds: 60, go_on: &go_on, ..Limits::default() };
    let decoded = decode(octets, Hint { content_type, name: "" }, limits);
    let most = |bytes: usize| bytes <= 2_000_000 + 65_536;
    assert!(decoded.as_ref().map_or(true, |samples| most(samples.size_bytes())));
    assert!(!matches!(decoded, Err(DecodeError { ref sentence, .. }) if sentence.is_empty()));
    // Each octet of a file makes a bounded number of steps.
    assert!(steps.get() <= 20_000 + 4 * octets.len() as u64, "{} steps", steps.get());
}

proptest! {
    // A case decodes whole files: an eighth of the usual number, and of what a fuzz run asks for.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    // Threat: media-files
    #[test]
    fn damaged_files_are_endured(
        which in 0..FILES.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        early in proptest::collection::vec((0..64_usize, any::<u8>()), 0..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        content_type in prop::sample::select(&TYPES[..]),
    ) {
        let mut octets = FILES[which].1.to_vec();
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        for (at, octet) in early {
            octets[at] = octet;
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len()) + 1);
        }
        endure(&octets, content_type);
    }

    #[test]
    fn noise_behind_a_true_beginning_is_endured(
        which in 0..FILES.len(),
        kept in 0..400_usize,
        noise in proptest::collection::vec(prop_oneof![Just(0xff), Just(0xfb), any::<u8>()], 0..3_000),
        content_type in prop::sample::select(&TYPES[..]),
    ) {
        let mut octets = FILES[which].1[..kept.min(FILES[which].1.len())].to_vec();
        octets.extend(noise);
        endure(&octets, content_type);
    }

    #[test]
    fn any_two_files_joined_are_endured(
        one in 0..FILES.len(),
        other in 0..FILES.len(),
        at in any::<prop::sample::Index>(),
    ) {
        let first = FILES[one].1;
        endure(&[&first[..at.index(first.len())], FILES[other].1].concat(), "");
    }

    #[test]
    fn any_shape_of_wav_is_endured(
        tag in prop_oneof![Just(1_u16), Just(2), Just(3), Just(6), Just(0x11), Just(0x31), Just(0x55), any::<u16>()],
        channels in 0..10_u16,
        rate in prop_oneof![4_000..200_000_u32, any::<u32>()],
        bits in prop_oneof![0..70_u16, any::<u16>()],
        block in prop_oneof![0..600_u16, any::<u16>()],
        frames in any::<u16>(),
        data in proptest::collection::vec(any::<u8>(), 0..3_000),
    ) {
        let mut shape = made::shape_in_blocks(tag, channels, 0, bits, block);
        shape[4..8].copy_from_slice(&rate.to_le_bytes());
        shape.extend([2, 0]);
        shape.extend(frames.to_le_bytes());
        endure(&made::shaped(&shape, &data), "audio/wav");
    }

    #[test]
    fn frames_with_any_content_are_endured(
        second in prop_oneof![Just(0xfb_u8), Just(0xf3), Just(0xe3), Just(0xfd), Just(0xff), Just(0xe2)],
        third in 0x10..0xef_u8,
        fourth in any::<u8>(),
        noise in proptest::collection::vec(any::<u8>(), 64..2_000),
    ) {
        let mut octets = Vec::new();
        for start in 0..8 {
            octets.extend([0xff, second, third, fourth]);
            octets.extend(noise.iter().cycle().skip(start * 37).take(noise.len()));
        }
        endure(&octets, "audio/mpeg");
    }
}

#[test]
fn a_small_file_that_unpacks_to_hours_stops_at_its_limit() {
    // A frame of layer III with nothing in it, at 8 kbit/s: 72 ms in 72 octets.
    let frame = [vec![0xff, 0xe3, 0x18, 0xc4], vec![0; 68]].concat();
    let limits = Limits { most_seconds: 60, ..Limits::default() };
    let error = decode(&frame.repeat(30_000), Hint::default(), limits).unwrap_err();
    assert_eq!(error.sentence, "the sound must last at most 1 minutes");
}

#[test]
fn rates_that_change_with_each_frame_are_given_up() {
    // Each change would build a filter.
    let frame = |rate: u8, length: usize| {
        [vec![0xff, 0xe3, 0x10 | rate << 2, 0xc4], vec![0; length]].concat()
    };
    let two = [frame(0, 48).repeat(2), frame(2, 68).repeat(2)].concat();
    let error = decode(&two.repeat(2_000), Hint::default(), Limits::default());
    assert!(error.is_err(), "{error:?}");
}
