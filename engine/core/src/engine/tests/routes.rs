//! Whose a route is, and where media goes: forged sources, captured checks, and peers that move.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::lab::{Call, DELAY, Lab};
use crate::rtp::Header;
use crate::{
    Command, Config, Direction, Event, IceMode, Input, LegId, OfferTerms, Route, Transport,
    TransportFault,
};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);

/// A server at `networks.0` and two callers on other hosts, for each family.
const NETWORKS: [[&str; 4]; 2] = [
    ["192.0.2.1:5000", "198.51.100.1:6000", "198.51.100.2:6000", "203.0.113.66:666"],
    ["[2001:db8::1]:5000", "[2001:db8:1::1]:6000", "[2001:db8:1::2]:6000", "[2001:db8:2::6]:666"],
];

/// A leg of somebody who means harm: what the server answers its checks with, and nothing behind it.
struct Own {
    username: String,
    password: String,
}

fn value(sdp: &str, name: &str) -> String {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap().to_owned()
}

impl Own {
    /// What somebody who has that leg knows.
    fn of(offer: &str, answer: &str) -> Self {
        Self {
            username: format!("{}:{}", value(answer, "ice-ufrag"), value(offer, "ice-ufrag")),
            password: value(answer, "ice-pwd"),
        }
    }

    /// A leg that never had any media, on host `browser`.
    fn leg(lab: &mut Lab, browser: usize, leg: LegId) -> Self {
        let mut page = lab.session(browser, leg);
        let mut server = lab.session(0, leg);
        let (offer, _) = page.offer(&OfferTerms::default()).unwrap();
        let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
        lab.command(0, agree);
        Self::of(&offer, &answer)
    }

    fn check(&self, nominates: bool) -> Vec<u8> {
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
type Tapped = Rc<RefCell<Vec<(SocketAddr, SocketAddr, Vec<u8>)>>>;

fn tap(lab: &mut Lab) -> Tapped {
    let all: Tapped = Rc::default();
    let keep = Rc::clone(&all);
    lab.tamper = Box::new(move |bytes, route| {
        keep.borrow_mut().push((route.local, route.remote, bytes.clone()));
        true
    });
    all
}

fn is_media(bytes: &[u8]) -> bool {
    (128..192).contains(&bytes[0])
}

fn is_check(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0, 1])
}

/// Datagrams to an address, and how many of them were media.
fn received(tapped: &Tapped, address: SocketAddr) -> (usize, usize) {
    let all = tapped.borrow();
    let to = all.iter().filter(|(_, remote, _)| *remote == address);
    (to.clone().count(), to.filter(|(.., bytes)| is_media(bytes)).count())
}

struct Scene {
    lab: Lab,
    alice: Call,
    bob: Call,
    offer: String,
    answer: String,
    stranger: SocketAddr,
    sent: u32,
}

impl Scene {
    /// Alice and bob speak to each other through the server.
    fn new(network: [&str; 4], tcp: bool) -> Self {
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
        lab.negotiate(&mut alice, &OfferTerms::default(), |sdp| {
            said.borrow_mut().push(sdp.clone());
            sdp
        });
        let [offer, answer] = said.into_inner().try_into().unwrap();
        let bob = lab.call(2);
        lab.run(SECOND);
        lab.command(0, Command::Join(LegId(1), LegId(2)));
        let stranger = network[3].parse().unwrap();
        let mut scene = Self { lab, alice, bob, offer, answer, stranger, sent: 0 };
        scene.talk(SECOND);
        for host in 0..3 {
            scene.lab.events(host);
        }
        scene
    }

    fn each(run: impl Fn(Self)) {
        for network in NETWORKS {
            for tcp in [false, true] {
                run(Self::new(network, tcp));
            }
        }
    }

