//! GSM full rate (ETSI EN 300 961, GSM 06.10): frames of 160 samples at 8,000 Hz, alone in a file or two by
//! two in WAV (format 49).

mod synthesis;

use crate::error::DecodeError;
use crate::output::Output;
use synthesis::Synthesis;

/// Samples of a frame.
pub(crate) const FRAME_SAMPLES: usize = 160;
/// Octets of a frame with its signature, four bits of 13.
const FRAME_OCTETS: usize = 33;
const SIGNATURE: u8 = 0xd;
/// Octets of two frames in WAV, without signature.
const PAIR_OCTETS: usize = 65;
/// Bits of each of the eight log area ratios.
const RATIO_BITS: [u32; 8] = [6, 6, 5, 5, 4, 4, 3, 3];

/// The parameters of a frame (§1.7, table 1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Frame {
    ratios: [i16; 8],
    subframes: [Subframe; 4],
}

/// The parameters of 40 samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Subframe {
    /// Long-term lag and gain.
    lag: i16,
    gain: i16,
    /// Position of the grid of pulses.
    grid: i16,
    /// The largest pulse.
    block: i16,
    pulses: [i16; 13],
}

/// Frames with signatures, each beginning on an octet.
pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let mut synthesis = Synthesis::default();
    for octets in file.chunks_exact(FRAME_OCTETS) {
        let mut bits = Upper { octets, at: 4 };
        let frame = Frame::read(|count| bits.take(count));
        output.push_i16(&synthesis.frame(&frame))?;
    }
    Ok(())
}

/// Pairs of frames, as WAV has them; `fact` is how many samples there are, if that is known.
pub(crate) fn decode_wav(
    data: &[u8],
    fact: Option<u64>,
    output: &mut Output<'_>,
) -> Result<(), DecodeError> {
    let mut synthesis = Synthesis::default();
    let mut left = fact.filter(|fact| *fact > 0).unwrap_or(u64::MAX);
    for octets in data.chunks_exact(PAIR_OCTETS) {
        let mut bits = Lower { octets, at: 0 };
        for _ in 0..2 {
            let frame = Frame::read(|count| bits.take(count));
            let samples = synthesis.frame(&frame);
            let wanted = left.min(FRAME_SAMPLES as u64);
            left -= wanted;
            output.push_i16(samples.get(..wanted as usize).unwrap_or(&samples))?;
        }
    }
    Ok(())
}

/// Whether a file without any other sign is made of such frames: at least five.
pub(crate) fn looks_so(file: &[u8]) -> bool {
    let frames = file.chunks_exact(FRAME_OCTETS);
    file.len() >= 5 * FRAME_OCTETS
        && frames.remainder().is_empty()
        && frames
            .into_iter()
            .all(|frame| frame.first().is_some_and(|first| first >> 4 == SIGNATURE))
}

impl Frame {
    fn read(mut take: impl FnMut(u32) -> i16) -> Self {
        let ratios = RATIO_BITS.map(&mut take);
        let mut part = |_| {
            let (lag, gain, grid, block) = (take(7), take(2), take(2), take(6));
            Subframe { lag, gain, grid, block, pulses: [(); 13].map(|()| take(3)) }
        };
        Self { ratios, subframes: [0, 1, 2, 3].map(&mut part) }
    }
}

/// Bits from the upper end of each octet.
struct Upper<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Upper<'_> {
    fn take(&mut self, count: u32) -> i16 {
        (0..count).fold(0, |value, _| {
            let octet = self.octets.get(self.at / 8).copied().unwrap_or(0);
            let bit = octet >> (7 - self.at % 8) & 1;
            self.at += 1;
            value << 1 | i16::from(bit)
        })
    }
}

/// Bits from the lower end of each octet, and of each number.
struct Lower<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Lower<'_> {
    fn take(&mut self, count: u32) -> i16 {
        (0..count).fold(0, |value, place| {
            let octet = self.octets.get(self.at / 8).copied().unwrap_or(0);
            let bit = octet >> (self.at % 8) & 1;
            self.at += 1;
            value | i16::from(bit) << place
        })
    }
}
