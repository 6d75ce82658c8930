//! A leg's way to its peer: ICE finds it, DTLS guards it, SRTP travels on it.

use std::collections::VecDeque;
use std::sync::Arc;

use is::stun::StunMessage;

use crate::clock::Clock;
use crate::dtls::{DtlsNews, Handshake};
use crate::ice::{Agent, Checked, IceNews};
use crate::negotiation::{Agreement, Credentials};
use crate::outbox::Outbox;
use crate::rate_limit::TokenBucket;
use crate::rtp::{HEADER_LENGTH, Header};
use crate::srtp::{Inbound, MAX_OVERHEAD, Outbound, Unprotected};
use crate::{Config, Identity, Route, Time, TransportFault, WakeReason};

/// Checks a second that are answered; browsers send some 20 while they look for a way, then one
/// every 2.5 s.
const CHECKS: (u64, u64) = (50, 200);

/// Checks a second that are answered once more. Anybody who captured one can send it.
const REPEATS: (u64, u64) = (10, 20);

/// A leg's way to its peer.
#[derive(Debug)]
pub(crate) struct Way {
    agent: Agent,
    identity: Arc<Identity>,
    clock: Clock,
    handshake: Option<Handshake>,
    keys: Option<Keys>,
    checks: TokenBucket,
    repeats: TokenBucket,
    flights: Flights,
    /// What was told last: whether there is a way, and which.
    told: Option<Route>,
    failed: bool,
    news: VecDeque<WayNews>,
}

