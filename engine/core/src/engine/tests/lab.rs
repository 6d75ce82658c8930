//! Engines with simulated wires between them that a test can cut, tamper with and tap.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::leg::Incoming;
use crate::recorder::RecordedPart;
use crate::rtp::Header;
use crate::{
    Command, Config, Direction, Event, HostAddress, IceMode, Identity, Input, LegId, OfferOptions,
    RecordingId, Route, Session, Time, TransportProtocol,
};

/// From any host to any other, one way.
pub(super) const DELAY: Duration = Duration::from_millis(10);

/// What a wire does to a datagram: changes it, or says that it is lost.
type Tamper = Box<dyn FnMut(&mut Vec<u8>, &Route) -> bool>;

/// Hosts, what travels between them, and their time.
pub(super) struct Lab {
    pub(super) now: Time,
    pub(super) hosts: Vec<Host>,
    flying: BTreeMap<(Time, u64), (Route, Vec<u8>)>,
    sent: u64,
    /// A host's own address, and the only one that others see and reach it by.
    pub(super) nat: Option<(SocketAddr, SocketAddr)>,
    /// Whether datagrams travel by TCP at the server's end.
    pub(super) tcp: bool,
    /// Whether each DTLS record travels in a datagram of its own.
    pub(super) split: bool,
    /// Sees every datagram on its way; `false` loses it.
    pub(super) tamper: Tamper,
}

pub(super) struct Host {
    pub(super) address: SocketAddr,
    pub(super) config: Config,
    pub(super) engine: Engine,
    pub(super) events: Vec<(Time, Event)>,
    pub(super) recorded: Vec<(RecordingId, RecordedPart)>,
    /// RTP that arrived, unprotected, when the test asked for it.
    pub(super) tap: Option<Vec<(Time, Incoming, Vec<u8>)>>,
}

/// A leg on one host and its other end on another.
pub(super) struct Call {
    pub(super) server: (usize, LegId),
    pub(super) browser: (usize, LegId),
    pub(super) at_server: Session,
    pub(super) at_browser: Session,
}

impl Lab {
    pub(super) fn new() -> Self {
        Self {
            now: Time::ZERO,
            hosts: Vec::new(),
            flying: BTreeMap::new(),
            sent: 0,
            nat: None,
            tcp: false,
            split: false,
            tamper: Box::new(|_, _| true),
        }
    }

    /// A lab with a server, host 0, and `browsers` browsers after it.
    pub(super) fn with_browsers(browsers: u8) -> Self {
        let mut lab = Self::new();
        lab.host(IceMode::Lite, "192.0.2.1:5000");
        for n in 0..browsers {
            lab.host(IceMode::Full, &format!("198.51.100.{}:6000", n + 1));
        }
        lab
    }

    #[allow(clippy::disallowed_methods, reason = "any moment will do as the first of a test")]
    pub(super) fn host(&mut self, ice: IceMode, address: &str) -> usize {
        let address = address.parse().unwrap();
        let host = |transport| HostAddress { transport, bound: address, announced: address };
        let config = Config {
            epoch: Instant::now(),
            // Seeded, so that a test which loses datagrams loses the same ones every time.
            identity: Identity::generate(Some(self.hosts.len() as u64)).unwrap(),
            addresses: Arc::new([host(TransportProtocol::Udp), host(TransportProtocol::Tcp)]),
            ice,
            seed: [self.hosts.len() as u8; 32],
            media_lost: Duration::from_secs(5),
            max_legs: 100,
            capture: Duration::ZERO,
        };
        let engine = Engine::new(config.clone());
        let (events, recorded) = (Vec::new(), Vec::new());
        self.hosts.push(Host { address, config, engine, events, recorded, tap: None });
        self.hosts.len() - 1
    }

    pub(super) fn session(&self, host: usize, leg: LegId) -> Session {
        Session::new(leg, &self.hosts[host].config)
    }

    pub(super) fn command(&mut self, host: usize, command: Command) {
        self.input(host, Input::Command(command));
    }

    /// The browser on host `browser` offers, the server answers.
    pub(super) fn call(&mut self, browser: usize) -> Call {
        let (server, leg) = (0, LegId(browser as u64));
        let mut call = Call {
            server: (server, leg),
            browser: (browser, leg),
            at_server: self.session(server, leg),
            at_browser: self.session(browser, leg),
        };
        self.negotiate(&mut call, &OfferOptions::default(), |sdp| sdp);
        call
    }

    /// The same the other way round.
    pub(super) fn called(&mut self, browser: usize, prefer: &[crate::AudioCodec]) -> Call {
        let leg = LegId(browser as u64);
        let mut call = Call {
            server: (0, leg),
            browser: (browser, leg),
            at_server: self.session(0, leg),
            at_browser: self.session(browser, leg),
        };
        let params = OfferOptions { prefer: prefer.to_vec(), ..OfferOptions::default() };
        let (offer, open) = call.at_server.offer(&params).unwrap();
        self.command(0, open.unwrap());
        let (answer, agree) = call.at_browser.answer(&offer, Direction::SendRecv).unwrap();
        self.command(browser, agree);
        let agree = call.at_server.accept(&answer).unwrap();
        self.command(0, agree);
        call
    }

