//! The deadlines of all legs.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::{LegId, Time, Wake, WakeReason};

/// Deadlines of many legs. A deadline that moved leaves its old entry behind; `Leg::armed` shows that
/// it is stale.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
}

/// One deadline of the leg in `slot`, if that is still `leg`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) at: Time,
    pub(super) slot: usize,
    pub(super) leg: LegId,
    reason: WakeReason,
}

impl Timers {
    pub(super) fn push(&mut self, at: Time, slot: usize, leg: LegId, reason: WakeReason) {
        // Those due at one moment are woken by slot, so that runs repeat exactly.
        self.heap.push(Reverse(Entry { at, slot, leg, reason }));
    }

    /// The earliest entry that is due.
    pub(super) fn pop(&mut self, now: Time) -> Option<Entry> {
        let due = self.heap.peek().is_some_and(|Reverse(entry)| entry.at <= now);
        due.then(|| self.heap.pop().map(|Reverse(entry)| entry)).flatten()
    }

    pub(super) fn wake(&self) -> Wake {
        match self.heap.peek() {
            Some(Reverse(entry)) => Wake { at: Some(entry.at), reason: entry.reason },
            None => Wake { at: None, reason: WakeReason::Never },
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.slot).cmp(&(other.at, other.slot))
    }
}
