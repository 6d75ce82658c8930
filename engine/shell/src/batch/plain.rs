//! One system call per datagram, for systems without `recvmmsg` and `sendmmsg`.
#![allow(unreachable_pub, reason = "public on systems where it is the only way")]

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::net::{RecvFlags, SendFlags, recvfrom, sendto};

use super::{BATCH, LONGEST, Sent};

/// Where a batch of datagrams is received. One byte more than the longest shows what was cut.
pub struct Inbound {
    buffers: Vec<[u8; LONGEST + 1]>,
    arrived: Vec<(Option<SocketAddr>, usize)>,
}

impl Default for Inbound {
    fn default() -> Self {
        Self::new()
    }
}

impl Inbound {
    /// Nothing has arrived.
    pub fn new() -> Self {
        Self { buffers: vec![[0; LONGEST + 1]; BATCH], arrived: Vec::with_capacity(BATCH) }
    }

    /// Receives what waits at `socket` and returns how many.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits.
    pub fn fill(&mut self, socket: impl AsFd) -> io::Result<usize> {
        self.arrived.clear();
        for buffer in &mut self.buffers {
            match recvfrom(&socket, &mut buffer[..], RecvFlags::empty()) {
                Ok((_, length, remote)) => {
                    let remote = remote.and_then(|any| SocketAddr::try_from(any).ok());
                    self.arrived.push((remote, length));
                }
                Err(_) if !self.arrived.is_empty() => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.arrived.len())
    }

    /// Where the `n`th datagram of the last batch came from.
    pub fn sender(&self, n: usize) -> Option<SocketAddr> {
        self.arrived.get(n)?.0
    }

    /// The `n`th datagram of the last batch; nothing when it was too long.
    pub fn take(&mut self, n: usize) -> Option<(SocketAddr, &mut [u8])> {
        let (remote, length) = *self.arrived.get(n)?;
        let bytes = self.buffers.get_mut(n)?.get_mut(..length)?;
        (length <= LONGEST).then_some((remote?, bytes))
    }
}

/// Datagrams that wait to be sent together.
pub struct Outbound {
    waiting: Vec<(SocketAddr, Vec<u8>)>,
    count: usize,
}

impl Default for Outbound {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbound {
    /// Nothing waits.
    pub fn new() -> Self {
        let slot = (SocketAddr::from(([0, 0, 0, 0], 0)), Vec::with_capacity(LONGEST));
        Self { waiting: vec![slot; BATCH], count: 0 }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a datagram; false, and nothing added, when the batch is full.
    pub fn push(&mut self, remote: SocketAddr, bytes: &[u8]) -> bool {
        let Some((to, buffer)) = self.waiting.get_mut(self.count) else { return false };
        *to = remote;
        buffer.clear();
        buffer.extend_from_slice(bytes);
        self.count += 1;
        true
    }

    /// Sends all that waits; afterwards nothing does.
    pub fn flush(&mut self, socket: impl AsFd) -> Sent {
        let mut sent = Sent::default();
        for (remote, bytes) in self.waiting.iter().take(self.count) {
            if bytes.len() > LONGEST {
                sent.refused += 1;
                continue;
            }
            match sendto(&socket, bytes, SendFlags::empty(), remote) {
                Ok(_) => sent.taken += 1,
                Err(error) if error == rustix::io::Errno::AGAIN => sent.full += 1,
                Err(_) => sent.refused += 1,
            }
        }
        self.count = 0;
        sent
    }
}
