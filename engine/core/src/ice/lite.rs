//! An ICE-lite agent (RFC 8445 §2.5): answers checks, believes what an authentic one proves.
//!
//! The library's lite mode weighs candidate priorities and keeps a dead pair for as long as it has
//! the highest one. Browsers repeat USE-CANDIDATE on the pair they use, so here the newest
//! nomination wins, which is what a NAT that forgot its mapping needs.
//!
//! A check proves who sent it, not where from: it may be captured or its source forged, and media
//! that follows it falls on a stranger (RFC 8445 §19.5). So media goes only where the peer answers
//! a request of ours, whose transaction id others cannot know; and while the peer is heard, only
//! where it is heard. Deviation: a lite agent that sends requests. Full agents must answer them.

use std::collections::VecDeque;
use std::time::Duration;

use is::stun::StunMessage;

use super::known::Known;
use super::message::{answer, request, sha1_hmac};
use super::seen::Seen;
use super::{Checked, IceNews};
use crate::negotiation::{Agreement, Credentials};
use crate::outbox::Outbox;
use crate::rng::Rng;
use crate::{Config, Route, Time, TransportFault};

/// Without an answer to our requests for this long we may no longer send (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// Routes of one peer that are remembered at once; the one checked longest ago makes room.
const MAX_ROUTES: usize = 16;
/// A peer that was heard within this time is heard where it is. Longer than the pauses of 400 ms
/// that a silent Opus encoder makes.
const HEARD: Duration = Duration::from_secs(1);

/// Answers one peer's checks.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub(crate) struct LiteAgent {
    /// Of our open offer.
    pending: Option<Generation>,
    /// As agreed.
    current: Option<Generation>,
    /// Before the restart, until the peer nominates under the current one.
    past: Option<Generation>,
    seen: Seen,
    routes: Vec<Known>,
    selected: Option<Route>,
    /// The newest nomination, until media follows it.
    nominated: Option<Nomination>,
    /// There are keys, so there can be media.
    keyed: bool,
    /// The peer answers on the selected route, so media may go there.
    open: bool,
    /// When the peer was last heard, by any route.
    heard: Option<Time>,
    /// When the peer last answered on the selected route, or when that was selected.
    consent: Option<Time>,
    /// The peer has proved nothing since both sides agreed.
    unproven: bool,
    failed: bool,
    chance: Rng,
    news: VecDeque<IceNews>,
}

/// Credentials between two restarts.
#[derive(Debug, Clone)]
struct Generation {
    local: Credentials,
    /// The peer's, once its description came.
    remote: Option<Credentials>,
}

/// A route that the peer wants to use in place of the selected one.
#[derive(Debug, Clone, Copy)]
struct Nomination {
    route: Route,
    /// A new authentic packet came by it since.
    heard: bool,
}

/// A check that named us and knows our password.
struct Proof {
    /// The user fragment of the peer, before we know who it is.
    early: Option<String>,
    past: bool,
    nominates: bool,
}

impl LiteAgent {
    pub(super) fn new(config: &Config, number: u64) -> Self {
        Self {
            pending: None,
            current: None,
            past: None,
            seen: Seen::default(),
            routes: Vec::new(),
            selected: None,
            nominated: None,
            keyed: false,
            open: false,
            heard: None,
            consent: None,
            unproven: false,
            failed: false,
            chance: Rng::new(&config.seed, "ice", number),
            news: VecDeque::new(),
        }
    }

    pub(super) fn open(&mut self, local: Credentials) {
        self.pending = Some(Generation { local, remote: None });
    }

    pub(super) fn withdraw(&mut self) {
        self.pending = None;
    }

    pub(super) fn agree(&mut self, now: Time, agreement: &Agreement) {
        self.pending = None;
        self.forget_strangers(now, &agreement.peer.credentials.ufrag);
        let remote = Some(agreement.peer.credentials.clone());
        let generation = Generation { local: agreement.local.clone(), remote };
        let same = |old: &Generation| {
            old.local == generation.local
                && (old.remote.is_none() || old.remote == generation.remote)
        };
        if !self.current.as_ref().is_some_and(same) {
            self.past = self.current.take();
            let restarts = self.past.is_some();
            self.routes.iter_mut().for_each(|known| known.past |= restarts);
            // Restarts that are never answered must not put off the end of consent for ever.
            if !std::mem::replace(&mut self.unproven, true) {
                self.consent = Some(now);
            }
            if std::mem::take(&mut self.failed) {
                self.selected = None;
            }
        }
        self.current = Some(generation);
    }

