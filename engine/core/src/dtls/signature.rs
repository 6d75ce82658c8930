//! Verifies what a peer signed with the key of its certificate, so often at most that others can send forgeries.

use dimpl::crypto::{HashAlgorithm, SignatureAlgorithm, SignatureVerifier, aws_lc_rs};

use super::message::{Message, be16, be24};
use crate::Time;
use crate::negotiation::Fingerprint;
use crate::rate_limit::TokenBucket;

/// Signatures that are verified a second, and at once: some 60 us each.
pub(super) const CHECKS: (u64, u64) = (50, 50);
/// The same for datagrams with the peer's certificate, which only those know who have seen it. They have a
/// budget of their own, so that others cannot use up the peer's.
pub(super) const PEER_CHECKS: (u64, u64) = (200, 50);

/// How many more signatures may be verified.
#[derive(Debug)]
pub(super) struct Budget {
    checks: TokenBucket,
    peer_checks: TokenBucket,
    joined_checks: TokenBucket,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            checks: TokenBucket::new(CHECKS.0, CHECKS.1),
            peer_checks: TokenBucket::new(PEER_CHECKS.0, PEER_CHECKS.1),
            joined_checks: TokenBucket::new(CHECKS.0, CHECKS.1),
        }
    }

    /// Whether one more may be verified that came with the peer's certificate.
    pub(super) fn peer(&mut self, now: Time) -> bool {
        self.peer_checks.take(now)
    }

    /// Whether one more may be verified that came with another certificate.
    pub(super) fn other(&mut self, now: Time) -> bool {
        self.checks.take(now)
    }

    /// Whether one more may be verified of a flight in several datagrams.
    pub(super) fn joined(&mut self, now: Time) -> bool {
        self.joined_checks.take(now)
    }
}

/// The first certificate of a Certificate message (RFC 5246 §7.4.2).
pub(super) fn leaf(body: &[u8]) -> Option<&[u8]> {
    let length = be24(body.get(3..)?)?;
    body.get(6..6 + length)
}

/// Whether a Certificate message has a certificate with one of these digests.
pub(super) fn is_known(message: &Message, fingerprints: &[Fingerprint]) -> bool {
    leaf(message.body()).is_some_and(|leaf| fingerprints.iter().any(|f| f.matches(leaf)))
}

/// Whether a `digitally-signed` structure (RFC 5246 §4.7) is the signature of that certificate's key.
pub(super) fn verifies(certificate: &[u8], signed: &[u8], structure: &[u8]) -> bool {
    let parts = || {
        let (algorithm, rest) = structure.split_first_chunk::<2>()?;
        let length = usize::from(be16(rest)?);
        Some((*algorithm, rest.get(2..2 + length)?))
    };
    #[cfg(test)]
    VERIFIED.set(VERIFIED.get() + 1);
    parts().is_some_and(|([hash, signature_algorithm], signature)| {
        let (hash, algorithm) =
            (HashAlgorithm::from_u8(hash), SignatureAlgorithm::from_u8(signature_algorithm));
        let verifier: &dyn SignatureVerifier = aws_lc_rs::default_provider().signature_verification;
        verifier.verify_signature(certificate, signed, signature, hash, algorithm).is_ok()
    })
}

#[cfg(test)]
thread_local! {
    /// How many signatures were verified.
    pub(super) static VERIFIED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}
