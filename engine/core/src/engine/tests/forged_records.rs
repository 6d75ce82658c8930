//! DTLS records with the peer's forged address, from a sender that does not see what the peer receives.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::lab::{DELAY, Lab};
use crate::rng::Rng;
use crate::{Event, Input, Route, Time, TransportProtocol};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
/// Without forged records, and with a request for a cookie.
const PLAIN: Duration = DELAY.saturating_mul(12);
const WITH_COOKIE: Duration = DELAY.saturating_mul(14);

/// Octets of a datagram with a `ClientHello`: its record's content type, its kind, its random.
fn is_hello(bytes: &[u8]) -> bool {
    bytes.len() > 59 && bytes[0] == 22 && bytes[13] == 1
}

/// Whether it is the first record of its sender.
fn is_first(bytes: &[u8]) -> bool {
    bytes[3..11] == [0; 8]
}

/// The `ClientHello` of another call with another random.
fn hello(n: u32) -> Vec<u8> {
    let mut lab = Lab::with_browsers(1);
    let caught = Rc::new(RefCell::new(Vec::new()));
    let keep = Rc::clone(&caught);
    lab.tamper = Box::new(move |bytes, _| {
        if is_hello(bytes) && keep.borrow().is_empty() {
            keep.borrow_mut().clone_from(bytes);
        }
        true
    });
    lab.called(1, &[]);
    lab.run(SECOND);
    let mut hello = caught.take();
    hello[27..31].copy_from_slice(&n.to_be_bytes());
    hello
}

pub(super) fn record(content_type: u8, epoch: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let header = [&[content_type, 254, 253, 0, epoch, 0, 0][..], &sequence.to_be_bytes()].concat();
    [&header[..], &(payload.len() as u16).to_be_bytes(), payload].concat()
}

pub(super) fn message(kind: u8, sequence: u8, body: &[u8]) -> Vec<u8> {
    let length = [0, (body.len() >> 8) as u8, body.len() as u8];
    let header = [&[kind][..], &length, &[0, sequence, 0, 0, 0], &length].concat();
    record(22, 0, 3, &[&header[..], body].concat())
}

/// Certificate, `ClientKeyExchange`, `CertificateVerify`, `ChangeCipherSpec`, Finished and an alert, by number of
/// the first. The key is a point of the curve, so that it is no reason to end.
fn flight(first: u8, n: u32) -> Vec<Vec<u8>> {
    let own = dimpl::certificate::generate_self_signed_certificate().unwrap().certificate;
    let length = |extra: usize| [0, ((own.len() + extra) >> 8) as u8, (own.len() + extra) as u8];
    let certificate = [&length(3)[..], &length(0), &own].concat();
    let point = aws_lc_rs::agreement::EphemeralPrivateKey::generate(
        &aws_lc_rs::agreement::ECDH_P256,
        &aws_lc_rs::rand::SystemRandom::new(),
    );
    let key = point.unwrap().compute_public_key().unwrap();
    let exchange = [&[key.as_ref().len() as u8][..], key.as_ref()].concat();
    let signature = [&[4, 3, 0, 8][..], &[n as u8; 8]].concat();
    let parts = [
        message(11, first, &certificate),
        message(16, first + 1, &exchange),
        message(15, first + 2, &signature),
        record(20, 0, 4, &[1]),
        record(22, 1, n % 4, &[n as u8; 48]),
        record(21, 0, 5, &[2, 40]),
    ];
    let whole = parts[..5].concat();
    parts.into_iter().chain([whole]).collect()
}

/// A browser that the server calls, so that the server's DTLS is the server too.
struct SetUp {
    lab: Lab,
    /// How often the browser began, and what the server sent it: records, octets.
    attempts: Rc<RefCell<usize>>,
    sent: Rc<RefCell<(usize, usize)>>,
}

impl SetUp {
    fn new(loss: Option<u64>) -> Self {
        let mut lab = Lab::with_browsers(1);
        let attempts = Rc::new(RefCell::new(0));
        let sent = Rc::new(RefCell::new((0, 0)));
        let (seen, count, browser) = (Rc::clone(&attempts), Rc::clone(&sent), lab.hosts[1].address);
        let mut rng = loss.map(|seed| Rng::new(&[0; 32], "loss", seed));
        lab.tamper = Box::new(move |bytes, route| {
            *seen.borrow_mut() +=
                usize::from(route.local == browser && is_hello(bytes) && is_first(bytes));
            if route.remote == browser && (20..64).contains(&bytes[0]) {
                let (records, octets) = *count.borrow();
                *count.borrow_mut() = (records + 1, octets + bytes.len());
            }
            rng.as_mut().is_none_or(|rng| rng.next_u64() % 10 >= 2)
        });
        Self { lab, attempts, sent }
    }

    /// This reaches the server with the browser's address.
    fn forge(&mut self, bytes: &[u8]) {
        let (local, remote) = (self.lab.hosts[0].address, self.lab.hosts[1].address);
        let route = Route { transport: TransportProtocol::Udp, local, remote };
        self.lab.input(0, Input::Datagram(route, &mut bytes.to_vec()));
    }

