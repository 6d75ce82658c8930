//! The engine: many legs behind a few addresses, driven by whoever owns sockets and a clock.

use std::collections::VecDeque;

use crate::outbox::Outbox;
use crate::{Command, Config, Datagram, Event, Input, LegId, Time, Wake, WakeReason};

/// Many legs behind a few addresses. Feed it with [`handle`](Self::handle); after one input or a
/// batch of them take what it wants: [`outgoing`](Self::outgoing) then [`sent`](Self::sent),
/// [`poll_event`](Self::poll_event) until it is empty, [`wake`](Self::wake).
#[derive(Debug)]
pub struct Engine {
    config: Config,
    outbox: Outbox,
    events: VecDeque<Event>,
    counters: Counters,
}

/// What an engine has seen since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Legs that exist now.
    pub legs: u64,
    /// Datagrams that came in.
    pub datagrams_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Datagrams that went out.
    pub datagrams_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Dropped: no leg knows the route, or a check names no leg.
    pub unknown_route: u64,
    /// Dropped: not parseable as what its first byte says (RFC 7983).
    pub malformed: u64,
    /// Dropped: did not authenticate.
    pub unauthentic: u64,
    /// Dropped: seen before (RFC 3711 §3.3.2).
    pub replayed: u64,
    /// Dropped: authentic, but more than a leg may send.
    pub flooded: u64,
}

impl Engine {
    /// An engine without legs.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            outbox: Outbox::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// Something happened at `now`, which is never before an earlier `now`.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        let _ = (now, &self.config);
        match input {
            Input::Datagram(_, bytes) => {
                self.counters.datagrams_in += 1;
                self.counters.bytes_in += bytes.len() as u64;
            }
            Input::Command(command) => self.command(command),
            Input::Closed(_) | Input::Timeout => {}
        }
    }

    fn command(&mut self, command: Command) {
        let _ = (command, &mut self.outbox);
    }

    /// Datagrams that want to leave, oldest first. They stay until [`sent`](Self::sent).
    pub fn outgoing(&self) -> impl ExactSizeIterator<Item = Datagram<'_>> {
        self.outbox.iter()
    }

    /// All of [`outgoing`](Self::outgoing) was handed on.
    pub fn sent(&mut self) {
        self.outbox.clear();
    }

    /// The oldest news, if there is any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Timeout`], and why.
    pub fn wake(&self) -> Wake {
        Wake { at: None, reason: WakeReason::Never }
    }

    /// What the engine has seen since it was made.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last `seconds` of what the leg received, decoded: rate in Hz and samples. Nothing unless
    /// [`Config::heard`] is set.
    pub fn heard(&self, leg: LegId, seconds: f32) -> Option<(u32, Vec<i16>)> {
        let _ = (leg, seconds);
        None
    }
}