    /// An offer may reach several devices, and all of them check before one is agreed with
    /// (RFC 8445 §7.3): the routes of the others lead nowhere.
    fn forget_strangers(&mut self, now: Time, peer: &str) {
        let strange = |known: &&Known| known.early.as_ref().is_some_and(|name| name != peer);
        let routes: Vec<Route> = self.routes.iter().filter(strange).map(|k| k.route).collect();
        for route in routes {
            self.closed(now, route);
        }
        for known in &mut self.routes {
            known.early = None;
        }
    }

    /// A STUN message came by a route that is `free`, or is another leg's.
    pub(super) fn check(
        &mut self,
        now: Time,
        route: Route,
        free: bool,
        message: &StunMessage<'_>,
        out: &mut Outbox,
    ) -> Checked {
        if message.is_successful_binding_response() {
            return self.answered(now, route, message);
        }
        let names = message.split_username().filter(|_| message.is_binding_request());
        let Some((local, remote)) = names else { return Checked::Unauthentic };
        let Some((generation, past)) = self.find(local, remote) else {
            return Checked::Unauthentic;
        };
        let early = generation.remote.is_none().then(|| remote.to_owned());
        let password = generation.local.password.clone();
        if !message.verify(password.as_bytes(), sha1_hmac) {
            return Checked::Unauthentic;
        }
        if !self.seen.is_new(message.trans_id()) {
            // The answer may have been lost (RFC 8489 §6.3.1). Elsewhere it is a replay.
            return if self.knows(route) { Checked::Repeated } else { Checked::Replayed };
        }
        // RFC 8445 §7.3.1.1: we are always controlled, so a peer that thinks it is yields.
        let conflict = message.ice_controlled().is_some();
        answer(&password, route, message, out);
        if !conflict {
            let proof = Proof { early, past, nominates: message.use_candidate() && !past };
            self.proven(now, route, free, proof);
        }
        self.ask(now, out);
        Checked::Authentic
    }

    /// Answer a check once more that was answered before.
    pub(super) fn repeat(&self, route: Route, message: &StunMessage<'_>, out: &mut Outbox) {
        let names = message.split_username();
        if let Some((generation, _)) = names.and_then(|(ours, theirs)| self.find(ours, theirs)) {
            answer(&generation.local.password, route, message, out);
        }
    }

    /// Whether it is the answer to a request of ours by that route.
    pub(super) fn awaits(&self, route: Route, message: &StunMessage<'_>) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|known| known.route == route && known.awaits(message.trans_id()))
    }

    /// The peer answers where we asked: it is there, and it consents (RFC 7675 §5.1).
    fn answered(&mut self, now: Time, route: Route, message: &StunMessage<'_>) -> Checked {
        let asked = |known: &&Known| known.route == route && known.awaits(message.trans_id());
        let Some(known) = self.routes.iter().find(asked) else { return Checked::Unauthentic };
        let of_it = if known.past { &self.past } else { &self.current };
        let remote = of_it.as_ref().and_then(|generation| generation.remote.as_ref());
        if !remote.is_some_and(|remote| message.verify(remote.password.as_bytes(), sha1_hmac)) {
            return Checked::Unauthentic;
        }
        let (owned, nominates) = (known.owned, known.nominated);
        self.vouch(now, route);
        if !owned {
            // Whose it was is not there any more.
            self.own(route);
            self.take_up(now, route, nominates);
        }
        self.follow(now);
        Checked::Authentic
    }

    /// Ask where it is time to.
    fn ask(&mut self, now: Time, out: &mut Outbox) {
        let Self { routes, current, past, chance, selected, keyed, .. } = self;
        for known in routes.iter_mut().filter(|known| known.ask_at.is_some_and(|at| at <= now)) {
            known.ask_at = None;
            let of_it = if known.past { &*past } else { &*current };
            let Some(generation) = of_it else { continue };
            let Some(remote) = &generation.remote else { continue };
            let Some(transaction) = known.request(now, chance) else { continue };
            request(remote, &generation.local.ufrag, transaction, known.route, out);
            if *keyed && known.ask_at.is_none() && *selected == Some(known.route) {
                known.ask_later(now, chance);
            }
        }
    }

