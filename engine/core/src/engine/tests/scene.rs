//! Two who talk through the server, a stranger, and what each of them sends and gets.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::lab::{Call, DELAY, Lab};
use crate::rtp::Header;
use crate::{
    Command, Direction, Event, IceMode, Input, LegId, OfferOptions, Route, TransportProtocol,
};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const SLOT: Duration = Duration::from_millis(20);

/// A server at `networks.0` and two callers on other hosts, for each family.
pub(super) const NETWORKS: [[&str; 4]; 2] = [
    ["192.0.2.1:5000", "198.51.100.1:6000", "198.51.100.2:6000", "203.0.113.66:666"],
    ["[2001:db8::1]:5000", "[2001:db8:1::1]:6000", "[2001:db8:1::2]:6000", "[2001:db8:2::6]:666"],
];

/// An attacker's leg: its credentials at the server, without an agent.
pub(super) struct Own {
    username: String,
    password: String,
}

pub(super) fn value(sdp: &str, name: &str) -> String {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap().to_owned()
}

impl Own {
    /// What the owner of that leg knows.
    pub(super) fn of(offer: &str, answer: &str) -> Self {
        Self {
            username: format!("{}:{}", value(answer, "ice-ufrag"), value(offer, "ice-ufrag")),
            password: value(answer, "ice-pwd"),
        }
    }

    /// A leg that never had any media, on host `browser`.
    pub(super) fn leg(lab: &mut Lab, browser: usize, leg: LegId) -> Self {
        let mut page = lab.session(browser, leg);
        let mut server = lab.session(0, leg);
        let (offer, _) = page.offer(&OfferOptions::default()).unwrap();
        let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
        lab.command(0, agree);
        Self::of(&offer, &answer)
    }

    /// The same after the peer restarted ICE, before its description came.
    pub(super) fn restarted(&self, fragment: &str) -> Self {
        let (ours, _) = self.username.split_once(':').unwrap();
        Self { username: format!("{ours}:{fragment}"), password: self.password.clone() }
    }

    pub(super) fn check(&self, nominates: bool) -> Vec<u8> {
        let transaction = TransId::new();
        let check =
            StunMessage::binding_request(&self.username, transaction, true, 1, 1_000, nominates);
        let mut bytes = vec![0; 256];
        let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
        let length = check.to_bytes(Some(self.password.as_bytes()), &mut bytes, hmac).unwrap();
        bytes.truncate(length);
        bytes
    }
}

/// What was sent from where to where: source, destination, octets.
pub(super) type Tapped = Rc<RefCell<Vec<(SocketAddr, SocketAddr, Vec<u8>)>>>;

pub(super) fn tap(lab: &mut Lab) -> Tapped {
    let all: Tapped = Rc::default();
    let keep = Rc::clone(&all);
    lab.tamper = Box::new(move |bytes, route| {
        keep.borrow_mut().push((route.local, route.remote, bytes.clone()));
        true
    });
    all
}

pub(super) fn is_media(bytes: &[u8]) -> bool {
    (128..192).contains(&bytes[0])
}

pub(super) fn is_check(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0, 1])
}

/// Datagrams to an address, and how many of them were media.
pub(super) fn received(tapped: &Tapped, address: SocketAddr) -> (usize, usize) {
    let all = tapped.borrow();
    let to = all.iter().filter(|(_, remote, _)| *remote == address);
    (to.clone().count(), to.filter(|(.., bytes)| is_media(bytes)).count())
}

pub(super) struct Scene {
    pub(super) lab: Lab,
    pub(super) alice: Call,
    pub(super) bob: Call,
    offer: String,
    answer: String,
    pub(super) stranger: SocketAddr,
    pub(super) sent: u32,
}

