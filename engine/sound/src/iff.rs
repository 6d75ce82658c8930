//! Chunks of RIFF and IFF files, as they are really written: without pad bytes, with lengths that
//! were never filled in, in any order.

use std::ops::Range;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

impl Endian {
    /// An unsigned number of at most eight octets.
    pub(crate) fn number(self, octets: &[u8]) -> u64 {
        let next = |sum: u64, octet: &u8| sum << 8 | u64::from(*octet);
        match self {
            Self::Little => octets.iter().rev().fold(0, next),
            Self::Big => octets.iter().fold(0, next),
        }
    }
}

/// One chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) name: [u8; 4],
    /// Where its content is, as far as the file goes.
    pub(crate) content: Range<usize>,
    /// The length that is written before it.
    pub(crate) stated: usize,
}

/// The chunks of a file from `at` on.
pub(crate) struct Chunks<'a> {
    file: &'a [u8],
    endian: Endian,
    at: usize,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(file: &'a [u8], endian: Endian, at: usize) -> Self {
        Self { file, endian, at }
    }

    fn name_at(&self, at: usize) -> Option<[u8; 4]> {
        let name = self.file.get(at..at.checked_add(4)?)?.first_chunk::<4>()?;
        name.iter().all(|octet| matches!(octet, 0x20..=0x7e)).then_some(*name)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let name = *self.file.get(self.at..)?.first_chunk::<4>()?;
        let length = self.file.get(self.at + 4..self.at + 8)?;
        let stated = self.endian.number(length) as usize;
        let start = self.at + 8;
        let end = start.saturating_add(stated).min(self.file.len());
        // Chunks are padded to even lengths; writers forget it.
        let padded = end.saturating_add(stated % 2);
        let unpadded = stated % 2 == 1 && self.name_at(padded).is_none();
        self.at = if unpadded && self.name_at(end).is_some() { end } else { padded };
        Some(Chunk { name, content: start..end, stated })
    }
}