/// Which way the flights of a handshake went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flights {
    /// There were none.
    None,
    /// All of them.
    By(Route),
    /// One way and another.
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
pub(crate) enum WayNews {
    /// Datagrams of the peer may come this way from now on.
    Learnt(Route),
    /// They no longer do.
    Forgotten(Route),
    /// Media can flow, by this way and under this profile.
    Connected(Route, &'static str),
    /// It goes another way now.
    Moved(Route),
    /// The way is gone or never was.
    Failed(TransportFault),
}

impl Way {
    pub(crate) fn new(config: &Config, tie_breaker: u64) -> Self {
        Self {
            agent: Agent::new(config, tie_breaker),
            identity: Arc::clone(&config.identity),
            clock: Clock::new(config.epoch),
            handshake: None,
            keys: None,
            checks: TokenBucket::new(CHECKS.0, CHECKS.1),
            repeats: TokenBucket::new(REPEATS.0, REPEATS.1),
            flights: Flights::None,
            told: None,
            failed: false,
            news: VecDeque::new(),
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
    pub(crate) fn agree(&mut self, now: Time, agreement: &Agreement, out: &mut Outbox) {
        let peer = &agreement.peer;
        let same =
            |handshake: &Handshake| handshake.is_with(&peer.fingerprints, peer.we_are_client);
        if !self.handshake.as_ref().is_some_and(same) {
            self.keys = None;
            self.told = None;
            self.flights = Flights::None;
            self.failed = false;
            self.handshake = Some(Handshake::new(
                Arc::clone(&self.identity),
                self.clock,
                peer.fingerprints.clone(),
                peer.we_are_client,
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
        out: &mut Outbox,
    ) -> Result<(), Unprotected> {
        if !self.checks.take(now) {
            return Err(Unprotected::Flooded);
        }
        let checked = self.agent.check(now, route, free, message, out);
        if checked != Checked::Authentic {
            // Only what is authentic and new counts, or strangers could use the bucket up.
            self.checks.give_back();
        }
        match checked {
            Checked::Authentic => {}
            Checked::Unauthentic => return Err(Unprotected::Unauthentic),
            Checked::Repeated if self.repeats.take(now) => {
                self.agent.repeat(route, message, out);
                return Ok(());
            }
            Checked::Repeated | Checked::Replayed => return Err(Unprotected::Replayed),
        }
        self.advance(now, out);
        if let Some(route) = self.agent.route() {
            self.fly(now, route, |handshake| handshake.nudge(now, route, out));
        }
        Ok(())
    }

    /// Whether it may be the answer to a check of ours.
    pub(crate) fn awaits(&self, route: Route, message: &StunMessage<'_>) -> bool {
        self.agent.awaits(route, message)
    }

    /// A DTLS record came.
    pub(crate) fn record(&mut self, now: Time, route: Route, record: &[u8], out: &mut Outbox) {
        if !self.agent.knows(route) {
            return;
        }
        let reply = self.agent.route().unwrap_or(route);
        self.fly(now, reply, |handshake| handshake.receive(now, reply, record, out));
    }

    /// An authentic RTP packet came. Returns whether media goes another way now.
    pub(crate) fn hear(&mut self, now: Time, route: Route, out: &mut Outbox) -> bool {
        self.agent.speaks(now);
        self.hear_of(now, route, out)
    }

    /// An authentic RTP packet came by a route of no leg.
    pub(crate) fn stray(&mut self, now: Time, route: Route, out: &mut Outbox) {
        let newest = self.keys.as_ref().is_some_and(|keys| keys.inbound.newest());
        if newest && self.agent.stray(now, route) {
            self.agent.timeout(now, out);
            self.advance(now, out);
        }
    }

    /// An authentic packet came that is no speech.
    pub(crate) fn hear_of(&mut self, now: Time, route: Route, out: &mut Outbox) -> bool {
        // What was held back on its way proves no more than a check does.
        let newest = self.keys.as_ref().is_some_and(|keys| keys.inbound.newest());
        let moved = newest && self.agent.heard(now, route);
        if moved {
            self.advance(now, out);
        }
        moved
    }

    /// Time has passed.
    pub(crate) fn timeout(&mut self, now: Time, out: &mut Outbox) {
        self.agent.timeout(now, out);
        self.advance(now, out);
        let Some(route) = self.agent.route() else { return };
        if self.handshake.as_ref().and_then(Handshake::wake).is_some_and(|at| at <= now) {
            self.fly(now, route, |handshake| handshake.timeout(now, route, out));
        }
    }

    /// When [`timeout`](Self::timeout) wants to be called, and why.
    pub(crate) fn wake(&mut self, now: Time) -> Option<(Time, WakeReason)> {
        let ice = self.agent.wake(now).map(|at| (at, WakeReason::Ice));
        // Without a way a flight cannot be repeated; it waits.
        let handshake = self.handshake.as_ref().filter(|_| self.agent.route().is_some());
        let dtls = handshake.and_then(Handshake::wake).map(|at| (at, WakeReason::Dtls));
        [ice, dtls].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// A route is gone: its connection, or it is another leg's.
    pub(crate) fn closed(&mut self, now: Time, route: Route, out: &mut Outbox) {
        self.agent.closed(now, route);
        self.agent.timeout(now, out);
        self.advance(now, out);
    }

    /// Say goodbye.
    pub(crate) fn close(&mut self, now: Time, out: &mut Outbox) {
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

    /// Protect and send what `write` puts into `room` bytes; it says how many it wrote.
    pub(crate) fn send_rtp(
        &mut self,
        room: usize,
        out: &mut Outbox,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        let (Some(route), Some(keys)) = (self.agent.media_route(), &mut self.keys) else {
            return false;
        };
        out.write(route, room + MAX_OVERHEAD, |space| {
            let length = write(space.get_mut(..room)?)?;
            keys.outbound.protect_rtp(space, length)
        })
    }

    /// Protect and send one packet of our own making.
    pub(crate) fn send_packet(&mut self, header: Header, payload: &[u8], out: &mut Outbox) {
        self.send_rtp(HEADER_LENGTH + payload.len(), out, |room| {
            let length = room.len();
            header.write(room);
            room.get_mut(HEADER_LENGTH..)?.copy_from_slice(payload);
            Some(length)
        });
    }

    /// The same for a compound RTCP packet.
    pub(crate) fn send_rtcp(
        &mut self,
        room: usize,
        out: &mut Outbox,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        let (Some(route), Some(keys)) = (self.agent.media_route(), &mut self.keys) else {
            return false;
        };
        out.write(route, room + MAX_OVERHEAD, |space| {
            let length = write(space.get_mut(..room)?)?;
            keys.outbound.protect_rtcp(space, length)
        })
    }

    /// Unprotect RTP where it lies; its length then.
    pub(crate) fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Unprotected> {
        self.keys.as_mut().ok_or(Unprotected::Unauthentic)?.inbound.unprotect_rtp(packet)
    }

    /// Unprotect RTCP where it lies; its length then.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Unprotected> {
        self.keys.as_mut().ok_or(Unprotected::Unauthentic)?.inbound.unprotect_rtcp(packet)
    }

    /// The oldest news, if there is any.
    pub(crate) fn poll(&mut self) -> Option<WayNews> {
        self.news.pop_front()
    }

    /// Draw the consequences of what ICE found.
    fn advance(&mut self, now: Time, out: &mut Outbox) {
        while let Some(news) = self.agent.poll() {
            match news {
                IceNews::Expected(route) | IceNews::Learnt(route) => {
                    self.news.push_back(WayNews::Learnt(route));
                }
                IceNews::Forgotten(route) => self.news.push_back(WayNews::Forgotten(route)),
                IceNews::Failed(fault) => self.fail(fault),
                IceNews::Selected(route) => {
                    self.fly(now, route, |handshake| handshake.begin(now, route, out));
                }
                IceNews::Usable(route) => self.usable(route),
            }
        }
        // The peer may have been checked before its description came.
        if let Some(route) = self.agent.route() {
            self.fly(now, route, |handshake| handshake.begin(now, route, out));
        }
    }

    /// Let the handshake do something that may send a flight by that route.
    fn fly(
        &mut self,
        now: Time,
        route: Route,
        act: impl FnOnce(&mut Handshake) -> Option<DtlsNews>,
    ) {
        let Some(handshake) = &mut self.handshake else { return };
        if self.keys.is_none() {
            self.flights = match self.flights {
                Flights::None => Flights::By(route),
                Flights::By(before) if before == route => Flights::By(route),
                _ => Flights::Several,
            };
        }
        if let Some(news) = act(handshake) {
            self.agreed(now, news);
        }
    }

    fn usable(&mut self, route: Route) {
        let Some(keys) = &self.keys else { return };
        if std::mem::take(&mut self.failed) || self.told.is_none() {
            self.news.push_back(WayNews::Connected(route, keys.profile));
        } else if self.told != Some(route) {
            self.news.push_back(WayNews::Moved(route));
        }
        self.told = Some(route);
    }

    fn agreed(&mut self, now: Time, news: DtlsNews) {
        match news {
            DtlsNews::Keys(profile, outbound, inbound) => {
                self.keys = Some(Keys { profile: profile.name(), outbound, inbound });
                // A peer that finished a handshake saw its flights, and so is where they went.
                let proven = match self.flights {
                    Flights::By(route) => Some(route),
                    Flights::None | Flights::Several => None,
                };
                self.agent.keyed(now, proven);
                if let Some(route) = self.agent.media_route() {
                    self.usable(route);
                }
            }
            DtlsNews::Failed(fault) => self.fail(fault),
        }
    }

    fn fail(&mut self, fault: TransportFault) {
        if !std::mem::replace(&mut self.failed, true) {
            self.news.push_back(WayNews::Failed(fault));
        }
    }
}
