//! What a host behind a NAT learns of its address, over paths that lose, delay and repeat.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use offhook_core::{
    Config, Datagram, Engine, HostAddress, IceMode, Identity, Input, Route, Time, TransportProtocol,
};
use offhook_netem::{Network, Path};

const SERVER: &str = "192.0.2.1:10000";
const PAGE: &str = "10.0.0.7:5000";

#[allow(clippy::disallowed_methods, reason = "any moment will do as the first of a test")]
fn server() -> Engine {
    let bound = SERVER.parse().unwrap();
    let address = HostAddress { transport: TransportProtocol::Udp, bound, announced: bound };
    Engine::new(Config {
        epoch: Instant::now(),
        identity: Identity::generate(Some(1)).unwrap(),
        addresses: Arc::new([address]),
        ice: IceMode::Lite,
        seed: [1; 32],
        media_lost: Duration::from_secs(5),
        max_legs: 10,
        capture: Duration::ZERO,
    })
}

/// The page sends a request with that transaction id; time runs until `until`. Returns the ports it learned.
fn ask(network: &mut Network, engine: &mut Engine, now: Time, number: u8, until: Time) -> Vec<u16> {
    let request = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[number; 12]].concat();
    let (local, remote): (SocketAddr, SocketAddr) =
        (PAGE.parse().unwrap(), SERVER.parse().unwrap());
    let route = Route { transport: TransportProtocol::Udp, local, remote };
    network.send(now, &Datagram { route, bytes: &request, to_unverified: false });
    let mut learned = Vec::new();
    while let Some(at) = network.wake().filter(|at| *at <= until) {
        while let Some(mut arrival) = network.arrive(at) {
            if arrival.route.local == remote {
                engine.handle(at, Input::Datagram(arrival.route, &mut arrival.bytes));
                engine.outgoing().for_each(|datagram| network.send(at, &datagram));
                engine.sent();
            } else if arrival.bytes[8..20] == [number; 12] {
                assert_eq!(arrival.route.local, local);
                let masked = u16::from_be_bytes([arrival.bytes[26], arrival.bytes[27]]);
                learned.push(masked ^ 0x2112);
            }
        }
    }
    learned
}

#[test]
fn a_page_behind_a_nat_learns_its_mapped_port_and_its_change() {
    let (mut network, mut engine) = (Network::new(1), server());
    let page = PAGE.parse::<SocketAddr>().unwrap();
    let mut seen = Vec::new();
    for number in 1..=3 {
        let now = Time::from_millis(u64::from(number) * 1_000);
        let later = now + Duration::from_secs(1);
        let learned = ask(&mut network, &mut engine, now, number, later);
        assert_eq!(learned.len(), 1);
        seen.push(learned[0]);
        network.rebind(page.ip());
    }
    assert_eq!(seen[0], page.port());
    assert!(seen[1] != seen[0] && seen[2] != seen[1], "{seen:?}");
}

#[test]
fn retransmitted_binding_requests_are_answered_on_a_bad_path() {
    let (mut network, mut engine) = (Network::new(7), server());
    let (page, server) =
        (PAGE.parse::<SocketAddr>().unwrap(), SERVER.parse::<SocketAddr>().unwrap());
    let jitter = Duration::from_millis(80);
    let bad = Path { loss: 0.4, jitter, reorder: 0.2, ..Path::default() };
    network.path(page.ip(), server.ip(), bad.clone());
    network.path(server.ip(), page.ip(), bad);
    let mut answered = 0;
    for number in 0..100 {
        let now = Time::from_millis(u64::from(number) * 500);
        let learned = ask(&mut network, &mut engine, now, number, now + Duration::from_millis(499));
        assert!(learned.iter().all(|port| *port == page.port()));
        answered += usize::from(!learned.is_empty());
    }
    // 0.6 squared of them.
    assert!((20..=55).contains(&answered), "{answered}");
}
