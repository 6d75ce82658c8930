//! Datagrams in flight between hosts: which arrives next, where and when.

use std::collections::BTreeMap;
use std::net::IpAddr;

use offhook_core::{Datagram, Route, Time};

use crate::path::Lane;
use crate::{Nat, Path, Rng};

/// A datagram that has reached a host; `route` is seen from there.
#[derive(Debug)]
pub struct Arrival {
    /// Its own address and the sender's, as translated on the way.
    pub route: Route,
    /// What.
    pub bytes: Vec<u8>,
}

/// Hosts by address, the paths between them and all that travels there.
#[derive(Debug)]
pub struct Network {
    rng: Rng,
    lanes: BTreeMap<(IpAddr, IpAddr), Lane>,
    nats: BTreeMap<IpAddr, Nat>,
    /// Ordered by arrival; what was sent first arrives first when both come at the same moment.
    travelling: BTreeMap<(Time, u64), Arrival>,
    sent: u64,
}

impl Network {
    /// A network without hosts, whose random draws depend on `seed` alone.
    pub const fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            lanes: BTreeMap::new(),
            nats: BTreeMap::new(),
            travelling: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Set the path from `source` to `destination` from now on; datagrams in flight are not affected.
    pub fn path(&mut self, source: IpAddr, destination: IpAddr, path: Path) {
        self.lane(source, destination).path = path;
    }

    /// The NAT of `host` forgets its mappings.
    pub fn rebind(&mut self, host: IpAddr) {
        self.nats.entry(host).or_default().rebind();
    }

    /// Sends a datagram from the host that owns its local address.
    pub fn send(&mut self, now: Time, datagram: &Datagram<'_>) {
        let Route { transport, local, remote } = datagram.route;
        let Ok(length) = u16::try_from(datagram.bytes.len()) else { return };
        let sender = self.nats.entry(local.ip()).or_default().outward(local);
        let fate = self.lane(local.ip(), remote.ip()).carry(now, length.into(), transport);
        for at in fate.into_iter().flatten() {
            self.sent += 1;
            let route = Route { transport, local: remote, remote: sender };
            let arrival = Arrival { route, bytes: datagram.bytes.to_vec() };
            self.travelling.insert((at, self.sent), arrival);
        }
    }

    /// When the next datagram arrives, if any is on the way.
    pub fn wake(&self) -> Option<Time> {
        self.travelling.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next datagram that has arrived by `now`. What its receiver's NAT does not know is lost.
    pub fn arrive(&mut self, now: Time) -> Option<Arrival> {
        while self.wake().is_some_and(|at| at <= now) {
            let (_, mut arrival) = self.travelling.pop_first()?;
            let nat = self.nats.entry(arrival.route.local.ip()).or_default();
            if let Some(inside) = nat.inward(arrival.route.local) {
                arrival.route.local = inside;
                return Some(arrival);
            }
        }
        None
    }

    fn lane(&mut self, source: IpAddr, destination: IpAddr) -> &mut Lane {
        let rng = &self.rng;
        self.lanes.entry((source, destination)).or_insert_with(|| {
            let name = name(source).rotate_left(32) ^ name(destination);
            Lane::new(Path::default(), rng.split(name))
        })
    }
}

/// The same number for the same address on every machine (FNV-1a), unlike the standard hasher.
fn name(address: IpAddr) -> u64 {
    let bytes = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use offhook_core::TransportProtocol;

    use super::*;

    fn route(local: &str, remote: &str) -> Route {
        let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
        Route { transport: TransportProtocol::Udp, local, remote }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_datagram_arrives_with_both_addresses_turned_around() {
        let mut network = Network::new(0);
        let sent = route("10.0.0.1:5", "10.0.0.2:6");
        network.send(Time::ZERO, &Datagram { route: sent, bytes: b"hi", to_unverified: false });
        assert_eq!(network.wake(), Some(Time::from_millis(10)));
        assert!(network.arrive(Time::from_millis(9)).is_none());
        let arrival = network.arrive(Time::from_millis(10)).unwrap();
        assert_eq!(arrival.route, route("10.0.0.2:6", "10.0.0.1:5"));
        assert_eq!(arrival.bytes, b"hi");
    }

    #[test]
    fn a_rebound_host_is_seen_at_a_new_port_and_reached_there_only() {
        let mut network = Network::new(0);
        network.rebind(address("10.0.0.1"));
        let sent = route("10.0.0.1:5", "10.0.0.2:6");
        network.send(Time::ZERO, &Datagram { route: sent, bytes: b"hi", to_unverified: false });
        let seen = network.arrive(Time::from_millis(10)).unwrap().route.remote;
        assert_ne!(seen.port(), 5);
        for (to, arrives) in [(seen, true), (sent.local, false)] {
            let back = Route { remote: to, ..route("10.0.0.2:6", "10.0.0.1:5") };
            network.send(
                Time::from_millis(10),
                &Datagram { route: back, bytes: b"yo", to_unverified: false },
            );
            let arrival = network.arrive(Time::from_millis(20));
            assert_eq!(arrival.map(|a| a.route.local), arrives.then_some(sent.local));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let run = |seed| {
            let mut network = Network::new(seed);
            let (a, b) = (address("10.0.0.1"), address("10.0.0.2"));
            let jitter = Duration::from_millis(30);
            network.path(a, b, Path { loss: 0.3, jitter, reorder: 0.1, ..Path::default() });
            for n in 0..200_u8 {
                let sent = route("10.0.0.1:5", "10.0.0.2:6");
                network.send(
                    Time::from_millis(u64::from(n)),
                    &Datagram { route: sent, bytes: &[n], to_unverified: false },
                );
            }
            let end = Time::from_millis(10_000);
            std::iter::from_fn(|| network.arrive(end)).map(|a| a.bytes[0]).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }
}