impl Scene {
    /// Alice and bob speak to each other through the server.
    pub(super) fn new(network: [&str; 4], tcp: bool) -> Self {
        let mut lab = Lab::new();
        lab.tcp = tcp;
        lab.host(IceMode::Lite, network[0]);
        lab.host(IceMode::Full, network[1]);
        lab.host(IceMode::Full, network[2]);
        let mut alice = Call {
            server: (0, LegId(1)),
            browser: (1, LegId(1)),
            at_server: lab.session(0, LegId(1)),
            at_browser: lab.session(1, LegId(1)),
        };
        let said = RefCell::new(Vec::new());
        lab.negotiate(&mut alice, &OfferOptions::default(), |sdp| {
            said.borrow_mut().push(sdp.clone());
            sdp
        });
        let [offer, answer] = said.into_inner().try_into().unwrap();
        let bob = lab.call(2);
        lab.run(SECOND);
        lab.command(0, Command::Bridge(LegId(1), LegId(2)));
        let stranger = network[3].parse().unwrap();
        let mut scene = Self { lab, alice, bob, offer, answer, stranger, sent: 0 };
        scene.talk(SECOND);
        for host in 0..3 {
            scene.lab.events(host);
        }
        scene
    }

    pub(super) fn each(run: impl Fn(Self)) {
        for network in NETWORKS {
            for tcp in [false, true] {
                run(Self::new(network, tcp));
            }
        }
    }

    pub(super) fn speak(&mut self, alice: bool) {
        let n = self.sent;
        let header = Header {
            marker: false,
            payload_type: 111,
            sequence: n as u16,
            timestamp: n * 960,
            ssrc: 70 + u32::from(alice),
        };
        let call = if alice { &self.alice } else { &self.bob };
        self.lab.speak(call.browser, header, &[n as u8; 80]);
    }

    /// Both speak for that long.
    pub(super) fn talk(&mut self, length: Duration) {
        for _ in 0..length.as_millis() / SLOT.as_millis() {
            self.speak(true);
            self.speak(false);
            self.sent += 1;
            self.lab.run(SLOT);
        }
    }

    /// Both speak, and both have heard all but what is on the way.
    pub(super) fn is_heard(&mut self, length: Duration) {
        let before = [self.heard(1), self.heard(2)];
        self.talk(length);
        let expected = (length.as_millis() / SLOT.as_millis()) as u64;
        for (host, before) in [1, 2].into_iter().zip(before) {
            let heard = self.heard(host) - before;
            assert!(heard + 2 >= expected, "{host} heard {heard} of {expected}");
        }
    }

    pub(super) fn heard(&mut self, host: usize) -> u64 {
        self.lab.command(host, Command::Report(LegId(host as u64)));
        let events = self.lab.events(host);
        let report = events.into_iter().find_map(|event| match event {
            Event::Reported(_, report) => Some(report.received.packets),
            _ => None,
        });
        report.unwrap()
    }

    pub(super) fn route(&self, remote: SocketAddr) -> Route {
        let transport = if self.lab.tcp { TransportProtocol::Tcp } else { TransportProtocol::Udp };
        Route { transport, local: self.lab.hosts[0].address, remote }
    }

    /// Something reaches the server from that address.
    pub(super) fn forge(&mut self, source: SocketAddr, bytes: &[u8]) {
        let route = self.route(source);
        self.lab.input(0, Input::Datagram(route, &mut bytes.to_vec()));
    }

    pub(super) fn own(&self) -> Own {
        Own::of(&self.offer, &self.answer)
    }

    pub(super) fn address(&self, host: usize) -> SocketAddr {
        self.lab.hosts[host].address
    }

    /// Alice's NAT gives her another port: everything of hers comes from there from now on, and what
    /// goes to the old one is lost. Returns how long bob hears nothing of her, and she nothing of him.
    pub(super) fn rebind(&mut self, speaks: bool) -> (Duration, Duration) {
        let old = self.address(1);
        self.lab.nat = Some((old, SocketAddr::new(old.ip(), 7_777)));
        let begin = self.lab.now;
        let mut gaps = [(!speaks).then_some(Duration::ZERO), None];
        // What is on its way arrives as ever.
        self.lab.run(2 * DELAY);
        let counts = [self.heard(2), self.heard(1)];
        while gaps.contains(&None) && self.lab.now.since(begin) < 30 * SECOND {
            if self.lab.now.since(begin).as_millis().is_multiple_of(SLOT.as_millis()) {
                if speaks {
                    self.speak(true);
                }
                self.speak(false);
                self.sent += 1;
            }
            self.lab.run(Duration::from_millis(2));
            for (n, host) in [2, 1].into_iter().enumerate() {
                if gaps[n].is_none() && self.heard(host) > counts[n] {
                    gaps[n] = Some(self.lab.now.since(begin));
                }
            }
        }
        let [bob, alice] = gaps;
        (bob.unwrap(), alice.unwrap())
    }
}