    /// The generation those fragments belong to, and whether it is the past one.
    fn find(&self, local: &str, remote: &str) -> Option<(&Generation, bool)> {
        let all = [(&self.current, false), (&self.pending, false), (&self.past, true)];
        all.into_iter()
            .filter_map(|(generation, past)| generation.as_ref().map(|g| (g, past)))
            .find(|(generation, _)| {
                let same = |known: &Credentials| known.ufrag == remote;
                generation.local.ufrag == local && generation.remote.as_ref().is_none_or(same)
            })
    }

    fn proven(&mut self, now: Time, route: Route, free: bool, proof: Proof) {
        if !self.knows(route) {
            self.learn(now, route, proof.early);
        }
        let Some(known) = self.routes.iter_mut().find(|known| known.route == route) else { return };
        known.checked = now;
        known.past = proof.past;
        known.nominated = proof.nominates;
        if !known.owned && !free {
            // Whose peer is there? The next word is that of who answers there.
            return known.ask(now);
        }
        if !known.owned {
            self.own(route);
        }
        self.take_up(now, route, proof.nominates);
    }

    fn learn(&mut self, now: Time, route: Route, early: Option<String>) {
        if self.routes.len() >= MAX_ROUTES {
            let kept = [self.selected, self.nominated.map(|nomination| nomination.route)];
            let spare = self.routes.iter().filter(|known| !kept.contains(&Some(known.route)));
            if let Some(oldest) = spare.min_by_key(|known| known.checked).map(|k| k.route) {
                self.forget(oldest);
            }
        }
        self.routes.push(Known::new(now, route, early));
    }

    fn own(&mut self, route: Route) {
        if let Some(known) = self.routes.iter_mut().find(|known| known.route == route) {
            known.owned = true;
            self.news.push_back(IceNews::Learnt(route));
        }
    }

    /// Use a route that is ours for what the peer wants it for.
    fn take_up(&mut self, now: Time, route: Route, nominates: bool) {
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
        self.past = None;
        if self.selected == Some(route) {
            self.nominated = None;
            return;
        }
        if !self.keyed {
            return self.select(now, route);
        }
        if self.nominated.is_none_or(|nomination| nomination.route != route) {
            self.nominated = Some(Nomination { route, heard: false });
        }
        let known = self.routes.iter_mut().find(|known| known.route == route);
        if let Some(known) = known.filter(|known| !known.is_vouched(now)) {
            known.ask(now);
        }
        self.follow(now);
    }

    /// Move media where the peer nominated, if it is there: it answers there, and if it is heard at
    /// all it is heard there.
    fn follow(&mut self, now: Time) {
        let Some(Nomination { route, heard }) = self.nominated else { return };
        let Some(known) = self.routes.iter().find(|known| known.route == route) else {
            self.nominated = None;
            return;
        };
        let speaks = self.heard.is_some_and(|at| now.since(at) < HEARD);
        if known.is_vouched(now) && (heard || !speaks) {
            self.nominated = None;
            self.select(now, route);
        }
    }

    /// A new authentic packet came by that route. Returns whether something changed.
    pub(super) fn heard(&mut self, now: Time, route: Route) -> bool {
        match &mut self.nominated {
            Some(nomination) if nomination.route == route => nomination.heard = true,
            _ => return false,
        }
        self.follow(now);
        true
    }

    /// A new authentic packet came by a route that is no leg's: as good as a nomination, if the peer
    /// answers there. Returns whether something changed.
    pub(super) fn stray(&mut self, now: Time, route: Route) -> bool {
        if self.knows(route) || !self.open || self.failed {
            return false;
        }
        self.learn(now, route, None);
        self.own(route);
        self.nominated.get_or_insert(Nomination { route, heard: true });
        if let Some(known) = self.routes.last_mut() {
            known.ask(now);
        }
        true
    }

    /// The peer is heard, by whatever route.
    pub(super) fn speaks(&mut self, now: Time) {
        self.heard = Some(now);
    }

