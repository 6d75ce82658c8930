//! An ICE-lite agent (RFC 8445 §2.5): answers checks, and follows nominations that it can confirm.
//!
//! The library's lite mode weighs candidate priorities and keeps a dead pair for as long as it has
//! the highest one. Browsers repeat USE-CANDIDATE on the pair they use, so here the newest
//! nomination wins, which is what a NAT that forgot its mapping needs.
//!
//! A check authenticates its sender, not its source: it may be captured or its source forged, and media
//! that follows it floods a third party (RFC 8445 §19.5). So media is sent only where the peer answers a
//! request of ours, whose transaction id others cannot know; and while media is received, only where it
//! comes from. Deviation: a lite agent that sends requests. Full agents must answer them.

use std::collections::VecDeque;
use std::time::Duration;

use is::stun::StunMessage;

use super::generations::Generations;
use super::message::{answer, request, sha1_hmac};
use super::pair::CandidatePair;
use super::seen::Seen;
use super::{Checked, IceEvent};
use crate::negotiation::{Agreement, Credentials};
use crate::rng::Rng;
use crate::transmit::TransmitQueue;
use crate::{Config, Route, Time, TransportFault, TransportProtocol};

/// Without an answer to our requests for this long we may no longer send (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// Routes of one peer that are remembered at once; the one checked longest ago makes room.
const MAX_ROUTES: usize = 16;
/// Media that came within this time shows where the peer is. Longer than the pauses of 400 ms of an
/// Opus encoder in DTX.
const MEDIA_RECENT: Duration = Duration::from_secs(1);

/// Answers one peer's checks.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub(crate) struct LiteAgent {
    generations: Generations,
    seen: Seen,
    routes: Vec<CandidatePair>,
    selected: Option<Route>,
    /// The newest nomination, until media follows it.
    nominated: Option<Nomination>,
    /// There are keys, so there can be media.
    keyed: bool,
    /// The peer answers on the selected route, so media may go there.
    open: bool,
    /// When media was last received, by any route.
    last_media: Option<Time>,
    /// When the peer last answered on the selected route, or when that was selected.
    consent: Option<Time>,
    /// No check of the peer was authentic since offer and answer.
    unproven: bool,
    failed: bool,
    rng: Rng,
    events: VecDeque<IceEvent>,
}

/// A route that the peer wants to use in place of the selected one.
#[derive(Debug, Clone, Copy)]
struct Nomination {
    route: Route,
    /// A new authentic packet came by it since.
    used: bool,
}

/// An authentic check.
struct Proof {
    /// The user fragment of the peer, before its description came.
    early: Option<String>,
    past: bool,
    nominates: bool,
}

impl LiteAgent {
    pub(super) fn new(config: &Config, number: u64) -> Self {
        Self {
            generations: Generations::default(),
            seen: Seen::default(),
            routes: Vec::new(),
            selected: None,
            nominated: None,
            keyed: false,
            open: false,
            last_media: None,
            consent: None,
            unproven: false,
            failed: false,
            rng: Rng::new(&config.seed, "ice", number),
            events: VecDeque::new(),
        }
    }

    pub(super) fn open(&mut self, local: Credentials) {
        self.generations.open(local);
    }

    pub(super) fn withdraw(&mut self) {
        self.generations.withdraw();
    }

    pub(super) fn agree(&mut self, now: Time, agreement: &Agreement) {
        let early = self.adopt_early_routes(now, &agreement.peer.credentials.ufrag);
        let remote = agreement.peer.credentials.clone();
        if let Some(restarts) = self.generations.agree(agreement.local.clone(), remote) {
            let before = self.routes.iter_mut().filter(|pair| !early.contains(&pair.route));
            before.for_each(|pair| pair.past |= restarts);
            // Restarts that are never answered must not put off the end of consent for ever.
            if !std::mem::replace(&mut self.unproven, true) {
                self.consent = Some(now);
            }
            if std::mem::take(&mut self.failed) {
                self.selected = None;
            }
        }
    }

    /// An offer may reach several devices, and all of them send checks before one answers (RFC 8445 §7.3):
    /// the routes of the others are dropped. Returns the routes that the peer itself checked before.
    fn adopt_early_routes(&mut self, now: Time, peer: &str) -> Vec<Route> {
        let strange = |pair: &&CandidatePair| pair.early.as_ref().is_some_and(|name| name != peer);
        let routes: Vec<Route> = self.routes.iter().filter(strange).map(|k| k.route).collect();
        for route in routes {
            self.closed(now, route);
        }
        let ask = |pair: &mut CandidatePair| {
            pair.early.take()?;
            // Once there are keys, do not wait for the peer's next check.
            self.keyed.then(|| pair.schedule_check(now));
            Some(pair.route)
        };
        self.routes.iter_mut().filter_map(ask).collect()
    }