    /// The browser offers again; `bend` changes both descriptions on their way.
    pub(super) fn negotiate(
        &mut self,
        call: &mut Call,
        params: &OfferOptions,
        bend: impl Fn(String) -> String,
    ) {
        let (offer, open) = call.at_browser.offer(params).unwrap();
        if let Some(open) = open {
            self.command(call.browser.0, open);
        }
        let (answer, agree) = call.at_server.answer(&bend(offer), Direction::SendRecv).unwrap();
        self.command(call.server.0, agree);
        let agree = call.at_browser.accept(&bend(answer)).unwrap();
        self.command(call.browser.0, agree);
    }

    pub(super) fn input(&mut self, host: usize, input: Input<'_>) {
        let Host { engine, events, recorded, .. } = &mut self.hosts[host];
        engine.handle(self.now, input);
        recorded.extend(std::iter::from_fn(|| engine.poll_recorded()));
        while let Some(event) = engine.poll_event() {
            events.push((self.now, event));
        }
        self.flush(host);
    }

    /// Put what an engine wants to send on its way.
    pub(super) fn flush(&mut self, host: usize) {
        let engine = &mut self.hosts[host].engine;
        let outgoing: Vec<_> = engine.outgoing().map(|d| (d.route, d.bytes.to_vec())).collect();
        engine.sent();
        for (route, bytes) in outgoing {
            self.send(route, bytes);
        }
    }

    /// Put a datagram on its way, seen from its sender.
    pub(super) fn send(&mut self, route: Route, mut bytes: Vec<u8>) {
        while self.split && (20..64).contains(&bytes[0]) {
            let rest =
                bytes.split_off(13 + usize::from(u16::from_be_bytes([bytes[11], bytes[12]])));
            if rest.is_empty() {
                break;
            }
            self.send(route, std::mem::replace(&mut bytes, rest));
        }
        if (self.tamper)(&mut bytes, &route) {
            self.sent += 1;
            let mut arriving = Route {
                transport: TransportProtocol::Udp,
                local: route.remote,
                remote: route.local,
            };
            if let Some((inside, outside)) = self.nat {
                if arriving.local == inside {
                    return;
                }
                if arriving.local == outside {
                    arriving.local = inside;
                }
                if arriving.remote == inside {
                    arriving.remote = outside;
                }
            }
            self.flying.insert((self.now + DELAY, self.sent), (arriving, bytes));
        }
    }

    /// Let that much time pass.
    pub(super) fn run(&mut self, length: Duration) {
        let until = self.now + length;
        loop {
            let wakes = self.hosts.iter().filter_map(|host| host.engine.wake().at);
            let arrival = self.flying.keys().next().map(|(at, _)| *at);
            let Some(next) = wakes.chain(arrival).min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(next);
            self.step();
        }
        self.now = until;
    }

    fn step(&mut self) {
        while let Some(entry) = self.flying.first_entry().filter(|e| e.key().0 <= self.now) {
            let (route, mut bytes) = entry.remove();
            if let Some(host) = self.hosts.iter().position(|h| h.address == route.local) {
                self.deliver(host, route, &mut bytes);
            }
        }
        for host in 0..self.hosts.len() {
            if self.hosts[host].engine.wake().at.is_some_and(|at| at <= self.now) {
                self.input(host, Input::Timeout);
            }
        }
    }

    fn deliver(&mut self, host: usize, route: Route, bytes: &mut [u8]) {
        let now = self.now;
        let Host { engine, tap, .. } = &mut self.hosts[host];
        if let Some(tap) = tap.as_mut().filter(|_| (128..192).contains(&bytes[0]))
            && !crate::rtp::is_rtcp(bytes)
        {
            let slot = engine.table.by_route(route).unwrap();
            let incoming = engine.table.get_mut(slot).unwrap().receive_rtp(now, bytes).unwrap();
            let payload = incoming.packet.payload(bytes).to_vec();
            tap.push((now, incoming, payload));
            return;
        }
        let transport =
            if self.tcp && host == 0 { TransportProtocol::Tcp } else { route.transport };
        self.input(host, Input::Datagram(Route { transport, ..route }, bytes));
    }

    /// Protect an RTP packet as that leg's peer expects it and put it on its way.
    pub(super) fn speak(&mut self, (host, leg): (usize, LegId), header: Header, payload: &[u8]) {
        let engine = &mut self.hosts[host].engine;
        let slot = engine.table.slot(leg).unwrap();
        let leg = engine.table.get_mut(slot).unwrap();
        let sent = leg.transport.send_rtp(12 + payload.len(), &mut engine.transmits, |buffer| {
            header.write(buffer);
            buffer[12..].copy_from_slice(payload);
            Some(buffer.len())
        });
        assert!(sent);
        self.flush(host);
    }

    /// Events of a host, without times.
    pub(super) fn events(&mut self, host: usize) -> Vec<Event> {
        self.hosts[host].events.drain(..).map(|(_, event)| event).collect()
    }

    pub(super) fn is_connected(&self, host: usize) -> bool {
        let connected = |(_, event): &(Time, Event)| matches!(event, Event::Connected { .. });
        self.hosts[host].events.iter().any(connected)
    }
}

impl Lab {
    /// A NAT in front of the host at `inside`, which the others see at `outside`.
    pub(super) fn rebind(&mut self, inside: SocketAddr, outside: SocketAddr) {
        for (route, _) in self.flying.values_mut() {
            if route.remote == inside {
                route.remote = outside;
            }
            if route.local == outside {
                route.local = inside;
            }
        }
        if let Some(host) = self.hosts.iter_mut().find(|h| h.address == outside) {
            host.address = inside;
        }
    }
}
