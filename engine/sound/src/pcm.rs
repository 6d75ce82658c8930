//! Samples of a fixed size, in all the ways they are written.

use offhook_core::codec::Law;

use crate::error::DecodeError;
use crate::iff::Endian;
use crate::output::Output;

/// Frames that are decoded at once.
const PIECE: usize = 4_096;

/// How one sample is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Two's complement; of at most 8 bits, offset binary unless [`Pcm::signed`].
    Integer,
    /// Offset binary.
    Unsigned,
    Float,
    MuLaw,
    ALaw,
}

/// Interleaved samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pcm {
    coding: Coding,
    endian: Endian,
    /// Octets of one sample.
    width: usize,
    /// How many of its bits count; they are the upper ones.
    bits: u32,
    channels: usize,
    /// The lower bits count instead.
    low: bool,
}

impl Pcm {
    /// A shape, if it is one that can be: `block` is how many octets a frame has, 0 if unknown.
    pub(crate) fn new(
        coding: Coding,
        endian: Endian,
        bits: u32,
        block: usize,
        channels: usize,
    ) -> Option<Self> {
        let needed = match coding {
            Coding::MuLaw | Coding::ALaw => 1,
            Coding::Float => bits as usize / 8,
            _ => (bits as usize).div_ceil(8),
        };
        let stated = if block.is_multiple_of(channels) { block / channels } else { 0 };
        // More octets than the bits need: 24 bits in four octets.
        let roomy = matches!(coding, Coding::Integer) && stated > needed && stated <= 8;
        let width = if roomy { stated } else { needed };
        let bits = if bits == 0 { 8 * width as u32 } else { bits };
        let coding =
            if coding == Coding::Integer && width == 1 { Coding::Unsigned } else { coding };
        (1..=8).contains(&width).then_some(Self {
            coding,
            endian,
            width,
            bits,
            channels,
            low: false,
        })
    }

    /// The same with samples of 8 bits in two's complement.
    pub(crate) fn signed(self) -> Self {
        let unsigned = self.coding == Coding::Unsigned;
        Self { coding: if unsigned { Coding::Integer } else { self.coding }, ..self }
    }

    pub(crate) fn channels(self) -> usize {
        self.channels
    }

    /// Octets of one sample of all channels.
    pub(crate) fn frame(self) -> usize {
        self.width * self.channels
    }

    fn float(self, octets: &[u8]) -> f32 {
        let bits = self.endian.number(octets);
        if self.width == 8 { f64::from_bits(bits) as f32 } else { f32::from_bits(bits as u32) }
    }

    fn integer(self, octets: &[u8]) -> i16 {
        match (self.coding, octets) {
            (Coding::MuLaw, [octet]) => Law::Mu.decode(*octet),
            (Coding::ALaw, [octet]) => Law::A.decode(*octet),
            _ => {
                let room = 8 * self.width as u32;
                let mut value = self.endian.number(octets) << (64 - room);
                if self.low {
                    value <<= room - self.bits;
                }
                if self.coding == Coding::Unsigned {
                    value ^= 1 << 63;
                }
                (value as i64 >> 48) as i16
            }
        }
    }

    /// The standard puts 24 bits into the upper octets of four (and 12 into the upper bits of two),
    /// but some put them into the lower ones: there all samples look like small numbers, and the
    /// bits that should be zero are not.
    fn justified(self, data: &[u8]) -> Self {
        let room = 8 * self.width as u32;
        if self.coding != Coding::Integer || self.bits >= room {
            return self;
        }
        let numbers = || {
            let shift = 64 - room;
            let number = move |octets: &[u8]| (self.endian.number(octets) << shift) as i64 >> shift;
            data.chunks_exact(self.width).map(number)
        };
        let spare = room - self.bits;
        let small = -(1_i64 << (self.bits - 1))..1_i64 << (self.bits - 1);
        let low = numbers().any(|number| number & ((1 << spare) - 1) != 0)
            && numbers().all(|number| small.contains(&number));
        Self { low, ..self }
    }
}

pub(crate) fn decode(pcm: Pcm, data: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let pcm = pcm.justified(data);
    let whole = data.len() / pcm.frame() * pcm.frame();
    for piece in data.get(..whole).unwrap_or_default().chunks(PIECE * pcm.frame()) {
        let samples = piece.chunks_exact(pcm.width);
        if pcm.coding == Coding::Float {
            let samples: Vec<f32> = samples.map(|octets| pcm.float(octets)).collect();
            output.push_f32(&samples)?;
        } else {
            let samples: Vec<i16> = samples.map(|octets| pcm.integer(octets)).collect();
            output.push_i16(&samples)?;
        }
    }
    Ok(())
}
