//! One DTLS handshake (RFC 6347, RFC 5764): authenticates the peer and agrees on SRTP keys.

mod client;
mod flight;
mod message;
mod server;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use dimpl::{CryptoError, CryptoOperation, Dtls, Error, Output, SrtpProfile};

use crate::clock::Clock;
use crate::dtls_cookie::{self, Cookie};
use crate::negotiation::Fingerprint;
use crate::srtp::{Inbound, Outbound, Profile, from_dtls};
use crate::transmit::TransmitQueue;
use crate::{IceMode, Identity, Route, Time, TransportFault};

use client::Client;
use flight::Verdict;
use message::{HANDSHAKE, Message, Record, records, write_record};
use server::{Action, Server};

/// Handshakes started again after an error that a forged record could have caused.
const MAX_ATTEMPTS: u32 = 3;
/// A handshake that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(30);
/// A pause that a packet of the peer cuts short; longer than most round trips.
const LONG_PAUSE: Duration = Duration::from_millis(300);
/// Room for one record; the library keeps to 1,150 octets.
const ROOM: usize = 2_048;

/// One association with a peer whose certificate is known by its digest.
#[allow(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub(crate) struct Handshake {
    identity: Arc<Identity>,
    clock: Clock,
    fingerprints: Vec<Fingerprint>,
    we_are_client: bool,
    /// What guards the library while we are the server and have no keys.
    server: Option<Box<Server>>,
    /// The same while we are the client.
    client: Option<Box<Client>>,
    dtls: Option<Dtls>,
    attempts: u32,
    verified: bool,
    keyed: bool,
    finished: bool,
    wake: Option<Time>,
    /// When we give up, once begun.
    deadline: Option<Time>,
    /// How far the library's clock is ahead of ours, see [`Handshake::retransmit_now`].
    skew: Duration,
}

/// What a handshake led to.
pub(crate) enum DtlsEvent {
    /// The peer is who its description says; these are the keys.
    Keys(Profile, Outbound, Inbound),
    /// It failed for good, or the peer closed it.
    Failed(TransportFault),
}

impl Handshake {
    /// Not begun yet.
    pub(crate) fn new(
        identity: Arc<Identity>,
        clock: Clock,
        fingerprints: Vec<Fingerprint>,
        we_are_client: bool,
        ice: IceMode,
        cookie: Cookie,
    ) -> Self {
        let server = (!we_are_client).then(|| Box::new(Server::new(cookie, fingerprints.clone())));
        // A full agent acts as a browser does, which guards nothing.
        let is_guarded = we_are_client && ice == IceMode::Lite;
        let client = is_guarded.then(|| Box::new(Client::new(fingerprints.clone())));
        Self {
            identity,
            clock,
            fingerprints,
            we_are_client,
            server,
            client,
            dtls: None,
            attempts: 0,
            verified: false,
            keyed: false,
            finished: false,
            wake: None,
            deadline: None,
            skew: Duration::ZERO,
        }
    }

    /// Whether this is the association with that peer in that role.
    pub(crate) fn is_with(&self, fingerprints: &[Fingerprint], we_are_client: bool) -> bool {
        self.fingerprints == fingerprints && self.we_are_client == we_are_client
    }

    /// There is a route to the peer: send the client hello, if we are the client.
    pub(crate) fn begin(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        if self.dtls.is_some() || !self.we_are_client || self.attempts > 0 {
            return None;
        }
        self.create(now);
        self.timeout(now, route, out)
    }

    /// Records came before the peer could send any, see [`Server::caution`].
    pub(crate) fn caution(&mut self) {
        if let Some(server) = &mut self.server {
            server.caution();
        }
        if let Some(client) = &mut self.client {
            client.caution();
        }
    }

    /// The peer nominated a route.
    pub(crate) fn nominated(&mut self, now: Time) {
        if let Some(client) = &mut self.client {
            client.nominated(now);
        }
    }

    /// A datagram came by a route that ICE has validated.
    pub(crate) fn receive(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        if self.server.is_some() {
            return self.receive_as_server(now, route, datagram, out);
        }
        if self.client.is_some() {
            return self.receive_as_client(now, route, datagram, out);
        }
        if !self.finished {
            return self.receive_unguarded(now, route, datagram, out);
        }
        let records: Vec<_> = late(datagram).collect();
        let (event, failed) = self.feed_all(now, route, &records, out)?;
        if event.is_none() && failed { self.broken() } else { event }
    }

    fn receive_unguarded(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let (event, failed) = self.feed(now, route, datagram, out)?;
        if event.is_some() || !failed { event } else { self.begin_again(now, route, out) }
    }

    fn receive_as_client(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let datagrams = match self.client.as_mut()?.received(now, datagram) {
            Verdict::Unproven => return None,
            Verdict::WrongCertificate => return Some(self.reject(TransportFault::Fingerprint)),
            Verdict::Authentic(datagrams) => datagrams,
        };
        let (event, failed) = self.feed_all(now, route, &datagrams, out)?;
        if self.finished {
            self.client = None;
        }
        if event.is_some() || !failed {
            return event;
        }
        if let Some(client) = &mut self.client {
            client.restart();
        }
        self.begin_again(now, route, out)
    }

