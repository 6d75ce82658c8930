//! Authenticates the flight of a DTLS client (RFC 5246 §7.3: Certificate, `ClientKeyExchange`,
//! `CertificateVerify`) as a whole before the library gets any of it.
//!
//! The library takes the first message of each kind, and cannot go on when one was forged. The client's
//! signature covers all messages before it, so that its flight is right as a whole or not at all.

use dimpl::crypto::{HashAlgorithm, SignatureAlgorithm, SignatureVerifier, aws_lc_rs};

use super::message::{
    CERTIFICATE, CERTIFICATE_VERIFY, CHANGE_CIPHER_SPEC, CLIENT_KEY_EXCHANGE, Fragment, HANDSHAKE,
    Message, Record, SERVER_HELLO_DONE, be16, be24, fragments, header, messages, records,
    write_record,
};
use crate::Time;
use crate::negotiation::Fingerprint;
use crate::rate_limit::TokenBucket;

/// Fragments of one kind that are kept from datagram to datagram.
const MAX_KEPT: usize = 6;
/// The number of the record that ends a flight; its own messages have smaller ones.
const CHANGE_NUMBER: u64 = 99;
/// Signatures that are verified a second, and at once: some 60 us each.
const CHECKS: (u64, u64) = (50, 50);
/// The same for datagrams with the peer's certificate, which only those know who have seen it. They have a
/// budget of their own, so that others cannot use up the peer's.
const PEER_CHECKS: (u64, u64) = (200, 50);

/// The flight of a client that answers ours.
#[derive(Debug)]
pub(super) struct ClientFlight {
    /// The number of the client's first message.
    first: u16,
    /// All messages before it.
    transcript: Vec<u8>,
    /// Whether our flight is in the transcript.
    is_answered: bool,
    /// The certificate with the fingerprint that the peer's description has.
    certificate: Option<Message>,
    kept: Vec<Fragment>,
    checks: TokenBucket,
    peer_checks: TokenBucket,
    accepted: bool,
}

/// What a datagram turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing that is certain.
    Unproven,
    /// The peer's flight: these records are for the library.
    Authentic(Vec<u8>),
    /// A flight of a peer that received ours, and has another certificate than its description says.
    WrongCertificate,
}

impl ClientFlight {
    /// The flight that follows that `ClientHello`.
    pub(super) fn after(hello: &Message) -> Self {
        Self {
            first: hello.sequence + 1,
            transcript: hello.bytes.clone(),
            is_answered: false,
            certificate: None,
            kept: Vec::new(),
            checks: TokenBucket::new(CHECKS.0, CHECKS.1),
            peer_checks: TokenBucket::new(PEER_CHECKS.0, PEER_CHECKS.1),
            accepted: false,
        }
    }

    /// A datagram of ours went out.
    pub(super) fn sent(&mut self, datagram: &[u8]) {
        for record in records(datagram).filter(is_plain_handshake) {
            for part in fragments(record.payload) {
                if self.is_answered {
                    return;
                }
                if part.offset == 0 {
                    let header = header(part.kind, part.sequence, part.length);
                    self.transcript.extend_from_slice(&header);
                }
                self.transcript.extend_from_slice(&part.bytes);
                self.is_answered = part.kind == SERVER_HELLO_DONE;
            }
        }
    }

    /// A datagram came.
    pub(super) fn received(
        &mut self,
        now: Time,
        datagram: &[u8],
        fingerprints: &[Fingerprint],
    ) -> Verdict {
        if !self.is_answered {
            return Verdict::Unproven;
        }
        if self.accepted {
            // The flight came without its end, or its end was lost.
            return protected(datagram).map_or(Verdict::Unproven, Verdict::Authentic);
        }
        let parts = self.parts(datagram);
        let certificates = messages(&parts, CERTIFICATE, self.first);
        let is_known = |one: &&Message| {
            leaf(one.body()).is_some_and(|leaf| fingerprints.iter().any(|f| f.matches(leaf)))
        };
        let (transcript, first) = (&self.transcript[..], self.first);
        if let Some(certificate) = certificates.iter().find(is_known) {
            self.certificate = Some(certificate.clone());
            let allowed = || self.peer_checks.take(now);
            if let Some(flight) = signed(transcript, first, certificate, &parts, allowed) {
                return self.accept(&flight, datagram);
            }
        } else if let Some(certificate) = certificates.first()
            && signed(transcript, first, certificate, &parts, || self.checks.take(now)).is_some()
        {
            return Verdict::WrongCertificate;
        }
        self.keep(parts);
        if self.certificate.is_none() {
            self.certificate =
                messages(&self.kept, CERTIFICATE, self.first).iter().find(is_known).cloned();
        }
        let (transcript, first) = (&self.transcript[..], self.first);
        let flight = self.certificate.as_ref().and_then(|certificate| {
            signed(transcript, first, certificate, &self.kept, || self.checks.take(now))
        });
        flight.map_or(Verdict::Unproven, |flight| self.accept(&flight, datagram))
    }

    /// Whether the peer's flight came.
    pub(super) fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// The fragments in a datagram that may be part of the flight.
    fn parts(&self, datagram: &[u8]) -> Vec<Fragment> {
        let is_next = |part: &Fragment| match part.kind {
            CERTIFICATE => part.sequence == self.first,
            CLIENT_KEY_EXCHANGE => part.sequence == self.first + 1,
            CERTIFICATE_VERIFY => part.sequence == self.first + 2,
            _ => false,
        };
        let plain = records(datagram).filter(is_plain_handshake);
        plain
            .flat_map(|record| fragments(record.payload).filter(is_next).collect::<Vec<_>>())
            .collect()
    }

