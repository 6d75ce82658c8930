//! Whole engines on virtual hosts, advanced together in virtual time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use offhook_core::codec::Complexity;
use offhook_core::recorder::RecordedPart;
use offhook_core::{
    Command, Config, Counters, Engine, Event, HostAddress, IceMode, Identity, IdentityError, Input,
    LegId, RecordingId, Time, TransportProtocol,
};

use crate::{Network, Path, Rng};

/// The port of every host's engine.
const PORT: u16 = 10_000;
/// An engine whose deadline is again now is woken this much later: otherwise virtual time would never
/// advance.
const MIN_WAKE_INTERVAL: Duration = Duration::from_millis(1);

/// An engine of a [`World`], by the order in which they were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostId(usize);

/// What a host's engine is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Where it is; no other host may be there.
    pub ip: IpAddr,
    /// Like a server or like a browser.
    pub ice: IceMode,
    /// See [`Config::media_lost`].
    pub media_lost: Duration,
    /// Whether it can be connected to by TCP.
    pub tcp: bool,
    /// See [`Config::capture`].
    pub capture: Duration,
    /// Complexity of its encoders.
    pub complexity: Complexity,
}

/// A host cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// Another host has that address.
    Taken(IpAddr),
    /// The certificate cannot be made.
    Identity(IdentityError),
}

struct Machine {
    ip: IpAddr,
    config: Config,
    engine: Engine,
    events: Vec<(Time, Event)>,
    recorded: Vec<(RecordingId, RecordedPart)>,
    /// Not before this, for an engine that would be woken without end.
    rested: Time,
}

/// Engines, the network between them and their common time.
pub struct World {
    now: Time,
    epoch: Instant,
    rng: Rng,
    network: Network,
    machines: Vec<Machine>,
    /// An engine has events since `advance` last returned true.
    fresh: bool,
}

impl World {
    /// An empty world at time zero. `epoch` is what engines call that moment. Its part of a second of
    /// the date shows: a DTLS hello names the second (RFC 5246 §7.4.1.2).
    pub fn new(seed: u64, epoch: Instant) -> Self {
        Self {
            now: Time::ZERO,
            epoch,
            rng: Rng::new(seed),
            network: Network::new(seed),
            machines: Vec::new(),
            fresh: false,
        }
    }

    /// A new host with an engine.
    ///
    /// # Errors
    /// When its address is taken or no certificate can be made.
    pub fn add(&mut self, host: Host) -> Result<HostId, HostError> {
        if self.machines.iter().any(|machine| machine.ip == host.ip) {
            return Err(HostError::Taken(host.ip));
        }
        let mut rng = self.rng.split(self.machines.len() as u64);
        let identity = Identity::generate(Some(rng.next_u64())).map_err(HostError::Identity)?;
        let mut seed = [0; 32];
        seed.as_chunks_mut().0.iter_mut().for_each(|part| *part = rng.next_u64().to_le_bytes());
        let bound = SocketAddr::new(host.ip, PORT);
        let transports = [Some(TransportProtocol::Udp), host.tcp.then_some(TransportProtocol::Tcp)];
        let host_address = |transport| HostAddress { transport, bound, announced: bound };
        let config = Config {
            epoch: self.epoch,
            identity,
            addresses: transports.into_iter().flatten().map(host_address).collect::<Arc<[_]>>(),
            ice: host.ice,
            seed,
            media_lost: host.media_lost,
            max_legs: 10_000,
            capture: host.capture,
        };
        let mut engine = Engine::new(config.clone());
        engine.set_complexity(host.complexity);
        let rested = Time::ZERO;
        let (events, recorded) = (Vec::new(), Vec::new());
        self.machines.push(Machine { ip: host.ip, config, engine, events, recorded, rested });
        Ok(HostId(self.machines.len() - 1))
    }

    /// How long this world has been.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Set the path from `source` to `destination` from now on.
    pub fn path(&mut self, source: IpAddr, destination: IpAddr, path: Path) {
        self.network.path(source, destination, path);
    }

