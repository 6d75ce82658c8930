//! A leg's transport to its peer (RFC 8825): ICE, DTLS and SRTP.

use std::collections::VecDeque;
use std::sync::Arc;

use is::stun::StunMessage;

use crate::clock::Clock;
use crate::dtls::{DtlsEvent, Handshake};
use crate::dtls_cookie::Cookie;
use crate::ice::{Agent, Checked, IceEvent};
use crate::negotiation::{Agreement, Credentials};
use crate::rate_limit::TokenBucket;
use crate::rng::Rng;
use crate::rtp::{HEADER_LENGTH, Header, LEVEL_LENGTH};
use crate::srtp::{Inbound, MAX_OVERHEAD, Outbound, UnprotectError};
use crate::transmit::TransmitQueue;
use crate::{Config, IceMode, Identity, Route, Time, TransportFault, WakeReason};

/// Checks a second that are answered; browsers send some 20 while they connect, then one every 2.5 s.
const CHECKS: (u64, u64) = (50, 200);

/// Repeated checks a second that are answered. An attacker who captured one can send it.
const REPEATS: (u64, u64) = (10, 20);

/// A leg's transport to its peer.
#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
    identity: Arc<Identity>,
    clock: Clock,
    ice: IceMode,
    /// Unknown to all who do not receive at the peer's address.
    cookie: Cookie,
    /// Whether DTLS records came by a route before a check had proved it.
    early_records: bool,
    handshake: Option<Handshake>,
    keys: Option<Keys>,
    checks: TokenBucket,
    repeats: TokenBucket,
    flights: Flights,
    /// The route of the last `Connected` or `PathChanged`.
    reported_route: Option<Route>,
    failed: bool,
    events: VecDeque<TransportEvent>,
}

/// The routes that the flights of a handshake took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flights {
    /// There were none.
    None,
    /// All of them.
    By(Route),
    /// More than one route.
    Several,
}