    fn speak(&mut self, alice: bool) {
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
    fn talk(&mut self, length: Duration) {
        for _ in 0..length.as_millis() / SLOT.as_millis() {
            self.speak(true);
            self.speak(false);
            self.sent += 1;
            self.lab.run(SLOT);
        }
    }

    /// Both speak, and both have heard all but what is on the way.
    fn is_heard(&mut self, length: Duration) {
        let before = [self.heard(1), self.heard(2)];
        self.talk(length);
        let expected = (length.as_millis() / SLOT.as_millis()) as u64;
        for (host, before) in [1, 2].into_iter().zip(before) {
            let heard = self.heard(host) - before;
            assert!(heard + 2 >= expected, "{host} heard {heard} of {expected}");
        }
    }

    fn heard(&mut self, host: usize) -> u64 {
        self.lab.command(host, Command::Report(LegId(host as u64)));
        let events = self.lab.events(host);
        let report = events.into_iter().find_map(|event| match event {
            Event::Reported(_, report) => Some(report.received.packets),
            _ => None,
        });
        report.unwrap()
    }

    fn route(&self, remote: SocketAddr) -> Route {
        let transport = if self.lab.tcp { Transport::Tcp } else { Transport::Udp };
        Route { transport, local: self.lab.hosts[0].address, remote }
    }

    /// Something reaches the server from that address.
    fn forge(&mut self, source: SocketAddr, bytes: &[u8]) {
        let route = self.route(source);
        self.lab.input(0, Input::Datagram(route, &mut bytes.to_vec()));
    }

    fn own(&self) -> Own {
        Own::of(&self.offer, &self.answer)
    }

    fn address(&self, host: usize) -> SocketAddr {
        self.lab.hosts[host].address
    }

    /// Alice's NAT gives her another port: everything of hers comes from there from now on, and what
    /// goes to the old one is lost. Returns how long bob hears nothing of her, and she nothing of him.
    fn rebind(&mut self, speaks: bool) -> (Duration, Duration) {
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

#[test]
fn a_check_of_another_leg_forged_from_a_callers_address_takes_nothing_from_the_caller() {
    Scene::each(|mut scene| {
        let mallory = Own::leg(&mut scene.lab, 1, LegId(9));
        let victim = scene.address(1);
        for n in 0..50 {
            scene.forge(victim, &mallory.check(n % 2 == 0));
            scene.is_heard(5 * SLOT);
        }
        scene.is_heard(40 * SECOND);
        // That leg never had a way, and its end leaves alice hers.
        let failed = Event::Failed(LegId(9), TransportFault::IceTimeout);
        assert_eq!(scene.lab.events(0), [failed]);
        scene.lab.command(0, Command::Close(LegId(9)));
        scene.is_heard(SECOND);
    });
}

#[test]
fn a_leg_that_claims_an_address_before_its_owner_comes_does_not_keep_it() {
    for network in NETWORKS {
        let mut lab = Lab::new();
        for (ice, address) in [IceMode::Lite, IceMode::Full, IceMode::Full].into_iter().zip(network)
        {
            lab.host(ice, address);
        }
        let mallory = Own::leg(&mut lab, 2, LegId(9));
        let (local, remote) = (lab.hosts[0].address, lab.hosts[1].address);
        let route = Route { transport: Transport::Udp, local, remote };
        let tapped = tap(&mut lab);
        // Before and during the set-up of the call.
        lab.input(0, Input::Datagram(route, &mut mallory.check(true)));
        lab.call(1);
        for _ in 0..100 {
            lab.input(0, Input::Datagram(route, &mut mallory.check(true)));
            lab.run(DELAY);
        }
        assert!(lab.is_connected(0) && lab.is_connected(1));
        let connected = lab.events(0);
        assert!(matches!(connected[0], Event::Connected { leg: LegId(1), .. }), "{connected:?}");
        // 101 checks of 100 octets are answered; besides, few octets go where nobody asked for them.
        let sent = tapped.borrow();
        let hers = sent.iter().filter(|(_, to, bytes)| *to == remote && bytes[0] == 22);
        assert!(hers.count() < 20);
    }
}

#[test]
fn two_peers_with_one_address_each_have_it_while_they_are_there() {
    Scene::each(|mut scene| {
        // Alice is gone without a word, and her NAT gives her mapping to carol, on the same host.
        let address = scene.address(1);
        let carol = scene.lab.host(IceMode::Full, "198.51.100.250:6000");
        scene.lab.hosts[1].address = "198.51.100.251:1".parse().unwrap();
        scene.lab.hosts[carol].address = address;
        scene.lab.hosts[carol].config.addresses = {
            let host =
                |transport| crate::HostAddress { transport, bound: address, announced: address };
            [host(Transport::Udp)].into()
        };
        scene.lab.hosts[carol].engine = crate::Engine::new(scene.lab.hosts[carol].config.clone());
        let before = scene.lab.now;
        scene.lab.call(carol);
        scene.lab.run(2 * SECOND);
        let events = scene.lab.hosts[0].events.clone();
        let hers =
            |event: &Event| matches!(event, Event::Connected { leg, .. } if leg.0 == carol as u64);
        let (at, _) = events.iter().find(|(_, event)| hers(event)).unwrap();
        assert!(at.since(before) < SECOND, "{events:?}");
        // Alice's leg sends nothing there any more, and ends when she does not come back.
        let tapped = tap(&mut scene.lab);
        scene.lab.run(SECOND);
        for _ in 0..50 {
            scene.speak(false);
            scene.sent += 1;
            scene.lab.run(SLOT);
        }
        assert_eq!(received(&tapped, address).1, 0);
        scene.lab.run(40 * SECOND);
        let lost = Event::Failed(LegId(1), TransportFault::ConsentExpired);
        assert!(scene.lab.events(0).contains(&lost));
    });
}

#[test]
fn a_captured_check_that_is_sent_again_from_elsewhere_is_not_even_answered() {
    Scene::each(|mut scene| {
        let tapped = tap(&mut scene.lab);
        scene.talk(10 * SECOND);
        let (server, alice, stranger) = (scene.address(0), scene.address(1), scene.stranger);
        let hers = |(from, to, bytes): &&(SocketAddr, SocketAddr, Vec<u8>)| {
            *from == alice && *to == server && is_check(bytes)
        };
        let checks: Vec<_> = tapped.borrow().iter().filter(hers).map(|(.., b)| b.clone()).collect();
        assert!(checks.len() >= 3);
        for _ in 0..20 {
            for check in &checks {
                scene.forge(stranger, check);
            }
            scene.is_heard(SECOND / 4);
        }
        assert_eq!(received(&tapped, stranger), (0, 0));
        assert!(scene.lab.hosts[0].engine.counters().replayed >= 20);
        // From her own address they buy her no time: she is gone, and so is her consent.
        scene.lab.hosts[1].address = "198.51.100.251:1".parse().unwrap();
        scene.lab.events(0);
        for _ in 0..40 {
            for check in &checks {
                scene.forge(alice, check);
            }
            scene.lab.run(SECOND);
        }
        let lost = Event::Failed(LegId(1), TransportFault::ConsentExpired);
        assert!(scene.lab.events(0).contains(&lost));
    });
}

#[test]
fn a_captured_check_that_arrives_first_moves_nothing() {
    Scene::each(|mut scene| {
        // Every other check of alice is held back, and arrives from the stranger's address first.
        let (server, alice, stranger) = (scene.address(0), scene.address(1), scene.stranger);
        let held = Rc::new(RefCell::new(Vec::new()));
        let keep = Rc::clone(&held);
        let to_stranger = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&to_stranger);
        let mut checks = 0_usize;
        scene.lab.tamper = Box::new(move |bytes, route| {
            let hers = route.local == alice && route.remote == server && is_check(bytes);
            checks += usize::from(hers);
            if route.remote == stranger {
                seen.borrow_mut().push(bytes.clone());
            }
            let passes = !hers || checks.is_multiple_of(2);
            if !passes {
                keep.borrow_mut().push(bytes.clone());
            }
            passes
        });
        for _ in 0..1_000 {
            scene.speak(true);
            scene.speak(false);
            scene.sent += 1;
            let now_held: Vec<Vec<u8>> = held.take();
            for check in now_held {
                scene.forge(stranger, &check);
                scene.forge(alice, &check);
            }
            scene.lab.run(SLOT);
        }
        let seen = to_stranger.take();
        assert!(!seen.is_empty() && !seen.iter().any(|bytes| is_media(bytes)));
        scene.is_heard(SECOND);
    });
}

#[test]
fn forged_nominations_of_ones_own_leg_send_no_media_to_a_stranger() {
    for speaks in [true, false] {
        for network in NETWORKS {
            let mut scene = Scene::new(network, false);
            let (own, stranger) = (scene.own(), scene.stranger);
            let tapped = tap(&mut scene.lab);
            // The owner may have stopped to check, or may go on.
            if !speaks {
                scene.lab.hosts[1].address = "198.51.100.251:1".parse().unwrap();
            }
            let mut sent = 0;
            for n in 0..40 {
                for _ in 0..n % 3 {
                    let check = own.check(true);
                    sent += check.len();
                    scene.forge(stranger, &check);
                }
                for _ in 0..50 {
                    if speaks {
                        scene.speak(true);
                    }
                    scene.speak(false);
                    scene.sent += 1;
                    scene.lab.run(SLOT);
                }
            }
            assert_eq!(received(&tapped, stranger).1, 0);
            let all = tapped.borrow();
            let got: usize =
                all.iter().filter(|(_, to, _)| *to == stranger).map(|t| t.2.len()).sum();
            assert!(got <= 4 * sent, "{got} octets for {sent}");
        }
    }
}

#[test]
fn a_packet_forged_with_the_legs_own_keys_sends_no_media_to_a_stranger_either() {
    for network in NETWORKS {
        let mut scene = Scene::new(network, false);
        let (own, stranger, alice) = (scene.own(), scene.stranger, scene.address(1));
        let tapped = tap(&mut scene.lab);
        for _ in 0..100 {
            scene.forge(stranger, &own.check(true));
            let before = tapped.borrow().len();
            scene.speak(true);
            let packet = {
                let all = tapped.borrow();
                let mut new = all[before..].iter();
                new.find(|(from, _, b)| *from == alice && is_media(b)).unwrap().2.clone()
            };
            scene.forge(stranger, &packet);
            scene.speak(false);
            scene.sent += 1;
            scene.lab.run(SLOT);
        }
        assert_eq!(received(&tapped, stranger).1, 0);
    }
}

#[test]
fn a_peer_that_is_heard_elsewhere_is_not_moved_by_answers_alone() {
    // Somebody between passes checks and answers on, from an address of their own, and no media.
    let mut scene = Scene::new(NETWORKS[0], false);
    let (server, alice, stranger) = (scene.address(0), scene.address(1), scene.stranger);
    let passed = Rc::new(RefCell::new((Vec::new(), Vec::new(), 0)));
    let keep = Rc::clone(&passed);
    scene.lab.tamper = Box::new(move |bytes, route| {
        let mut passed = keep.borrow_mut();
        if route.local == alice && bytes[0] < 4 {
            passed.0.push(bytes.clone());
        }
        if route.remote == stranger {
            passed.1.push(bytes.clone());
            passed.2 += usize::from(is_media(bytes));
        }
        true
    });
    for _ in 0..2_000 {
        scene.speak(true);
        scene.speak(false);
        scene.sent += 1;
        let to_server = std::mem::take(&mut passed.borrow_mut().0);
        for bytes in to_server {
            scene.forge(stranger, &bytes);
        }
        let to_alice = std::mem::take(&mut passed.borrow_mut().1);
        for bytes in to_alice.into_iter().filter(|bytes| is_check(bytes)) {
            let route = Route { transport: Transport::Udp, local: alice, remote: server };
            scene.lab.input(1, Input::Datagram(route, &mut bytes.clone()));
        }
        scene.lab.run(SLOT);
    }
    assert_eq!(passed.borrow().2, 0);
    scene.is_heard(SECOND);
}

#[test]
fn a_nat_that_forgets_a_talking_peer_costs_one_check_and_a_round_trip() {
    for network in NETWORKS {
        for speaks in [true, false] {
            let mut scene = Scene::new(network, false);
            scene.talk(7 * SECOND);
            scene.lab.run(if speaks { Duration::ZERO } else { 2 * SECOND });
            let (bob, alice) = scene.rebind(speaks);
            // Agents of the library check every 3 s; 4 ways and a packet every 20 ms come to it.
            let limit = Duration::from_millis(3_100);
            assert!(bob <= limit && alice <= limit, "{bob:?} {alice:?}");
            let moved = scene.lab.events(0);
            assert!(matches!(moved[..], [Event::Moved { leg: LegId(1), .. }]), "{moved:?}");
        }
    }
}

#[test]
fn consent_is_asked_for_and_not_taken_from_checks() {
    // RFC 7675 §5.1: every 5 s or so, and media stops within 30 s of the last answer.
    let mut scene = Scene::new(NETWORKS[0], false);
    let (server, alice) = (scene.address(0), scene.address(1));
    let tapped = tap(&mut scene.lab);
    scene.talk(60 * SECOND);
    let asked = |(from, to, bytes): &&(SocketAddr, SocketAddr, Vec<u8>)| {
        *from == server && *to == alice && is_check(bytes)
    };
    let count = tapped.borrow().iter().filter(asked).count();
    assert!((9..=15).contains(&count), "{count}");
    let own = scene.own();
    scene.lab.hosts[1].address = "198.51.100.251:1".parse().unwrap();
    scene.lab.events(0);
    for _ in 0..36 {
        scene.forge(alice, &own.check(true));
        scene.lab.run(SECOND);
    }
    let lost = Event::Failed(LegId(1), TransportFault::ConsentExpired);
    assert!(scene.lab.events(0).contains(&lost));
}

#[test]
fn packets_of_an_ended_call_are_not_heard_in_the_next_one_at_the_same_address() {
    Scene::each(|mut scene| {
        let alice = scene.address(1);
        let server = scene.address(0);
        let tapped = tap(&mut scene.lab);
        scene.talk(SECOND);
        let hers = |(from, to, bytes): &&(SocketAddr, SocketAddr, Vec<u8>)| {
            *from == alice && *to == server && is_media(bytes)
        };
        let late: Vec<_> = tapped.borrow().iter().filter(hers).map(|(.., b)| b.clone()).collect();
        assert!(late.len() >= 45);
        scene.lab.command(0, Command::Close(LegId(1)));
        scene.lab.run(SECOND);
        // The next call of that page, from the same port, with bob.
        scene.lab.hosts[1].engine =
            crate::Engine::new(Config { seed: [77; 32], ..scene.lab.hosts[1].config.clone() });
        scene.lab.hosts[1].config.seed = [77; 32];
        let mut call = Call {
            server: (0, LegId(5)),
            browser: (1, LegId(1)),
            at_server: scene.lab.session(0, LegId(5)),
            at_browser: scene.lab.session(1, LegId(1)),
        };
        scene.lab.negotiate(&mut call, &OfferTerms::default(), |sdp| sdp);
        scene.alice = call;
        scene.lab.run(SECOND);
        scene.lab.command(0, Command::Join(LegId(5), LegId(2)));
        let before = scene.heard(2);
        for packet in &late {
            scene.forge(alice, packet);
        }
        scene.lab.run(SECOND);
        assert_eq!(scene.heard(2), before);
    });
}

#[test]
fn short_and_forged_rtcp_gets_no_answer_and_changes_nothing() {
    Scene::each(|mut scene| {
        let (alice, stranger) = (scene.address(1), scene.stranger);
        let tapped = tap(&mut scene.lab);
        let ssrc = 71_u32.to_be_bytes();
        let bye = [&[0x81, 203, 0, 1][..], &ssrc].concat();
        let report = [&[0x80, 201, 0, 1][..], &ssrc, &bye].concat();
        for n in 0..100 {
            for source in [alice, stranger] {
                for bytes in [&bye[..], &report, &bye[..4], &report[..11], &bye[..=n % 8]] {
                    scene.forge(source, bytes);
                }
            }
            scene.is_heard(5 * SLOT);
        }
        assert_eq!(received(&tapped, stranger), (0, 0));
    });
}
