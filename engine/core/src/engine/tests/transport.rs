//! ICE, DTLS and what breaks them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use super::lab::{DELAY, Lab};
use crate::rng::Rng;
use crate::{
    Command, Direction, Event, IceMode, Input, LegId, OfferOptions, Route, Time, TransportFault,
    TransportProtocol,
};

const SECOND: Duration = Duration::from_secs(1);

fn failures(events: &[Event]) -> Vec<TransportFault> {
    let fault = |event: &Event| match event {
        Event::Failed(_, fault) => Some(*fault),
        _ => None,
    };
    events.iter().filter_map(fault).collect()
}

#[test]
fn a_browser_that_offers_is_connected_within_a_few_round_trips() {
    let mut lab = Lab::with_browsers(1);
    lab.call(1);
    lab.run(SECOND);
    for host in [0, 1] {
        let (at, event) = lab.hosts[host].events[0].clone();
        assert!(at <= Time::ZERO + 12 * DELAY, "{at:?}");
        let Event::Connected { leg, transport, remote, profile } = event else {
            panic!("{event:?}");
        };
        assert_eq!((leg, transport), (LegId(1), TransportProtocol::Udp));
        assert_eq!(remote, lab.hosts[1 - host].address);
        assert!(profile.starts_with("AEAD_AES_"), "{profile}");
    }
}

#[test]
fn a_browser_that_answers_is_connected_too() {
    let mut lab = Lab::with_browsers(1);
    lab.called(1, &[]);
    lab.run(SECOND);
    assert!(lab.is_connected(0) && lab.is_connected(1));
}

#[test]
fn either_side_can_begin_dtls() {
    for role in ["active", "passive"] {
        let mut lab = Lab::with_browsers(1);
        let mut call = super::lab::Call {
            server: (0, LegId(1)),
            browser: (1, LegId(1)),
            at_server: lab.session(0, LegId(1)),
            at_browser: lab.session(1, LegId(1)),
        };
        let bend = |sdp: String| sdp.replace("setup:actpass", &format!("setup:{role}"));
        lab.negotiate(&mut call, &OfferOptions::default(), bend);
        lab.run(SECOND);
        assert!(lab.is_connected(0) && lab.is_connected(1), "{role}");
    }
}

#[test]
fn two_full_agents_agree_on_the_controlling_one() {
    let mut lab = Lab::new();
    lab.host(IceMode::Full, "192.0.2.1:5000");
    lab.host(IceMode::Full, "198.51.100.1:6000");
    lab.call(1);
    lab.run(2 * SECOND);
    assert!(lab.is_connected(0) && lab.is_connected(1));
}

#[test]
fn a_role_conflict_is_resolved() {
    let mut lab = Lab::with_browsers(1);
    let mut call = super::lab::Call {
        server: (0, LegId(1)),
        browser: (1, LegId(1)),
        at_server: lab.session(0, LegId(1)),
        at_browser: lab.session(1, LegId(1)),
    };
    // Without a=ice-lite the answering browser takes the controlled role.
    let (offer, open) = call.at_server.offer(&OfferOptions::default()).unwrap();
    lab.command(0, open.unwrap());
    let offer = offer.replace("a=ice-lite\r\n", "");
    let (answer, agree) = call.at_browser.answer(&offer, crate::Direction::SendRecv).unwrap();
    lab.command(1, agree);
    let agree = call.at_server.accept(&answer).unwrap();
    lab.command(0, agree);
    lab.run(2 * SECOND);
    assert!(lab.is_connected(0) && lab.is_connected(1));
}

#[test]
fn a_handshake_survives_heavy_loss() {
    for seed in 0..100_u64 {
        let mut lab = Lab::with_browsers(1);
        let mut rng = Rng::new(&[0; 32], "loss", seed);
        lab.tamper = Box::new(move |_, _| rng.next_u64() % 10 >= 3);
        lab.call(1);
        lab.run(25 * SECOND);
        assert!(lab.is_connected(0) && lab.is_connected(1), "seed {seed}");
    }
}

