//! Hostile peers and third parties.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::lab::{Call, Lab};
use crate::rtp::Header;
use crate::{Command, Event, Input, LegId, Route, TransportProtocol};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);

fn bridged() -> (Lab, Call) {
    let mut lab = Lab::with_browsers(2);
    let (a, _) = (lab.call(1), lab.call(2));
    lab.run(SECOND);
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    lab.hosts[2].tap = Some(Vec::new());
    for host in 0..3 {
        lab.events(host);
    }
    (lab, a)
}

fn speak(lab: &mut Lab, call: &Call, n: u32) {
    let header = Header {
        marker: false,
        payload_type: 111,
        sequence: n as u16,
        timestamp: n * 960,
        ssrc: 77,
    };
    lab.speak(call.browser, header, &[n as u8; 80]);
}

fn heard(lab: &Lab) -> usize {
    lab.hosts[2].tap.as_ref().unwrap().len()
}

// Threat: srtp-tampering
#[test]
fn a_replayed_packet_is_relayed_once() {
    let (mut lab, a) = bridged();
    let caught = Rc::new(RefCell::new(Vec::new()));
    let catcher = Rc::clone(&caught);
    let server = lab.hosts[0].address;
    lab.tamper = Box::new(move |bytes, route| {
        if route.remote == server && bytes[0] == 0x80 {
            catcher.borrow_mut().push((*route, bytes.clone()));
        }
        true
    });
    for n in 0..50 {
        speak(&mut lab, &a, n);
        lab.run(SLOT);
    }
    lab.tamper = Box::new(|_, _| true);
    for (route, bytes) in caught.take() {
        lab.send(route, bytes);
    }
    lab.run(SECOND);
    assert_eq!(heard(&lab), 50);
    let replayed = lab.hosts[0].engine.counters().replayed;
    assert!(replayed >= 50, "{replayed}");
}

// Threat: srtp-tampering
#[test]
fn a_damaged_packet_is_dropped_and_ends_nothing() {
    let (mut lab, a) = bridged();
    let server = lab.hosts[0].address;
    let mut count = 0_usize;
    lab.tamper = Box::new(move |bytes, route| {
        if route.remote == server && bytes.len() > 90 && bytes[0] == 0x80 {
            count += 1;
            if count.is_multiple_of(100) {
                let at = count % bytes.len();
                bytes[at] ^= 1 << (count % 8);
            }
        }
        true
    });
    for n in 0..1_000 {
        speak(&mut lab, &a, n);
        lab.run(SLOT);
    }
    assert_eq!(heard(&lab), 990);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
}

// Threat: rtp-injection, stun-abuse
#[test]
fn an_unknown_address_gets_no_answer_and_moves_nothing() {
    let (mut lab, a) = bridged();
    let answered = Rc::new(RefCell::new(0));
    let count = Rc::clone(&answered);
    let stranger = "203.0.113.66:666".parse().unwrap();
    lab.tamper = Box::new(move |_, route| {
        *count.borrow_mut() += usize::from(route.remote == stranger);
        true
    });
    let route =
        Route { transport: TransportProtocol::Udp, local: lab.hosts[0].address, remote: stranger };
    let mut packets = vec![vec![], vec![0], vec![0x80; 4], vec![0x80, 200, 0, 0]];
    packets.extend([12, 40, 172, 1_400].map(|length| vec![0x80; length]));
    packets.push([&[22, 254, 253][..], &[0; 200]].concat());
    // A check that names no leg.
    let name = [0, 6, 0, 4, b'a', b':', b'b', b'c'];
    packets.push([&[0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42][..], &[0; 12], &name].concat());
    for n in 0..100 {
        for packet in &packets {
            lab.input(0, Input::Datagram(route, &mut packet.clone()));
        }
        speak(&mut lab, &a, n);
        lab.run(SLOT);
    }
    lab.run(SLOT);
    assert_eq!(*answered.borrow(), 0);
    assert_eq!(heard(&lab), 100);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
}

// Threat: dtls-race
#[test]
fn a_client_hello_from_an_unknown_address_is_not_answered() {
    let hello = Rc::new(RefCell::new(Vec::new()));
    let mut lab = Lab::with_browsers(1);
    let server = lab.hosts[0].address;
    let caught = Rc::clone(&hello);
    lab.tamper = Box::new(move |bytes, route| {
        if route.remote == server && bytes[0] == 22 && caught.borrow().is_empty() {
            caught.borrow_mut().clone_from(bytes);
        }
        true
    });
    lab.called(1, &[]);
    lab.run(SECOND);
    let hello = hello.take();
    // Handshake record, ClientHello (RFC 6347 section 4.1, RFC 5246 section 7.4).
    assert_eq!((hello[0], hello[13]), (22, 1));

    let mut lab = Lab::with_browsers(1);
    let stranger = "203.0.113.66:666".parse().unwrap();
    let answered = Rc::new(RefCell::new(0));
    let count = Rc::clone(&answered);
    lab.tamper = Box::new(move |_, route| {
        *count.borrow_mut() += usize::from(route.remote == stranger);
        true
    });
    let route = Route { transport: TransportProtocol::Udp, local: server, remote: stranger };
    lab.called(1, &[]);
    for _ in 0..1_000 {
        for _ in 0..15 {
            lab.input(0, Input::Datagram(route, &mut hello.clone()));
        }
        lab.run(Duration::from_millis(1));
    }
    assert_eq!(*answered.borrow(), 0);
    let connected = |event: &Event| matches!(event, Event::Connected { leg: LegId(1), .. });
    assert_eq!(lab.events(0).iter().filter(|event| connected(event)).count(), 1);
}

