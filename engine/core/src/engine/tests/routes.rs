//! Whose a route is, and where media goes: forged sources, captured checks, and peers that move.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::lab::{Call, DELAY, Lab};
use super::scene::{NETWORKS, Own, SECOND, SLOT, Scene, is_check, is_media, received, tap};
use crate::{
    Command, Config, Event, IceMode, Input, LegId, OfferOptions, Route, TransportFault,
    TransportProtocol,
};

// Threat: route-theft
#[test]
fn a_forged_check_of_another_leg_takes_no_route_from_the_caller() {
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

// Threat: route-theft
#[test]
fn a_leg_that_claims_an_address_early_does_not_keep_it() {
    for network in NETWORKS {
        let mut lab = Lab::new();
        for (ice, address) in [IceMode::Lite, IceMode::Full, IceMode::Full].into_iter().zip(network)
        {
            lab.host(ice, address);
        }
        let mallory = Own::leg(&mut lab, 2, LegId(9));
        let (local, remote) = (lab.hosts[0].address, lab.hosts[1].address);
        let route = Route { transport: TransportProtocol::Udp, local, remote };
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
        // 101 checks of 100 octets are answered; besides, few octets go where no request came from.
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
            [host(TransportProtocol::Udp)].into()
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

// Threat: stun-replay
#[test]
fn a_replayed_check_by_another_route_is_not_answered() {
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

// Threat: stun-replay
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

// Threat: amplification
#[test]
fn forged_nominations_send_no_media_elsewhere() {
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

// Threat: amplification
#[test]
fn a_packet_with_the_legs_own_keys_moves_no_media_elsewhere() {
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
fn responses_alone_do_not_move_a_peer_that_sends_elsewhere() {
    // A third party relays checks and responses from its own address, and no media.
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
            let route = Route { transport: TransportProtocol::Udp, local: alice, remote: server };
            scene.lab.input(1, Input::Datagram(route, &mut bytes.clone()));
        }
        scene.lab.run(SLOT);
    }
    assert_eq!(passed.borrow().2, 0);
    scene.is_heard(SECOND);
}

#[test]
fn a_peer_that_moves_is_followed_by_media_or_its_next_check() {
    for network in NETWORKS {
        for speaks in [true, false] {
            let mut scene = Scene::new(network, false);
            scene.talk(7 * SECOND);
            scene.lab.run(if speaks { Duration::ZERO } else { 2 * SECOND });
            let (bob, alice) = scene.rebind(speaks);
            if speaks {
                // Her next packet is heard, and a round trip later she hears again.
                assert!(bob <= SLOT + 4 * DELAY, "{bob:?}");
                assert!(alice <= 3 * SLOT + 6 * DELAY, "{alice:?}");
            } else {
                // Agents of the library check every 3 s.
                assert!(alice <= Duration::from_millis(3_100), "{alice:?}");
            }
            let moved = scene.lab.events(0);
            assert!(matches!(moved[..], [Event::PathChanged { leg: LegId(1), .. }]), "{moved:?}");
        }
    }
}

#[test]
fn consent_is_requested_and_not_taken_from_checks() {
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

// Threat: late-packets
#[test]
fn packets_of_an_ended_call_are_not_relayed_in_the_next() {
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
        scene.lab.negotiate(&mut call, &OfferOptions::default(), |sdp| sdp);
        scene.alice = call;
        scene.lab.run(SECOND);
        scene.lab.command(0, Command::Bridge(LegId(5), LegId(2)));
        let before = scene.heard(2);
        for packet in &late {
            scene.forge(alice, packet);
        }
        scene.lab.run(SECOND);
        assert_eq!(scene.heard(2), before);
    });
}

#[test]
fn rtp_by_an_unknown_route_must_be_new_and_authentic() {
    Scene::each(|mut scene| {
        let (server, alice, stranger) = (scene.address(0), scene.address(1), scene.stranger);
        let tapped = tap(&mut scene.lab);
        scene.talk(SECOND);
        let hers = |(from, to, bytes): &&(SocketAddr, SocketAddr, Vec<u8>)| {
            *from == alice && *to == server && is_media(bytes)
        };
        let old: Vec<_> = tapped.borrow().iter().filter(hers).map(|(.., b)| b.clone()).collect();
        let before = scene.lab.hosts[0].engine.counters().unknown_route;
        for n in 0..50 {
            for packet in &old {
                // As it was, and under a number that is yet to come.
                scene.forge(stranger, packet);
                let mut bent = packet.clone();
                bent[2] ^= 0x10 + n;
                scene.forge(stranger, &bent);
            }
            scene.is_heard(5 * SLOT);
        }
        assert_eq!(received(&tapped, stranger), (0, 0));
        let counted = scene.lab.hosts[0].engine.counters().unknown_route - before;
        assert_eq!(counted, 100 * old.len() as u64);
    });
}

// Threat: rtcp-injection
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

#[test]
fn forged_handshake_records_do_not_stop_the_set_up() {
    // A ClientHello with no cipher but NULL, and a fatal alert, neither of them protected.
    let body = [&[0xfe, 0xfd][..], &[7; 32], &[0, 0, 0, 2, 0, 1, 1, 0]].concat();
    let length = [0, 0, body.len() as u8];
    let hello = [&[1][..], &length, &[0, 0, 0, 0, 0], &length, &body].concat();
    let record = |kind: u8, content: &[u8]| {
        let head = [&[kind, 0xfe, 0xfd][..], &[0; 8], &[0, content.len() as u8]].concat();
        [&head[..], content].concat()
    };
    let forged = [record(22, &hello), record(21, &[2, 40])];
    for network in NETWORKS {
        let mut lab = Lab::new();
        lab.host(IceMode::Lite, network[0]);
        lab.host(IceMode::Full, network[1]);
        let (local, remote) = (lab.hosts[0].address, lab.hosts[1].address);
        let route = Route { transport: TransportProtocol::Udp, local, remote };
        lab.call(1);
        for _ in 0..500 {
            for record in &forged {
                lab.input(0, Input::Datagram(route, &mut record.clone()));
            }
            lab.run(Duration::from_millis(2));
        }
        assert!(lab.is_connected(0) && lab.is_connected(1), "{network:?}");
        assert!(!lab.events(0).iter().any(|event| matches!(event, Event::Failed(..))));
    }
}