// Threat: fingerprint
#[test]
fn a_wrong_certificate_gets_no_keys_in_either_role() {
    for (role, host) in [("active", 0), ("passive", 0), ("active", 1), ("passive", 1)] {
        let mut lab = Lab::with_browsers(1);
        let mut call = super::lab::Call {
            server: (0, LegId(1)),
            browser: (1, LegId(1)),
            at_server: lab.session(0, LegId(1)),
            at_browser: lab.session(1, LegId(1)),
        };
        // The description that reaches `host` promises another certificate.
        let other = |sdp: &str| {
            let at = sdp.find("sha-256 ").unwrap() + 8;
            let octet = if sdp[at..].starts_with("00") { "11" } else { "00" };
            format!("{}{octet}{}", &sdp[..at], &sdp[at + 2..])
        };
        let bend = move |sdp: String| {
            let to_server = sdp.contains("setup:actpass");
            let sdp = sdp.replace("setup:actpass", &format!("setup:{role}"));
            if to_server == (host == 0) { other(&sdp) } else { sdp }
        };
        lab.negotiate(&mut call, &OfferOptions::default(), bend);
        lab.run(5 * SECOND);
        assert!(!lab.is_connected(host), "{role} {host}");
        let events = lab.events(host);
        assert_eq!(failures(&events), [TransportFault::Fingerprint], "{role} {host}");
    }
}

#[test]
fn an_ice_restart_changes_the_route_and_keeps_the_keys() {
    let mut lab = Lab::with_browsers(1);
    let mut call = lab.call(1);
    lab.run(SECOND);
    lab.events(0);
    // The browser's network changes; nothing but the address may tell.
    lab.hosts[1].address = "203.0.113.9:7000".parse().unwrap();
    let moved: std::net::SocketAddr = lab.hosts[1].address;
    let old: std::net::SocketAddr = "198.51.100.1:6000".parse().unwrap();
    lab.run(SECOND);
    let params = OfferOptions { restart: true, ..OfferOptions::default() };
    lab.negotiate(&mut call, &params, |sdp| sdp);
    // As a NAT would: what leaves the old socket comes from the new address.
    let before = lab.now;
    for _ in 0..200 {
        lab.run(Duration::from_millis(10));
        lab.rebind(old, moved);
    }
    let events = lab.hosts[0].events.clone();
    let reported =
        Event::PathChanged { leg: LegId(1), transport: TransportProtocol::Udp, remote: moved };
    assert!(events.iter().any(|(at, event)| *at >= before && *event == reported), "{events:?}");
    assert_eq!(failures(&lab.events(0)), []);
}

#[test]
fn a_nat_that_forgets_its_mapping_costs_one_check() {
    let mut lab = Lab::with_browsers(1);
    lab.call(1);
    lab.run(SECOND);
    lab.events(0);
    let (old, new) = (lab.hosts[1].address, "198.51.100.1:7777".parse().unwrap());
    lab.hosts[1].address = new;
    // Full agents check every 3 s.
    for _ in 0..310 {
        lab.run(Duration::from_millis(10));
        lab.rebind(old, new);
    }
    let moved =
        Event::PathChanged { leg: LegId(1), transport: TransportProtocol::Udp, remote: new };
    assert_eq!(lab.events(0), [moved]);
}

#[test]
fn a_peer_that_never_comes_and_one_that_leaves_differ_in_fault() {
    let mut lab = Lab::with_browsers(2);
    lab.call(1);
    lab.run(SECOND);
    assert!(lab.is_connected(0));
    lab.tamper = Box::new(|_, _| false);
    lab.call(2);
    lab.run(40 * SECOND);
    let events = lab.events(0);
    let failed: Vec<_> =
        events.iter().filter(|event| matches!(event, Event::Failed(..))).cloned().collect();
    assert_eq!(
        failed,
        [
            Event::Failed(LegId(1), TransportFault::ConsentExpired),
            Event::Failed(LegId(2), TransportFault::IceTimeout),
        ]
    );
    assert_eq!(failures(&lab.events(1)), [TransportFault::ConsentExpired]);
    assert_eq!(failures(&lab.events(2)), [TransportFault::IceTimeout]);
}

#[test]
fn a_peer_that_comes_back_is_connected_again() {
    let mut lab = Lab::with_browsers(1);
    let mut call = lab.call(1);
    lab.run(SECOND);
    lab.tamper = Box::new(|_, _| false);
    lab.run(40 * SECOND);
    lab.events(0);
    lab.tamper = Box::new(|_, _| true);
    let params = OfferOptions { restart: true, ..OfferOptions::default() };
    lab.negotiate(&mut call, &params, |sdp| sdp);
    lab.run(2 * SECOND);
    assert!(lab.is_connected(0) && lab.is_connected(1));
}

#[test]
fn closing_notifies_the_peer_and_sends_nothing_more() {
    let mut lab = Lab::with_browsers(1);
    lab.call(1);
    lab.run(SECOND);
    lab.events(0);
    lab.events(1);
    lab.command(0, Command::Close(LegId(1)));
    let events = lab.events(0);
    assert!(matches!(events[..], [Event::Reported(..), Event::Closed(LegId(1))]), "{events:?}");
    lab.run(SECOND);
    assert_eq!(failures(&lab.events(1)), [TransportFault::PeerClosed]);
    lab.run(60 * SECOND);
    assert_eq!(lab.events(0), []);
    assert_eq!(lab.hosts[0].engine.counters().legs, 0);
    assert_eq!(lab.hosts[0].engine.wake().at, None);
}