    /// The library ended: begin again as the client, if attempts are left.
    fn begin_again(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let event = self.broken();
        if !self.finished && self.attempts < MAX_ATTEMPTS {
            self.create(now);
            return self.timeout(now, route, out);
        }
        event
    }

    fn receive_as_server(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let fed = match self.server.as_mut()?.received(now, datagram) {
            Action::Ignore => return None,
            Action::Reject => return Some(self.reject(TransportFault::Fingerprint)),
            Action::Send(datagram) => {
                self.deadline = self.deadline.or(Some(now + LIMIT));
                out.push(route, &datagram);
                return None;
            }
            Action::Begin(hello) => self.begin_as_server(now, route, &hello, out),
            Action::Input(datagrams) => self.feed_all(now, route, &datagrams, out),
        };
        let (event, failed) = fed?;
        if self.finished {
            self.server = None;
        }
        if event.is_some() || !failed {
            return event;
        }
        // What a forged ClientHello caused does not count.
        self.attempts -= u32::from(!self.server.as_mut()?.ended());
        self.broken()
    }

    /// Begin with the `ClientHello` that is answered.
    fn begin_as_server(
        &mut self,
        now: Time,
        route: Route,
        hello: &Message,
        out: &mut TransmitQueue,
    ) -> Option<(Option<DtlsEvent>, bool)> {
        let record = |hello: &[u8]| {
            let mut record = Vec::new();
            write_record(&mut record, HANDSHAKE, 0, hello);
            record
        };
        let Some(cookie) = self.server.as_ref()?.cookie_of(hello) else {
            self.create(now);
            return self.feed(now, route, &record(&hello.bytes), out);
        };
        self.create_with_cookie(now);
        // We have requested the cookie; the library has to believe that it has done so itself.
        let first = Message::new(message::CLIENT_HELLO, 0, hello.body());
        let (instant, dtls) = (self.clock.instant(now + self.skew), self.dtls.as_mut()?);
        let first = record(&first.bytes);
        let requested = dtls_cookie::expect([0; 32], || {
            dtls.handle_timeout(instant).and_then(|()| dtls.handle_packet(&first))
        });
        if requested.is_err() {
            return Some((None, true));
        }
        while let Output::Packet(_) = dtls.poll_output(&mut [0; ROOM]) {}
        dtls_cookie::expect(cookie, || self.feed(now, route, &record(&hello.bytes), out))
    }

    /// Pass datagrams to the library: what came of the last, and whether it ended with an error.
    fn feed_all(
        &mut self,
        now: Time,
        route: Route,
        datagrams: &[Vec<u8>],
        out: &mut TransmitQueue,
    ) -> Option<(Option<DtlsEvent>, bool)> {
        let mut event = None;
        for datagram in datagrams {
            let (newer, failed) = self.feed(now, route, datagram, out)?;
            event = newer.or(event);
            if failed {
                return Some((event, true));
            }
        }
        Some((event, false))
    }

    /// Pass records to the library: what came of it, and whether it ended with an error.
    fn feed(
        &mut self,
        now: Time,
        route: Route,
        records: &[u8],
        out: &mut TransmitQueue,
    ) -> Option<(Option<DtlsEvent>, bool)> {
        let instant = self.clock.instant(now + self.skew);
        let dtls = self.dtls.as_mut()?;
        let taken = dtls.handle_timeout(instant).and_then(|()| dtls.handle_packet(records));
        let event = self.drain(now, route, out);
        // A forged record. The library has not changed: it may be discarded (RFC 6347 §4.1.2.7).
        let forged = CryptoError::OperationFailed(CryptoOperation::Decrypt);
        let failed = taken.is_err_and(|error| error != Error::CryptoError(forged));
        Some((event, failed))
    }

    /// Time has passed.
    pub(crate) fn timeout(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let over = self.deadline.filter(|_| !self.finished).is_some_and(|at| at <= now);
        if over {
            return Some(self.reject(TransportFault::Dtls));
        }
        let request = self.client.as_mut().and_then(|client| client.take_request(now));
        if let Some(request) = request {
            let (event, failed) = self.feed(now, route, &request, out)?;
            return if failed { self.broken() } else { event };
        }
        let instant = self.clock.instant(now + self.skew);
        if self.dtls.as_mut()?.handle_timeout(instant).is_err() {
            self.attempts = MAX_ATTEMPTS;
            return self.broken();
        }
        self.drain(now, route, out)
    }