    fn keep(&mut self, parts: Vec<Fragment>) {
        for part in parts {
            if self.kept.contains(&part) {
                continue;
            }
            let same = |kept: &Fragment| kept.kind == part.kind;
            if self.kept.iter().filter(|kept| same(kept)).count() >= MAX_KEPT
                && let Some(oldest) = self.kept.iter().position(same)
            {
                self.kept.remove(oldest);
            }
            self.kept.push(part);
        }
    }

    /// The flight as records for the library. What is protected counts only in the datagram of the signature:
    /// it authenticates itself, but the library ends when it does not.
    fn accept(&mut self, flight: &[Message; 3], datagram: &[u8]) -> Verdict {
        self.accepted = true;
        self.kept = Vec::new();
        let mut records = Vec::new();
        for (n, message) in flight.iter().enumerate() {
            write_record(&mut records, HANDSHAKE, u64::from(self.first) + n as u64, &message.bytes);
        }
        records.extend(protected(datagram).unwrap_or_default());
        Verdict::Authentic(records)
    }
}

/// The flight, if these fragments have a signature of that certificate's key over it.
///
/// `allowed` is asked before each signature is verified.
fn signed(
    transcript: &[u8],
    first: u16,
    certificate: &Message,
    parts: &[Fragment],
    mut allowed: impl FnMut() -> bool,
) -> Option<[Message; 3]> {
    let leaf = leaf(certificate.body())?;
    let signatures = messages(parts, CERTIFICATE_VERIFY, first + 2);
    for exchange in messages(parts, CLIENT_KEY_EXCHANGE, first + 1) {
        let signed = [transcript, &certificate.bytes, &exchange.bytes].concat();
        let valid = |one: &&Message| allowed() && verifies(leaf, &signed, one.body());
        // Newer ones stand behind older ones, which others may have sent.
        if let Some(signature) = signatures.iter().rev().take(MAX_KEPT).find(valid) {
            return Some([certificate.clone(), exchange, signature.clone()]);
        }
    }
    None
}

fn is_plain_handshake(record: &Record<'_>) -> bool {
    record.content_type == HANDSHAKE && record.epoch == 0
}

/// The end of a flight: `ChangeCipherSpec`, and Finished, which is protected. The first may have come in another
/// datagram; that Finished is protected says the same.
fn protected(datagram: &[u8]) -> Option<Vec<u8>> {
    let is_finished = |one: &Record<'_>| one.epoch == 1 && one.content_type == HANDSHAKE;
    let finished = records(datagram).find(is_finished)?;
    let mut end = Vec::new();
    write_record(&mut end, CHANGE_CIPHER_SPEC, CHANGE_NUMBER, &[1]);
    end.extend_from_slice(finished.bytes);
    Some(end)
}

/// The first certificate of a Certificate message (RFC 5246 §7.4.2).
fn leaf(body: &[u8]) -> Option<&[u8]> {
    let length = be24(body.get(3..)?)?;
    body.get(6..6 + length)
}

/// Whether a `CertificateVerify` message (RFC 5246 §7.4.8) is the signature of that certificate's key.
fn verifies(certificate: &[u8], signed: &[u8], body: &[u8]) -> bool {
    let parts = || {
        let (algorithm, rest) = body.split_first_chunk::<2>()?;
        let length = usize::from(be16(rest)?);
        Some((*algorithm, rest.get(2..2 + length)?))
    };
    #[cfg(test)]
    tests::VERIFIED.set(tests::VERIFIED.get() + 1);
    parts().is_some_and(|([hash, signature_algorithm], signature)| {
        let (hash, algorithm) =
            (HashAlgorithm::from_u8(hash), SignatureAlgorithm::from_u8(signature_algorithm));
        let verifier: &dyn SignatureVerifier = aws_lc_rs::default_provider().signature_verification;
        verifier.verify_signature(certificate, signed, signature, hash, algorithm).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ::aws_lc_rs::digest;

    use super::*;

    thread_local! {
        /// How many signatures were verified.
        pub(super) static VERIFIED: Cell<u64> = const { Cell::new(0) };
    }

    /// A datagram with that leaf certificate, and as many exchanges and signatures.
    fn datagram(leaf: &[u8], many: u8) -> Vec<u8> {
        let length = (leaf.len() as u32).to_be_bytes();
        let body = [&[0; 3][..], &length[1..], leaf].concat();
        let mut messages = Message::new(CERTIFICATE, 1, &body).bytes;
        for n in 0..many {
            messages.extend(Message::new(CLIENT_KEY_EXCHANGE, 2, &[n]).bytes);
            messages.extend(Message::new(CERTIFICATE_VERIFY, 3, &[4, 3, 0, 1, n]).bytes);
        }
        let mut out = Vec::new();
        write_record(&mut out, HANDSHAKE, 1, &messages);
        out
    }

    #[test]
    fn forged_flights_cause_a_bounded_number_of_verifications() {
        let leaf = b"a certificate";
        let digest = digest::digest(&digest::SHA256, leaf).as_ref().try_into().unwrap();
        let known = [Fingerprint::Sha256(digest)];
        for (fingerprints, checks) in [(&known[..], PEER_CHECKS), (&[][..], CHECKS)] {
            let mut flight = ClientFlight::after(&Message::new(1, 0, b"hello"));
            flight.is_answered = true;
            VERIFIED.set(0);
            for ms in 0..1_000 {
                let verdict =
                    flight.received(Time::from_millis(ms), &datagram(leaf, 20), fingerprints);
                assert_eq!(verdict, Verdict::Unproven);
            }
            // Kept fragments of several datagrams have the common budget.
            let most = checks.0 + checks.1 + CHECKS.0 + CHECKS.1;
            assert!(VERIFIED.get() > 0 && VERIFIED.get() <= most, "{}", VERIFIED.get());
        }
    }
}