#[test]
fn a_browser_behind_a_firewall_is_reached_by_tcp() {
    let mut lab = Lab::with_browsers(1);
    lab.tcp = true;
    lab.call(1);
    let sent = Rc::new(RefCell::new(HashSet::new()));
    let seen = Rc::clone(&sent);
    let server = lab.hosts[0].address;
    lab.tamper = Box::new(move |_, route| {
        if route.local == server {
            seen.borrow_mut().insert(route.transport);
        }
        true
    });
    lab.run(SECOND);
    let events = lab.events(0);
    assert!(
        matches!(events[..], [Event::Connected { transport: TransportProtocol::Tcp, .. }]),
        "{events:?}"
    );
    assert_eq!(*sent.borrow(), HashSet::from([TransportProtocol::Tcp]));
}

#[test]
fn a_closed_connection_is_no_route_until_it_is_checked_again() {
    let mut lab = Lab::with_browsers(1);
    lab.tcp = true;
    lab.call(1);
    lab.run(SECOND);
    lab.events(0);
    let (local, remote) = (lab.hosts[0].address, lab.hosts[1].address);
    let route = Route { transport: TransportProtocol::Tcp, local, remote };
    let is_open = |lab: &Lab| {
        let table = &lab.hosts[0].engine.table;
        table.get(table.slot(LegId(1)).unwrap()).unwrap().transport.is_open()
    };
    lab.input(0, Input::Closed(route));
    assert!(!is_open(&lab));
    // The next consent check comes over UDP.
    lab.tcp = false;
    lab.run(5 * SECOND);
    assert!(is_open(&lab));
    let moved = Event::PathChanged { leg: LegId(1), transport: TransportProtocol::Udp, remote };
    assert_eq!(lab.events(0), [moved]);
}

#[test]
fn ipv6_is_a_route_like_ipv4() {
    let mut lab = Lab::new();
    lab.host(IceMode::Lite, "[2001:db8::1]:5000");
    lab.host(IceMode::Full, "[2001:db8:1::2]:6000");
    lab.call(1);
    lab.run(SECOND);
    assert!(lab.is_connected(0) && lab.is_connected(1));
}

#[test]
fn legs_beyond_the_limit_are_closed_at_once() {
    let mut lab = Lab::with_browsers(1);
    for n in 0..101 {
        let mut session = lab.session(0, LegId(n));
        let (_, open) = session.offer(&OfferOptions::default()).unwrap();
        lab.command(0, open.unwrap());
    }
    assert_eq!(lab.events(0), [Event::Closed(LegId(100))]);
    assert_eq!(lab.hosts[0].engine.counters().legs, 100);
}

#[test]
fn a_withdrawn_offer_leaves_no_name_behind() {
    let mut lab = Lab::with_browsers(1);
    let mut session = lab.session(0, LegId(1));
    let (offer, open) = session.offer(&OfferOptions::default()).unwrap();
    lab.command(0, open.unwrap());
    let ufrag = offer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    assert!(lab.hosts[0].engine.table.by_fragment(ufrag).is_some());
    lab.command(0, session.withdraw().unwrap());
    assert!(lab.hosts[0].engine.table.by_fragment(ufrag).is_none());
}

#[test]
fn of_two_devices_that_answer_only_the_accepted_one_connects() {
    for winner in [0, 1] {
        let mut lab = Lab::with_browsers(2);
        let mut at_server = lab.session(0, LegId(1));
        let (offer, open) = at_server.offer(&OfferOptions::default()).unwrap();
        lab.command(0, open.unwrap());
        let mut answers = Vec::new();
        for host in [1, 2] {
            let mut at_browser = lab.session(host, LegId(1));
            let (answer, agree) = at_browser.answer(&offer, Direction::SendRecv).unwrap();
            lab.command(host, agree);
            answers.push(answer);
        }
        // Both have checked, and may have begun DTLS, before the server knows whom it talks to.
        lab.run(5 * DELAY);
        let agree = at_server.accept(&answers[winner]).unwrap();
        lab.command(0, agree);
        lab.run(5 * SECOND);
        assert!(lab.is_connected(0) && lab.is_connected(1 + winner), "{winner}");
        assert!(!lab.is_connected(2 - winner), "{winner}");
        let events = lab.events(0);
        assert_eq!(failures(&events), [], "{winner}");
        let ours = |event: &Event| matches!(event, Event::Connected { remote, .. } if *remote == lab.hosts[1 + winner].address);
        assert!(events.iter().any(ours), "{winner}");
    }
}
