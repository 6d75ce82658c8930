//! The engine: many legs behind a few addresses, driven by whoever owns sockets and a clock.

mod complexity;
mod demux;
mod panic_recovery;
mod table;
mod timers;

use std::collections::VecDeque;

use crate::codec::Complexity;
use crate::leg::{Leg, MediaNews, WayNews};
use crate::outbox::Outbox;
use crate::rng::Rng;
use crate::rtp::StreamKey;
use crate::stun::BindingServer;
use crate::{Command, Config, Datagram, Event, Input, LegId, Route, Time, Wake};

use table::Table;
use timers::Timers;

/// Many legs behind a few addresses. Feed it with [`handle`](Self::handle); after one input or a
/// batch of them take what it wants: [`outgoing`](Self::outgoing) then [`sent`](Self::sent),
/// [`poll_event`](Self::poll_event) until it is empty, [`wake`](Self::wake).
///
/// One route belongs to one leg until that leaves it, or the peer of another is proven to be there.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    rng: Rng,
    table: Table,
    binding_server: BindingServer,
    timers: Timers,
    outbox: Outbox,
    events: VecDeque<Event>,
    counters: Counters,
    complexity: Complexity,
    /// How many lines of our own making were numbered, see [`StreamKey`].
    lines: u64,
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
    /// Dropped: authentic, but over the limit of a leg; or Binding requests over the limit of a source.
    pub flooded: u64,
    /// Responses to STUN Binding requests without credentials.
    pub stun_answered: u64,
}

impl Engine {
    /// An engine without legs.
    pub fn new(config: Config) -> Self {
        let mut rng = Rng::new(&config.seed, "engine", 0);
        Self {
            table: Table::new(&mut rng),
            binding_server: BindingServer::new(&mut rng),
            rng,
            config,
            timers: Timers::default(),
            outbox: Outbox::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            complexity: Complexity::default(),
            lines: 0,
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
            Input::Closed(route) => self.closed(now, route),
            Input::Timeout => self.timeout(now),
        }
    }

