//! Pseudo-random numbers that are the same for the same seed, on every machine and in every release.

/// A seeded generator (`SplitMix64`, Steele, Lea and Flood 2014). Written out here so that an update of
/// a library cannot change the sequence of a seed.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator that depends on `seed` alone.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent generator for every `name`, so that traffic on one path never changes the draws
    /// of another.
    #[must_use]
    pub fn split(&self, name: u64) -> Self {
        let mut mixed = Self(self.0 ^ name.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let seed = mixed.next_u64();
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0.0 up to, not including, 1.0.
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with that probability. Draws even when the result is certain, so that changing one
    /// probability does not change the draws after it.
    pub fn random_bool(&mut self, probability: f64) -> bool {
        self.next_f64() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_first_numbers_of_seed_zero_are_those_of_the_paper() {
        let mut rng = Rng::new(0);
        assert_eq!(rng.next_u64(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(rng.next_u64(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn a_probability_holds_over_many_draws() {
        let mut rng = Rng::new(7);
        let hits = (0..100_000).filter(|_| rng.random_bool(0.1)).count();
        assert!((9_700..10_300).contains(&hits), "{hits}");
    }

    #[test]
    fn split_generators_differ_from_each_other() {
        let root = Rng::new(1);
        assert_ne!(root.split(1).next_u64(), root.split(2).next_u64());
    }
}