#[test]
fn binding_requests_are_answered_and_move_nothing() {
    let (mut lab, a) = bridged();
    let reported = Rc::new(RefCell::new(Vec::new()));
    let keep = Rc::clone(&reported);
    // From elsewhere, and from the very port of a leg's peer.
    let askers = ["203.0.113.66:666".parse().unwrap(), lab.hosts[1].address];
    lab.tamper = Box::new(move |bytes, route| {
        if askers.contains(&route.remote) && bytes.starts_with(&[1, 1]) && bytes.len() == 32 {
            keep.borrow_mut().push(route.remote);
        }
        true
    });
    let question = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[9; 12]].concat();
    for n in 0..50 {
        for remote in askers {
            let local = lab.hosts[0].address;
            let route = Route { transport: TransportProtocol::Udp, local, remote };
            lab.input(0, Input::Datagram(route, &mut question.clone()));
        }
        speak(&mut lab, &a, n);
        lab.run(SLOT);
    }
    lab.run(SLOT);
    for asker in askers {
        assert_eq!(reported.borrow().iter().filter(|remote| **remote == asker).count(), 50);
    }
    assert_eq!(lab.hosts[0].engine.counters().stun_responses, 100);
    assert_eq!(heard(&lab), 50);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
    // A full agent, as in a browser, answers no Binding request without credentials.
    let route = Route {
        transport: TransportProtocol::Udp,
        local: lab.hosts[1].address,
        remote: "203.0.113.66:666".parse().unwrap(),
    };
    lab.input(1, Input::Datagram(route, &mut question.clone()));
    assert_eq!(lab.hosts[1].engine.counters().stun_responses, 0);
}

// Threat: srtp-garbage
#[test]
fn junk_from_the_peers_own_address_ends_nothing() {
    let (mut lab, a) = bridged();
    let route = Route {
        transport: TransportProtocol::Udp,
        local: lab.hosts[0].address,
        remote: lab.hosts[1].address,
    };
    for n in 0..500_u32 {
        let mut junk = vec![n as u8; 12 + n as usize];
        lab.input(0, Input::Datagram(route, &mut junk));
        // A plaintext alert: fatal, handshake failure.
        let mut alert = [&[21, 254, 253][..], &[0; 8], &[0, 2, 2, 40]].concat();
        lab.input(0, Input::Datagram(route, &mut alert));
        speak(&mut lab, &a, n);
        lab.run(SLOT);
    }
    assert_eq!(heard(&lab), 500);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
}

// Threat: authenticated-flood
#[test]
fn one_peer_cannot_flood_another() {
    let (mut lab, a) = bridged();
    for n in 0..20_000 {
        speak(&mut lab, &a, n);
        if n % 100 == 99 {
            lab.run(SLOT);
        }
    }
    lab.run(SECOND);
    // 4 s at 300 a second and a burst.
    let heard = heard(&lab);
    assert!((1_200..2_000).contains(&heard), "{heard}");
    assert!(lab.hosts[0].engine.counters().rate_limited > 18_000);
}

proptest! {
    #[test]
    fn any_octets_may_come_from_anywhere(
        datagrams in proptest::collection::vec(
            (any::<bool>(), 0..6_usize, proptest::collection::vec(any::<u8>(), 0..200)), 1..40),
    ) {
        let (mut lab, a) = bridged();
        let known = lab.hosts[1].address;
        for (n, (stranger, kind, mut bytes)) in datagrams.into_iter().enumerate() {
            let remote = if stranger { "203.0.113.66:666".parse().unwrap() } else { known };
            let local = lab.hosts[0].address;
            let route = Route { transport: TransportProtocol::Udp, local, remote };
            // Most noise is of no kind at all; give it a first byte that leads somewhere.
            if let Some(first) = bytes.first_mut() {
                *first = [0, 1, 22, 0x80, 0x90, *first][kind];
            }
            if kind == 1 && bytes.len() >= 20 {
                let length = ((bytes.len() - 20) & !3) as u16;
                bytes.truncate(20 + usize::from(length));
                bytes[0] = 0;
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
                bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            }
            lab.input(0, Input::Datagram(route, &mut bytes));
            speak(&mut lab, &a, n as u32);
            lab.run(SLOT);
            prop_assert_eq!(heard(&lab), n + 1);
        }
    }
}
