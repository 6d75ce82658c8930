//! What crosses the border of the core: datagrams both ways, commands in, deadlines out.

use std::net::SocketAddr;

use crate::{Command, Time};

/// How a datagram travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A UDP datagram.
    Udp,
    /// One frame of an ICE-TCP connection (RFC 6544), already unframed (RFC 4571).
    Tcp,
}

/// Where a datagram comes from and goes to. `local` is the socket's address as the shell knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// How it travels.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

/// What goes into the core.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram arrived. The bytes are decrypted in place.
    Datagram(Route, &'a mut [u8]),
    /// Somebody above wants something.
    Command(Command),
    /// A TCP connection is gone; nothing more can be sent on this route.
    Closed(Route),
    /// The deadline that was asked for has come, or time has simply passed.
    Timeout,
}

/// A datagram that wants to leave.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// Which way.
    pub route: Route,
    /// What.
    pub bytes: &'a [u8],
    /// It answers an unauthenticated request: a connection that it leaves by belongs to no leg.
    pub to_unverified: bool,
}

/// Why the core wants to be woken: the answer to "why did it run just now?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WakeReason {
    /// The next 20 ms slot of a leg that plays something.
    Media,
    /// An ICE check or consent (RFC 7675).
    Ice,
    /// A DTLS flight to repeat.
    Dtls,
    /// An RTCP report is due.
    Rtcp,
    /// A leg may have fallen silent.
    Silence,
    /// Nothing to do.
    Never,
}

/// When the core wants to be woken, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// When; never, if nothing is pending.
    pub at: Option<Time>,
    /// Why.
    pub reason: WakeReason,
}
