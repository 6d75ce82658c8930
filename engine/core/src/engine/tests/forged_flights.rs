//! The same where the browser called, so that the server is the DTLS client: forged records of a DTLS server.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::forged_records::{message, record};
use super::lab::{DELAY, Lab};
use crate::rng::Rng;
use crate::{Event, Input, Route, Time, TransportFault, TransportProtocol};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
/// Longer than a call takes.
const WHILE: Duration = DELAY.saturating_mul(10);
/// When the server and the browser are connected without forged records.
const PLAIN: [Duration; 2] = [DELAY.saturating_mul(5), DELAY.saturating_mul(4)];

/// A request for that cookie.
fn request(cookie: u32) -> Vec<u8> {
    message(3, 0, &[&[254, 255, 4][..], &cookie.to_be_bytes()].concat())
}

/// `ServerHello`, Certificate, `ServerKeyExchange`, `CertificateRequest` and `ServerHelloDone`, all well formed.
fn flight(certificate: &[u8], n: u32) -> [Vec<u8>; 5] {
    let random = [&[7; 28][..], &n.to_be_bytes()].concat();
    // Extended master secret, and SRTP with AEAD_AES_128_GCM.
    let extensions = [0, 13, 0, 23, 0, 0, 0, 14, 0, 5, 0, 2, 0, 7, 0];
    let hello = [&[254, 253][..], &random, &[0, 0xc0, 0x2b, 0], &extensions].concat();
    let length = |extra: usize| {
        let length = certificate.len() + extra;
        [0, (length >> 8) as u8, length as u8]
    };
    let chain = [&length(3)[..], &length(0), certificate].concat();
    let point = aws_lc_rs::agreement::EphemeralPrivateKey::generate(
        &aws_lc_rs::agreement::ECDH_P256,
        &aws_lc_rs::rand::SystemRandom::new(),
    );
    let key = point.unwrap().compute_public_key().unwrap();
    let exchange =
        [&[3, 0, 23, key.as_ref().len() as u8][..], key.as_ref(), &[4, 3, 0, 8], &[n as u8; 8]];
    [
        message(2, 0, &hello),
        message(11, 1, &chain),
        message(12, 2, &exchange.concat()),
        message(13, 3, &[1, 64, 0, 4, 4, 3, 5, 3, 0, 0]),
        message(14, 4, &[]),
    ]
}

/// A browser that calls the server.
struct SetUp {
    lab: Lab,
    /// How many datagrams with records the server sent.
    sent: Rc<RefCell<usize>>,
    /// The browser's, which is public.
    certificate: Vec<u8>,
    other: Vec<u8>,
}

impl SetUp {
    fn new(loss: Option<u64>) -> Self {
        let mut lab = Lab::with_browsers(1);
        let sent = Rc::new(RefCell::new(0));
        let (count, server) = (Rc::clone(&sent), lab.hosts[0].address);
        let mut rng = loss.map(|seed| Rng::new(&[0; 32], "loss", seed));
        lab.tamper = Box::new(move |bytes, route| {
            *count.borrow_mut() +=
                usize::from(route.local == server && (20..64).contains(&bytes[0]));
            rng.as_mut().is_none_or(|rng| rng.next_u64() % 10 >= 2)
        });
        let certificate = lab.hosts[1].config.identity.certificate.certificate.clone();
        let other = dimpl::certificate::generate_self_signed_certificate().unwrap().certificate;
        Self { lab, sent, certificate, other }
    }

    /// This reaches the server with the browser's address.
    fn forge(&mut self, bytes: &[u8]) {
        let (local, remote) = (self.lab.hosts[0].address, self.lab.hosts[1].address);
        let route = Route { transport: TransportProtocol::Udp, local, remote };
        self.lab.input(0, Input::Datagram(route, &mut bytes.to_vec()));
    }

    /// The browser calls, with forged records in each millisecond.
    fn call(&mut self, length: Duration, mut forged: impl FnMut(&Self, u32) -> Vec<Vec<u8>>) {
        self.lab.call(1);
        for n in 0..length.as_millis() as u32 {
            for bytes in forged(self, n) {
                self.forge(&bytes);
            }
            self.lab.run(MILLISECOND);
        }
    }

    /// When the server and the browser were connected, each once.
    fn connected(&self) -> [Duration; 2] {
        [0, 1].map(|host| match self.lab.hosts[host].events[..] {
            [(at, Event::Connected { .. })] => at.since(Time::ZERO),
            ref events => panic!("{events:?}"),
        })
    }
}

