//! Events on their way from the workers to whoever reads them, in order and in bounded memory.

use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use offhook_core::{Event, Time};

use crate::bell::Bell;

/// Waiting events beyond which reports are dropped: a reader this far behind has no use for them.
const MOST_WITH_REPORTS: usize = 16_384;

/// What waits to be read. Reports may be dropped when nobody reads; changes of state never are, and
/// each leg can only have so many of them.
#[derive(Debug)]
pub(crate) struct News {
    waiting: Mutex<Vec<(Time, Event)>>,
    bell: Bell,
}

impl News {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { waiting: Mutex::new(Vec::new()), bell: Bell::new()? })
    }

    /// Adds a batch, which is empty afterwards, and returns how many reports were dropped.
    pub(crate) fn tell(&self, batch: &mut Vec<(Time, Event)>) -> u64 {
        if batch.is_empty() {
            return 0;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut dropped = 0;
        for news in batch.drain(..) {
            if waiting.len() >= MOST_WITH_REPORTS && matches!(news.1, Event::Reported(..)) {
                dropped += 1;
            } else {
                waiting.push(news);
            }
        }
        // Under the lock, so that a reader that finds nothing never silences a later stroke.
        self.bell.ring();
        dropped
    }

    /// All that waits, oldest first.
    pub(crate) fn take(&self) -> Vec<(Time, Event)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.bell.silence();
        mem::take(&mut waiting)
    }
}

impl AsFd for News {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use offhook_core::LegId;

    use super::*;

    #[test]
    fn when_nobody_reads_reports_go_and_changes_of_state_stay() {
        let news = News::new().unwrap();
        let closed = |n| (Time::ZERO, Event::Closed(LegId(n)));
        let report = || (Time::ZERO, Event::Reported(LegId(0), Box::default()));
        assert_eq!(news.tell(&mut (0..MOST_WITH_REPORTS as u64).map(closed).collect()), 0);
        assert_eq!(news.tell(&mut vec![report(), closed(1), report()]), 2);
        let taken = news.take();
        assert_eq!(taken.len(), MOST_WITH_REPORTS + 1);
        assert_eq!(taken.last(), Some(&closed(1)));
        assert!(news.take().is_empty());
    }
}
