//! One socket for all parties, each at a loopback address of its own: batches work, and an engine sees
//! as many peers as there are parties.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use offhook_shell::batch::{Inbound, Outbound};
use rustix::net::sockopt;

/// Bytes the kernel may hold for us.
const BUFFER: usize = 32 << 20;

/// The parties' socket.
pub(crate) struct Socket {
    udp: UdpSocket,
    inbound: Inbound,
    outbound: Outbound,
    pub(crate) port: u16,
    /// Datagrams the system did not take.
    pub(crate) unsent: u64,
}

/// The address of party `n`: 127.1.0.0 and on.
pub(crate) fn address_of(n: usize) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 0)) + n as u32)
}

/// The party at that address.
pub(crate) fn party_at(address: Ipv4Addr) -> Option<usize> {
    let n = u32::from(address).checked_sub(u32::from(Ipv4Addr::new(127, 1, 0, 0)))?;
    Some(n as usize)
}

impl Socket {
    pub(crate) fn new() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.set_nonblocking(true)?;
        // For those who may; the generator must never be the one that loses.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, BUFFER);
        let _ = sockopt::set_socket_send_buffer_size(&socket, BUFFER);
        let _ = sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER);
        let _ = sockopt::set_socket_send_buffer_size_force(&socket, BUFFER);
        let inbound = Inbound::with_destinations(&socket)?;
        let port = socket.local_addr()?.port();
        Ok(Self { udp: socket, inbound, outbound: Outbound::new(), port, unsent: 0 })
    }

    /// Queues a datagram of party `n`.
    pub(crate) fn send(&mut self, n: usize, remote: SocketAddr, bytes: &[u8]) {
        if !self.outbound.push_from(address_of(n), remote, bytes) {
            self.flush();
            self.outbound.push_from(address_of(n), remote, bytes);
        }
    }

    pub(crate) fn flush(&mut self) {
        if !self.outbound.is_empty() {
            let sent = self.outbound.flush(&self.udp);
            self.unsent += sent.full + sent.refused;
        }
    }

    /// Receives a batch and hands each datagram with its party to `take`. Returns how many there were.
    pub(crate) fn receive(&mut self, mut take: impl FnMut(usize, &mut [u8])) -> usize {
        let count = self.inbound.fill(&self.udp).unwrap_or(0);
        for slot in 0..count {
            let party = self.inbound.destination(slot).and_then(party_at);
            if let (Some(party), Some((_, bytes))) = (party, self.inbound.take(slot)) {
                take(party, bytes);
            }
        }
        count
    }

    /// Waits until something arrives, or the limit has passed; it is less than a second.
    pub(crate) fn rest(&self, limit: Duration) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(limit.subsec_nanos()) };
        // Whatever it says, looking again is right.
        let _ = poll(&mut [PollFd::new(&self.udp, PollFlags::IN)], Some(&timeout));
    }
}