/// All kinds of forged records, by number.
fn all(call: &SetUp, n: u32) -> Vec<Vec<u8>> {
    let (known, unknown) = (flight(&call.certificate, n), flight(&call.other, n));
    let mut all = vec![
        request(n),
        record(20, 0, 4, &[1]),
        record(21, 0, 5, &[2, 40]),
        record(21, 1, n % 4, &[n as u8; 26]),
        record(22, 1, n % 4, &[n as u8; 48]),
        record(23, 1, n % 4, &[n as u8; 48]),
        [record(20, 0, 4, &[1]), record(22, 1, 0, &[n as u8; 48])].concat(),
        message(1, 0, &[n as u8; 60]),
        message(22, 3, &[1, 0, 0, 0]),
        known.concat(),
        unknown.concat(),
    ];
    all.extend(known);
    all.extend(unknown);
    all
}

// Threat: dtls-forged
#[test]
fn forged_records_of_a_server_cost_nothing() {
    let mut plain = SetUp::new(None);
    plain.call(WHILE, |_, _| vec![]);
    assert_eq!(plain.connected(), PLAIN);
    let kinds = all(&SetUp::new(None), 0).len();
    for kind in 0..kinds {
        let mut call = SetUp::new(None);
        call.call(WHILE, |call, n| vec![all(call, n).swap_remove(kind)]);
        assert_eq!(call.connected(), plain.connected(), "kind {kind}");
    }
}

// Threat: dtls-forged
#[test]
fn one_forged_record_in_the_round_trip_of_our_client_hello_costs_nothing() {
    let kinds = all(&SetUp::new(None), 0).len();
    for kind in 0..kinds {
        let mut call = SetUp::new(None);
        let mut done = false;
        call.call(WHILE, |call, n| {
            let now = *call.sent.borrow() == 1 && !std::mem::replace(&mut done, n > 0);
            vec![all(call, n).swap_remove(kind); usize::from(now)]
        });
        assert_eq!(call.connected(), PLAIN, "kind {kind}");
    }
}

// Threat: dtls-forged
#[test]
fn a_flight_of_a_server_in_many_datagrams_is_found_among_forged_ones() {
    let mut call = SetUp::new(None);
    call.lab.split = true;
    call.call(SECOND, |call, n| {
        let forged = flight(&call.certificate, n);
        // What is not signed cannot be told apart when it comes by itself.
        if n % 7 == 0 { forged[..3].to_vec() } else { vec![record(22, 1, n % 4, &[n as u8; 48])] }
    });
    assert_eq!(call.connected(), PLAIN);
}

// Threat: dtls-forged
#[test]
fn forged_records_of_a_server_and_loss_do_not_stop_a_call() {
    for seed in 0..20 {
        let mut plain = SetUp::new(Some(seed));
        plain.call(10 * SECOND, |_, _| vec![]);
        let mut call = SetUp::new(Some(seed));
        call.call(10 * SECOND, |call, n| match n % 5 {
            0 if n < 3_000 => all(call, n),
            _ => vec![request(n)],
        });
        assert_eq!(call.connected(), plain.connected(), "seed {seed}");
    }
}

#[test]
fn a_peer_that_requests_a_cookie_gets_it_after_a_while() {
    for forged in [false, true] {
        let mut call = SetUp::new(None);
        call.lab.call(1);
        let engine = &mut call.lab.hosts[1].engine;
        let slot = engine.table.slot(crate::LegId(1)).unwrap();
        engine.table.get_mut(slot).unwrap().transport.had_early_records();
        if forged {
            call.lab.run(3 * DELAY / 2);
            call.forge(&request(1));
        }
        call.lab.run(6 * SECOND);
        let wait = Duration::from_millis(if forged { 5_000 } else { 400 });
        // The wait begins with the nomination, 60 ms after the call, and two round trips follow.
        assert_eq!(call.connected(), [wait + 10 * DELAY, wait + 9 * DELAY], "{forged}");
    }
}

#[test]
fn a_peer_that_requests_a_cookie_is_connected_in_spite_of_loss() {
    for seed in 0..100 {
        let mut call = SetUp::new(Some(seed));
        call.lab.call(1);
        let engine = &mut call.lab.hosts[1].engine;
        let slot = engine.table.slot(crate::LegId(1)).unwrap();
        engine.table.get_mut(slot).unwrap().transport.had_early_records();
        call.lab.run(10 * SECOND);
        assert!(call.connected().iter().all(|at| *at < 10 * SECOND), "seed {seed}");
    }
}

#[test]
fn a_peer_with_another_certificate_is_rejected_at_once() {
    let mut call = SetUp::new(None);
    call.lab.call(1);
    call.lab.hosts[1].events.clear();
    // The description has the certificate of another call.
    let mut other = SetUp::new(None);
    let identity = other.lab.hosts[1].config.identity.clone();
    other.lab.hosts[1].config.identity = call.lab.hosts[1].config.identity.clone();
    assert_ne!(identity.fingerprint(), other.lab.hosts[1].config.identity.fingerprint());
    other.call(SECOND, |_, _| vec![]);
    let events = other.lab.events(0);
    assert!(matches!(events[..], [Event::Failed(_, TransportFault::Fingerprint)]), "{events:?}");
}