    /// Datagrams that want to leave, oldest first. They stay until [`sent`](Self::sent).
    pub fn outgoing(&self) -> impl ExactSizeIterator<Item = Datagram<'_>> {
        self.outbox.iter()
    }

    /// All of [`outgoing`](Self::outgoing) was handed on.
    pub fn sent(&mut self) {
        let (datagrams, bytes) = self.outbox.clear();
        self.counters.datagrams_out += datagrams;
        self.counters.bytes_out += bytes;
    }

    /// The oldest news, if there is any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::Timeout`], and why.
    pub fn wake(&self) -> Wake {
        self.timers.wake()
    }

    /// What the engine has seen since it was made.
    pub fn counters(&self) -> Counters {
        Counters { legs: self.table.len() as u64, ..self.counters }
    }

    /// The last `seconds` of what the leg received, decoded: rate in Hz and samples. Nothing unless
    /// [`Config::heard`] is set.
    pub fn heard(&self, leg: LegId, seconds: f32) -> Option<(u32, Vec<i16>)> {
        let leg = self.table.slot(leg).and_then(|slot| self.table.get(slot))?;
        leg.media.as_ref()?.heard(seconds)
    }

    fn command(&mut self, now: Time, command: Command) {
        match command {
            Command::Open(opening) => {
                if let Some(slot) = self.slot_or_new(opening.leg, true) {
                    self.with_way(now, slot, |leg, _| leg.way.open(opening.local));
                }
            }
            Command::Agree(agreement) => {
                let start = self.rng.next_u64();
                if let Some(slot) = self.slot_or_new(agreement.leg, agreement.opens) {
                    let config = self.config.clone();
                    self.with_way(now, slot, |leg, out| {
                        leg.agree(now, *agreement, start, &config, out);
                    });
                    self.apply_complexity(slot);
                }
            }
            Command::Withdraw(leg) => {
                if let Some(slot) = self.table.slot(leg) {
                    self.with_way(now, slot, |leg, _| leg.way.withdraw());
                }
            }
            Command::Join(a, b) => self.join(now, a, b),
            Command::Part(leg) => {
                if let Some(slot) = self.table.slot(leg) {
                    self.part(slot);
                }
            }
            Command::Mute { leg, muted } => {
                let slot = self.table.slot(leg);
                let leg = slot.and_then(|slot| self.table.get_mut(slot));
                if let Some(media) = leg.and_then(|leg| leg.media.as_mut()) {
                    media.muted = muted;
                }
            }
            Command::Report(leg) => {
                let found = self.table.slot(leg).and_then(|slot| self.table.get(slot));
                if let Some(report) = found.map(Leg::report) {
                    self.events.push_back(Event::Reported(leg, Box::new(report)));
                }
            }
            Command::Close(leg) => self.close(now, leg),
            Command::SendDigits { leg, play, digits } => {
                if let Some(slot) = self.table.slot(leg) {
                    self.with_way(now, slot, |leg, _| leg.dial(now, play, &digits));
                }
            }
            Command::Play { leg, play, source, repeat } => {
                let line = own_line(&mut self.lines);
                if let Some(slot) = self.table.slot(leg) {
                    self.with_way(now, slot, |leg, _| leg.sound.play(play, source, repeat, line));
                }
            }
            Command::StopPlay(leg) => {
                if let Some(slot) = self.table.slot(leg) {
                    self.with_way(now, slot, |leg, _| leg.sound.stop());
                }
            }
        }
    }

    /// The leg's slot; a new one if the leg is to begin now and there is room for it.
    fn slot_or_new(&mut self, id: LegId, opens: bool) -> Option<usize> {
        if let Some(slot) = self.table.slot(id) {
            return Some(slot);
        }
        if !opens {
            return None;
        }
        if self.table.len() >= self.config.max_legs {
            self.events.push_back(Event::Closed(id));
            return None;
        }
        let leg = Leg::new(id, &self.config, self.rng.next_u64());
        Some(self.table.insert(leg))
    }

    /// Do something to a leg that may change its way or its deadlines.
    fn with_way(&mut self, now: Time, slot: usize, action: impl FnOnce(&mut Leg, &mut Outbox)) {
        if let Some(leg) = self.table.get_mut(slot) {
            action(leg, &mut self.outbox);
        }
        self.table.name(slot);
        self.settle(now, slot);
    }

    /// Tell what became of a leg and arm its next deadline.
    fn settle(&mut self, now: Time, slot: usize) {
        while let Some(news) = self.table.get_mut(slot).and_then(|leg| leg.way.poll()) {
            self.tell_way(now, slot, news);
        }
        self.tell_media(slot);
        self.arm(now, slot);
    }

    fn tell_way(&mut self, now: Time, slot: usize, news: WayNews) {
        let Some(id) = self.table.get(slot).map(|leg| leg.id) else { return };
        let event = match news {
            WayNews::Learnt(route) => return self.own(now, route, slot),
            WayNews::Forgotten(route) => return self.table.forget(route, slot),
            WayNews::Connected(route, profile) => Event::Connected {
                leg: id,
                transport: route.transport,
                remote: route.remote,
                profile,
            },
            WayNews::Moved(route) => {
                Event::Moved { leg: id, transport: route.transport, remote: route.remote }
            }
            WayNews::Failed(fault) => Event::Failed(id, fault),
        };
        self.events.push_back(event);
    }

    /// A route is this leg's from now on, and no other's: its peer was proven to be there.
    fn own(&mut self, now: Time, route: Route, slot: usize) {
        if let Some(former) = self.table.learn(route, slot) {
            self.with_way(now, former, |leg, out| leg.way.closed(now, route, out));
        }
    }

    fn tell_media(&mut self, slot: usize) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let id = leg.id;
        while let Some((play, end)) = leg.sound.poll() {
            self.events.push_back(Event::PlayFinished(id, play, end));
        }
        let Some(media) = &mut leg.media else { return };
        while let Some(news) = media.poll() {
            self.events.push_back(match news {
                MediaNews::Started => Event::MediaStarted(id),
                MediaNews::Lost => Event::MediaLost(id),
                MediaNews::Resumed => Event::MediaResumed(id),
                MediaNews::Digit(digit) => Event::Digit(id, digit),
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
        while let Some(entry) = self.timers.pop(now) {
            let Some(leg) = self.table.get_mut(entry.slot) else { continue };
            if leg.id != entry.leg || leg.armed != Some(entry.at) {
                continue;
            }
            leg.armed = None;
            leg.timeout(now, &self.config, &mut self.outbox);
            self.settle(now, entry.slot);
        }
    }

    fn closed(&mut self, now: Time, route: Route) {
        let Some(slot) = self.table.by_route(route) else { return };
        self.with_way(now, slot, |leg, out| leg.way.closed(now, route, out));
        self.table.forget(route, slot);
    }

    fn join(&mut self, now: Time, a: LegId, b: LegId) {
        let (Some(a), Some(b)) = (self.table.slot(a), self.table.slot(b)) else { return };
        for slot in [a, b] {
            self.part(slot);
            self.with_way(now, slot, |leg, _| leg.sound.stop());
        }
        if let Some((one, other)) = self.table.pair_mut(a, b) {
            one.partner = Some(b);
            other.partner = Some(a);
        }
    }

    fn part(&mut self, slot: usize) {
        let partner = self.table.get_mut(slot).and_then(|leg| leg.partner.take());
        for slot in partner.into_iter().chain([slot]) {
            let Some(leg) = self.table.get_mut(slot) else { continue };
            leg.partner = None;
            if let Some(media) = &mut leg.media {
                media.interrupt();
                media.feed = None;
            }
        }
    }

    fn close(&mut self, now: Time, id: LegId) {
        if let Some(slot) = self.table.slot(id) {
            self.part(slot);
            self.with_way(now, slot, |leg, _| {
                leg.sound.stop();
                leg.sound.hang_up();
            });
            if let Some(mut leg) = self.table.remove(slot) {
                leg.close(now, &mut self.outbox);
                self.events.push_back(Event::Reported(id, Box::new(leg.report())));
            }
        }
        self.events.push_back(Event::Closed(id));
    }
}

/// A key for packets of our own making; no leg's streams have it.
fn own_line(lines: &mut u64) -> StreamKey {
    *lines += 1;
    StreamKey(1 << 63 | *lines)
}

#[cfg(test)]
mod tests;
