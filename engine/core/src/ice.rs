//! ICE (RFC 8445): which routes lead to the peer, validated by checks.

mod full;
mod generations;
mod lite;
mod message;
mod pair;
mod seen;

use is::stun::StunMessage;

use crate::clock::Clock;
use crate::negotiation::{Agreement, Credentials};
use crate::transmit::TransmitQueue;
use crate::{Config, IceMode, Route, Time, TransportFault};

use full::FullAgent;
use lite::LiteAgent;

/// One leg's ICE agent.
#[derive(Debug)]
pub(crate) enum Agent {
    Lite(Box<LiteAgent>),
    Full(Box<FullAgent>),
}

/// What changed for a leg's routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IceEvent {
    /// Responses to our checks may come by this route; it is not validated yet.
    Expected(Route),
    /// Datagrams of the peer may come by this route from now on.
    Learnt(Route),
    /// They no longer do.
    Forgotten(Route),
    /// Handshakes take this route from now on.
    Selected(Route),
    /// Media, too.
    Usable(Route),
    /// There is no route, or no longer one.
    Failed(TransportFault),
}

/// What became of a STUN message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Its sender knows our password.
    Authentic,
    /// Authentic, and answered before.
    Repeated,
    /// Authentic, and answered before on another route: a replay.
    Replayed,
    /// Not authentic: it changes nothing and is not answered.
    AuthFailed,
}

impl Agent {
    /// `number` is drawn at random.
    pub(crate) fn new(config: &Config, number: u64) -> Self {
        match config.ice {
            IceMode::Lite => Self::Lite(Box::new(LiteAgent::new(config, number))),
            IceMode::Full => Self::Full(Box::new(FullAgent::new(config, number))),
        }
    }

    /// Our offer went out with these credentials.
    pub(crate) fn open(&mut self, local: Credentials) {
        match self {
            Self::Lite(agent) => agent.open(local),
            Self::Full(agent) => agent.open(local),
        }
    }

    /// Our offer was refused.
    pub(crate) fn withdraw(&mut self) {
        match self {
            Self::Lite(agent) => agent.withdraw(),
            Self::Full(agent) => agent.withdraw(),
        }
    }

    /// Both sides' credentials are known.
    pub(crate) fn agree(&mut self, now: Time, agreement: &Agreement) {
        match self {
            Self::Lite(agent) => agent.agree(now, agreement),
            Self::Full(agent) => agent.agree(now, agreement),
        }
    }

    /// A STUN message came by a route that is `free`, or is another leg's.
    pub(crate) fn check(
        &mut self,
        now: Time,
        route: Route,
        free: bool,
        message: &StunMessage<'_>,
        out: &mut TransmitQueue,
    ) -> Checked {
        match self {
            Self::Lite(agent) => agent.check(now, route, free, message, out),
            Self::Full(agent) => agent.check(now, route, message, out),
        }
    }

    /// Answer a check once more that was [`Checked::Repeated`].
    pub(crate) fn repeat(&self, route: Route, message: &StunMessage<'_>, out: &mut TransmitQueue) {
        if let Self::Lite(agent) = self {
            agent.repeat(route, message, out);
        }
    }

    /// Whether it may be the response to a check of ours.
    pub(crate) fn awaits(&self, route: Route, message: &StunMessage<'_>) -> bool {
        match self {
            Self::Lite(agent) => agent.awaits(route, message),
            Self::Full(_) => true,
        }
    }

    /// There are keys now. The whole handshake took the route `proven`, if one route carried all of it.
    pub(crate) fn keyed(&mut self, now: Time, proven: Option<Route>) {
        if let Self::Lite(agent) = self {
            agent.keyed(now, proven);
        }
    }

    /// A new authentic packet came by a route that is no leg's. Returns whether something changed.
    pub(crate) fn stray(&mut self, now: Time, route: Route) -> bool {
        match self {
            Self::Lite(agent) => agent.stray(now, route),
            Self::Full(_) => false,
        }
    }

    /// Media was received from the peer, by any route.
    pub(crate) fn media_received(&mut self, now: Time) {
        if let Self::Lite(agent) = self {
            agent.media_received(now);
        }
    }

    /// A new authentic packet came by that route. Returns whether the selected route may have changed.
    pub(crate) fn packet_received(&mut self, now: Time, route: Route) -> bool {
        match self {
            Self::Lite(agent) => agent.packet_received(now, route),
            Self::Full(_) => false,
        }
    }

    /// Time has passed.
    pub(crate) fn timeout(&mut self, now: Time, out: &mut TransmitQueue) {
        match self {
            Self::Lite(agent) => agent.timeout(now, out),
            Self::Full(agent) => agent.timeout(now, out),
        }
    }

    /// When [`timeout`](Self::timeout) is due.
    pub(crate) fn wake(&mut self, now: Time) -> Option<Time> {
        match self {
            Self::Lite(agent) => agent.wake(),
            Self::Full(agent) => agent.wake(now),
        }
    }

    /// A route is gone: its connection, or it is another leg's.
    pub(crate) fn closed(&mut self, now: Time, route: Route) {
        if let Self::Lite(agent) = self {
            agent.closed(now, route);
        }
    }

    /// Where to send what a handshake needs, if anywhere.
    pub(crate) fn route(&self) -> Option<Route> {
        match self {
            Self::Lite(agent) => agent.route(),
            Self::Full(agent) => agent.route(),
        }
    }

    /// Where to send media, if anywhere.
    pub(crate) fn media_route(&self) -> Option<Route> {
        match self {
            Self::Lite(agent) => agent.media_route(),
            Self::Full(agent) => agent.route(),
        }
    }

    /// Whether that route was validated.
    pub(crate) fn is_validated(&self, route: Route) -> bool {
        match self {
            Self::Lite(agent) => agent.is_validated(route),
            Self::Full(agent) => agent.is_validated(route),
        }
    }

    /// User fragments that checks for this leg may name.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = &str> {
        let [a, b, c] = match self {
            Self::Lite(agent) => agent.fragments(),
            Self::Full(agent) => agent.fragments(),
        };
        [a, b, c].into_iter().flatten()
    }

    /// The oldest event, if there is any.
    pub(crate) fn poll(&mut self) -> Option<IceEvent> {
        match self {
            Self::Lite(agent) => agent.poll(),
            Self::Full(agent) => agent.poll(),
        }
    }
}

/// The clock of the ICE library.
fn clock(config: &Config) -> Clock {
    Clock::new(config.epoch)
}
