//! Measures how busy a worker is, and chooses the complexity of its encoders.

use std::time::Duration;

use offhook_core::Time;
use offhook_core::codec::Complexity;

/// Load is averaged over this time.
const WINDOW: Duration = Duration::from_millis(500);

/// Load above which the complexity is lowered. A busier worker is late at times; one that is never idle
/// loses packets.
const REDUCED_ABOVE: f64 = 0.60;
const MINIMAL_ABOVE: f64 = 0.80;
/// What it must fall below before it tries harder again. Encoding with full complexity costs up to three
/// times as much as with the least, so the steps back are far below the steps down.
const REDUCED_BELOW: f64 = 0.40;
const FULL_BELOW: f64 = 0.35;

/// The load of one worker.
#[derive(Debug, Default)]
pub(crate) struct Load {
    begun: Time,
    busy: Duration,
    /// The complexity is fixed.
    ignored: bool,
}

impl Load {
    /// For a complexity that is to stay as it is.
    pub(crate) fn ignored() -> Self {
        Self { ignored: true, ..Self::default() }
    }

    /// The worker was busy for that long, up to `now`. Returns how hard to try from now on, when that
    /// is to change.
    pub(crate) fn worked(
        &mut self,
        now: Time,
        busy: Duration,
        complexity: Complexity,
    ) -> Option<Complexity> {
        if self.ignored {
            return None;
        }
        self.busy += busy;
        let length = now.since(self.begun);
        if length < WINDOW {
            return None;
        }
        let share = self.busy.as_secs_f64() / length.as_secs_f64();
        *self = Self { begun: now, ..Self::default() };
        let next = match complexity {
            _ if share > MINIMAL_ABOVE => Complexity::Minimal,
            Complexity::Full if share > REDUCED_ABOVE => Complexity::Reduced,
            Complexity::Minimal if share < REDUCED_BELOW => Complexity::Reduced,
            Complexity::Reduced if share < FULL_BELOW => Complexity::Full,
            as_it_is => as_it_is,
        };
        (next != complexity).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the complexity over windows with these shares of busyness.
    fn after(shares: &[f64], mut complexity: Complexity) -> Complexity {
        let (mut load, mut now) = (Load::default(), Time::ZERO);
        for share in shares {
            now += WINDOW;
            complexity = load.worked(now, WINDOW.mul_f64(*share), complexity).unwrap_or(complexity);
        }
        complexity
    }

    #[test]
    fn a_fixed_complexity_stays_under_any_load() {
        let mut load = Load::ignored();
        let worked = load.worked(Time::ZERO + WINDOW, WINDOW, Complexity::Full);
        assert_eq!(worked, None);
    }

    #[test]
    fn effort_falls_with_load_and_comes_back_by_steps() {
        assert_eq!(after(&[0.5], Complexity::Full), Complexity::Full);
        assert_eq!(after(&[0.7], Complexity::Full), Complexity::Reduced);
        assert_eq!(after(&[0.95], Complexity::Full), Complexity::Minimal);
        assert_eq!(after(&[0.7], Complexity::Reduced), Complexity::Reduced);
        assert_eq!(after(&[0.85], Complexity::Reduced), Complexity::Minimal);
        assert_eq!(after(&[0.5], Complexity::Minimal), Complexity::Minimal);
        assert_eq!(after(&[0.3], Complexity::Minimal), Complexity::Reduced);
        assert_eq!(after(&[0.3, 0.3], Complexity::Minimal), Complexity::Full);
    }

    #[test]
    fn a_moment_of_work_changes_nothing() {
        let mut load = Load::default();
        let busy = Duration::from_millis(50);
        assert_eq!(load.worked(Time::from_millis(50), busy, Complexity::Full), None);
        assert_eq!(load.worked(Time::from_millis(500), busy, Complexity::Full), None);
    }
}