    /// The peer can be reached now: retransmit a flight now that would wait long. Flights sent before
    /// the peer had a route to us were lost, and the pauses between them double; the library's pause can
    /// only be cut short by advancing its clock.
    pub(crate) fn retransmit_now(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> Option<DtlsEvent> {
        let pause = self.wake.filter(|_| !self.finished)?.since(now);
        if pause < LONG_PAUSE {
            return None;
        }
        self.skew += pause;
        self.timeout(now, route, out)
    }

    /// When [`timeout`](Self::timeout) is due.
    pub(crate) fn wake(&self) -> Option<Time> {
        let deadline = self.deadline.filter(|_| !self.finished);
        let request = self.client.as_ref().and_then(|client| client.wake());
        [self.wake, deadline, request].into_iter().flatten().min()
    }

    /// Close the association (`close_notify`).
    pub(crate) fn close(&mut self, now: Time, route: Route, out: &mut TransmitQueue) {
        if let Some(dtls) = self.dtls.as_mut().filter(|_| self.finished)
            && dtls.close().is_ok()
        {
            self.drain(now, route, out);
        }
    }

    fn create(&mut self, now: Time) {
        self.create_as(now, Arc::clone(&self.identity.dtls));
    }

    fn create_with_cookie(&mut self, now: Time) {
        self.create_as(now, Arc::clone(&self.identity.dtls_with_cookie));
    }

    fn create_as(&mut self, now: Time, config: Arc<dimpl::Config>) {
        let certificate = self.identity.certificate.clone();
        let mut dtls = Dtls::new_12(config, certificate, self.clock.instant(now));
        dtls.set_active(self.we_are_client);
        self.dtls = Some(dtls);
        self.attempts += 1;
        self.deadline = self.deadline.or(Some(now + LIMIT));
    }

    /// An error. An attacker who can forge the peer's address can cause one, so it ends no finished
    /// association, and a handshake is tried again.
    fn broken(&mut self) -> Option<DtlsEvent> {
        self.dtls = None;
        self.wake = None;
        let over = !self.finished && self.attempts >= MAX_ATTEMPTS;
        over.then_some(DtlsEvent::Failed(TransportFault::Dtls))
    }

    fn drain(&mut self, now: Time, route: Route, out: &mut TransmitQueue) -> Option<DtlsEvent> {
        let mut buffer = [0; ROOM];
        let mut event = None;
        while let Some(dtls) = &mut self.dtls {
            match dtls.poll_output(&mut buffer) {
                Output::Packet(datagram) => {
                    if let Some(server) = &mut self.server {
                        server.sent(datagram);
                    }
                    if let Some(client) = &mut self.client {
                        client.sent(now, datagram);
                    }
                    out.push(route, datagram);
                }
                Output::PeerCert(certificate) => {
                    self.verified = self.fingerprints.iter().any(|f| f.matches(certificate));
                    if !self.verified {
                        return Some(self.reject(TransportFault::Fingerprint));
                    }
                }
                Output::KeyingMaterial(material, profile) => {
                    if !self.verified {
                        return Some(self.reject(TransportFault::Fingerprint));
                    }
                    let keys = profile_of(profile).and_then(|profile| {
                        let (ours, theirs) = from_dtls(profile, &material, self.we_are_client)?;
                        Some(DtlsEvent::Keys(profile, ours, theirs))
                    });
                    self.keyed = true;
                    event = Some(keys.unwrap_or(DtlsEvent::Failed(TransportFault::Profile)));
                }
                Output::Connected => self.finished = true,
                Output::CloseNotify => event = Some(DtlsEvent::Failed(TransportFault::PeerClosed)),
                Output::Timeout(at) => {
                    self.wake = self.clock.time(at, now + self.skew).map(|at| at - self.skew);
                    if self.finished && !self.keyed {
                        return Some(self.reject(TransportFault::Profile));
                    }
                    break;
                }
                Output::BufferTooSmall { .. } => return self.broken(),
                _ => {}
            }
        }
        event
    }

    /// Give up on this peer for good.
    fn reject(&mut self, fault: TransportFault) -> DtlsEvent {
        self.attempts = MAX_ATTEMPTS;
        self.server = None;
        self.client = None;
        self.dtls = None;
        self.wake = None;
        self.deadline = None;
        DtlsEvent::Failed(fault)
    }
}

impl Fingerprint {
    /// Whether that certificate has this digest (RFC 8122 §5.1).
    fn matches(&self, certificate: &[u8]) -> bool {
        let (algorithm, expected): (_, &[u8]) = match self {
            Self::Sha256(octets) => (&digest::SHA256, octets),
            Self::Sha384(octets) => (&digest::SHA384, octets),
            Self::Sha512(octets) => (&digest::SHA512, octets),
        };
        digest::digest(algorithm, certificate).as_ref() == expected
    }
}

/// The records of a datagram that matter to a finished association, each by itself: protected ones, and handshake
/// messages of a peer that did not get our last flight.
fn late(datagram: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let matters = |one: &Record<'_>| one.epoch == 1 || one.content_type == HANDSHAKE;
    records(datagram).filter(matters).map(|record| record.bytes.to_vec())
}

fn profile_of(profile: SrtpProfile) -> Option<Profile> {
    match profile {
        SrtpProfile::AEAD_AES_128_GCM => Some(Profile::AeadAes128Gcm),
        SrtpProfile::AEAD_AES_256_GCM => Some(Profile::AeadAes256Gcm),
        SrtpProfile::AES128_CM_SHA1_80 => Some(Profile::Aes128CmSha1),
        _ => None,
    }
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake")
            .field("we_are_client", &self.we_are_client)
            .field("finished", &self.finished)
            .finish_non_exhaustive()
    }
}
