//! What a DTLS client lets through to the library before there are keys: the flight of its peer.
//!
//! The signature in `ServerKeyExchange` covers both randoms (RFC 4492 §5.4), and ours travels to the peer only, so
//! that who does not see our `ClientHello` cannot make a flight that verifies. What came in the same datagram is
//! as authentic. A request for a cookie carries no proof at all; it waits until a flight would have come.

use std::time::Duration;

use super::flight::Verdict;
use super::message::{
    CERTIFICATE, CERTIFICATE_REQUEST, CLIENT_HELLO, Fragment, HELLO_VERIFY_REQUEST, MAX_KEPT,
    Message, SERVER_HELLO, SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE, change_cipher_spec, flight_of,
    keep, messages, plain_fragments, protected,
};
use super::signature::{Budget, is_known, leaf, verifies};
use crate::Time;
use crate::negotiation::Fingerprint;

/// How long a request for a cookie waits for the flight of a peer that requests none, from the moment on when the
/// peer receives our `ClientHello`s: longer than most round trips. Browsers request none.
const COOKIE_WAIT: Duration = Duration::from_millis(400);
/// The same after a sign of forged records: a flight that was lost has been sent again several times.
const CAUTIOUS_COOKIE_WAIT: Duration = Duration::from_secs(5);

/// The client's side of a handshake that has no keys yet.
#[derive(Debug)]
pub(super) struct Client {
    fingerprints: Vec<Fingerprint>,
    hello: Option<Hello>,
    /// When the peer first nominated a route. Before, it may not take records from ours.
    nominated: Option<Time>,
    /// Whether there was a sign of forged records.
    cautious: bool,
    /// The newest request for a cookie, and how many there were.
    request: Option<Message>,
    requests: u32,
    /// `ServerHello`, Certificate and `ServerKeyExchange`, once their signature was verified.
    signed: Option<[Message; 3]>,
    kept: Vec<Fragment>,
    budget: Budget,
    /// The flight that the library got.
    accepted: Vec<Message>,
}

/// Our `ClientHello`.
#[derive(Debug)]
struct Hello {
    sequence: u16,
    random: [u8; 32],
    /// When it went out first, and how often it did.
    since: Time,
    sent: u32,
}

impl Client {
    pub(super) fn new(fingerprints: Vec<Fingerprint>) -> Self {
        Self {
            fingerprints,
            hello: None,
            nominated: None,
            cautious: false,
            request: None,
            requests: 0,
            signed: None,
            kept: Vec::new(),
            budget: Budget::new(),
            accepted: Vec::new(),
        }
    }

    /// Records came before the peer could send any: they are forged.
    pub(super) fn caution(&mut self) {
        self.cautious = true;
    }

    /// The peer nominated a route.
    pub(super) fn nominated(&mut self, now: Time) {
        self.nominated = self.nominated.or(Some(now));
    }

    /// The library ended, and another begins.
    pub(super) fn restart(&mut self) {
        self.hello = None;
        self.request = None;
        self.requests = 0;
        self.signed = None;
        self.kept = Vec::new();
        self.accepted = Vec::new();
    }

    /// A datagram of ours went out.
    pub(super) fn sent(&mut self, now: Time, datagram: &[u8]) {
        let begins = |part: &Fragment| part.kind == CLIENT_HELLO && part.offset == 0;
        let Some(part) = plain_fragments(datagram).find(begins) else { return };
        // After the version (RFC 5246 §7.4.1.2).
        let Some(random) = part.bytes.get(2..).and_then(|rest| rest.first_chunk()) else { return };
        match &mut self.hello {
            Some(hello) if hello.sequence == part.sequence && hello.random == *random => {
                hello.sent += 1;
            }
            _ => {
                self.request = None;
                self.kept = Vec::new();
                self.hello =
                    Some(Hello { sequence: part.sequence, random: *random, since: now, sent: 1 });
            }
        }
    }

    /// When [`take_request`](Self::take_request) is due.
    pub(super) fn wake(&self) -> Option<Time> {
        let wait = if self.cautious { CAUTIOUS_COOKIE_WAIT } else { COOKIE_WAIT };
        let hello = self.request.as_ref().and(self.hello.as_ref())?;
        Some(hello.since.max(self.nominated?) + wait)
    }

    /// The request for a cookie, for the library, when no flight came instead.
    pub(super) fn take_request(&mut self, now: Time) -> Option<Vec<u8>> {
        self.wake().filter(|due| *due <= now)?;
        self.request.take().map(|request| flight_of(&[request]))
    }