#[derive(Debug)]
struct Keys {
    profile: &'static str,
    outbound: Outbound,
    inbound: Inbound,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransportEvent {
    /// Datagrams of the peer may come by this route from now on.
    Learnt(Route),
    /// They no longer do.
    Forgotten(Route),
    /// Media can flow, by this route and under this SRTP profile.
    Connected(Route, &'static str),
    /// Media takes another route now.
    PathChanged(Route),
    /// There is no route, or no longer one.
    Failed(TransportFault),
}

impl Transport {
    pub(crate) fn new(config: &Config, tie_breaker: u64) -> Self {
        Self {
            agent: Agent::new(config, tie_breaker),
            identity: Arc::clone(&config.identity),
            clock: Clock::new(config.epoch),
            ice: config.ice,
            cookie: Rng::new(&config.seed, "dtls-cookie", tie_breaker).octets(),
            early_records: false,
            handshake: None,
            keys: None,
            checks: TokenBucket::new(CHECKS.0, CHECKS.1),
            repeats: TokenBucket::new(REPEATS.0, REPEATS.1),
            flights: Flights::None,
            reported_route: None,
            failed: false,
            events: VecDeque::new(),
        }
    }

    /// Our offer went out with these credentials.
    pub(crate) fn open(&mut self, local: Credentials) {
        self.agent.open(local);
    }

    /// Our offer was refused.
    pub(crate) fn withdraw(&mut self) {
        self.agent.withdraw();
    }

    /// Both sides agree. Another certificate or role is another association (RFC 8842 §5.1); the
    /// old keys go with the old one.
    pub(crate) fn agree(&mut self, now: Time, agreement: &Agreement, out: &mut TransmitQueue) {
        let peer = &agreement.peer;
        let same =
            |handshake: &Handshake| handshake.is_with(&peer.fingerprints, peer.we_are_client);
        if !self.handshake.as_ref().is_some_and(same) {
            self.keys = None;
            self.reported_route = None;
            self.flights = Flights::None;
            self.failed = false;
            self.handshake = Some(Handshake::new(
                Arc::clone(&self.identity),
                self.clock,
                peer.fingerprints.clone(),
                peer.we_are_client,
                self.ice,
                self.cookie,
            ));
        }
        self.agent.agree(now, agreement);
        self.agent.timeout(now, out);
        self.advance(now, out);
    }

    /// A STUN message came by a route that is `free`, or is another leg's.
    pub(crate) fn check(
        &mut self,
        now: Time,
        route: Route,
        free: bool,
        message: &StunMessage<'_>,
        out: &mut TransmitQueue,
    ) -> Result<(), UnprotectError> {
        if !self.checks.take(now) {
            return Err(UnprotectError::RateLimited);
        }
        let checked = self.agent.check(now, route, free, message, out);
        if checked != Checked::Authentic {
            // Only authentic and new checks count, or others could use up the limit.
            self.checks.give_back();
        }
        match checked {
            Checked::Authentic => {}
            Checked::AuthFailed => return Err(UnprotectError::AuthFailed),
            Checked::Repeated if self.repeats.take(now) => {
                self.agent.repeat(route, message, out);
                return Ok(());
            }
            Checked::Repeated | Checked::Replayed => return Err(UnprotectError::Replayed),
        }
        self.advance(now, out);
        if let Some(handshake) = self.handshake.as_mut().filter(|_| message.use_candidate()) {
            handshake.nominated(now);
        }
        if let Some(route) = self.agent.route() {
            self.with_handshake(now, route, |handshake| handshake.retransmit_now(now, route, out));
        }
        Ok(())
    }

    /// Whether it may be the response to a check of ours.
    pub(crate) fn awaits(&self, route: Route, message: &StunMessage<'_>) -> bool {
        self.agent.awaits(route, message)
    }

    /// A datagram with DTLS records came.
    pub(crate) fn records(
        &mut self,
        now: Time,
        route: Route,
        datagram: &[u8],
        out: &mut TransmitQueue,
    ) {
        if !self.agent.is_validated(route) {
            return;
        }
        let reply = self.agent.route().unwrap_or(route);
        let cautious = self.early_records;
        self.with_handshake(now, reply, |handshake| {
            if cautious {
                handshake.caution();
            }
            handshake.receive(now, reply, datagram, out)
        });
    }

    /// DTLS records came by one of its routes before a check had proved that route.
    pub(crate) fn had_early_records(&mut self) {
        self.early_records = true;
    }

    /// An authentic RTP packet came. Returns whether media takes another route now.
    pub(crate) fn media_received(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> bool {
        self.agent.media_received(now);
        self.packet_received(now, route, out)
    }

    /// An authentic RTP packet came by a route of no leg.
    pub(crate) fn stray(&mut self, now: Time, route: Route, out: &mut TransmitQueue) {
        let newest = self.keys.as_ref().is_some_and(|keys| keys.inbound.newest());
        if newest && self.agent.stray(now, route) {
            self.agent.timeout(now, out);
            self.advance(now, out);
        }
    }

    /// An authentic packet came, of any kind. Returns whether media takes another route now.
    pub(crate) fn packet_received(
        &mut self,
        now: Time,
        route: Route,
        out: &mut TransmitQueue,
    ) -> bool {
        // An older packet may have been captured and sent again, so it proves no more than a check.
        let newest = self.keys.as_ref().is_some_and(|keys| keys.inbound.newest());
        let moved = newest && self.agent.packet_received(now, route);
        if moved {
            self.agent.timeout(now, out);
            self.advance(now, out);
        }
        moved
    }

    /// Time has passed.
    pub(crate) fn timeout(&mut self, now: Time, out: &mut TransmitQueue) {
        self.agent.timeout(now, out);
        self.advance(now, out);
        let Some(route) = self.agent.route() else { return };
        if self.handshake.as_ref().and_then(Handshake::wake).is_some_and(|at| at <= now) {
            self.with_handshake(now, route, |handshake| handshake.timeout(now, route, out));
        }
    }

    /// When [`timeout`](Self::timeout) is due, and why.
    pub(crate) fn wake(&mut self, now: Time) -> Option<(Time, WakeReason)> {
        let ice = self.agent.wake(now).map(|at| (at, WakeReason::Ice));
        // Without a route a flight cannot be retransmitted; it waits.
        let handshake = self.handshake.as_ref().filter(|_| self.agent.route().is_some());
        let dtls = handshake.and_then(Handshake::wake).map(|at| (at, WakeReason::Dtls));
        [ice, dtls].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// A route is gone: its connection, or it is another leg's.
    pub(crate) fn closed(&mut self, now: Time, route: Route, out: &mut TransmitQueue) {
        self.agent.closed(now, route);
        self.agent.timeout(now, out);
        self.advance(now, out);
    }

    /// Close the DTLS association.
    pub(crate) fn close(&mut self, now: Time, out: &mut TransmitQueue) {
        if let (Some(route), Some(handshake)) = (self.agent.route(), &mut self.handshake) {
            handshake.close(now, route, out);
        }
    }

    /// Whether media can be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.keys.is_some() && self.agent.media_route().is_some()
    }

    /// User fragments that checks for this leg may name.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = &str> {
        self.agent.fragments()
    }

    /// Protect and send an RTP packet of at most `capacity` bytes; `write` returns its length.
    pub(crate) fn send_rtp(
        &mut self,
        capacity: usize,
        out: &mut TransmitQueue,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        self.send(capacity, out, write, Outbound::protect_rtp)
    }

    /// Protect and send an RTP packet with that header.
    pub(crate) fn send_packet(&mut self, header: Header, payload: &[u8], out: &mut TransmitQueue) {
        self.send_rtp(HEADER_LENGTH + payload.len(), out, |buffer| {
            let length = buffer.len();
            header.write(buffer);
            buffer.get_mut(HEADER_LENGTH..)?.copy_from_slice(payload);
            Some(length)
        });
    }

    /// The same with a header extension, which the X bit announces (RFC 3550 §5.3.1).
    pub(crate) fn send_extended(
        &mut self,
        header: Header,
        extension: [u8; LEVEL_LENGTH],
        payload: &[u8],
        out: &mut TransmitQueue,
    ) {
        const EXTENDED: usize = HEADER_LENGTH + LEVEL_LENGTH;
        self.send_rtp(EXTENDED + payload.len(), out, |buffer| {
            let length = buffer.len();
            header.write(buffer);
            *buffer.first_mut()? |= 0x10;
            buffer.get_mut(HEADER_LENGTH..EXTENDED)?.copy_from_slice(&extension);
            buffer.get_mut(EXTENDED..)?.copy_from_slice(payload);
            Some(length)
        });
    }

    /// Protect and send a compound RTCP packet of at most `capacity` bytes; `write` returns its length.
    pub(crate) fn send_rtcp(
        &mut self,
        capacity: usize,
        out: &mut TransmitQueue,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        self.send(capacity, out, write, Outbound::protect_rtcp)
    }

    fn send(
        &mut self,
        capacity: usize,
        out: &mut TransmitQueue,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
        protect: impl FnOnce(&mut Outbound, &mut [u8], usize) -> Option<usize>,
    ) -> bool {
        let (Some(route), Some(keys)) = (self.agent.media_route(), &mut self.keys) else {
            return false;
        };
        out.write(route, capacity + MAX_OVERHEAD, |buffer| {
            let length = write(buffer.get_mut(..capacity)?)?;
            protect(&mut keys.outbound, buffer, length)
        })
    }

    /// Part of [`Leg::read_ahead`](super::Leg::read_ahead).
    pub(crate) fn read_ahead(&self) -> u64 {
        self.keys.as_ref().map_or(0, |keys| keys.inbound.read_ahead() ^ keys.outbound.read_ahead())
    }

    /// Unprotect RTP in place; its length then.
    pub(crate) fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        self.keys.as_mut().ok_or(UnprotectError::AuthFailed)?.inbound.unprotect_rtp(packet)
    }

    /// Unprotect RTCP in place; its length then.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        self.keys.as_mut().ok_or(UnprotectError::AuthFailed)?.inbound.unprotect_rtcp(packet)
    }

