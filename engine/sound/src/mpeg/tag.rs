//! The first frame of many files, which holds no sound but a table (Xing, LAME, VBRI).

use super::frame::Head;

/// A decoder begins to sound this many samples late.
const DECODER_DELAY: u64 = 529;

/// The part of a stream of frames that is played, in samples from its first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trim {
    /// Where the sound begins, behind what the encoder put before it.
    pub(super) first: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// Where the frames end that the tag speaks of.
    pub(super) total: u64,
}

impl Trim {
    /// Everything.
    pub(super) const ALL: Self = Self { first: 0, end: u64::MAX, total: u64::MAX };
}

/// What the tag in a frame says, if there is one.
pub(super) fn read(frame: &[u8], head: Head) -> Option<Trim> {
    if head.layer != 3 {
        return None;
    }
    // VBRI stands at a fixed place, and says nothing of what to trim.
    if frame.get(36..40) == Some(b"VBRI") {
        return Some(Trim::ALL);
    }
    let side = match (head.version_1, head.channels) {
        (true, 2) => 32,
        (true, _) | (false, 2) => 17,
        _ => 9,
    };
    // Behind the header and the side information; some encoders count a checksum, some do not.
    let tag = [4, 6].into_iter().find_map(|before| {
        let (magic, rest) = frame.get(before + side..)?.split_first_chunk::<4>()?;
        (magic == b"Xing" || magic == b"Info").then_some(rest)
    })?;
    Some(xing(tag, head.samples as u64).unwrap_or(Trim::ALL))
}

fn xing(tag: &[u8], frame_samples: u64) -> Option<Trim> {
    let number = |octets: &[u8]| octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    let (flags, mut rest) = tag.split_at_checked(4)?;
    let flags = number(flags);
    let mut total = u64::MAX;
    for (flag, length) in [(1, 4), (2, 4), (4, 100), (8, 4)] {
        if flags & flag != 0 {
            let (field, behind) = rest.split_at_checked(length)?;
            rest = behind;
            if flag == 1 && number(field) > 0 {
                total = number(field) * frame_samples;
            }
        }
    }
    let all = Trim { total, ..Trim::ALL };
    // The extension of LAME, which others write too: 9 letters name the encoder.
    let (Some([a, b, c]), Some([b'A'..=b'z', ..])) = (rest.get(21..24), rest.get(..9)) else {
        return Some(all);
    };
    let (delay, padding) =
        (u64::from(*a) << 4 | u64::from(b >> 4), u64::from(b & 15) << 8 | u64::from(*c));
    let end = total.saturating_sub(padding.saturating_sub(DECODER_DELAY));
    let end = if total == u64::MAX { u64::MAX } else { end };
    Some(Trim { first: delay + DECODER_DELAY, end, total })
}
