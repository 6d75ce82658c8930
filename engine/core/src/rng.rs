//! Random numbers and ICE credentials, all drawn from the seed of the engine's configuration.

use aws_lc_rs::hmac;

/// A stream of random octets: HMAC-SHA-256 of a counter under the seed, so that the next octets cannot
/// be predicted from earlier ones (RFC 4086 §6.2). The same seed and label give the same stream.
pub(crate) struct Rng {
    /// An `hmac::Key` has 1.2 kB, and each leg keeps a stream: it is made for each draw instead.
    seed: [u8; 32],
    label: Vec<u8>,
    drawn: u64,
}

impl Rng {
    /// The stream called `label`, `number` under `seed`.
    pub(crate) fn new(seed: &[u8; 32], label: &str, number: u64) -> Self {
        let mut full = label.as_bytes().to_vec();
        full.extend_from_slice(&number.to_be_bytes());
        Self { seed: *seed, label: full, drawn: 0 }
    }

    fn block(&mut self) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.seed);
        let mut context = hmac::Context::with_key(&key);
        context.update(&self.label);
        context.update(&self.drawn.to_be_bytes());
        self.drawn += 1;
        context.sign()
    }

    /// 64 random bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        let block = self.block();
        block.as_ref().first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets))
    }

    /// 256 random bits.
    pub(crate) fn octets(&mut self) -> [u8; 32] {
        self.block().as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// A string of `length` characters, at most 32, 6 random bits each (RFC 8839 §5.4: `ice-char`).
    pub(crate) fn ice_chars(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let block = self.block();
        let octets = block.as_ref().iter().take(length);
        octets
            .filter_map(|octet| ALPHABET.get(usize::from(octet & 63)))
            .map(|b| *b as char)
            .collect()
    }
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rng").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_label_give_one_stream() {
        let draw = |seed, label, number| Rng::new(&[seed; 32], label, number).ice_chars(24);
        assert_eq!(draw(1, "leg", 7), draw(1, "leg", 7));
        assert_ne!(draw(1, "leg", 7), draw(2, "leg", 7));
        assert_ne!(draw(1, "leg", 7), draw(1, "leg", 8));
        assert_ne!(draw(1, "leg", 7), draw(1, "engine", 7));
        assert_eq!(draw(1, "leg", 7).len(), 24);
    }

    #[test]
    fn a_stream_does_not_repeat_itself() {
        let mut rng = Rng::new(&[0; 32], "leg", 0);
        assert_ne!(rng.next_u64(), rng.next_u64());
    }
}
