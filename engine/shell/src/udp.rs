//! A UDP socket of a worker with what waits to leave through it.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use mio::{Interest, Registry, Token};

use crate::batch::{BATCH, Inbound, Outbound};
use crate::counts::Counts;

/// A UDP socket with what waits to leave through it.
pub(crate) struct UdpPort {
    pub(crate) address: SocketAddr,
    socket: mio::net::UdpSocket,
    outbound: Outbound,
    /// The socket may still hold datagrams: readiness is reported once, not while it lasts.
    pub(crate) readable: bool,
}

impl UdpPort {
    pub(crate) fn new(
        address: SocketAddr,
        socket: OwnedFd,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut socket = mio::net::UdpSocket::from_std(std::net::UdpSocket::from(socket));
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Self { address, socket, outbound: Outbound::new(), readable: false })
    }

    /// Receives a batch and returns how many datagrams it has. When it is less than full, the socket
    /// is taken as empty until the system says otherwise.
    pub(crate) fn fill(&mut self, inbound: &mut Inbound) -> usize {
        let count = inbound.fill(&self.socket).unwrap_or(0);
        // A datagram after a batch that was not full causes a new readiness event: epoll is edge-triggered.
        self.readable = count == BATCH;
        count
    }

    /// Queues a datagram; the batch leaves when it is full.
    pub(crate) fn send(&mut self, remote: SocketAddr, bytes: &[u8], counts: &mut Counts) {
        if !self.outbound.push(remote, bytes) {
            self.flush(counts);
            self.outbound.push(remote, bytes);
        }
    }

    pub(crate) fn flush(&mut self, counts: &mut Counts) {
        if !self.outbound.is_empty() {
            let sent = self.outbound.flush(&self.socket);
            counts.send_buffer_full += sent.full;
            counts.send_errors += sent.refused;
        }
    }
}
