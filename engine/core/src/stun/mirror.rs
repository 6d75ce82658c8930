//! Who may ask how often: so that nobody can have us shower somebody else with answers.

use std::net::IpAddr;

use ahash::RandomState;

use super::{MAX_ANSWER, Question};
use crate::chance::Chance;
use crate::leg::Bucket;
use crate::outbox::Outbox;
use crate::{Route, Time};

/// Answers a second that one source gets, and at once. A page asks four times at most for each of its
/// network interfaces and then every 10 s or so; an office shares one address. Whoever forges the
/// address of a victim has us send it 1.3 kB a second, of which it sent 1 kB itself.
const ANSWERS: (u64, u64) = (20, 100);
/// Sources that are told apart, by a keyed hash: those that fall together share what one may have.
const SOURCES: usize = 1_024;

/// Tells askers how they look from here.
#[derive(Debug)]
pub(crate) struct Mirror {
    sources: Box<[Bucket]>,
    hash: RandomState,
}

/// What became of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is answered.
    Answered,
    /// It asked too often.
    Flooded,
    /// It is no question for us.
    Otherwise,
}

impl Mirror {
    /// Nobody has asked.
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let mut draw = || chance.number();
        let hash = RandomState::with_seeds(draw(), draw(), draw(), draw());
        let sources = (0..SOURCES).map(|_| Bucket::new(ANSWERS.0, ANSWERS.1)).collect();
        Self { sources, hash }
    }

    /// Somebody may have asked.
    pub(crate) fn ask(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut Outbox,
    ) -> Asked {
        let Some(question) = Question::parse(datagram) else { return Asked::Otherwise };
        let place = self.hash.hash_one(source(route.remote.ip())) as usize % SOURCES;
        if !self.sources.get_mut(place).is_some_and(|bucket| bucket.take(now)) {
            return Asked::Flooded;
        }
        out.write_to_stranger(route, MAX_ANSWER, |room| question.answer(route.remote, room));
        Asked::Answered
    }
}

/// Who somebody is: an IPv4 address, or the half of an IPv6 address that names a site, for the other
/// half is anybody's to choose.
fn source(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64,
    }
}