    /// Call the browser, with forged records in each millisecond.
    fn call(&mut self, length: Duration, mut forged: impl FnMut(&Self, u32) -> Vec<Vec<u8>>) {
        self.lab.called(1, &[]);
        for n in 0..length.as_millis() as u32 {
            for bytes in forged(self, n) {
                self.forge(&bytes);
            }
            self.lab.run(MILLISECOND);
        }
    }

    /// Both are connected after that time at most, by the browser's first and only attempt.
    fn is_connected_within(&self, limit: Duration) {
        for host in &self.lab.hosts {
            let [(at, Event::Connected { .. })] = host.events[..] else {
                panic!("{:?}", host.events);
            };
            assert!(at <= Time::ZERO + limit, "{at:?}");
        }
        assert_eq!(*self.attempts.borrow(), 1);
    }
}

// Threat: dtls-forged
#[test]
fn forged_client_hellos_cost_one_round_trip() {
    let other = hello(0);
    let mut call = SetUp::new(None);
    call.call(SECOND, |_, n| {
        let mut forged = other.clone();
        forged[27..31].copy_from_slice(&n.to_be_bytes());
        vec![forged]
    });
    call.is_connected_within(WITH_COOKIE);

    // The same one all the time.
    let mut call = SetUp::new(None);
    call.call(SECOND, |_, _| vec![other.clone()]);
    call.is_connected_within(WITH_COOKIE);
}

// Threat: dtls-forged
#[test]
fn forged_client_hellos_after_the_peers_cost_nothing() {
    let other = hello(1);
    let mut call = SetUp::new(None);
    call.call(SECOND, |call, _| match call.sent.borrow().0 {
        0 => vec![],
        _ => vec![other.clone()],
    });
    call.is_connected_within(PLAIN);
}

// Threat: dtls-forged
#[test]
fn a_forged_flight_of_the_client_changes_nothing() {
    for first in [1, 2] {
        let mut call = SetUp::new(None);
        call.call(SECOND, |call, n| match call.sent.borrow().0 {
            // Records that come earlier make the server cautious, which is another test.
            0 => vec![],
            _ => flight(first, n),
        });
        call.is_connected_within(PLAIN);
    }
}

// Threat: dtls-forged
#[test]
fn a_flight_in_many_datagrams_is_found_among_forged_ones() {
    let mut call = SetUp::new(None);
    call.lab.split = true;
    call.call(SECOND, |call, n| match call.sent.borrow().0 {
        0 => vec![],
        _ if n % 7 == 0 => flight(1, n)[..3].to_vec(),
        // The end of the flight, before and after the true one could come.
        _ => flight(1, n)[3..].to_vec(),
    });
    call.is_connected_within(PLAIN);
}

// Threat: dtls-forged
#[test]
fn forged_records_and_loss_do_not_stop_a_call() {
    let other = hello(2);
    for seed in 0..20 {
        let mut call = SetUp::new(Some(seed));
        call.call(5 * SECOND, |_, n| match n % 5 {
            0 => [vec![other.clone()], flight(1, n), flight(2, n)].concat(),
            _ => vec![],
        });
        call.lab.run(20 * SECOND);
        assert!(call.lab.is_connected(0) && call.lab.is_connected(1), "seed {seed}");
        assert_eq!(*call.attempts.borrow(), 1, "seed {seed}");
    }
}

// Threat: dtls-forged
#[test]
fn forged_client_hellos_get_less_than_they_have() {
    let sent = |forged: &[u8]| {
        let mut call = SetUp::new(None);
        call.call(SECOND, |_, _| vec![forged.to_vec(); usize::from(!forged.is_empty())]);
        call.sent.borrow().1
    };
    let other = hello(3);
    let more = sent(&other) - sent(&[]);
    assert!(more < 1_000 * other.len() * 2 / 3, "{more} for {}", 1_000 * other.len());
}

#[test]
fn a_peer_that_begins_again_is_connected() {
    let mut call = SetUp::new(None);
    let (local, remote) = (call.lab.hosts[1].address, call.lab.hosts[0].address);
    let route = Route { transport: TransportProtocol::Udp, local, remote };
    call.lab.called(1, &[]);
    // The server's flight does not arrive for a while: a random has the time in seconds, and all else in it is
    // fixed in tests.
    let tamper = std::mem::replace(&mut call.lab.tamper, Box::new(|_, _| true));
    call.lab.tamper =
        Box::new(move |bytes, route| !(route.local == remote && (20..64).contains(&bytes[0])));
    call.lab.run(1_200 * MILLISECOND);
    call.lab.tamper = tamper;
    // A server's hello that ends the browser's attempt: it has no extensions.
    let bad = message(2, 0, &[&[254, 253][..], &[7; 32], &[0, 0xc0, 0x2b, 0]].concat());
    call.lab.input(1, Input::Datagram(route, &mut bad.clone()));
    call.lab.run(SECOND);
    assert_eq!(*call.attempts.borrow(), 1, "the first was not counted");
    assert!(call.lab.is_connected(0) && call.lab.is_connected(1));
}
