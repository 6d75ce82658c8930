//! One thread that owns sockets, a clock and an engine, and passes datagrams, commands and events
//! between them. It blocks in its poll only.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use offhook_core::codec::Complexity;
use offhook_core::{Command, Engine, Event, Input, Route, Time, TransportProtocol};

use crate::batch::Inbound;
use crate::counts::Counts;
use crate::event_queue::{Dropped, EventQueue};
use crate::file_writer::FileQueue;
use crate::links::{Linked, Peers};
use crate::load::Load;
use crate::sockets::Bound;
use crate::tcp::{Connections, TcpPort};
use crate::udp::UdpPort;

/// The waker's token; UDP sockets, listeners and connections follow it.
pub(crate) const WAKER: Token = Token(0);
/// Commands taken before packets have their turn again.
const MAX_COMMANDS: usize = 256;
/// Datagrams handled before what they lead to is sent, so that the first of a batch does not wait for
/// the last. Measured at 500 calls, five runs each, 8 against 64: 0.141 and 0.149 ms at the median, no
/// difference in CPU beyond chance.
const SENT_TOGETHER: usize = 8;
/// Readiness events taken from the system at once.
const MAX_READY: usize = 256;
/// An engine whose deadline is always now is woken this often at most.
const MIN_POLL_TIMEOUT: Duration = Duration::from_millis(1);

/// What a worker shares with the rest of the process.
pub(crate) struct WorkerChannels {
    pub(crate) commands: Receiver<Command>,
    pub(crate) events: Arc<EventQueue>,
    pub(crate) published: Arc<Mutex<Counts>>,
    /// Frames of conferences that other workers send.
    pub(crate) linked: Receiver<Linked>,
    pub(crate) peers: Arc<Peers>,
    pub(crate) files: FileQueue,
}

/// One thread's engine and sockets.
pub(crate) struct Worker {
    engine: Engine,
    epoch: Instant,
    poll: Poll,
    udp: Vec<UdpPort>,
    tcp: Vec<TcpPort>,
    connections: Connections,
    inbound: Inbound,
    channels: WorkerChannels,
    counts: Counts,
    /// Kept between rounds for their memory.
    events: Vec<(Time, Event)>,
    gone: Vec<Route>,
    more_commands: bool,
    load: Load,
}

impl Worker {
    /// Registers what was bound with `poll`.
    pub(crate) fn new(
        engine: Engine,
        epoch: Instant,
        poll: Poll,
        bound: Vec<Bound>,
        channels: WorkerChannels,
        load: Load,
    ) -> io::Result<Self> {
        let (mut udp, mut tcp) = (Vec::new(), Vec::new());
        let listeners = WAKER.0 + 1 + bound.len();
        let first_connection = listeners + bound.len();
        for (n, one) in bound.into_iter().enumerate() {
            let token = Token(WAKER.0 + 1 + n);
            udp.push(UdpPort::new(one.address, one.udp, poll.registry(), token)?);
            if let Some(socket) = one.tcp {
                let token = Token(listeners + tcp.len());
                tcp.push(TcpPort::new(one.address, socket, poll.registry(), token)?);
            }
        }
        Ok(Self {
            engine,
            epoch,
            poll,
            udp,
            tcp,
            connections: Connections::new(first_connection),
            inbound: Inbound::new(),
            channels,
            counts: Counts::default(),
            events: Vec::new(),
            gone: Vec::new(),
            more_commands: false,
            load,
        })
    }

