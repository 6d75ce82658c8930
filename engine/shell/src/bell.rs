//! One file descriptor that is readable while something waits: how a reader in another world, such as
//! Python's event loop, learns of news without a thread of its own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Rings until it is silenced; ringing twice is ringing once.
#[derive(Debug)]
pub(crate) struct Bell {
    ear: OwnedFd,
    /// Where to write, when that is another descriptor than the one to read.
    hammer: Option<OwnedFd>,
}

impl Bell {
    #[cfg(target_os = "linux")]
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let ear = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { ear, hammer: None })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new() -> io::Result<Self> {
        let (ear, hammer) = std::os::unix::net::UnixStream::pair()?;
        ear.set_nonblocking(true)?;
        hammer.set_nonblocking(true)?;
        Ok(Self { ear: ear.into(), hammer: Some(hammer.into()) })
    }

    pub(crate) fn ring(&self) {
        // Full means that it rings already; any other error has nobody who could hear of it.
        let _ = rustix::io::write(self.hammer.as_ref().unwrap_or(&self.ear), &1_u64.to_ne_bytes());
    }

    pub(crate) fn silence(&self) {
        let mut strokes = [0; 64];
        while rustix::io::read(&self.ear, &mut strokes).is_ok_and(|count| count == strokes.len()) {}
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ear.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::Bell;

    fn rings(bell: &Bell) -> bool {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(bell, PollFlags::IN)], Some(&at_once)).unwrap() == 1
    }

    #[test]
    fn it_rings_until_it_is_silenced() {
        let bell = Bell::new().unwrap();
        assert!(!rings(&bell));
        bell.ring();
        bell.ring();
        assert!(rings(&bell));
        bell.silence();
        assert!(!rings(&bell));
    }
}