    /// There are keys now. All of the handshake went by `proven`, if anything did.
    pub(super) fn keyed(&mut self, now: Time, proven: Option<Route>) {
        self.keyed = true;
        if let Some(route) = proven.filter(|_| proven == self.selected) {
            self.vouch(now, route);
        } else if let Some(route) = self.selected.filter(|_| !self.open) {
            self.select(now, route);
        }
    }

    fn vouch(&mut self, now: Time, route: Route) {
        let Self { routes, chance, selected, keyed, open, news, .. } = self;
        let Some(known) = routes.iter_mut().find(|known| known.route == route) else { return };
        known.vouch(now);
        if *selected == Some(route) && *keyed {
            known.ask_later(now, chance);
            self.consent = Some(now);
            self.unproven = false;
            if !std::mem::replace(open, true) {
                news.push_back(IceNews::Usable(route));
            }
        }
    }

    fn select(&mut self, now: Time, route: Route) {
        let Self { routes, chance, keyed, .. } = self;
        let mut open = false;
        for known in routes {
            if known.route != route {
                // Another leg's waits for its answer all the same.
                if known.owned {
                    known.rest();
                }
            } else if *keyed {
                open = known.is_vouched(now);
                if open {
                    known.ask_later(now, chance);
                } else {
                    known.ask(now);
                }
            }
        }
        if self.selected != Some(route) {
            self.selected = Some(route);
            self.news.push_back(IceNews::Selected(route));
        }
        self.open = open;
        if open {
            self.consent = Some(now);
            self.unproven = false;
            self.news.push_back(IceNews::Usable(route));
        }
    }

    fn forget(&mut self, route: Route) {
        self.routes.retain(|known| known.route != route);
        self.news.push_back(IceNews::Forgotten(route));
    }

    /// The route is gone, or another leg's.
    pub(super) fn closed(&mut self, now: Time, route: Route) {
        if !self.knows(route) {
            return;
        }
        self.forget(route);
        if self.selected == Some(route) {
            self.selected = None;
            self.open = false;
            let others = self.routes.iter().filter(|known| known.owned);
            if let Some(other) = others.max_by_key(|k| k.checked).map(|k| k.route) {
                self.select(now, other);
            }
        }
    }

    pub(super) fn timeout(&mut self, now: Time, out: &mut Outbox) {
        let over = |since: Time| now >= since + CONSENT;
        let stale = self.routes.iter().filter(|k| over(k.checked)).map(|k| k.route);
        for route in stale.filter(|route| Some(*route) != self.selected).collect::<Vec<_>>() {
            self.forget(route);
        }
        if !self.failed && self.consent.is_some_and(over) {
            self.fail();
        }
        if self.heard.is_some_and(|at| now >= at + HEARD) {
            self.heard = None;
        }
        self.follow(now);
        self.ask(now, out);
    }

    /// The peer no longer consents: what was its own may be another's.
    fn fail(&mut self) {
        self.failed = true;
        let had_one = self.selected.take().is_some() || self.keyed;
        let fault =
            if had_one { TransportFault::ConsentExpired } else { TransportFault::IceTimeout };
        (self.open, self.nominated) = (false, None);
        self.news.push_back(IceNews::Failed(fault));
        for known in self.routes.drain(..) {
            self.news.push_back(IceNews::Forgotten(known.route));
        }
    }

    pub(super) fn wake(&self) -> Option<Time> {
        let consent = self.consent.filter(|_| !self.failed).map(|since| since + CONSENT);
        let silent = self.nominated.and(self.heard).map(|at| at + HEARD);
        let ask = self.routes.iter().filter_map(|known| known.ask_at);
        ask.chain(consent).chain(silent).min()
    }

    /// Where to send what a handshake needs: nowhere without consent.
    pub(super) fn route(&self) -> Option<Route> {
        self.selected.filter(|_| !self.failed)
    }

    /// Where to send media.
    pub(super) fn media_route(&self) -> Option<Route> {
        self.selected.filter(|_| self.open && !self.failed)
    }

    pub(super) fn knows(&self, route: Route) -> bool {
        self.routes.iter().any(|known| known.route == route)
    }

    pub(super) fn fragments(&self) -> [Option<&str>; 3] {
        [&self.current, &self.pending, &self.past]
            .map(|generation| generation.as_ref().map(|g| g.local.ufrag.as_str()))
    }

    pub(super) fn poll(&mut self) -> Option<IceNews> {
        self.news.pop_front()
    }
}