    /// The oldest event, if there is any.
    pub(crate) fn poll(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    /// Act on the events of ICE.
    fn advance(&mut self, now: Time, out: &mut TransmitQueue) {
        while let Some(event) = self.agent.poll() {
            match event {
                IceEvent::Expected(route) | IceEvent::Learnt(route) => {
                    self.events.push_back(TransportEvent::Learnt(route));
                }
                IceEvent::Forgotten(route) => {
                    self.events.push_back(TransportEvent::Forgotten(route));
                }
                IceEvent::Failed(fault) => self.fail(fault),
                IceEvent::Selected(route) => {
                    self.with_handshake(now, route, |handshake| handshake.begin(now, route, out));
                }
                IceEvent::Usable(route) => self.usable(route),
            }
        }
        // The peer may have been checked before its description came.
        if let Some(route) = self.agent.route() {
            self.with_handshake(now, route, |handshake| handshake.begin(now, route, out));
        }
    }

    /// Run an action of the handshake that may send a flight by that route.
    fn with_handshake(
        &mut self,
        now: Time,
        route: Route,
        act: impl FnOnce(&mut Handshake) -> Option<DtlsEvent>,
    ) {
        let Some(handshake) = &mut self.handshake else { return };
        if self.keys.is_none() {
            self.flights = match self.flights {
                Flights::None => Flights::By(route),
                Flights::By(before) if before == route => Flights::By(route),
                _ => Flights::Several,
            };
        }
        if let Some(event) = act(handshake) {
            self.handle_dtls_event(now, event);
        }
    }

    fn usable(&mut self, route: Route) {
        let Some(keys) = &self.keys else { return };
        if std::mem::take(&mut self.failed) || self.reported_route.is_none() {
            self.events.push_back(TransportEvent::Connected(route, keys.profile));
        } else if self.reported_route != Some(route) {
            self.events.push_back(TransportEvent::PathChanged(route));
        }
        self.reported_route = Some(route);
    }

    fn handle_dtls_event(&mut self, now: Time, event: DtlsEvent) {
        match event {
            DtlsEvent::Keys(profile, outbound, inbound) => {
                self.keys = Some(Keys { profile: profile.name(), outbound, inbound });
                // A peer that finished a handshake received its flights: their route is proven.
                let proven = match self.flights {
                    Flights::By(route) => Some(route),
                    Flights::None | Flights::Several => None,
                };
                self.agent.keyed(now, proven);
                if let Some(route) = self.agent.media_route() {
                    self.usable(route);
                }
            }
            DtlsEvent::Failed(fault) => self.fail(fault),
        }
    }

    fn fail(&mut self, fault: TransportFault) {
        if !std::mem::replace(&mut self.failed, true) {
            self.events.push_back(TransportEvent::Failed(fault));
        }
    }
}
