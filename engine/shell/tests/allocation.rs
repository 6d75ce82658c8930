//! Relaying a packet in steady state asks the system for no memory: counted, not believed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may break off anywhere")]
#![allow(unsafe_code, reason = "only an allocator can count what is allocated")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use offhook_core::{
    AudioCodec, Cadence, Command, Config, Direction, Engine, Event, HostAddress, IceMode, Identity,
    Input, LegId, OfferOptions, PlayId, Repeat, Route, Session, Source, Time, Tone,
    TransportProtocol,
};

struct Counting;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on unchanged to the system's allocator; counting touches no memory of
// its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if WATCHED.get() {
            ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Three engines on a wire without delay: a server and two that speak to each other through it.
struct Bench {
    now: Time,
    engines: Vec<(SocketAddr, Config, Engine)>,
    wire: Vec<(Route, Vec<u8>)>,
    relayed: u64,
    watching: bool,
}

impl Bench {
    fn new() -> Self {
        let engine = |n: u8, ice| {
            let bound = SocketAddr::from(([10, 0, 0, n], 5_000));
            let address =
                HostAddress { transport: TransportProtocol::Udp, bound, announced: bound };
            let config = Config {
                epoch: Instant::now(),
                identity: Identity::generate(Some(u64::from(n))).unwrap(),
                addresses: Arc::new([address]),
                ice,
                seed: [n; 32],
                media_lost: Duration::from_secs(5),
                max_legs: 10,
                capture: Duration::ZERO,
            };
            (bound, config.clone(), Engine::new(config))
        };
        let engines =
            vec![engine(1, IceMode::Lite), engine(2, IceMode::Full), engine(3, IceMode::Full)];
        Self { now: Time::ZERO, engines, wire: Vec::new(), relayed: 0, watching: false }
    }

    /// Party `n` calls the server; both ends of the leg have its number.
    fn call(&mut self, n: usize, codec: AudioCodec) {
        let leg = LegId(n as u64);
        let mut party = Session::new(leg, &self.engines[n].1);
        let mut server = Session::new(leg, &self.engines[0].1);
        let terms = OfferOptions { prefer: vec![codec], ..OfferOptions::default() };
        let (offer, open) = party.offer(&terms).unwrap();
        self.send(n, open.unwrap());
        let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
        self.send(0, agree);
        let agree = party.accept(&answer).unwrap();
        self.send(n, agree);
    }

    fn send(&mut self, engine: usize, command: Command) {
        let now = self.now;
        self.engines[engine].2.handle(now, Input::Command(command));
        self.collect(engine);
    }

    fn collect(&mut self, engine: usize) {
        let Self { engines, wire, .. } = self;
        let engine = &mut engines[engine].2;
        wire.extend(engine.outgoing().map(|datagram| (datagram.route, datagram.bytes.to_vec())));
        engine.sent();
    }

    /// Delivers everything, and what that leads to.
    fn deliver(&mut self) {
        while let Some((route, mut bytes)) = (!self.wire.is_empty()).then(|| self.wire.remove(0)) {
            let to = self.engines.iter().position(|(at, ..)| *at == route.remote).unwrap();
            let route = Route { local: route.remote, remote: route.local, ..route };
            let voice = (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1]);
            let now = self.now;
            let engine = &mut self.engines[to].2;
            if to == 0 && voice && self.watching {
                WATCHED.set(true);
                engine.handle(now, Input::Datagram(route, &mut bytes));
                let count =
                    engine.outgoing().map(|datagram| datagram.bytes.len().min(1)).sum::<usize>();
                WATCHED.set(false);
                self.relayed += count as u64;
            } else {
                engine.handle(now, Input::Datagram(route, &mut bytes));
            }
            self.collect(to);
        }
    }

    fn run(&mut self, length: Duration) {
        let end = self.now + length;
        while self.now < end {
            self.deliver();
            self.now += Duration::from_millis(1);
            let now = self.now;
            for n in 0..self.engines.len() {
                if self.engines[n].2.wake().at.is_some_and(|at| at <= now) {
                    self.engines[n].2.handle(now, Input::Timeout);
                    self.collect(n);
                }
            }
        }
        self.deliver();
    }
}

fn allocations_of_a_call_between(a: AudioCodec, b: AudioCodec) -> (u64, u64) {
    let mut bench = Bench::new();
    bench.call(1, a);
    bench.call(2, b);
    bench.run(Duration::from_secs(1));
    bench.send(0, Command::Bridge(LegId(1), LegId(2)));
    for (n, hz) in [(1, 440.0), (2, 700.0)] {
        let tone = Tone { hz: [hz, 0.0], length: Duration::from_secs(1), level_dbm0: -13.0 };
        let source = Source::Tones(Cadence(vec![tone]));
        let leg = LegId(n);
        bench.send(
            n as usize,
            Command::Play {
                leg,
                play: PlayId(1),
                source,
                repeat: Repeat::Forever,
                stop_on_digit: true,
            },
        );
    }
    bench.run(Duration::from_secs(2));
    let mut events = BTreeMap::<&str, u32>::new();
    while let Some(event) = bench.engines[0].2.poll_event() {
        let name = if matches!(event, Event::MediaStarted(_)) { "media" } else { "other" };
        *events.entry(name).or_default() += 1;
    }
    assert_eq!(events.get("media"), Some(&2));
    ALLOCATIONS.set(0);
    bench.watching = true;
    bench.run(Duration::from_secs(20));
    (bench.relayed, ALLOCATIONS.get())
}

#[test]
fn a_relayed_packet_costs_no_allocation() {
    for codec in AudioCodec::ALL {
        let (relayed, allocations) = allocations_of_a_call_between(codec, codec);
        assert!(relayed >= 1_900, "{codec:?}: {relayed}");
        assert_eq!(allocations, 0, "{codec:?}");
    }
}

#[test]
fn a_transcoded_packet_costs_no_allocation() {
    let (turned, allocations) = allocations_of_a_call_between(AudioCodec::Opus, AudioCodec::Pcmu);
    assert!(turned >= 1_900, "{turned}");
    assert_eq!(allocations, 0);
}

#[test]
fn the_count_is_of_what_is_allocated() {
    ALLOCATIONS.set(0);
    WATCHED.set(true);
    let boxed = std::hint::black_box(Box::new(7_u64));
    WATCHED.set(false);
    assert_eq!((*boxed, ALLOCATIONS.get()), (7, 1));
}
