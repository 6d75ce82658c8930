//! The tick of 20 ms that all users of decoded audio share.

use std::time::Duration;

use super::Engine;
use crate::{Time, Wake, WakeReason};

/// Between two ticks.
const INTERVAL: Duration = Duration::from_millis(20);
/// Ticks that a stopped machine has missed are made up for; more than that are left out.
const MAX_LATE: Duration = Duration::from_millis(200);

/// Counts ticks while anything uses them.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    next: Option<Time>,
    count: u64,
    /// Legs with a tap or detectors, by slot.
    pub(super) listeners: Vec<usize>,
}

impl Ticks {
    /// Run from now on, if it does not yet.
    pub(super) fn start(&mut self, now: Time) {
        self.next.get_or_insert(now + INTERVAL);
    }

    /// When the next tick is due.
    pub(super) fn wake(&self) -> Wake {
        Wake { at: self.next, reason: self.next.map_or(WakeReason::Never, |_| WakeReason::Media) }
    }

    /// The tick that is due: its time, which is not later than now, and its number.
    fn pop(&mut self, now: Time) -> Option<(Time, u64)> {
        let mut at = self.next.filter(|next| *next <= now)?;
        self.count += 1;
        if now.since(at) > MAX_LATE {
            // The numbers in between are left out too: users see that time is missing.
            let missed = now.since(at).as_nanos() / INTERVAL.as_nanos();
            self.count += missed as u64;
            at += INTERVAL * missed as u32;
        }
        self.next = Some(at + INTERVAL);
        Some((at, self.count))
    }
}

impl Engine {
    /// Do what all ticks up to `now` are for.
    pub(super) fn run_ticks(&mut self, now: Time) {
        while let Some(tick) = self.ticks.pop(now) {
            self.mix_all(now, tick);
            self.record_all(tick);
            self.listen(tick);
        }
        let idle = self.mixers.is_empty() && self.recordings.is_empty();
        if idle && self.ticks.listeners.is_empty() {
            self.ticks.next = None;
        }
    }

    fn listen(&mut self, tick: (Time, u64)) {
        let mut listeners = std::mem::take(&mut self.ticks.listeners);
        listeners.retain(|slot| {
            let Some(leg) = self.table.get_mut(*slot) else { return false };
            let stays = leg.listen(tick, |event| self.events.push_back(event));
            // A key may have ended a playback.
            self.collect_media_events(*slot);
            stays
        });
        self.ticks.listeners = listeners;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pop(ticks: &mut Ticks, now: u64) -> Vec<(u64, u64)> {
        let mut pop = || ticks.pop(Time::from_millis(now));
        std::iter::from_fn(|| pop().map(|(at, n)| (at.as_nanos() / 1_000_000, n))).collect()
    }

    #[test]
    fn late_ticks_are_made_up_for_and_very_late_ones_left_out() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.wake().at, None);
        ticks.start(Time::from_millis(5));
        ticks.start(Time::from_millis(9));
        assert_eq!(ticks.wake().at, Some(Time::from_millis(25)));
        assert_eq!(pop(&mut ticks, 24), []);
        assert_eq!(pop(&mut ticks, 26), [(25, 1)]);
        assert_eq!(pop(&mut ticks, 90), [(45, 2), (65, 3), (85, 4)]);
        assert_eq!(pop(&mut ticks, 1_100), [(1_085, 54)]);
        assert_eq!(ticks.wake().at, Some(Time::from_millis(1_105)));
    }
}
