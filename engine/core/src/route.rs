//! Network routes: the pair of addresses and the protocol that datagrams travel by.

use std::net::SocketAddr;

/// The transport protocol of a datagram (RFC 8445 §5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportProtocol {
    /// A UDP datagram.
    Udp,
    /// One frame of an ICE-TCP connection (RFC 6544), already unframed (RFC 4571).
    Tcp,
}

/// Where a datagram comes from and goes to. `local` is the socket's address as the shell knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// The protocol.
    pub transport: TransportProtocol,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}
