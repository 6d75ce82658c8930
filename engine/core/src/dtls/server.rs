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
    Input(Vec<Vec<u8>>),
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
            Verdict::Authentic(datagrams) => Action::Input(datagrams),
            Verdict::WrongCertificate => Action::Reject,
        }
    }

    fn hello_received(&mut self, record: u64, parts: Vec<Fragment>) -> Action {
        let Some(sequence) = parts.first().map(|part| part.sequence) else { return Action::Ignore };
        let mut hellos = messages(&parts, CLIENT_HELLO, sequence);
        if hellos.is_empty() {
            self.order(&parts);
            self.keep(parts);
            hellos = messages(&self.hello_parts, CLIENT_HELLO, sequence);
        }
        let mut action = Action::Ignore;
        for hello in hellos {
            action = self.decide(record, hello);
            if matches!(action, Action::Begin(_) | Action::Input(_)) {
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
            return Action::Input(vec![again]);
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

    /// Only the first fragment of a `ClientHello` has the cookie. The others follow it at once, so that what came
    /// before is not theirs, and shows that there are forged ones; it may have been overtaken, which costs a round
    /// trip.
    fn order(&mut self, parts: &[Fragment]) {
        let has_cookie = |part: &Fragment| cookie_in(&part.bytes) == Some(&self.cookie[..]);
        for part in parts {
            if part.offset == 0 && part.sequence == 1 && has_cookie(part) {
                self.hello_parts.retain(|kept| kept.sequence != 1 || kept == part);
            }
            let mut before = self.hello_parts.iter().chain(parts);
            let first = |one: &Fragment| one.offset == 0 && one.sequence == part.sequence;
            self.cautious |= !before.any(first);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: Cookie = [5; 32];

    /// A `ClientHello` with that cookie, and with that at its end.
    fn hello(sequence: u16, cookie: &[u8], end: u8) -> Message {
        let length = [cookie.len() as u8];
        Message::new(
            CLIENT_HELLO,
            sequence,
            &[&[7; 34][..], &[0], &length, cookie, &[end; 90]].concat(),
        )
    }

    /// The two halves of a message, each in a datagram.
    fn halves(message: &Message) -> [Vec<u8>; 2] {
        let (length, half) = (message.body().len(), 80);
        [(0, half), (half, length)].map(|(from, to)| {
            let number = |n: usize| [(n >> 16) as u8, (n >> 8) as u8, n as u8];
            let (head, middle) =
                ([&[CLIENT_HELLO][..], &number(length)].concat(), [0, message.sequence as u8]);
            let part =
                [&head[..], &middle, &number(from), &number(to - from), &message.body()[from..to]];
            let mut datagram = Vec::new();
            write_record(&mut datagram, HANDSHAKE, 1, &part.concat());
            datagram
        })
    }

    fn received(server: &mut Server, datagram: &[u8]) -> Option<Message> {
        match server.received(Time::ZERO, datagram) {
            Action::Begin(hello) => Some(hello),
            _ => None,
        }
    }

    #[test]
    fn a_client_hello_in_two_datagrams_is_answered() {
        let mut server = Server::new(COOKIE, Vec::new());
        let hello = hello(0, &[], 1);
        let [first, second] = halves(&hello);
        assert_eq!(received(&mut server, &first), None);
        assert_eq!(received(&mut server, &second), Some(hello));
    }

    #[test]
    fn a_forged_later_fragment_that_comes_first_is_a_sign() {
        let mut server = Server::new(COOKIE, Vec::new());
        let [_, forged] = halves(&hello(0, &[], 9));
        let [first, second] = halves(&hello(0, &[], 1));
        for datagram in [forged, first, second] {
            assert_eq!(received(&mut server, &datagram), None);
        }
        assert!(server.cautious);
    }

    #[test]
    fn forged_later_fragments_before_the_cookie_are_not_taken() {
        let mut server = Server::new(COOKIE, Vec::new());
        server.caution();
        for n in 6..200 {
            assert_eq!(received(&mut server, &halves(&hello(1, &COOKIE, n))[1]), None);
            assert_eq!(received(&mut server, &halves(&hello(1, &[n; 32], n))[0]), None);
        }
        let hello = hello(1, &COOKIE, 1);
        let [first, second] = halves(&hello);
        assert_eq!(received(&mut server, &first), None);
        assert_eq!(received(&mut server, &second), Some(hello));
        assert!(server.hello_parts.is_empty());
    }
}
