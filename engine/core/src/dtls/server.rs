//! What a DTLS server lets through to the library before there are keys: its peer's `ClientHello` and flight.
//!
//! Anyone who can send with the peer's address can send records (RFC 9147 §11). A forged `ClientHello` must not
//! get our flight, because the peer would take it for its own and fail. Without a sign of forged records the
//! first `ClientHello` is answered at once; after one, only the sender that returns our cookie is.

use super::flight::{ClientFlight, Verdict};
use super::message::{
    CLIENT_HELLO, Fragment, HANDSHAKE, HELLO_VERIFY_REQUEST, Message, Record, fragments, messages,
    records, write_record,
};
use crate::Time;
use crate::dtls_cookie::Cookie;
use crate::negotiation::Fingerprint;

/// Fragments of `ClientHello`s that are kept from datagram to datagram.
const MAX_KEPT: usize = 12;

/// The server's side of a handshake that has no keys yet.
#[derive(Debug)]
pub(super) struct Server {
    cookie: Cookie,
    fingerprints: Vec<Fingerprint>,
    /// Whether there was a sign of forged records.
    cautious: bool,
    hello_parts: Vec<Fragment>,
    accepted: Option<Accepted>,
}

#[derive(Debug)]
struct Accepted {
    hello: Message,
    flight: ClientFlight,
}

/// What to do with a datagram.
#[derive(Debug)]
pub(super) enum Action {
    /// Nothing.
    Ignore,
    /// Send this.
    Send(Vec<u8>),
    /// Begin a handshake with that `ClientHello`.
    Begin(Message),
    /// These datagrams are for the library, one by one.
    Feed(Vec<Vec<u8>>),
    /// The peer has another certificate than its description says.
    Reject,
}

impl Server {
    pub(super) fn new(cookie: Cookie, fingerprints: Vec<Fingerprint>) -> Self {
        Self { cookie, fingerprints, cautious: false, hello_parts: Vec::new(), accepted: None }
    }

    /// Records came before the peer could send any: they are forged.
    pub(super) fn caution(&mut self) {
        self.cautious = true;
    }

    /// The cookie, if that `ClientHello` has it.
    pub(super) fn cookie_of(&self, hello: &Message) -> Option<Cookie> {
        let is_ours = cookie_in(hello.body()) == Some(&self.cookie[..]);
        (hello.sequence == 1 && is_ours).then_some(self.cookie)
    }

    /// A datagram came by a route that ICE has validated.
    pub(super) fn received(&mut self, now: Time, datagram: &[u8]) -> Action {
        let is_plain = |one: &Record<'_>| one.content_type == HANDSHAKE && one.epoch == 0;
        let mut number = None;
        let mut hello = Vec::new();
        for record in records(datagram).filter(is_plain) {
            let before = hello.len();
            hello.extend(fragments(record.payload).filter(|part| part.kind == CLIENT_HELLO));
            if hello.len() > before {
                number.get_or_insert(record.sequence);
            }
        }
        match number {
            Some(number) => self.hello_received(number, hello),
            None => self.flight_received(now, datagram),
        }
    }

    /// Our flight went out in that datagram.
    pub(super) fn sent(&mut self, datagram: &[u8]) {
        if let Some(accepted) = &mut self.accepted {
            accepted.flight.sent(datagram);
        }
    }

    /// The library ended. Returns whether only its peer can have caused that.
    pub(super) fn ended(&mut self) -> bool {
        self.cautious = true;
        let ended = self.accepted.take();
        ended.is_some_and(|ended| {
            self.cookie_of(&ended.hello).is_some() || ended.flight.is_accepted()
        })
    }

    fn flight_received(&mut self, now: Time, datagram: &[u8]) -> Action {
        let Some(accepted) = &mut self.accepted else { return Action::Ignore };
        match accepted.flight.received(now, datagram, &self.fingerprints) {
            Verdict::Unproven => Action::Ignore,
            Verdict::Authentic(datagrams) => Action::Feed(datagrams),
            Verdict::WrongCertificate => Action::Reject,
        }
    }

    fn hello_received(&mut self, record: u64, parts: Vec<Fragment>) -> Action {
        let Some(sequence) = parts.first().map(|part| part.sequence) else { return Action::Ignore };
        let mut hellos = messages(&parts, CLIENT_HELLO, sequence);
        if hellos.is_empty() {
            self.keep(parts);
            hellos = messages(&self.hello_parts, CLIENT_HELLO, sequence);
        }
        let mut action = Action::Ignore;
        for hello in hellos {
            action = self.decide(record, hello);
            if matches!(action, Action::Begin(_) | Action::Feed(_)) {
                break;
            }
        }
        action
    }

    fn decide(&mut self, record: u64, hello: Message) -> Action {
        let accepted = self.accepted.as_ref().map(|accepted| &accepted.hello);
        if accepted == Some(&hello) {
            // The peer did not get our flight.
            let mut again = Vec::new();
            write_record(&mut again, HANDSHAKE, record, &hello.bytes);
            return Action::Feed(vec![again]);
        }
        // A peer that begins again gets a cookie too; to any other this request is an old message.
        let has_cookie = self.cookie_of(&hello).is_some();
        if hello.sequence == 0 && (self.cautious || accepted.is_some()) {
            self.cautious = true;
            return Action::Send(request(&self.cookie, record));
        }
        if hello.sequence != 0 && !has_cookie {
            return Action::Ignore;
        }
        self.hello_parts = Vec::new();
        self.accepted =
            Some(Accepted { flight: ClientFlight::after(&hello), hello: hello.clone() });
        Action::Begin(hello)
    }

    fn keep(&mut self, parts: Vec<Fragment>) {
        for part in parts {
            if !self.hello_parts.contains(&part) {
                if self.hello_parts.len() >= MAX_KEPT {
                    self.hello_parts.remove(0);
                }
                self.hello_parts.push(part);
            }
        }
    }
}

/// A request to send the `ClientHello` again with that cookie, in a record with the number of the `ClientHello`'s.
fn request(cookie: &Cookie, sequence: u64) -> Vec<u8> {
    // RFC 6347 §4.2.1: DTLS 1.0, whatever is negotiated later.
    let body = [&[254, 255, cookie.len() as u8][..], cookie].concat();
    let mut datagram = Vec::new();
    let request = Message::new(HELLO_VERIFY_REQUEST, 0, &body);
    write_record(&mut datagram, HANDSHAKE, sequence, &request.bytes);
    datagram
}

/// The cookie of a `ClientHello` (RFC 6347 §4.2.1): after version, random and session id.
fn cookie_in(body: &[u8]) -> Option<&[u8]> {
    let session = usize::from(*body.get(34)?);
    let rest = body.get(35 + session..)?;
    let (length, rest) = rest.split_first()?;
    rest.get(..usize::from(*length))
}
