//! Limits responses per source, so that forged requests cannot flood the address they name.

use std::net::IpAddr;

use ahash::RandomState;

use super::{BindingRequest, MAX_RESPONSE};
use crate::rate_limit::TokenBucket;
use crate::rng::Rng;
use crate::transmit::TransmitQueue;
use crate::{Route, Time};

/// Responses a second for one source, and at once. A page sends four requests at most for each of its
/// network interfaces and then one every 10 s or so; an office shares one address. An attacker who
/// forges a victim's address causes 1.3 kB a second to it, and has to send 1 kB itself.
const RESPONSES: (u64, u64) = (20, 100);
/// Sources are kept apart by a keyed hash; those with the same hash share one limit.
const SOURCES: usize = 1_024;

/// Answers Binding requests with the source address.
#[derive(Debug)]
pub(crate) struct BindingServer {
    limits: Box<[TokenBucket]>,
    hash: RandomState,
}

/// What became of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is answered.
    Answered,
    /// Its source exceeded the limit.
    RateLimited,
    /// It is no Binding request without credentials.
    NotBinding,
}

impl BindingServer {
    /// A server that has not answered any source.
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let mut draw = || rng.next_u64();
        let hash = RandomState::with_seeds(draw(), draw(), draw(), draw());
        let limits = (0..SOURCES).map(|_| TokenBucket::new(RESPONSES.0, RESPONSES.1)).collect();
        Self { limits, hash }
    }

    /// A datagram came that may be a Binding request.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) -> Outcome {
        let Some(request) = BindingRequest::parse(datagram) else { return Outcome::NotBinding };
        let slot = self.hash.hash_one(source(route.remote.ip())) as usize % SOURCES;
        if !self.limits.get_mut(slot).is_some_and(|limit| limit.take(now)) {
            return Outcome::RateLimited;
        }
        out.write_unverified(route, MAX_RESPONSE, |buffer| request.respond(route.remote, buffer));
        Outcome::Answered
    }
}

/// The key of a source: an IPv4 address, or the site half of an IPv6 address, because a host can choose
/// the other half freely.
fn source(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64,
    }
}