    /// A STUN message came by a route that is `free`, or is another leg's.
    pub(super) fn check(
        &mut self,
        now: Time,
        route: Route,
        free: bool,
        message: &StunMessage<'_>,
        out: &mut TransmitQueue,
    ) -> Checked {
        if message.is_successful_binding_response() {
            return self.answered(now, route, message);
        }
        let names = message.split_username().filter(|_| message.is_binding_request());
        let Some((local, remote)) = names else { return Checked::AuthFailed };
        let Some((generation, past)) = self.generations.find(local, remote, self.keyed) else {
            return Checked::AuthFailed;
        };
        let unknown = generation.remote.as_ref().is_none_or(|known| known.ufrag != remote);
        let early = unknown.then(|| remote.to_owned());
        let password = generation.local.password.clone();
        if !message.verify(password.as_bytes(), sha1_hmac) {
            return Checked::AuthFailed;
        }
        if !self.seen.is_new(message.trans_id()) {
            // The answer may have been lost (RFC 8489 §6.3.1). Elsewhere it is a replay.
            return if self.is_validated(route) { Checked::Repeated } else { Checked::Replayed };
        }
        // RFC 8445 §7.3.1.1: we are always controlled, so a peer that thinks it is yields.
        let conflict = message.ice_controlled().is_some();
        answer(&password, route, message, out);
        if !conflict {
            let proof = Proof { early, past, nominates: message.use_candidate() && !past };
            self.proven(now, route, free, proof);
        }
        self.send_checks(now, out);
        Checked::Authentic
    }

    /// Answer a check once more that was answered before.
    pub(super) fn repeat(&self, route: Route, message: &StunMessage<'_>, out: &mut TransmitQueue) {
        let names = message.split_username();
        let find = |(ours, theirs)| self.generations.find(ours, theirs, self.keyed);
        if let Some((generation, _)) = names.and_then(find) {
            answer(&generation.local.password, route, message, out);
        }
    }

    /// Whether it is the response to a request of ours by that route.
    pub(super) fn awaits(&self, route: Route, message: &StunMessage<'_>) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|pair| pair.route == route && pair.awaits(message.trans_id()))
    }

    /// The peer answered our check: the route is confirmed, and it consents (RFC 7675 §5.1).
    fn answered(&mut self, now: Time, route: Route, message: &StunMessage<'_>) -> Checked {
        let id = message.trans_id();
        let mut matching = self.routes.iter().filter(|pair| pair.route == route && pair.awaits(id));
        let Some(pair) = matching.next() else { return Checked::AuthFailed };
        let peer = self.generations.peer(pair.past);
        if !peer.is_some_and(|(_, remote)| message.verify(remote.password.as_bytes(), sha1_hmac)) {
            return Checked::AuthFailed;
        }
        let (owned, nominates) = (pair.owned, pair.nominated);
        self.confirm(now, route);
        if !owned {
            // The peer of the former owner is not on it any more.
            self.own(route);
            self.use_route(now, route, nominates);
        }
        self.follow_nomination(now);
        Checked::Authentic
    }

    /// Send the checks that are due.
    fn send_checks(&mut self, now: Time, out: &mut TransmitQueue) {
        let Self { routes, generations, rng, selected, keyed, .. } = self;
        for pair in routes.iter_mut().filter(|pair| pair.check_at.is_some_and(|at| at <= now)) {
            pair.check_at = None;
            if pair.early.is_some() {
                // Only its description has the password that responses are authenticated with.
                continue;
            }
            let Some((local, remote)) = generations.peer(pair.past) else { continue };
            let Some(transaction) = pair.request(now, rng) else { continue };
            request(remote, local, transaction, pair.route, out);
            if *keyed && pair.check_at.is_none() && *selected == Some(pair.route) {
                pair.schedule_consent(now, rng);
            }
        }
    }

