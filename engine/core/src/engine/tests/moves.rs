//! How long a peer that moves to another address receives no media.

use std::net::SocketAddr;

use super::lab::Lab;
use super::scene::{NETWORKS, Own, SECOND, SLOT, Scene, is_check, received, tap, value};
use crate::{Direction, Event, IceMode, LegId, OfferOptions};

/// Media follows as soon as the packets in flight have arrived.
const AT_ONCE: std::time::Duration = SLOT.saturating_mul(3);

/// Both have spoken for a while; then the NAT of alice gives her another port, which is returned.
fn with_new_port(network: [&str; 4], tcp: bool) -> (Scene, SocketAddr) {
    let mut scene = Scene::new(network, tcp);
    scene.talk(7 * SECOND);
    let old = scene.address(1);
    let new = SocketAddr::new(old.ip(), 7_777);
    scene.lab.nat = Some((old, new));
    (scene, new)
}

/// Neither of them misses more than what was on the way, and the server says that alice has moved.
fn moves_at_once(mut scene: Scene) {
    let (bob, alice) = scene.rebind(true);
    assert!(bob <= AT_ONCE && alice <= AT_ONCE, "{bob:?} {alice:?}");
    assert!(moved(&mut scene));
}

fn moved(scene: &mut Scene) -> bool {
    scene
        .lab
        .events(0)
        .iter()
        .any(|event| matches!(event, Event::PathChanged { leg: LegId(1), .. }))
}

#[test]
fn media_by_a_checked_route_counts_as_a_nomination() {
    for network in NETWORKS {
        let (mut scene, new) = with_new_port(network, false);
        let check = scene.own().check(false);
        scene.forge(new, &check);
        // She has answered a check there before her first media packet.
        moves_at_once(scene);
    }
}

#[test]
fn media_by_a_connection_needs_no_response() {
    for network in NETWORKS {
        let (mut scene, new) = with_new_port(network, true);
        let (check, server) = (scene.own().check(false), scene.address(0));
        scene.lab.tamper = Box::new(move |bytes, route| {
            !(is_check(bytes) && route.local == server && route.remote == new)
        });
        scene.forge(new, &check);
        moves_at_once(scene);
    }
}

#[test]
fn a_restart_gets_media_in_before_and_out_after_its_description() {
    for network in NETWORKS {
        let (mut scene, new) = with_new_port(network, false);
        let terms = OfferOptions { restart: true, ..OfferOptions::default() };
        let (offer, open) = scene.alice.at_browser.offer(&terms).unwrap();
        scene.lab.command(1, open.unwrap());
        let tapped = tap(&mut scene.lab);
        // The signalling takes 700 ms to reconnect; until then the peer cannot be confirmed there.
        let check = scene.own().restarted(&value(&offer, "ice-ufrag")).check(false);
        scene.forge(new, &check);
        assert_eq!(received(&tapped, new), (1, 0));
        let (before, alice) = (scene.heard(2), scene.address(1));
        // Her browser here checks with its former credentials, too; those checks are not this case.
        let keep = std::rc::Rc::clone(&tapped);
        scene.lab.tamper = Box::new(move |bytes, route| {
            keep.borrow_mut().push((route.local, route.remote, bytes.clone()));
            !(is_check(bytes) && route.local == alice)
        });
        scene.talk(35 * SLOT);
        assert!(scene.heard(2) - before >= 33);
        assert_eq!(received(&tapped, new), (1, 0));
        scene.lab.tamper = Box::new(|_, _| true);
        let (answer, agree) = scene.alice.at_server.answer(&offer, Direction::SendRecv).unwrap();
        scene.lab.command(0, agree);
        let agree = scene.alice.at_browser.accept(&answer).unwrap();
        scene.lab.command(1, agree);
        let (_, alice) = scene.rebind(true);
        assert!(alice <= AT_ONCE, "{alice:?}");
    }
}

#[test]
fn a_check_of_an_unknown_device_before_keys_is_not_answered() {
    for network in NETWORKS {
        let mut lab = Lab::new();
        lab.host(IceMode::Lite, network[0]);
        lab.host(IceMode::Full, network[1]);
        let own = Own::leg(&mut lab, 1, LegId(1)).restarted("unknown1");
        let local = lab.hosts[0].address;
        let route = crate::Route {
            transport: crate::TransportProtocol::Udp,
            local,
            remote: network[3].parse().unwrap(),
        };
        let tapped = tap(&mut lab);
        lab.input(0, crate::Input::Datagram(route, &mut own.check(true)));
        lab.run(SECOND);
        assert_eq!(received(&tapped, route.remote), (0, 0));
        assert_eq!(lab.hosts[0].engine.counters().auth_failures, 1);
    }
}
