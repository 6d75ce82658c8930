//! The queue of events from the workers to their reader, in order and in bounded memory.

use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use offhook_core::{Event, Time};

use crate::notifier::Notifier;

/// Waiting events beyond which reports are dropped: a reader this far behind has no use for them.
const MAX_WITH_REPORTS: usize = 16_384;

/// Events that wait to be read. Reports may be dropped while they are not read; changes of state never
/// are, and each leg has a limited number of them.
#[derive(Debug)]
pub(crate) struct EventQueue {
    waiting: Mutex<Vec<(Time, Event)>>,
    notifier: Notifier,
}

impl EventQueue {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { waiting: Mutex::new(Vec::new()), notifier: Notifier::new()? })
    }

    /// Adds a batch, which is empty afterwards, and returns how many reports were dropped.
    pub(crate) fn push_batch(&self, batch: &mut Vec<(Time, Event)>) -> u64 {
        if batch.is_empty() {
            return 0;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut dropped = 0;
        for entry in batch.drain(..) {
            if waiting.len() >= MAX_WITH_REPORTS && matches!(entry.1, Event::Reported(..)) {
                dropped += 1;
            } else {
                waiting.push(entry);
            }
        }
        // Under the lock, so that a reader that finds nothing never clears a later notification.
        self.notifier.notify();
        dropped
    }

    /// All that waits, oldest first.
    pub(crate) fn take(&self) -> Vec<(Time, Event)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.notifier.clear();
        mem::take(&mut waiting)
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
        assert_eq!(queue.push_batch(&mut (0..MAX_WITH_REPORTS as u64).map(closed).collect()), 0);
        assert_eq!(queue.push_batch(&mut vec![report(), closed(1), report()]), 2);
        let taken = queue.take();
        assert_eq!(taken.len(), MAX_WITH_REPORTS + 1);
        assert_eq!(taken.last(), Some(&closed(1)));
        assert!(queue.take().is_empty());
    }
}
