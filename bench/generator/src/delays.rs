//! How late packets were, in a table of fixed size.

/// Width of a bucket in nanoseconds.
const BUCKET: u64 = 5_000;
/// Buckets: up to 100 ms.
const BUCKETS: usize = 20_000;

/// Counts of delays, 5 us apart.
pub(crate) struct Delays {
    counts: Vec<u64>,
    total: u64,
}

impl Delays {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    pub(crate) fn add(&mut self, nanos: u64) {
        let bucket = (nanos / BUCKET).min(BUCKETS as u64 - 1) as usize;
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
            self.total += 1;
        }
    }

    /// The delay in milliseconds that `share` of all packets had at most.
    pub(crate) fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = (self.total as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some((bucket as u64 + 1) as f64 * BUCKET as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::Delays;

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut delays = Delays::new();
        assert_eq!(delays.quantile_ms(0.5), None);
        (1..=100).for_each(|n| delays.add(n * 100_000 - 1));
        assert_eq!(delays.quantile_ms(0.5), Some(5.0));
        assert_eq!(delays.quantile_ms(0.99), Some(9.9));
    }
}
