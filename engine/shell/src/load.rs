//! How busy a worker is, and how hard it may try when it encodes.

use std::time::Duration;

use offhook_core::Time;
use offhook_core::codec::Effort;

/// Over how long busyness is measured before anything is changed.
const WINDOW: Duration = Duration::from_millis(500);

/// Shares of its time that a worker may be busy before it tries less hard. A worker that is busy for
/// longer answers late at times; one that never rests loses packets.
const EASED_ABOVE: f64 = 0.60;
const LEAST_ABOVE: f64 = 0.80;
/// What it must fall below before it tries harder again. Encoding with full effort costs up to three
/// times as much as with the least, so the steps back are far below the steps down.
const EASED_BELOW: f64 = 0.40;
const FULL_BELOW: f64 = 0.35;

/// Watches one worker.
#[derive(Debug, Default)]
pub(crate) struct Load {
    begun: Time,
    busy: Duration,
}

impl Load {
    /// The worker was busy for that long, up to `now`. Returns how hard to try from now on, when that
    /// is to change.
    pub(crate) fn worked(&mut self, now: Time, busy: Duration, effort: Effort) -> Option<Effort> {
        self.busy += busy;
        let length = now.since(self.begun);
        if length < WINDOW {
            return None;
        }
        let share = self.busy.as_secs_f64() / length.as_secs_f64();
        *self = Self { begun: now, busy: Duration::ZERO };
        let next = match effort {
            _ if share > LEAST_ABOVE => Effort::Least,
            Effort::Full if share > EASED_ABOVE => Effort::Eased,
            Effort::Least if share < EASED_BELOW => Effort::Eased,
            Effort::Eased if share < FULL_BELOW => Effort::Full,
            as_it_is => as_it_is,
        };
        (next != effort).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the effort over windows with these shares of busyness.
    fn after(shares: &[f64], mut effort: Effort) -> Effort {
        let (mut load, mut now) = (Load::default(), Time::ZERO);
        for share in shares {
            now += WINDOW;
            effort = load.worked(now, WINDOW.mul_f64(*share), effort).unwrap_or(effort);
        }
        effort
    }

    #[test]
    fn effort_falls_with_load_and_comes_back_by_steps() {
        assert_eq!(after(&[0.5], Effort::Full), Effort::Full);
        assert_eq!(after(&[0.7], Effort::Full), Effort::Eased);
        assert_eq!(after(&[0.95], Effort::Full), Effort::Least);
        assert_eq!(after(&[0.7], Effort::Eased), Effort::Eased);
        assert_eq!(after(&[0.85], Effort::Eased), Effort::Least);
        assert_eq!(after(&[0.5], Effort::Least), Effort::Least);
        assert_eq!(after(&[0.3], Effort::Least), Effort::Eased);
        assert_eq!(after(&[0.3, 0.3], Effort::Least), Effort::Full);
    }

    #[test]
    fn a_moment_of_work_changes_nothing() {
        let mut load = Load::default();
        let busy = Duration::from_millis(50);
        assert_eq!(load.worked(Time::from_millis(50), busy, Effort::Full), None);
        assert_eq!(load.worked(Time::from_millis(500), busy, Effort::Full), None);
    }
}
