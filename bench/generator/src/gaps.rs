//! Packets that are missing among those that arrive: gaps in their sequence numbers.

/// The numbers of one stream.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    first: Option<u16>,
    /// How far the newest is from the first.
    newest: i64,
    received: u64,
}

impl Gaps {
    pub(crate) fn note(&mut self, sequence: u16) {
        let first = *self.first.get_or_insert(sequence);
        // The nearest number that has these low bits.
        let step = sequence.wrapping_sub(first.wrapping_add(self.newest as u16)) as i16;
        self.newest = self.newest.max(self.newest + i64::from(step));
        self.received += 1;
    }

    /// How many never came, up to the newest that did.
    pub(crate) fn missing(&self) -> u64 {
        let sent = self.first.map_or(0, |_| self.newest as u64 + 1);
        sent.saturating_sub(self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::Gaps;

    #[test]
    fn what_is_left_out_is_missing_in_any_order_and_over_the_wrap() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.missing(), 0);
        for sequence in [65_533, 65_535, 65_534, 2, 1] {
            gaps.note(sequence);
        }
        assert_eq!(gaps.missing(), 1, "number 0");
    }
}
