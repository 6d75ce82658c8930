//! The engine: many legs behind a few addresses, driven by the owner of sockets and a clock.

mod commands;
mod complexity;
mod demux;
mod early_records;
mod mixers;
mod panic_recovery;
mod recordings;
mod table;
mod ticks;
mod timers;

use std::collections::VecDeque;

use crate::codec::Complexity;
use crate::leg::{Leg, MediaEvent, TransportEvent};
use crate::play::PacketCache;
use crate::rng::Rng;
use crate::rtp::StreamKey;
use crate::stun::BindingServer;
use crate::transmit::TransmitQueue;
use crate::{Config, Datagram, Event, Input, LegId, LinkFrame, MixerId, Route, Time, Wake};

use early_records::EarlyRecords;
use mixers::Mixers;
use recordings::Recordings;
use table::Table;
use ticks::Ticks;
use timers::Timers;

/// Many legs behind a few addresses. Pass inputs to [`handle`](Self::handle); after one input or a
/// batch of them take the outputs: [`outgoing`](Self::outgoing) then [`sent`](Self::sent),
/// [`poll_event`](Self::poll_event) until it is empty, [`wake`](Self::wake).
///
/// A route belongs to one leg until that leg releases it, or another leg's peer is validated on it.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    rng: Rng,
    table: Table,
    binding_server: BindingServer,
    early_records: EarlyRecords,
    timers: Timers,
    ticks: Ticks,
    transmits: TransmitQueue,
    events: VecDeque<Event>,
    counters: Counters,
    complexity: Complexity,
    mixers: Mixers,
    recordings: Recordings,
    /// Packets of what was played.
    played: PacketCache,
    /// Streams that we made so far, see [`StreamKey`].
    own_streams: u64,
}

/// Counters since an engine was made.
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
    pub auth_failures: u64,
    /// Dropped: seen before (RFC 3711 §3.3.2).
    pub replayed: u64,
    /// Dropped: authentic, but over the limit of a leg; or Binding requests over the limit of a source.
    pub rate_limited: u64,
    /// Responses to STUN Binding requests without credentials.
    pub stun_responses: u64,
}

impl Engine {
    /// An engine without legs.
    pub fn new(config: Config) -> Self {
        let mut rng = Rng::new(&config.seed, "engine", 0);
        Self {
            table: Table::new(&mut rng),
            binding_server: BindingServer::new(&mut rng),
            early_records: EarlyRecords::default(),
            rng,
            config,
            timers: Timers::default(),
            ticks: Ticks::default(),
            transmits: TransmitQueue::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            complexity: Complexity::default(),
            mixers: Mixers::default(),
            recordings: Recordings::default(),
            played: PacketCache::default(),
            own_streams: 0,
        }
    }

