//! Frames of an MP3 file by their headers (ISO/IEC 11172-3 §2.4.2.3), before anything is decoded.

use super::super::tape::MAX_SEARCH;

/// What a frame's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) rate_hz: u32,
    pub(super) samples: u64,
    pub(super) length: usize,
}

/// The next frame at or after `from`, and how far the search went: 64 KiB at most.
pub(super) fn find(file: &[u8], from: usize) -> (Option<(usize, Head)>, usize) {
    let end = file.len().min(from.saturating_add(MAX_SEARCH));
    for at in from..end {
        let Some(head) = Head::read(file, at) else { continue };
        let next = at + head.length;
        // What looks like a header may be chance: the next frame must follow, or the end, or a tag.
        let follows = Head::read(file, next).is_some_and(|next| next.rate_hz == head.rate_hz);
        let rest = file.get(next..);
        let ends = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"TAG"));
        if follows || ends || rest.is_some_and(|rest| rest.starts_with(b"APETAGEX")) {
            return (Some((at, head)), at);
        }
    }
    (None, end)
}

impl Head {
    /// Deviation: free-format frames, whose length no header tells, are not played.
    fn read(file: &[u8], at: usize) -> Option<Self> {
        const KBIT_1: [usize; 15] =
            [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const KBIT_2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        let [0xff, second, third, _] = *file.get(at..)?.first_chunk::<4>()? else { return None };
        // Sync, and layer III.
        if second & 0xe6 != 0xe2 {
            return None;
        }
        let (shift, version_1) = match second >> 3 & 3 {
            0 => (2, false),
            2 => (1, false),
            3 => (0, true),
            _ => return None,
        };
        let rate_hz = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3)).copied()? >> shift;
        let table = if version_1 { &KBIT_1 } else { &KBIT_2 };
        let kbit = table.get(usize::from(third >> 4)).copied().filter(|kbit| *kbit > 0)?;
        let samples = if version_1 { 1_152 } else { 576 };
        let padding = usize::from(third >> 1 & 1);
        let length = samples / 8 * kbit * 1_000 / rate_hz as usize + padding;
        Some(Self { rate_hz, samples: samples as u64, length })
    }
}

/// Whether a frame has blocks of mixed lengths at 8 kHz. No encoder writes them, their bands add up
/// to more than a frame holds, and the decoder (nanomp3 0.2) panics on them.
pub(super) fn breaks_decoder(frame: &[u8], head: Head) -> bool {
    let [_, second, _, fourth] = *frame.first_chunk::<4>().unwrap_or(&[0; 4]);
    let (protected, mono) = (second & 1 == 0, fourth >> 6 == 3);
    let side = frame.get(if protected { 6 } else { 4 }..).unwrap_or_default();
    let bit = |at: usize| side.get(at / 8).is_some_and(|octet| octet >> (7 - at % 8) & 1 == 1);
    // ISO/IEC 13818-3 §2.4.1.7: 8 bits of back pointer, private bits, then 63 bits a channel, of
    // which bit 38 says that the block is not a long one, and bit 41 that lengths are mixed.
    let (first, channels) = if mono { (9, 1) } else { (10, 2) };
    let mixed = |channel: usize| bit(first + 63 * channel + 38) && bit(first + 63 * channel + 41);
    head.rate_hz == 8_000 && (0..channels).any(mixed)
}