    fn proven(&mut self, now: Time, route: Route, free: bool, proof: Proof) {
        let unknown = proof.early.is_some();
        if !self.is_validated(route) {
            self.learn(now, route, proof.early);
        }
        let Some(pair) = self.routes.iter_mut().find(|pair| pair.route == route) else { return };
        pair.checked = now;
        pair.past = proof.past;
        pair.nominated = proof.nominates;
        if unknown && self.keyed {
            // Its media is received from there. Media to it waits for its description.
            if free && !pair.owned {
                self.own(route);
            }
            return;
        }
        pair.early.take_if(|_| !unknown);
        if !pair.owned && !free {
            // Two peers claim the route: the one that answers a check there gets it.
            return pair.schedule_check(now);
        }
        if self.keyed && self.selected != Some(route) && !pair.is_confirmed(now) {
            // The peer may move there: a check now is answered by the time its media comes.
            pair.schedule_check(now);
        }
        if !pair.owned {
            self.own(route);
        }
        self.use_route(now, route, proof.nominates);
    }

    fn learn(&mut self, now: Time, route: Route, early: Option<String>) {
        if self.routes.len() >= MAX_ROUTES {
            let kept = [self.selected, self.nominated.map(|nomination| nomination.route)];
            let spare = self.routes.iter().filter(|pair| !kept.contains(&Some(pair.route)));
            if let Some(oldest) = spare.min_by_key(|pair| pair.checked).map(|k| k.route) {
                self.forget(oldest);
            }
        }
        self.routes.push(CandidatePair::new(now, route, early));
    }

    fn own(&mut self, route: Route) {
        if let Some(pair) = self.routes.iter_mut().find(|pair| pair.route == route) {
            pair.owned = true;
            self.events.push_back(IceEvent::Learnt(route));
        }
    }

    /// Select or nominate a route that is ours, as the peer requested.
    fn use_route(&mut self, now: Time, route: Route, nominates: bool) {
        // Before the peer nominates, DTLS may already begin on what it checked.
        if std::mem::take(&mut self.failed) || self.selected.is_none() {
            self.consent = Some(now);
            self.unproven = false;
            self.select(now, route);
        }
        if nominates {
            self.nominate(now, route);
        }
    }

    fn nominate(&mut self, now: Time, route: Route) {
        self.generations.forget_past();
        if self.selected == Some(route) {
            self.nominated = None;
            return;
        }
        if !self.keyed {
            return self.select(now, route);
        }
        if self.nominated.is_none_or(|nomination| nomination.route != route) {
            self.nominated = Some(Nomination { route, used: false });
        }
        let pair = self.routes.iter_mut().find(|pair| pair.route == route);
        if let Some(pair) = pair.filter(|pair| !pair.is_confirmed(now)) {
            pair.schedule_check(now);
        }
        self.follow_nomination(now);
    }

    /// Move media to the nominated route, if the peer answers there and, while media is received, it
    /// comes from there.
    fn follow_nomination(&mut self, now: Time) {
        let Some(Nomination { route, used }) = self.nominated else { return };
        let Some(pair) = self.routes.iter().find(|pair| pair.route == route) else {
            self.nominated = None;
            return;
        };
        let recent_media = self.last_media.is_some_and(|at| now.since(at) < MEDIA_RECENT);
        if pair.is_confirmed(now) && (used || !recent_media) {
            self.nominated = None;
            self.select(now, route);
        }
    }

    /// A new authentic packet came by that route. A controlling agent sends media on the pair that it has
    /// selected (RFC 8445 §12.1), so this is as good as its nomination, which may come half a second
    /// later. Returns whether the selected route may have changed.
    pub(super) fn packet_received(&mut self, now: Time, route: Route) -> bool {
        if self.selected == Some(route) || !self.open {
            return false;
        }
        let ours = |pair: &&mut CandidatePair| pair.route == route && pair.owned && !pair.past;
        let Some(pair) = self.routes.iter_mut().find(ours) else { return false };
        if self.nominated.is_some_and(|nomination| nomination.route == route && nomination.used) {
            return false;
        }
        self.nominated = Some(Nomination { route, used: true });
        if route.transport == TransportProtocol::Tcp {
            // The peer of a TCP connection has its address; the packet authenticates the peer.
            pair.confirm(now);
        } else if !pair.is_confirmed(now) {
            pair.schedule_check(now);
        }
        self.follow_nomination(now);
        true
    }

    /// A new authentic packet came by a route that is no leg's: as good as a nomination, if the peer
    /// answers there. Returns whether something changed.
    pub(super) fn stray(&mut self, now: Time, route: Route) -> bool {
        if self.is_validated(route) || !self.open || self.failed {
            return false;
        }
        self.learn(now, route, None);
        self.own(route);
        self.nominated.get_or_insert(Nomination { route, used: true });
        if let Some(pair) = self.routes.last_mut() {
            pair.schedule_check(now);
        }
        true
    }

    /// Media was received from the peer, by any route.
    pub(super) fn media_received(&mut self, now: Time) {
        self.last_media = Some(now);
    }

