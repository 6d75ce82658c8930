//! One candidate pair of a lite agent: whether it is ours, and whether the peer answers checks on it.

use std::time::Duration;

use is::stun::{StunMessage, TransId};

use crate::rng::Rng;
use crate::{Route, Time};

/// Requests of one check; more follow only after the peer's next check. An attacker who forges checks
/// from another address causes that many requests to it; a full agent sends seven.
const TRIES: u32 = 3;
/// Between the first request and the second; doubled after each.
const PAUSE: Duration = Duration::from_millis(200);
/// Between a check without a response and the next one.
const REST: Duration = Duration::from_secs(1);
/// The interval of consent checks, times 0.8 to 1.2 (RFC 7675 §5.1).
const CONSENT_INTERVAL_MS: u64 = 5_000;
/// How long a response confirms a route that media does not use.
const CONFIRMED: Duration = Duration::from_secs(5);

/// A pair on which authentic checks came.
#[derive(Debug)]
pub(super) struct CandidatePair {
    pub(super) route: Route,
    /// When the last new check came.
    pub(super) checked: Time,
    /// The user fragment of the peer, where its check came before its description.
    pub(super) early: Option<String>,
    /// Validated with the credentials from before the restart.
    pub(super) past: bool,
    /// Whether its datagrams are this leg's. Else another leg had the route when the check came.
    pub(super) owned: bool,
    /// Nominated while it was another leg's.
    pub(super) nominated: bool,
    /// When the peer last answered a check on it.
    answered: Option<Time>,
    pending_check: Option<PendingCheck>,
    /// When to send the next request.
    pub(super) check_at: Option<Time>,
}

/// A request that waits for its response.
#[derive(Debug)]
struct PendingCheck {
    transaction: TransId,
    sent: Time,
    tries: u32,
}

impl CandidatePair {
    pub(super) const fn new(now: Time, route: Route, early: Option<String>) -> Self {
        Self {
            route,
            checked: now,
            early,
            past: false,
            owned: false,
            nominated: false,
            answered: None,
            pending_check: None,
            check_at: None,
        }
    }

    /// Whether the peer answered recently.
    pub(super) fn is_confirmed(&self, now: Time) -> bool {
        self.answered.is_some_and(|at| now.since(at) < CONFIRMED)
    }

    /// The peer answered.
    pub(super) fn confirm(&mut self, now: Time) {
        self.answered = Some(now);
        self.pending_check = None;
        self.check_at = None;
    }

    /// Send a check as soon as allowed, unless one waits for its response.
    pub(super) fn schedule_check(&mut self, now: Time) {
        let rested = self.pending_check.as_ref().is_none_or(|pending_check| {
            pending_check.tries >= TRIES && now.since(pending_check.sent) >= REST
        });
        if rested && self.check_at.is_none() {
            self.pending_check = None;
            self.check_at = Some(now);
        }
    }

    /// Schedule the next consent check.
    pub(super) fn schedule_consent(&mut self, now: Time, rng: &mut Rng) {
        let spread = CONSENT_INTERVAL_MS * 4 / 5 + rng.next_u64() % (CONSENT_INTERVAL_MS * 2 / 5);
        self.check_at = Some(now + Duration::from_millis(spread));
    }

    /// Media uses another route: consent on this one is not needed.
    pub(super) fn cancel_checks(&mut self) {
        self.pending_check = None;
        self.check_at = None;
    }

    pub(super) fn awaits(&self, transaction: TransId) -> bool {
        self.pending_check
            .as_ref()
            .is_some_and(|pending_check| pending_check.transaction == transaction)
    }

    /// The transaction of the request to send now. A retransmission has the same, so that a response to
    /// either counts.
    pub(super) fn request(&mut self, now: Time, rng: &mut Rng) -> Option<TransId> {
        let waiting = self.pending_check.take().filter(|pending_check| pending_check.tries < TRIES);
        let (transaction, tries) = match waiting {
            Some(pending_check) => (pending_check.transaction, pending_check.tries + 1),
            None => (transaction(rng)?, 1),
        };
        self.pending_check = Some(PendingCheck { transaction, sent: now, tries });
        self.check_at = (tries < TRIES).then(|| now + PAUSE * (1 << (tries - 1)));
        Some(transaction)
    }
}

/// A transaction id that cannot be guessed (RFC 8489 §5: 96 random bits). The library draws its own
/// from a predictable generator, and takes others from messages only.
fn transaction(rng: &mut Rng) -> Option<TransId> {
    let mut header = [0; 20];
    let indication = [0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    let random = [rng.next_u64().to_be_bytes(), rng.next_u64().to_be_bytes()];
    let octets = indication.into_iter().chain(random.into_iter().flatten());
    header.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
    StunMessage::parse(&header).ok().map(|message| message.trans_id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportProtocol;

    fn pair() -> (CandidatePair, Rng) {
        let ends = "192.0.2.1:1".parse().unwrap();
        let route = Route { transport: TransportProtocol::Udp, local: ends, remote: ends };
        (CandidatePair::new(Time::ZERO, route, None), Rng::new(&[1; 32], "known", 0))
    }

    /// When requests are sent to a peer that never answers and checks every 100 ms.
    #[test]
    fn a_peer_that_never_answers_gets_three_requests_then_few() {
        let (mut pair, mut rng) = pair();
        let mut sent = Vec::new();
        for ms in 0..4_000 {
            let now = Time::from_millis(ms);
            if ms % 100 == 0 {
                pair.schedule_check(now);
            }
            if pair.check_at.is_some_and(|at| at <= now) {
                sent.push((ms, pair.request(now, &mut rng).unwrap()));
            }
        }
        let times: Vec<_> = sent.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [0, 200, 600, 1_600, 1_800, 2_200, 3_200, 3_400, 3_800]);
        assert_eq!(sent[0].1, sent[2].1);
        assert_ne!(sent[0].1, sent[3].1);
    }

    #[test]
    fn a_response_proves_a_route_for_a_while() {
        let (mut pair, mut rng) = pair();
        let now = Time::ZERO;
        let transaction = pair.request(now, &mut rng).unwrap();
        assert!(pair.awaits(transaction) && !pair.is_confirmed(now));
        pair.confirm(now);
        assert!(!pair.awaits(transaction));
        assert!(pair.is_confirmed(now + Duration::from_millis(4_999)));
        assert!(!pair.is_confirmed(now + CONFIRMED));
    }
}
