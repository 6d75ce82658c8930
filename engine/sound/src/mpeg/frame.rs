//! Frames of MPEG audio by their headers (ISO/IEC 11172-3 §2.4.2.3, 13818-3, and the rates of "MPEG 2.5").

/// Kilobits a second by version 1 or later, and layer.
const KBIT: [[[usize; 15]; 3]; 2] = [
    [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ],
    [
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ],
];

/// What a frame's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) layer: u8,
    pub(super) version_1: bool,
    pub(super) rate_hz: u32,
    pub(super) channels: usize,
    pub(super) samples: usize,
    /// Octets, 0 if the frame is of free format and no header says it.
    pub(super) length: usize,
}

impl Head {
    pub(super) fn read(file: &[u8], at: usize) -> Option<Self> {
        Self::read_any(file, at).filter(|head| head.length > 0)
    }

    /// Frames of free format as well.
    pub(super) fn read_any(file: &[u8], at: usize) -> Option<Self> {
        let [0xff, second, third, fourth] = *file.get(at..)?.first_chunk::<4>()? else {
            return None;
        };
        if second & 0xe0 != 0xe0 || fourth & 3 == 2 {
            return None;
        }
        let (shift, version_1) = match second >> 3 & 3 {
            0 => (2, false),
            2 => (1, false),
            3 => (0, true),
            _ => return None,
        };
        let layer = match second >> 1 & 3 {
            0 => return None,
            code => 4 - code,
        };
        let rate_hz = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3)).copied()? >> shift;
        let table = KBIT.get(usize::from(!version_1))?.get(usize::from(layer) - 1)?;
        let kbit = table.get(usize::from(third >> 4)).copied()?;
        let padding = usize::from(third >> 1 & 1);
        let (samples, slot) = match (layer, version_1) {
            (1, _) => (384, 4),
            (3, false) => (576, 1),
            _ => (1_152, 1),
        };
        let slots = samples / 8 / slot * kbit * 1_000 / rate_hz as usize + padding;
        let length = if kbit == 0 { 0 } else { slots * slot };
        let channels = if fourth >> 6 == 3 { 1 } else { 2 };
        Some(Self { layer, version_1, rate_hz, channels, samples, length })
    }

    /// Whether another frame may belong to the same stream.
    pub(super) fn is_like(self, other: Self) -> bool {
        (self.layer, self.version_1, self.rate_hz) == (other.layer, other.version_1, other.rate_hz)
    }
}

/// The next frame at or after `from`. A frame that continues a stream of frames like `before` needs
/// no proof; elsewhere its like, a tag or the end must follow.
pub(super) fn find(file: &[u8], from: usize, before: Option<Head>) -> Option<(usize, Head)> {
    let mut at = from;
    while at < file.len() {
        let tag = tag_length(file.get(at..).unwrap_or_default());
        if tag > 0 {
            at += tag;
            continue;
        }
        if let Some(head) = Head::read(file, at).filter(|head| file.len() - at >= head.length) {
            let continues = at == from && before.is_some_and(|before| before.is_like(head));
            if continues || is_followed(file, at, head) {
                return Some((at, head));
            }
        }
        at += 1;
    }
    None
}

/// What looks like a header may be chance: the next frame must follow, or the end, or a tag.
fn is_followed(file: &[u8], at: usize, head: Head) -> bool {
    let next = at + head.length;
    let rest = file.get(next..).unwrap_or_default();
    if rest.is_empty() || tag_length(rest) > 0 {
        return true;
    }
    Head::read(file, next).is_some_and(|second| {
        let third = Head::read(file, next + second.length);
        // Another rate: the begin of another stream, which goes on for its part.
        head.is_like(second) || third.is_some_and(|third| second.is_like(third))
    })
}

/// How long the tag is that begins here, 0 if none does: `ID3v2`, `ID3v1`, APE.
pub(crate) fn tag_length(rest: &[u8]) -> usize {
    match rest {
        [b'I', b'D', b'3', major, _, flags, size @ ..] if *major < 0xff => {
            let Some(size) = size.first_chunk::<4>() else { return 0 };
            if size.iter().any(|octet| *octet >= 0x80) {
                return 0;
            }
            let size = size.iter().fold(0, |size, octet| size << 7 | usize::from(*octet));
            let footer = if flags & 0x10 == 0 { 0 } else { 10 };
            10 + size + footer
        }
        [b'T', b'A', b'G', ..] if rest.len() >= 128 => 128,
        [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] => {
            let number = |at: usize| {
                let octets = rest.get(at..).and_then(|rest| rest.first_chunk::<4>());
                octets.map_or(0, |octets| u32::from_le_bytes(*octets))
            };
            let (size, flags) = (number(12) as usize, number(20));
            // The size leaves the header out, and counts a footer. A footer alone is just itself.
            if flags & 1 << 29 == 0 { 32 } else { 32 + size }
        }
        _ => 0,
    }
}