    /// The host's NAT forgets: its datagrams come from a new port from now on.
    pub fn rebind(&mut self, host: IpAddr) {
        self.network.rebind(host);
    }

    /// What to make a leg's negotiation with.
    pub fn config(&self, host: HostId) -> Option<&Config> {
        self.machines.get(host.0).map(|machine| &machine.config)
    }

    /// Sends a command to a host's engine, now.
    pub fn send(&mut self, host: HostId, command: Command) {
        self.feed(host.0, Input::Command(command));
    }

    /// All events of a host that were not taken yet, oldest first.
    pub fn events(&mut self, host: HostId) -> Vec<(Time, Event)> {
        self.machines.get_mut(host.0).map(|m| std::mem::take(&mut m.events)).unwrap_or_default()
    }

    /// What is to be written of a host's recordings and was not taken yet, in order.
    pub fn recorded(&mut self, host: HostId) -> Vec<(RecordingId, RecordedPart)> {
        self.machines.get_mut(host.0).map(|m| std::mem::take(&mut m.recorded)).unwrap_or_default()
    }

    /// What a host's engine has counted.
    pub fn counters(&self, host: HostId) -> Option<Counters> {
        self.machines.get(host.0).map(|machine| machine.engine.counters())
    }

    /// The last `seconds` of what a leg received, decoded; see [`Engine::captured`].
    pub fn captured(&self, host: HostId, leg: LegId, seconds: f32) -> Option<(u32, Vec<i16>)> {
        self.machines.get(host.0)?.engine.captured(leg, seconds)
    }

    /// When something happens next, if anything is pending.
    pub fn wake(&self) -> Option<Time> {
        let engines = self.machines.iter().filter_map(Machine::wake);
        engines.chain(self.network.wake()).min().map(|at| at.max(self.now))
    }

    /// Lets time pass until `until`, or less if an engine has events that no earlier call returned for.
    /// Returns whether one has.
    pub fn advance(&mut self, until: Time) -> bool {
        loop {
            if std::mem::take(&mut self.fresh) {
                return true;
            }
            let Some(next) = self.wake().filter(|at| *at <= until) else {
                self.now = self.now.max(until);
                return false;
            };
            self.now = next;
            self.step();
        }
    }

    /// Everything that is due now.
    fn step(&mut self) {
        while let Some(mut arrival) = self.network.arrive(self.now) {
            let host = self.machines.iter().position(|m| m.ip == arrival.route.local.ip());
            // Only the engine's own port listens on a host.
            if let Some(host) = host.filter(|_| arrival.route.local.port() == PORT) {
                self.feed(host, Input::Datagram(arrival.route, &mut arrival.bytes));
            }
        }
        for host in 0..self.machines.len() {
            let due = self.machines.get(host).and_then(Machine::wake);
            if due.is_some_and(|at| at <= self.now) {
                self.feed(host, Input::Timeout);
                let rested = self.now + MIN_WAKE_INTERVAL;
                if let Some(machine) = self.machines.get_mut(host) {
                    machine.rested = rested;
                }
            }
        }
    }

    fn feed(&mut self, host: usize, input: Input<'_>) {
        let Some(machine) = self.machines.get_mut(host) else { return };
        machine.engine.handle(self.now, input);
        for datagram in machine.engine.outgoing() {
            self.network.send(self.now, &datagram);
        }
        machine.engine.sent();
        machine.recorded.extend(std::iter::from_fn(|| machine.engine.poll_recorded()));
        while let Some(event) = machine.engine.poll_event() {
            machine.events.push((self.now, event));
            self.fresh = true;
        }
    }
}

impl Machine {
    fn wake(&self) -> Option<Time> {
        self.engine.wake().at.map(|at| at.max(self.rested))
    }
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken(ip) => write!(f, "address must be new in its world, not {ip} again"),
            Self::Identity(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HostError {}