    /// A datagram came by a route that ICE has validated.
    pub(super) fn received(&mut self, now: Time, datagram: &[u8]) -> Verdict {
        if !self.accepted.is_empty() {
            return Verdict::Authentic(self.end_received(datagram));
        }
        let Some(hello) = &self.hello else { return Verdict::Unproven };
        // After a request the peer counts on (RFC 6347 §4.2.2).
        let (first, random) = (hello.sequence, hello.random);
        let requests: Vec<_> = plain_fragments(datagram)
            .filter(|part| part.kind == HELLO_VERIFY_REQUEST && first == 0)
            .collect();
        for request in messages(&requests, HELLO_VERIFY_REQUEST, 0) {
            self.requested(request);
        }
        let parts = parts(first, datagram);
        if parts.is_empty() {
            return Verdict::Unproven;
        }
        let certificates = messages(&parts, CERTIFICATE, first + 1);
        if let Some(certificate) = certificates.iter().find(|one| is_known(one, &self.fingerprints))
        {
            let allowed = || self.budget.peer(now);
            if let Some(signed) = signed(&random, first, certificate, &parts, &[], allowed) {
                self.signed = Some(signed);
                // What others sent cannot take the place of what came with the signature.
                self.kept = Vec::new();
                if let Some(end) = end(first, &parts) {
                    return self.accept(end);
                }
            }
        } else if let Some(certificate) = certificates.first() {
            let allowed = || self.budget.other(now);
            let signed = signed(&random, first, certificate, &parts, &[], allowed);
            return signed.map_or(Verdict::Unproven, |_| Verdict::WrongCertificate);
        }
        self.join(now, first, &random, parts)
    }

    /// Look for a flight among the fragments of several datagrams.
    fn join(&mut self, now: Time, first: u16, random: &[u8; 32], parts: Vec<Fragment>) -> Verdict {
        let known = |kept: &[Fragment]| {
            let all = messages(kept, CERTIFICATE, first + 1);
            all.into_iter().find(|one| is_known(one, &self.fingerprints))
        };
        let before = known(&self.kept);
        let mut tried = messages(&self.kept, SERVER_HELLO, first);
        tried.extend(messages(&self.kept, SERVER_KEY_EXCHANGE, first + 2));
        keep(&mut self.kept, parts);
        if self.signed.is_none() {
            let allowed = || self.budget.joined(now);
            let certificate = known(&self.kept);
            if certificate != before {
                tried.clear();
            }
            self.signed = certificate
                .and_then(|one| signed(random, first, &one, &self.kept, &tried, allowed));
        }
        match end(first, &self.kept) {
            Some(end) if self.signed.is_some() => self.accept(end),
            _ => Verdict::Unproven,
        }
    }

    fn accept(&mut self, end: Vec<Message>) -> Verdict {
        self.kept = Vec::new();
        self.request = None;
        self.accepted = self.signed.take().into_iter().flatten().chain(end).collect();
        Verdict::Authentic(vec![flight_of(&self.accepted), change_cipher_spec()])
    }

    /// Records after the flight: protected ones, and the flight again, if ours was lost.
    fn end_received(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let again = plain_fragments(datagram).any(|part| {
            let one = Message::new(part.kind, part.sequence, &part.bytes);
            // Its random and its signature are known only to those who see what we receive.
            part.kind == SERVER_HELLO && self.accepted.first() == Some(&one)
        });
        let last = self.accepted.last().filter(|_| again);
        let last = last.map(|done| flight_of(std::slice::from_ref(done)));
        last.into_iter().chain(protected(datagram)).collect()
    }

    fn requested(&mut self, request: Message) {
        self.requests += 1;
        let is_other = self.request.as_ref().is_some_and(|before| *before != request);
        let sent = self.hello.as_ref().map_or(0, |hello| hello.sent);
        // A peer answers each of our ClientHellos with the same request, and the network may double it.
        self.cautious |= is_other || self.requests > 2 * sent;
        self.request = Some(request);
    }
}

/// The fragments in a datagram that may be part of the flight with that first number.
fn parts(first: u16, datagram: &[u8]) -> Vec<Fragment> {
    let is_next = |part: &Fragment| match part.kind {
        SERVER_HELLO => part.sequence == first,
        CERTIFICATE => part.sequence == first + 1,
        SERVER_KEY_EXCHANGE => part.sequence == first + 2,
        CERTIFICATE_REQUEST => part.sequence == first + 3,
        SERVER_HELLO_DONE => part.length == 0 && [first + 3, first + 4].contains(&part.sequence),
        _ => false,
    };
    plain_fragments(datagram).filter(is_next).collect()
}

