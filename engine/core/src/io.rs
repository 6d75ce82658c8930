//! Inputs and outputs of the core: datagrams both ways, commands in, deadlines out.

use crate::{Command, Route, Time};

/// What goes into the core.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram arrived. The bytes are decrypted in place.
    Datagram(Route, &'a mut [u8]),
    /// A command of the process.
    Command(Command),
    /// A TCP connection is gone; nothing more can be sent on this route.
    Closed(Route),
    /// The deadline that was asked for has come, or time has simply passed.
    Timeout,
}

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// Its route.
    pub route: Route,
    /// Its content.
    pub bytes: &'a [u8],
    /// It answers an unauthenticated request: a connection that it leaves by belongs to no leg.
    pub to_unverified: bool,
}

/// Why the core has a deadline, for diagnosis.
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
    /// A leg may have received no media for too long.
    Silence,
    /// Nothing to do.
    Never,
}

/// The next deadline of the core, and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// When; never, if nothing is pending.
    pub at: Option<Time>,
    /// Why.
    pub reason: WakeReason,
}
