//! The queue of events from the workers to their reader, in order and in bounded memory.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use offhook_core::{Event, LegId, TapBatch, Time};

use crate::notifier::Notifier;

/// Waiting events beyond which reports are dropped: a reader this far behind has no use for them.
const MAX_WITH_REPORTS: usize = 16_384;
/// Waiting batches of tapped audio beyond which the oldest are dropped: 13 MB of batches of 100 ms.
const MAX_TAPPED: usize = 4_096;

/// Events that wait to be read. Reports and tapped audio may be dropped while they are not read; changes of
/// state never are, and each leg has a limited number of them.
#[derive(Debug)]
pub(crate) struct EventQueue {
    waiting: Mutex<Waiting>,
    notifier: Notifier,
}

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<(Time, Event)>,
    tapped: VecDeque<(Time, LegId, Box<TapBatch>)>,
}

/// What was dropped because it was not read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) reports: u64,
    pub(crate) tapped: u64,
}

impl EventQueue {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { waiting: Mutex::default(), notifier: Notifier::new()? })
    }

    /// Adds a batch, which is empty afterwards, and returns what was dropped.
    pub(crate) fn push_batch(&self, batch: &mut Vec<(Time, Event)>) -> Dropped {
        let mut dropped = Dropped::default();
        if batch.is_empty() {
            return dropped;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, event) in batch.drain(..) {
            match event {
                Event::Tapped(leg, tapped) => {
                    dropped.tapped += waiting.push_tapped(at, leg, tapped);
                }
                Event::Reported(..) if waiting.events.len() >= MAX_WITH_REPORTS => {
                    dropped.reports += 1;
                }
                event => waiting.events.push((at, event)),
            }
        }
        // Under the lock, so that a reader that finds nothing never clears a later notification.
        self.notifier.notify();
        dropped
    }

    /// All that waits, oldest first; tapped audio before everything else, because nothing of a leg comes after its
    /// `Closed`.
    pub(crate) fn take(&self) -> Vec<(Time, Event)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.notifier.clear();
        let Waiting { events, tapped } = mem::take(&mut *waiting);
        if tapped.is_empty() {
            return events;
        }
        let tapped = tapped.into_iter().map(|(at, leg, batch)| (at, Event::Tapped(leg, batch)));
        tapped.chain(events).collect()
    }
}

impl Waiting {
    /// Returns how many batches were dropped. The next batch of the same leg says so.
    fn push_tapped(&mut self, at: Time, leg: LegId, batch: Box<TapBatch>) -> u64 {
        self.tapped.push_back((at, leg, batch));
        if self.tapped.len() <= MAX_TAPPED {
            return 0;
        }
        let Some((_, leg, oldest)) = self.tapped.pop_front() else { return 0 };
        if let Some((.., next)) = self.tapped.iter_mut().find(|(_, other, _)| *other == leg) {
            next.dropped += oldest.dropped + 1;
        }
        1
    }
}

impl AsFd for EventQueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.notifier.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use offhook_core::LegId;

    use super::*;

    #[test]
    fn unread_reports_are_dropped_and_unread_changes_are_kept() {
        let queue = EventQueue::new().unwrap();
        let closed = |n| (Time::ZERO, Event::Closed(LegId(n)));
        let report = || (Time::ZERO, Event::Reported(LegId(0), Box::default()));
        let all = queue.push_batch(&mut (0..MAX_WITH_REPORTS as u64).map(closed).collect());
        assert_eq!(all, Dropped::default());
        assert_eq!(queue.push_batch(&mut vec![report(), closed(1), report()]).reports, 2);
        let taken = queue.take();
        assert_eq!(taken.len(), MAX_WITH_REPORTS + 1);
        assert_eq!(taken.last(), Some(&closed(1)));
        assert!(queue.take().is_empty());
    }
    #[test]
    fn the_oldest_tapped_audio_is_dropped_and_the_next_of_its_leg_says_so() {
        let queue = EventQueue::new().unwrap();
        let tapped = |n: usize| (Time::ZERO, Event::Tapped(LegId(n as u64 % 2), Box::default()));
        let mut batch: Vec<_> = (0..MAX_TAPPED + 5).map(tapped).collect();
        batch.insert(0, (Time::ZERO, Event::Closed(LegId(0))));
        assert_eq!(queue.push_batch(&mut batch), Dropped { reports: 0, tapped: 5 });
        let taken = queue.take();
        assert_eq!(taken.len(), MAX_TAPPED + 1);
        let dropped: Vec<_> = taken
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Tapped(leg, batch) if batch.dropped > 0 => Some((leg.0, batch.dropped)),
                _ => None,
            })
            .collect();
        assert_eq!(dropped, [(1, 2), (0, 3)]);
        assert_eq!(taken.last(), Some(&(Time::ZERO, Event::Closed(LegId(0)))));
    }
}
