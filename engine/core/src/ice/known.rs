//! One route of a peer: who has it, and whether the peer answers there.

use std::time::Duration;

use is::stun::{StunMessage, TransId};

use crate::rng::Rng;
use crate::{Route, Time};

/// Requests of one question before the peer's next check has to come first. Somebody who forges
/// checks from a stranger's address has it sent that many; a full agent sends seven.
const TRIES: u32 = 3;
/// Between the first request and the second; doubled after each.
const PAUSE: Duration = Duration::from_millis(200);
/// Before a question without an answer is followed by another.
const REST: Duration = Duration::from_secs(1);
/// How often consent is asked for, times 0.8 to 1.2 (RFC 7675 §5.1).
const CONSENT_INTERVAL_MS: u64 = 5_000;
/// How long an answer vouches for a route that media does not use.
const VOUCHED: Duration = Duration::from_secs(5);

/// A route that authentic checks came by.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) route: Route,
    /// When the last new check came.
    pub(super) checked: Time,
    /// The user fragment of the peer that proved it before we knew ours.
    pub(super) early: Option<String>,
    /// Proven with the credentials from before the restart.
    pub(super) past: bool,
    /// Whether datagrams on it are ours. Else another leg had it when the check came.
    pub(super) owned: bool,
    /// Nominated while it was another leg's.
    pub(super) nominated: bool,
    /// When the peer last answered there.
    answered: Option<Time>,
    question: Option<Question>,
    /// When to send the next request.
    pub(super) ask_at: Option<Time>,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Question {
    transaction: TransId,
    sent: Time,
    tries: u32,
}

impl Known {
    pub(super) const fn new(now: Time, route: Route, early: Option<String>) -> Self {
        Self {
            route,
            checked: now,
            early,
            past: false,
            owned: false,
            nominated: false,
            answered: None,
            question: None,
            ask_at: None,
        }
    }

    /// Whether the peer was there a moment ago.
    pub(super) fn is_vouched(&self, now: Time) -> bool {
        self.answered.is_some_and(|at| now.since(at) < VOUCHED)
    }

    /// The peer is there.
    pub(super) fn vouch(&mut self, now: Time) {
        self.answered = Some(now);
        self.question = None;
        self.ask_at = None;
    }

    /// Ask as soon as may be, unless a question waits for its answer.
    pub(super) fn ask(&mut self, now: Time) {
        let rested = self
            .question
            .as_ref()
            .is_none_or(|question| question.tries >= TRIES && now.since(question.sent) >= REST);
        if rested && self.ask_at.is_none() {
            self.question = None;
            self.ask_at = Some(now);
        }
    }

    /// Ask for consent again after a while.
    pub(super) fn ask_later(&mut self, now: Time, chance: &mut Rng) {
        let spread =
            CONSENT_INTERVAL_MS * 4 / 5 + chance.next_u64() % (CONSENT_INTERVAL_MS * 2 / 5);
        self.ask_at = Some(now + Duration::from_millis(spread));
    }

    /// Media uses another route: consent on this one is of no interest.
    pub(super) fn rest(&mut self) {
        self.question = None;
        self.ask_at = None;
    }

    pub(super) fn awaits(&self, transaction: TransId) -> bool {
        self.question.as_ref().is_some_and(|question| question.transaction == transaction)
    }

    /// The transaction of the request to send now. A repetition has the same, so that the answer to
    /// either counts.
    pub(super) fn request(&mut self, now: Time, chance: &mut Rng) -> Option<TransId> {
        let waiting = self.question.take().filter(|question| question.tries < TRIES);
        let (transaction, tries) = match waiting {
            Some(question) => (question.transaction, question.tries + 1),
            None => (transaction(chance)?, 1),
        };
        self.question = Some(Question { transaction, sent: now, tries });
        self.ask_at = (tries < TRIES).then(|| now + PAUSE * (1 << (tries - 1)));
        Some(transaction)
    }
}

/// A transaction that only who receives it knows (RFC 8489 §5: 96 random bits). The library draws
/// its own from a generator that can be predicted, and takes others from messages only.
fn transaction(chance: &mut Rng) -> Option<TransId> {
    let mut header = [0; 20];
    let indication = [0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    let random = [chance.next_u64().to_be_bytes(), chance.next_u64().to_be_bytes()];
    let octets = indication.into_iter().chain(random.into_iter().flatten());
    header.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
    StunMessage::parse(&header).ok().map(|message| message.trans_id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Transport;

    fn known() -> (Known, Rng) {
        let ends = "192.0.2.1:1".parse().unwrap();
        let route = Route { transport: Transport::Udp, local: ends, remote: ends };
        (Known::new(Time::ZERO, route, None), Rng::new(&[1; 32], "known", 0))
    }

    /// When requests are sent to a peer that never answers and checks every 100 ms.
    #[test]
    fn a_peer_that_never_answers_is_asked_three_times_and_then_rarely() {
        let (mut known, mut chance) = known();
        let mut sent = Vec::new();
        for ms in 0..4_000 {
            let now = Time::from_millis(ms);
            if ms % 100 == 0 {
                known.ask(now);
            }
            if known.ask_at.is_some_and(|at| at <= now) {
                sent.push((ms, known.request(now, &mut chance).unwrap()));
            }
        }
        let times: Vec<_> = sent.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [0, 200, 600, 1_600, 1_800, 2_200, 3_200, 3_400, 3_800]);
        assert_eq!(sent[0].1, sent[2].1);
        assert_ne!(sent[0].1, sent[3].1);
    }

    #[test]
    fn an_answer_vouches_for_a_while() {
        let (mut known, mut chance) = known();
        let now = Time::ZERO;
        let transaction = known.request(now, &mut chance).unwrap();
        assert!(known.awaits(transaction) && !known.is_vouched(now));
        known.vouch(now);
        assert!(!known.awaits(transaction));
        assert!(known.is_vouched(now + Duration::from_millis(4_999)));
        assert!(!known.is_vouched(now + VOUCHED));
    }
}