    /// Works until the other end of its commands is dropped.
    pub(crate) fn run(mut self) {
        let mut ready = Events::with_capacity(MAX_READY);
        let mut open = true;
        while open {
            let poll_timeout = self.poll_timeout();
            match self.poll.poll(&mut ready, poll_timeout) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => ready.clear(),
                // The poll itself is broken: there is nothing left to wait with.
                Err(_) => break,
                Ok(()) => {}
            }
            let now = self.now();
            self.note_ready(now, &ready);
            open = self.take_commands(now);
            self.take_links(now);
            self.take_datagrams(now);
            self.pass_time(now);
            self.publish(now);
            self.adapt_complexity(now);
        }
    }

    /// Adapts the encoders' complexity to the time this round took.
    fn adapt_complexity(&mut self, woken: Time) {
        let now = self.now();
        if let Some(complexity) = self.load.worked(now, now.since(woken), self.engine.complexity())
        {
            self.engine.set_complexity(complexity);
        }
    }

    fn now(&self) -> Time {
        Time::from_nanos(self.epoch.elapsed().as_nanos() as u64)
    }

    /// How long to wait for the system; nothing is "until something happens".
    fn poll_timeout(&self) -> Option<Duration> {
        let busy = self.udp.iter().any(|port| port.readable);
        if busy || self.connections.readable() || self.more_commands {
            return Some(Duration::ZERO);
        }
        let wakes = [self.engine.wake().at, self.connections.wake()];
        let at = wakes.into_iter().flatten().min()?;
        Some(at.since(self.now()).max(MIN_POLL_TIMEOUT))
    }

    fn note_ready(&mut self, now: Time, ready: &Events) {
        for event in ready {
            let place = event.token().0.wrapping_sub(WAKER.0 + 1);
            let listener = place.wrapping_sub(self.udp.len());
            if event.token() == WAKER {
                self.more_commands = true;
            } else if let Some(port) = self.udp.get_mut(place) {
                port.readable = true;
            } else if let Some(port) = self.tcp.get(listener) {
                let registry = self.poll.registry();
                self.connections.accept(now, port, registry, &mut self.counts);
            } else {
                let gone = self.connections.ready(event, &mut self.counts);
                self.gone.extend(gone);
            }
        }
    }

    /// Returns whether more commands can ever come.
    fn take_commands(&mut self, now: Time) -> bool {
        if !std::mem::take(&mut self.more_commands) {
            return true;
        }
        for _ in 0..MAX_COMMANDS {
            let input = match self.channels.commands.try_recv() {
                Ok(command) => Input::Command(command),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            };
            guarded(&mut self.engine, &mut self.counts, now, input);
            self.send();
        }
        self.more_commands = true;
        true
    }

    fn take_links(&mut self, now: Time) {
        while let Ok((mixer, frame)) = self.channels.linked.try_recv() {
            guarded(&mut self.engine, &mut self.counts, now, Input::Link(mixer, frame));
        }
    }

    fn take_datagrams(&mut self, now: Time) {
        for n in 0..self.udp.len() {
            let Some(port) = self.udp.get_mut(n).filter(|port| port.readable) else { continue };
            let local = port.address;
            let count = port.fill(&mut self.inbound);
            if count > 1 {
                let senders = (0..count).filter_map(|slot| self.inbound.sender(slot));
                let routes = senders.map(|remote| Route {
                    transport: TransportProtocol::Udp,
                    local,
                    remote,
                });
                self.engine.read_ahead(routes);
            }
            for slot in 0..count {
                let Some((remote, bytes)) = self.inbound.take(slot) else {
                    self.counts.oversized += 1;
                    continue;
                };
                let route = Route { transport: TransportProtocol::Udp, local, remote };
                let input = Input::Datagram(route, bytes);
                guarded(&mut self.engine, &mut self.counts, now, input);
                if slot % SENT_TOGETHER == SENT_TOGETHER - 1 {
                    self.send();
                }
            }
            self.send();
        }
        if self.connections.readable() {
            // Counts that `read` adds to are apart from those that the engine's bugs add to.
            let (mut read, engine, counts) = (self.counts, &mut self.engine, &mut self.counts);
            let frame = |route, bytes: &mut [u8]| {
                guarded(engine, counts, now, Input::Datagram(route, bytes));
            };
            self.connections.read(now, frame, &mut self.gone, &mut read);
            read.panics = self.counts.panics;
            self.counts = read;
            self.send();
        }
    }

    /// Deadlines, and connections that ended.
    fn pass_time(&mut self, now: Time) {
        self.connections.sweep(now, &mut self.gone, &mut self.counts);
        while let Some(route) = self.gone.pop() {
            guarded(&mut self.engine, &mut self.counts, now, Input::Closed(route));
            self.send();
        }
        if self.engine.wake().at.is_some_and(|at| at <= now) {
            guarded(&mut self.engine, &mut self.counts, now, Input::Timeout);
            self.send();
        }
    }

    /// Hands what the engine wants to send to the sockets.
    fn send(&mut self) {
        for datagram in self.engine.outgoing() {
            let Route { transport, local, remote } = datagram.route;
            if transport == TransportProtocol::Tcp {
                let (connections, bytes) = (&mut self.connections, datagram.bytes);
                let gone = if datagram.to_unverified {
                    connections.answer(datagram.route, bytes, &mut self.counts)
                } else {
                    connections.send(datagram.route, bytes, &mut self.counts)
                };
                self.gone.extend(gone);
            } else if let Some(port) = self.udp.iter_mut().find(|port| port.address == local) {
                port.send(remote, datagram.bytes, &mut self.counts);
            } else {
                self.counts.send_errors += 1;
            }
        }
        self.engine.sent();
        for port in &mut self.udp {
            port.flush(&mut self.counts);
        }
    }

    /// Publishes the counts before the events, so that a reader of an event finds it counted.
    fn publish(&mut self, now: Time) {
        let engine = &mut self.engine;
        let links = std::iter::from_fn(|| engine.poll_link());
        self.counts.links_dropped += self.channels.peers.send(links);
        while let Some((recording, part)) = self.engine.poll_recorded() {
            if !self.channels.files.push((now, recording, part)) {
                self.counts.recordings_dropped += 1;
            }
        }
        while let Some(event) = self.engine.poll_event() {
            self.events.push((now, event));
        }
        self.counts.core = self.engine.counters();
        self.counts.workers_low_complexity =
            u64::from(self.engine.complexity() != Complexity::Full);
        self.counts.tcp_connections = self.connections.len() as u64;
        self.publish_counts();
        let dropped = self.channels.events.push_batch(&mut self.events);
        if dropped != Dropped::default() {
            self.counts.reports_dropped += dropped.reports;
            self.counts.taps_dropped += dropped.tapped;
            self.publish_counts();
        }
    }

    fn publish_counts(&self) {
        *self.channels.published.lock().unwrap_or_else(PoisonError::into_inner) = self.counts;
    }
}

