//! Remembers where DTLS records came from that no leg expects: a sign that they are forged.
//!
//! A peer sends its first record after the response to its check, so what comes by a route before a check has
//! proved it is not the peer's. A forged `ClientHello` does harm only in the round trip before the peer's own;
//! an attacker that does not know that moment has to send many, and the first of them comes too early.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{Route, Time};

const CAPACITY: usize = 64;
const MEMORY: Duration = Duration::from_secs(30);

/// The latest routes, the oldest first.
#[derive(Debug, Default)]
pub(super) struct EarlyRecords {
    seen: VecDeque<(Time, Route)>,
    /// When there were more routes than are remembered: until then any may have been among them.
    unsure_until: Option<Time>,
}

impl EarlyRecords {
    /// Records came by a route of no leg.
    pub(super) fn note(&mut self, now: Time, route: Route) {
        self.seen.retain(|(at, seen)| *at + MEMORY > now && *seen != route);
        if self.seen.len() >= CAPACITY {
            self.seen.pop_front();
            self.unsure_until = Some(now + MEMORY);
        }
        self.seen.push_back((now, route));
    }

    /// Whether some may have come by that route.
    pub(super) fn came(&self, now: Time, route: Route) -> bool {
        self.unsure_until.is_some_and(|until| now < until)
            || self.seen.iter().any(|(at, seen)| *seen == route && *at + MEMORY > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportProtocol;

    fn route(port: u16) -> Route {
        let local = "192.0.2.1:5000".parse().unwrap();
        let remote = std::net::SocketAddr::new("203.0.113.66".parse().unwrap(), port);
        Route { transport: TransportProtocol::Udp, local, remote }
    }

    #[test]
    fn a_route_is_remembered_for_half_a_minute() {
        let mut early = EarlyRecords::default();
        early.note(Time::from_millis(0), route(1));
        assert!(early.came(Time::from_millis(29_000), route(1)));
        assert!(!early.came(Time::from_millis(29_000), route(2)));
        assert!(!early.came(Time::from_millis(31_000), route(1)));
    }

    #[test]
    fn any_route_may_have_been_among_too_many() {
        let mut early = EarlyRecords::default();
        for port in 0..=CAPACITY as u16 {
            early.note(Time::from_millis(10), route(port));
        }
        assert_eq!(early.seen.len(), CAPACITY);
        assert!(early.came(Time::from_millis(20), route(9_999)));
        assert!(!early.came(Time::from_millis(40_000), route(9_999)));
    }
}
