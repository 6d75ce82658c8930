//! Links between workers: the speakers of conferences with members on several of them.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};

use mio::Waker;
use offhook_core::{LinkFrame, MixerId};

/// Frames that wait for one worker. One that does not take them in time loses the newest: the sender never waits.
const MAX_WAITING: usize = 4_096;

/// One frame of a conference.
pub(crate) type Linked = (MixerId, LinkFrame);

/// The sending end of the link to each worker, by its number.
#[derive(Default)]
pub(crate) struct Peers(OnceLock<Vec<Peer>>);

/// The sending end of the link to one worker.
pub(crate) struct Peer {
    frames: SyncSender<Linked>,
    waker: Arc<Waker>,
}

impl Peer {
    /// A link to the worker that this wakes, and its receiving end.
    pub(crate) fn new(waker: Arc<Waker>) -> (Self, Receiver<Linked>) {
        let (frames, receiver) = sync_channel(MAX_WAITING);
        (Self { frames, waker }, receiver)
    }
}

impl Peers {
    /// All workers have started.
    pub(crate) fn connect(&self, peers: Vec<Peer>) {
        // Called once.
        let _ = self.0.set(peers);
    }

    /// Send frames to other workers, each woken once. Returns how many were dropped.
    pub(crate) fn send(&self, frames: impl Iterator<Item = (usize, MixerId, LinkFrame)>) -> u64 {
        let Some(peers) = self.0.get() else { return 0 };
        let (mut woken, mut dropped) = (0_u64, 0);
        for (worker, mixer, frame) in frames {
            let Some(peer) = peers.get(worker) else { continue };
            match peer.frames.try_send((mixer, frame)) {
                Ok(()) => woken |= 1 << worker.min(63),
                Err(TrySendError::Full(_)) => dropped += 1,
                // The worker has ended.
                Err(TrySendError::Disconnected(_)) => {}
            }
        }
        for (worker, peer) in peers.iter().enumerate() {
            if woken >> worker.min(63) & 1 == 1 {
                // A worker that cannot be woken has ended.
                let _ = peer.waker.wake();
            }
        }
        dropped
    }
}