/// Lets the engine handle an input.
fn guarded(engine: &mut Engine, counts: &mut Counts, now: Time, input: Input<'_>) {
    survived(engine, counts, |engine| engine.handle(now, input));
}

/// A bug in the engine must not end every call of the worker: the legs it affected are dropped, the rest
/// continue.
fn survived(engine: &mut Engine, counts: &mut Counts, act: impl FnOnce(&mut Engine)) {
    if catch_unwind(AssertUnwindSafe(|| act(engine))).is_err() {
        counts.panics += 1;
        engine.recover_from_panic();
    }
}

#[cfg(test)]
mod tests {
    use offhook_core::{Config, HostAddress, IceMode, Identity, LegId, OfferOptions, Session};

    use super::*;

    #[test]
    fn a_panic_closes_only_the_leg_that_was_being_handled() {
        let bound = "127.0.0.1:1".parse().unwrap();
        let address = HostAddress { transport: TransportProtocol::Udp, bound, announced: bound };
        let config = Config {
            epoch: Instant::now(),
            identity: Identity::generate(None).unwrap(),
            addresses: Arc::new([address]),
            ice: IceMode::Lite,
            seed: [1; 32],
            media_lost: Duration::from_secs(5),
            max_legs: 10,
            capture: Duration::ZERO,
        };
        let (mut engine, mut counts) = (Engine::new(config.clone()), Counts::default());
        for leg in [LegId(1), LegId(2)] {
            let (_, open) = Session::new(leg, &config).offer(&OfferOptions::default()).unwrap();
            let input = Input::Command(open.unwrap());
            guarded(&mut engine, &mut counts, Time::ZERO, input);
        }
        assert_eq!((engine.counters().legs, counts.panics), (2, 0));
        survived(&mut engine, &mut counts, |_| panic!("as a bug would"));
        assert_eq!((engine.counters().legs, counts.panics), (1, 1));
        assert_eq!(engine.poll_event(), Some(Event::Closed(LegId(2))));
        guarded(&mut engine, &mut counts, Time::from_millis(1), Input::Timeout);
        assert_eq!((engine.counters().legs, counts.panics), (1, 1));
    }
}
