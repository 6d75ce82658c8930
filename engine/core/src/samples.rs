//! Decoded audio, kept in blocks so that it grows without being copied.

use std::sync::OnceLock;

use aws_lc_rs::digest::{Context, SHA256};

/// Samples of one block; the last one may be shorter.
const BLOCK: usize = 32_768;

/// Sound of one channel with 16 bits a sample.
#[derive(Debug, Clone)]
pub struct Samples {
    rate_hz: u32,
    length: usize,
    blocks: Vec<Vec<i16>>,
    digest: OnceLock<[u8; 32]>,
}

impl PartialEq for Samples {
    fn eq(&self, other: &Self) -> bool {
        self.rate_hz == other.rate_hz && self.blocks == other.blocks
    }
}

impl Eq for Samples {}

impl Samples {
    /// No sample yet.
    pub const fn new(rate_hz: u32) -> Self {
        Self { rate_hz, length: 0, blocks: Vec::new(), digest: OnceLock::new() }
    }

    /// Samples a second.
    pub const fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// How many samples.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes of memory.
    pub fn size_bytes(&self) -> usize {
        self.blocks.iter().map(|block| 2 * block.capacity()).sum()
    }

    /// Append samples.
    pub fn extend(&mut self, mut samples: &[i16]) {
        self.length += samples.len();
        self.digest.take();
        while !samples.is_empty() {
            let open = self.blocks.last_mut().filter(|block| block.len() < BLOCK);
            let Some(block) = open else {
                // A short sound takes little, a long one whole blocks.
                let whole = if self.blocks.is_empty() { 0 } else { BLOCK };
                if self.blocks.len() == 1 {
                    self.shrink();
                }
                self.blocks.push(Vec::with_capacity(whole));
                continue;
            };
            let (now, later) = samples.split_at(samples.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            samples = later;
        }
    }

    /// Give back memory that is not used.
    pub fn shrink(&mut self) {
        self.blocks.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// The samples from `at` on, as many as lie together, `most` at most; none at the end.
    pub fn run(&self, at: usize, most: usize) -> &[i16] {
        let block = self.blocks.get(at / BLOCK).map_or(&[][..], Vec::as_slice);
        let rest = block.get(at % BLOCK..).unwrap_or_default();
        rest.get(..most).unwrap_or(rest)
    }

    /// SHA-256 of the rate and the samples: sounds with the same digest are the same. Taken once; of a long sound that
    /// takes milliseconds, so ask for it before a worker does.
    pub fn digest(&self) -> &[u8; 32] {
        self.digest.get_or_init(|| {
            let mut context = Context::new(&SHA256);
            context.update(&self.rate_hz.to_le_bytes());
            let mut octets = Vec::new();
            for samples in self.blocks.iter().flat_map(|block| block.chunks(4_096)) {
                octets.clear();
                octets.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
                context.update(&octets);
            }
            context.finish().as_ref().try_into().unwrap_or_default()
        })
    }

    /// The samples, block by block.
    pub fn into_blocks(self) -> impl Iterator<Item = Vec<i16>> {
        self.blocks.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_that_of_the_samples() {
        for length in [100, 40_000, 100_000] {
            let mut samples = Samples::new(8_000);
            (0..length / 100).for_each(|_| samples.extend(&[7; 100]));
            samples.shrink();
            assert_eq!(samples.size_bytes(), 2 * length);
        }
    }

    #[test]
    fn a_digest_is_that_of_rate_and_samples() {
        let samples = |rate_hz, last| {
            let mut samples = Samples::new(rate_hz);
            (0..999).for_each(|_| samples.extend(&[7; 100]));
            samples.extend(&[last]);
            samples
        };
        let mut one = samples(8_000, 1);
        assert_eq!(one.digest(), samples(8_000, 1).digest());
        assert_ne!(one.digest(), samples(8_000, 2).digest());
        assert_ne!(one.digest(), samples(16_000, 1).digest());
        assert_eq!(one, samples(8_000, 1), "whether it was asked for or not");
        let before = *one.digest();
        one.extend(&[2]);
        assert_ne!(*one.digest(), before);
    }

    #[test]
    fn appended_samples_are_read_in_order() {
        let mut samples = Samples::new(8_000);
        let all: Vec<i16> = (0..100_000).map(|n| (n % 30_011) as i16).collect();
        for part in all.chunks(777) {
            samples.extend(part);
        }
        assert_eq!((samples.len(), samples.rate_hz(), samples.is_empty()), (100_000, 8_000, false));
        let (mut read, mut at) = (Vec::new(), 0);
        while let run @ [_, ..] = samples.run(at, 160) {
            read.extend_from_slice(run);
            at += run.len();
        }
        assert_eq!(read, all);
        assert_eq!(samples.into_blocks().flatten().collect::<Vec<_>>(), all);
    }
}
