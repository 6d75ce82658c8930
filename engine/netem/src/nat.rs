//! The address translation in front of a host.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// First port a forgetful translation hands out; far from those that engines bind.
const FIRST_PORT: u16 = 40_000;

/// An endpoint-independent mapping (RFC 4787 §4.1). At first every address is its own, as on a host
/// without NAT; after each `rebind` all ports are new and datagrams to the old ones are lost.
#[derive(Debug, Default)]
pub struct Nat {
    forgot: bool,
    next_port: u16,
    outside: BTreeMap<SocketAddr, SocketAddr>,
}

impl Nat {
    /// What `inside` looks like from outside.
    pub fn outward(&mut self, inside: SocketAddr) -> SocketAddr {
        if !self.forgot {
            return inside;
        }
        if let Some(known) = self.outside.get(&inside) {
            return *known;
        }
        let port = FIRST_PORT + self.next_port;
        self.next_port = (self.next_port + 1) % 20_000;
        let outside = SocketAddr::new(inside.ip(), port);
        self.outside.insert(inside, outside);
        outside
    }

    /// The inner address that a datagram to `outside` reaches.
    pub fn inward(&self, outside: SocketAddr) -> Option<SocketAddr> {
        if !self.forgot {
            return Some(outside);
        }
        self.outside.iter().find(|(_, seen)| **seen == outside).map(|(inside, _)| *inside)
    }

    /// Forget all mappings: datagrams come from new ports from now on.
    pub fn rebind(&mut self) {
        self.forgot = true;
        self.outside.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Nat;

    #[test]
    fn a_rebound_host_has_a_new_port_and_the_old_one_is_dead() {
        let inside = "10.0.0.2:5000".parse().unwrap();
        let mut nat = Nat::default();
        assert_eq!(nat.outward(inside), inside);
        nat.rebind();
        let first = nat.outward(inside);
        assert_ne!(first, inside);
        assert_eq!((nat.inward(first), nat.inward(inside)), (Some(inside), None));
        nat.rebind();
        assert_ne!(nat.outward(inside), first);
        assert_eq!(nat.inward(first), None);
    }
}
