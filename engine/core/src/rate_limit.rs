//! A token bucket: limits how much work one peer can cause.

use crate::Time;

/// Admits `rate` events a second, and `burst` of them at once.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    /// Nanoseconds each event costs.
    cost: u64,
    /// Most nanoseconds that can be saved up.
    depth: u64,
    /// When the bucket was or will be empty, had it always been filling.
    empty_at: u64,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) fn new(rate: u64, burst: u64) -> Self {
        let cost = 1_000_000_000 / rate.max(1);
        Self { cost, depth: cost * burst, empty_at: 0 }
    }

    /// Take one token at `now`; false when there is none.
    pub(crate) fn take(&mut self, now: Time) -> bool {
        // Shifted by the depth, so that a full bucket at time zero is no negative number.
        let now = now.as_nanos().saturating_add(self.depth);
        let start = self.empty_at.max(now - self.depth);
        let end = start.saturating_add(self.cost);
        let passes = end <= now;
        if passes {
            self.empty_at = end;
        }
        passes
    }

    /// Return the last token taken.
    pub(crate) fn give_back(&mut self) {
        self.empty_at = self.empty_at.saturating_sub(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut bucket = TokenBucket::new(100, 20);
        let passed = |bucket: &mut TokenBucket, ms, tries| {
            (0..tries).filter(|_| bucket.take(Time::from_millis(ms))).count()
        };
        assert_eq!(passed(&mut bucket, 0, 1_000), 20);
        assert_eq!(passed(&mut bucket, 10, 1_000), 1);
        assert_eq!(passed(&mut bucket, 100, 1_000), 9);
        assert_eq!(passed(&mut bucket, 60_000, 1_000), 20);
    }
}
