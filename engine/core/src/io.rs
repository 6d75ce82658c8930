//! Inputs and outputs of the core: datagrams both ways, commands in, deadlines out.

use std::sync::Arc;

use crate::{Coached, Command, LegId, MixerId, Route, Time};

/// What goes into the core.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram arrived. The bytes are decrypted in place.
    Datagram(Route, &'a mut [u8]),
    /// A command of the process.
    Command(Command),
    /// Another worker's part of a conference has a frame of one of its speakers.
    Link(MixerId, LinkFrame),
    /// A TCP connection is gone; nothing more can be sent on this route.
    Closed(Route),
    /// The deadline that was asked for has come, or time has simply passed.
    Timeout,
}

/// 20 ms of one speaker, for the other parts of a conference.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkFrame {
    /// The speaker.
    pub leg: LegId,
    /// Who may hear him.
    pub coaches: Option<Coached>,
    /// The level that he was chosen by, in dBov.
    pub level_dbov: f32,
    /// The slow gain of his voice, as a factor.
    pub gain: f32,
    /// Whether he sends Opus with the full band.
    pub fullband: bool,
    /// Samples a second.
    pub rate_hz: u32,
    /// The samples.
    pub samples: Arc<[i16]>,
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
