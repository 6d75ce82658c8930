//! Converts between our time and the libraries' `Instant`.

use std::time::{Duration, Instant};

use crate::Time;

/// The moment both count from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
}

impl Clock {
    pub(crate) fn new(epoch: Instant) -> Self {
        Self { epoch }
    }

    /// That time as an `Instant`; times beyond what an `Instant` can say become the last one before.
    pub(crate) fn instant(self, time: Time) -> Instant {
        self.epoch.checked_add(Duration::from_nanos(time.as_nanos())).unwrap_or(self.epoch)
    }

    /// That `Instant` as a time, unless it is so far ahead that it stands for never.
    pub(crate) fn time(self, instant: Instant, now: Time) -> Option<Time> {
        const NEVER: Duration = Duration::from_secs(3_600);
        let time =
            Time::from_nanos(instant.saturating_duration_since(self.epoch).as_nanos() as u64);
        (time.since(now) < NEVER).then_some(time)
    }
}
