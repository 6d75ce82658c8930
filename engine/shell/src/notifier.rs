//! A file descriptor that is readable while events wait, so that an event loop such as Python's can
//! watch it without a thread of its own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Readable from `notify` until `clear`; several notifications count as one.
#[derive(Debug)]
pub(crate) struct Notifier {
    read_fd: OwnedFd,
    /// The descriptor to write to, where it differs from the one to read.
    write_fd: Option<OwnedFd>,
}

impl Notifier {
    #[cfg(target_os = "linux")]
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let read_fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { read_fd, write_fd: None })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new() -> io::Result<Self> {
        let (read_fd, write_fd) = std::os::unix::net::UnixStream::pair()?;
        read_fd.set_nonblocking(true)?;
        write_fd.set_nonblocking(true)?;
        Ok(Self { read_fd: read_fd.into(), write_fd: Some(write_fd.into()) })
    }

    pub(crate) fn notify(&self) {
        // A full descriptor is readable already; no caller could handle any other error.
        let _ = rustix::io::write(
            self.write_fd.as_ref().unwrap_or(&self.read_fd),
            &1_u64.to_ne_bytes(),
        );
    }

    pub(crate) fn clear(&self) {
        let mut counter = [0; 64];
        while rustix::io::read(&self.read_fd, &mut counter)
            .is_ok_and(|count| count == counter.len())
        {}
    }
}

impl AsFd for Notifier {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read_fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::Notifier;

    fn is_readable(notifier: &Notifier) -> bool {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(notifier, PollFlags::IN)], Some(&at_once)).unwrap() == 1
    }

    #[test]
    fn it_is_readable_until_it_is_cleared() {
        let notifier = Notifier::new().unwrap();
        assert!(!is_readable(&notifier));
        notifier.notify();
        notifier.notify();
        assert!(is_readable(&notifier));
        notifier.clear();
        assert!(!is_readable(&notifier));
    }
}
