//! The messages of a lite agent, as octets.

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use crate::Route;
use crate::negotiation::Credentials;
use crate::transmit::TransmitQueue;

/// The longest response: header, address, integrity, fingerprint take 72 octets at most.
const MAX_ANSWER: usize = 128;
/// The longest request: two user fragments of 256 octets, and 68 besides.
const MAX_REQUEST: usize = 640;
/// RFC 8445 §5.1.2.1 for a peer-reflexive candidate; the peer learns nothing by it.
const PRIORITY: u32 = (110 << 24) | (65_535 << 8) | 255;

/// Answer a check that was signed with our password.
pub(super) fn answer(
    password: &str,
    route: Route,
    message: &StunMessage<'_>,
    out: &mut TransmitQueue,
) {
    let answer = if message.ice_controlled().is_some() {
        StunMessage::binding_role_conflict_reply(message.trans_id())
    } else {
        StunMessage::binding_reply(message.trans_id(), route.remote)
    };
    let password = Some(password.as_bytes());
    out.write(route, MAX_ANSWER, |buffer| answer.to_bytes(password, buffer, sha1_hmac).ok());
}

/// Send a check to the peer.
pub(super) fn request(
    peer: &Credentials,
    our_ufrag: &str,
    transaction: TransId,
    route: Route,
    out: &mut TransmitQueue,
) {
    let username = format!("{}:{our_ufrag}", peer.ufrag);
    // A tie-breaker of 0: in a role conflict we stay controlled.
    let request = StunMessage::binding_request(&username, transaction, false, 0, PRIORITY, false);
    let password = Some(peer.password.as_bytes());
    out.write(route, MAX_REQUEST, |buffer| request.to_bytes(password, buffer, sha1_hmac).ok());
}

pub(super) fn sha1_hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}
