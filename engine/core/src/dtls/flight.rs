//! Authenticates the flight of a DTLS client (RFC 5246 §7.3: Certificate, `ClientKeyExchange`,
//! `CertificateVerify`) as a whole before the library gets any of it.
//!
//! The library takes the first message of each kind, and cannot go on when one was forged. The client's
//! signature covers all messages before it, so that its flight is right as a whole or not at all.

use super::message::{
    CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, Fragment, MAX_KEPT, Message,
    SERVER_HELLO_DONE, change_cipher_spec, flight_of, header, keep, messages, plain_fragments,
    protected,
};
use super::signature::{Budget, is_known, leaf, verifies};
use crate::Time;
use crate::negotiation::Fingerprint;

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
    budget: Budget,
    accepted: bool,
}

/// What a datagram turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing that is certain.
    Unproven,
    /// The peer's flight: these datagrams are for the library, one by one.
    Authentic(Vec<Vec<u8>>),
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
            budget: Budget::new(),
            accepted: false,
        }
    }

    /// A datagram of ours went out.
    pub(super) fn sent(&mut self, datagram: &[u8]) {
        for part in plain_fragments(datagram) {
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
            return Verdict::Authentic(protected(datagram).collect());
        }
        let parts = self.parts(datagram);
        let before = self.certificate.clone();
        let certificates = messages(&parts, CERTIFICATE, self.first);
        let is_known = |one: &&Message| is_known(one, fingerprints);
        let (transcript, first) = (&self.transcript[..], self.first);
        if let Some(certificate) = certificates.iter().find(is_known) {
            self.certificate = Some(certificate.clone());
            let allowed = || self.budget.peer(now);
            if let Some(flight) = signed(transcript, first, certificate, &parts, &[], allowed) {
                return self.accept(&flight, datagram);
            }
        } else if let Some(certificate) = certificates.first() {
            let allowed = || self.budget.other(now);
            let signed = signed(transcript, first, certificate, &parts, &[], allowed);
            return signed.map_or(Verdict::Unproven, |_| Verdict::WrongCertificate);
        }
        let mut tried = messages(&self.kept, CLIENT_KEY_EXCHANGE, first + 1);
        tried.extend(messages(&self.kept, CERTIFICATE_VERIFY, first + 2));
        keep(&mut self.kept, parts);
        if self.certificate.is_none() {
            self.certificate =
                messages(&self.kept, CERTIFICATE, self.first).iter().find(is_known).cloned();
        }
        if self.certificate != before {
            tried.clear();
        }
        let (transcript, allowed) = (&self.transcript[..], || self.budget.joined(now));
        let flight = self.certificate.as_ref().and_then(|certificate| {
            signed(transcript, first, certificate, &self.kept, &tried, allowed)
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
        plain_fragments(datagram).filter(is_next).collect()
    }

    /// The flight as datagrams for the library.
    fn accept(&mut self, flight: &[Message; 3], datagram: &[u8]) -> Verdict {
        self.accepted = true;
        self.kept = Vec::new();
        let begin = [flight_of(flight), change_cipher_spec()];
        Verdict::Authentic(begin.into_iter().chain(protected(datagram)).collect())
    }
}

/// The flight, if these fragments have a signature of that certificate's key over it.
///
/// No signature is verified of two messages that were `tried`; `allowed` is asked before any is.
fn signed(
    transcript: &[u8],
    first: u16,
    certificate: &Message,
    parts: &[Fragment],
    tried: &[Message],
    mut allowed: impl FnMut() -> bool,
) -> Option<[Message; 3]> {
    let leaf = leaf(certificate.body())?;
    let signatures = messages(parts, CERTIFICATE_VERIFY, first + 2);
    for exchange in messages(parts, CLIENT_KEY_EXCHANGE, first + 1) {
        let signed = [transcript, &certificate.bytes, &exchange.bytes].concat();
        let is_new = |one: &&Message| !(tried.contains(one) && tried.contains(&exchange));
        let valid = |one: &&Message| allowed() && verifies(leaf, &signed, one.body());
        if let Some(signature) = signatures.iter().take(MAX_KEPT).filter(is_new).find(valid) {
            return Some([certificate.clone(), exchange, signature.clone()]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use ::aws_lc_rs::digest;

    use super::super::message::{HANDSHAKE, write_record};
    use super::super::signature::{CHECKS, PEER_CHECKS, VERIFIED};
    use super::*;

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