    /// There are keys now. All of the handshake went by `proven`, if anything did.
    pub(super) fn keyed(&mut self, now: Time, proven: Option<Route>) {
        self.keyed = true;
        if let Some(route) = proven.filter(|_| proven == self.selected) {
            self.confirm(now, route);
        } else if let Some(route) = self.selected.filter(|_| !self.open) {
            self.select(now, route);
        }
    }

    fn confirm(&mut self, now: Time, route: Route) {
        let Self { routes, rng, selected, keyed, open, events, .. } = self;
        let Some(pair) = routes.iter_mut().find(|pair| pair.route == route) else { return };
        pair.confirm(now);
        if *selected == Some(route) && *keyed {
            pair.schedule_consent(now, rng);
            self.consent = Some(now);
            self.unproven = false;
            if !std::mem::replace(open, true) {
                events.push_back(IceEvent::Usable(route));
            }
        }
    }

    fn select(&mut self, now: Time, route: Route) {
        let Self { routes, rng, keyed, .. } = self;
        let mut open = false;
        for pair in routes {
            if pair.route != route {
                // Another leg's waits for its answer all the same.
                if pair.owned {
                    pair.cancel_checks();
                }
            } else if *keyed {
                open = pair.is_confirmed(now);
                if open {
                    pair.schedule_consent(now, rng);
                } else {
                    pair.schedule_check(now);
                }
            }
        }
        if self.selected != Some(route) {
            self.selected = Some(route);
            self.events.push_back(IceEvent::Selected(route));
        }
        self.open = open;
        if open {
            self.consent = Some(now);
            self.unproven = false;
            self.events.push_back(IceEvent::Usable(route));
        }
    }

    fn forget(&mut self, route: Route) {
        self.routes.retain(|pair| pair.route != route);
        self.events.push_back(IceEvent::Forgotten(route));
    }

    /// The route is gone, or another leg's.
    pub(super) fn closed(&mut self, now: Time, route: Route) {
        if !self.is_validated(route) {
            return;
        }
        self.forget(route);
        if self.selected == Some(route) {
            self.selected = None;
            self.open = false;
            let others = self.routes.iter().filter(|pair| pair.owned);
            if let Some(other) = others.max_by_key(|k| k.checked).map(|k| k.route) {
                self.select(now, other);
            }
        }
    }

    pub(super) fn timeout(&mut self, now: Time, out: &mut TransmitQueue) {
        let over = |since: Time| now >= since + CONSENT;
        let stale = self.routes.iter().filter(|k| over(k.checked)).map(|k| k.route);
        for route in stale.filter(|route| Some(*route) != self.selected).collect::<Vec<_>>() {
            self.forget(route);
        }
        if !self.failed && self.consent.is_some_and(over) {
            self.fail();
        }
        if self.last_media.is_some_and(|at| now >= at + MEDIA_RECENT) {
            self.last_media = None;
        }
        self.follow_nomination(now);
        self.send_checks(now, out);
    }

    /// The peer no longer consents: its routes are released.
    fn fail(&mut self) {
        self.failed = true;
        let had_one = self.selected.take().is_some() || self.keyed;
        let fault =
            if had_one { TransportFault::ConsentExpired } else { TransportFault::IceTimeout };
        (self.open, self.nominated) = (false, None);
        self.events.push_back(IceEvent::Failed(fault));
        for pair in self.routes.drain(..) {
            self.events.push_back(IceEvent::Forgotten(pair.route));
        }
    }

    pub(super) fn wake(&self) -> Option<Time> {
        let consent = self.consent.filter(|_| !self.failed).map(|since| since + CONSENT);
        let silent = self.nominated.and(self.last_media).map(|at| at + MEDIA_RECENT);
        let checks = self.routes.iter().filter_map(|pair| pair.check_at);
        checks.chain(consent).chain(silent).min()
    }

    /// Where to send what a handshake needs: nowhere without consent.
    pub(super) fn route(&self) -> Option<Route> {
        self.selected.filter(|_| !self.failed)
    }

    /// Where to send media.
    pub(super) fn media_route(&self) -> Option<Route> {
        self.selected.filter(|_| self.open && !self.failed)
    }

    pub(super) fn is_validated(&self, route: Route) -> bool {
        self.routes.iter().any(|pair| pair.route == route)
    }

    pub(super) fn fragments(&self) -> [Option<&str>; 3] {
        self.generations.fragments()
    }

    pub(super) fn poll(&mut self) -> Option<IceEvent> {
        self.events.pop_front()
    }
}