    /// Something happened at `now`, which is never before an earlier `now`.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        match input {
            Input::Datagram(route, bytes) => {
                self.counters.datagrams_in += 1;
                self.counters.bytes_in += bytes.len() as u64;
                self.datagram(now, route, bytes);
            }
            Input::Command(command) => self.command(now, command),
            Input::Link(mixer, frame) => self.mixers.link(now, mixer, frame),
            Input::Closed(route) => self.closed(now, route),
            Input::Timeout => self.timeout(now),
        }
    }

    /// Datagrams by these routes are handled next. Reads what is known of their legs in one go, so that the
    /// processor fetches it for all of them together instead of waiting for memory at each.
    pub fn read_ahead(&self, routes: impl Iterator<Item = Route>) {
        for route in routes {
            let leg = self.table.by_route(route).and_then(|slot| self.table.get(slot));
            let partner = leg.and_then(|leg| self.table.get(leg.output.partner()?));
            let read = [leg, partner].map(|leg| leg.map(Leg::read_ahead));
            // Without this the compiler would leave out what nothing comes of.
            std::hint::black_box(read);
        }
    }

    /// Datagrams to send, oldest first. They stay until [`sent`](Self::sent).
    pub fn outgoing(&self) -> impl ExactSizeIterator<Item = Datagram<'_>> {
        self.transmits.iter()
    }

    /// All of [`outgoing`](Self::outgoing) was sent.
    pub fn sent(&mut self) {
        let (datagrams, bytes) = self.transmits.clear();
        self.counters.datagrams_out += datagrams;
        self.counters.bytes_out += bytes;
    }

    /// The oldest event, if there is any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Timeout`], and why.
    pub fn wake(&self) -> Wake {
        let wakes = [self.timers.wake(), self.ticks.wake()];
        let due = wakes.into_iter().filter(|wake| wake.at.is_some());
        due.min_by_key(|wake| wake.at).unwrap_or_else(|| self.timers.wake())
    }

    /// A frame for another worker's part of a conference, and that worker's number.
    pub fn poll_link(&mut self) -> Option<(usize, MixerId, LinkFrame)> {
        self.mixers.poll_link()
    }

    /// What the engine has seen since it was made.
    pub fn counters(&self) -> Counters {
        Counters { legs: self.table.len() as u64, ..self.counters }
    }

    /// The last `seconds` of what the leg received, decoded: rate in Hz and samples. Nothing unless
    /// [`Config::capture`] is set.
    pub fn captured(&self, leg: LegId, seconds: f32) -> Option<(u32, Vec<i16>)> {
        let leg = self.table.slot(leg).and_then(|slot| self.table.get(slot))?;
        leg.media.as_ref()?.captured(seconds)
    }

    /// Run an action on a leg that may change its transport or its deadlines.
    fn with_leg(
        &mut self,
        now: Time,
        slot: usize,
        action: impl FnOnce(&mut Leg, &mut TransmitQueue),
    ) {
        if let Some(leg) = self.table.get_mut(slot) {
            action(leg, &mut self.transmits);
        }
        self.table.name(slot);
        self.settle(now, slot);
    }

    /// Collect the events of a leg and arm its next deadline.
    fn settle(&mut self, now: Time, slot: usize) {
        while let Some(event) = self.table.get_mut(slot).and_then(|leg| leg.transport.poll()) {
            self.handle_transport_event(now, slot, event);
        }
        self.collect_media_events(slot);
        self.arm(now, slot);
    }

    fn handle_transport_event(&mut self, now: Time, slot: usize, event: TransportEvent) {
        let Some(id) = self.table.get(slot).map(|leg| leg.id) else { return };
        let event = match event {
            TransportEvent::Learnt(route) => return self.assign_route(now, route, slot),
            TransportEvent::Forgotten(route) => return self.table.forget(route, slot),
            TransportEvent::Connected(route, profile) => Event::Connected {
                leg: id,
                transport: route.transport,
                remote: route.remote,
                profile,
            },
            TransportEvent::PathChanged(route) => {
                Event::PathChanged { leg: id, transport: route.transport, remote: route.remote }
            }
            TransportEvent::Failed(fault) => Event::Failed(id, fault),
        };
        self.events.push_back(event);
    }

    /// A route is this leg's from now on, and no other's: its peer was validated on it.
    fn assign_route(&mut self, now: Time, route: Route, slot: usize) {
        if let Some(former) = self.table.learn(route, slot) {
            self.with_leg(now, former, |leg, out| leg.transport.closed(now, route, out));
        }
    }

    fn collect_media_events(&mut self, slot: usize) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let id = leg.id;
        while let Some((play, end)) = leg.local_source.poll() {
            self.events.push_back(Event::PlayFinished(id, play, end));
        }
        let Some(media) = &mut leg.media else { return };
        while let Some(event) = media.poll() {
            self.events.push_back(match event {
                MediaEvent::Started => Event::MediaStarted(id),
                MediaEvent::Lost => Event::MediaLost(id),
                MediaEvent::Resumed => Event::MediaResumed(id),
                MediaEvent::Digit(digit) => Event::Digit(id, digit),
            });
        }
    }

    fn arm(&mut self, now: Time, slot: usize) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let Some((at, reason)) = leg.wake(now, &self.config) else { return };
        if leg.armed.is_none_or(|armed| at < armed) {
            leg.armed = Some(at);
            self.timers.push(at, slot, leg.id, reason);
        }
    }

    fn timeout(&mut self, now: Time) {
        self.run_ticks(now);
        while let Some(entry) = self.timers.pop(now) {
            let Some(leg) = self.table.get_mut(entry.slot) else { continue };
            if leg.id != entry.leg || leg.armed != Some(entry.at) {
                continue;
            }
            leg.armed = None;
            leg.timeout(now, &self.config, &mut self.transmits);
            self.settle(now, entry.slot);
        }
    }

    fn closed(&mut self, now: Time, route: Route) {
        let Some(slot) = self.table.by_route(route) else { return };
        self.with_leg(now, slot, |leg, out| leg.transport.closed(now, route, out));
        self.table.forget(route, slot);
    }
}

/// A key for a stream of our own making; no leg's streams have it.
fn own_stream(count: &mut u64) -> StreamKey {
    *count += 1;
    StreamKey(1 << 63 | *count)
}

#[cfg(test)]
mod tests;
