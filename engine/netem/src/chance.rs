//! Numbers that look random and are the same for the same seed, on every machine and in every release.

/// A seeded source of chance (`SplitMix64`, Steele, Lea and Flood 2014). Written out here so that an
/// update of a library cannot change what a seed means.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A source that depends on `seed` alone.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A source of its own for every `name`, so that traffic on one path never shifts another's luck.
    #[must_use]
    pub fn branch(&self, name: u64) -> Self {
        let mut mixed = Self(self.0 ^ name.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let seed = mixed.draw();
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0.0 up to, not including, 1.0.
    pub fn share(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something happens that happens in `share` of all cases. Draws even when the answer is
    /// sure, so that changing one share does not shift the luck of everything after it.
    pub fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_first_numbers_of_seed_zero_are_those_of_the_paper() {
        let mut chance = Chance::new(0);
        assert_eq!(chance.draw(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(chance.draw(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn a_share_is_kept_over_many_draws() {
        let mut chance = Chance::new(7);
        let hits = (0..100_000).filter(|_| chance.happens(0.1)).count();
        assert!((9_700..10_300).contains(&hits), "{hits}");
    }

    #[test]
    fn branches_differ_from_each_other() {
        let root = Chance::new(1);
        assert_ne!(root.branch(1).draw(), root.branch(2).draw());
    }
}
