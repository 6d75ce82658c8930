//! A thread that writes recordings, so that a slow disk delays no worker.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use offhook_core::recorder::RecordedPart;
use offhook_core::{Event, RecordingId, Time};

use crate::event_queue::EventQueue;
use crate::recording_files::RecordingFiles;

/// Blocks that wait for the disk, some 200 ms of a recording each; more are dropped, and are silence in
/// their file.
const MAX_BLOCKS: usize = 16_384;

/// When something happened to which recording.
pub(crate) type Job = (Time, RecordingId, RecordedPart);

/// What waits to be written. Jobs of one recording stay in order.
#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    blocks: usize,
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// The workers' end of the writer's queue.
#[derive(Debug, Clone)]
pub(crate) struct FileQueue(Arc<Shared>);

impl FileQueue {
    /// Queues a job, and returns whether it was taken: blocks are dropped while too many wait.
    pub(crate) fn push(&self, job: Job) -> bool {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(job.2, RecordedPart::Block(_)) {
            if queue.blocks >= MAX_BLOCKS {
                return false;
            }
            queue.blocks += 1;
        }
        queue.jobs.push_back(job);
        self.0.changed.notify_one();
        true
    }

    /// All jobs, oldest first; waits for some. Nothing once the queue is closed and empty.
    fn take(&self) -> Option<VecDeque<Job>> {
        let queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |queue: &mut Queue| queue.jobs.is_empty() && !queue.closed;
        let waited = self.0.changed.wait_while(queue, idle);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        queue.blocks = 0;
        let jobs = std::mem::take(&mut queue.jobs);
        (!jobs.is_empty()).then_some(jobs)
    }

    fn close(&self) {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.changed.notify_one();
    }
}

/// The thread.
#[derive(Debug)]
pub(crate) struct FileWriter {
    queue: FileQueue,
    thread: Option<JoinHandle<()>>,
}

impl FileWriter {
    /// Starts the thread. Results go into `events`.
    pub(crate) fn start(events: Arc<EventQueue>) -> io::Result<Self> {
        let queue = FileQueue(Arc::default());
        let jobs = queue.clone();
        let run = move || {
            let mut files = RecordingFiles::default();
            while let Some(batch) = jobs.take() {
                for (at, recording, part) in batch {
                    let file = files.handle(recording, part);
                    let event = file.map(|file| (at, Event::Recorded(recording, file)));
                    events.push_batch(&mut event.into_iter().collect());
                }
            }
        };
        let thread = thread::Builder::new().name("offhook-files".to_owned()).spawn(run)?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Where workers put their jobs.
    pub(crate) fn queue(&self) -> FileQueue {
        self.queue.clone()
    }
}

impl Drop for FileWriter {
    /// Writes what waits, then ends the thread.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; if it panicked there is nothing left to write.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use offhook_core::recorder::{RecordedBlock, RecordingEnd, RecordingEndReason};

    use super::*;

    #[test]
    fn blocks_are_dropped_while_too_many_wait_and_the_end_is_kept() {
        let queue = FileQueue(Arc::default());
        let block = |at| RecordedPart::Block(RecordedBlock { at, samples: vec![0; 2] });
        let pushed = |part| queue.push((Time::ZERO, RecordingId(1), part));
        assert!((0..MAX_BLOCKS as u64).all(|at| pushed(block(at))));
        assert!(!pushed(block(0)));
        let end = RecordingEnd { reason: RecordingEndReason::Stopped, length: 9 };
        assert!(pushed(RecordedPart::End(end)));
        assert_eq!(queue.take().unwrap().len(), MAX_BLOCKS + 1);
        assert!(pushed(block(0)));
        queue.close();
        assert_eq!(queue.take().unwrap().len(), 1);
        assert_eq!(queue.take(), None);
    }
}