/// The signed messages, if these fragments have a signature of that certificate's key over both randoms.
///
/// No signature is verified of two messages that were `tried`; `allowed` is asked before any is.
fn signed(
    random: &[u8; 32],
    first: u16,
    certificate: &Message,
    parts: &[Fragment],
    tried: &[Message],
    mut allowed: impl FnMut() -> bool,
) -> Option<[Message; 3]> {
    let leaf = leaf(certificate.body())?;
    let hellos = messages(parts, SERVER_HELLO, first);
    for exchange in messages(parts, SERVER_KEY_EXCHANGE, first + 2) {
        // A curve's type and name, and a point (RFC 4492 §5.4).
        let point = usize::from(*exchange.body().get(3)?);
        let (params, signature) = exchange.body().split_at_checked(4 + point)?;
        let is_new = |hello: &&Message| !(tried.contains(hello) && tried.contains(&exchange));
        let valid = |hello: &&Message| {
            let theirs = hello.body().get(2..34);
            theirs.is_some_and(|theirs| {
                allowed() && verifies(leaf, &[&random[..], theirs, params].concat(), signature)
            })
        };
        if let Some(hello) = hellos.iter().take(MAX_KEPT).filter(is_new).find(valid) {
            return Some([hello.clone(), certificate.clone(), exchange]);
        }
    }
    None
}

/// What follows the signature: a request for our certificate, which may be missing, and the end.
fn end(first: u16, parts: &[Fragment]) -> Option<Vec<Message>> {
    let done = |number| messages(parts, SERVER_HELLO_DONE, number).pop();
    let request = messages(parts, CERTIFICATE_REQUEST, first + 3).into_iter().next();
    match (request, done(first + 4)) {
        (Some(request), Some(done)) => Some(vec![request, done]),
        _ => done(first + 3).map(|done| vec![done]),
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::super::message::{HANDSHAKE, write_record};
    use super::super::signature::{CHECKS, PEER_CHECKS, VERIFIED};
    use super::*;

    const HELLO: u16 = 0;

    /// A client that has sent a `ClientHello`, and expects a certificate with that digest.
    fn client(fingerprints: &[Fingerprint]) -> Client {
        let mut client = Client::new(fingerprints.to_vec());
        let hello = Message::new(CLIENT_HELLO, HELLO, &[7; 40]);
        client.sent(Time::ZERO, &flight_of(&[hello]));
        client
    }

    fn chain(leaf: &[u8]) -> Vec<u8> {
        let length = (leaf.len() as u32).to_be_bytes();
        [&[0; 3][..], &length[1..], leaf].concat()
    }

    #[test]
    fn forged_flights_cause_a_bounded_number_of_verifications() {
        let leaf = b"a certificate";
        let digest = digest::digest(&digest::SHA256, leaf).as_ref().try_into().unwrap();
        let known = [Fingerprint::Sha256(digest)];
        for (fingerprints, checks) in [(&known[..], PEER_CHECKS), (&[][..], CHECKS)] {
            let mut client = client(fingerprints);
            VERIFIED.set(0);
            for ms in 0..1_000_u64 {
                let mut messages = Message::new(CERTIFICATE, 1, &chain(leaf)).bytes;
                for n in 0..20 {
                    let hello = [&[n; 34][..], &ms.to_be_bytes()].concat();
                    messages.extend(Message::new(SERVER_HELLO, 0, &hello).bytes);
                    let exchange = [3, 0, 23, 1, n, 4, 3, 0, 1, n];
                    messages.extend(Message::new(SERVER_KEY_EXCHANGE, 2, &exchange).bytes);
                }
                let mut datagram = Vec::new();
                write_record(&mut datagram, HANDSHAKE, 1, &messages);
                let verdict = client.received(Time::from_millis(ms), &datagram);
                assert_eq!(verdict, Verdict::Unproven);
            }
            // Kept fragments of several datagrams have a budget of their own.
            let most = checks.0 + checks.1 + CHECKS.0 + CHECKS.1;
            assert!(VERIFIED.get() > 0 && VERIFIED.get() <= most, "{}", VERIFIED.get());
            assert!(client.kept.len() <= 5 * MAX_KEPT);
        }
    }

    #[test]
    fn a_request_for_a_cookie_waits_for_the_nomination_and_a_flight() {
        let mut client = client(&[]);
        let request = flight_of(&[Message::new(HELLO_VERIFY_REQUEST, HELLO, &[254, 255, 1, 9])]);
        client.received(Time::from_millis(10), &request);
        assert_eq!(client.wake(), None);
        client.nominated(Time::from_millis(50));
        assert_eq!(client.wake(), Some(Time::from_millis(50) + COOKIE_WAIT));
        assert_eq!(client.take_request(Time::from_millis(449)), None);
        assert_eq!(client.take_request(Time::from_millis(450)), Some(request.clone()));
        // More than the peer can have sent.
        for _ in 0..3 {
            client.received(Time::from_millis(460), &request);
        }
        assert_eq!(client.wake(), Some(Time::from_millis(50) + CAUTIOUS_COOKIE_WAIT));
    }
}
