//! An ICE-lite agent (RFC 8445 §2.5): answers checks, believes what an authentic one proves.
//!
//! The library's lite mode weighs candidate priorities and keeps a dead pair for as long as it has
//! the highest one. Browsers repeat USE-CANDIDATE on the pair they use, so here the newest
//! nomination wins at once, which is what a NAT that forgot its mapping needs.

use std::collections::VecDeque;
use std::time::Duration;

use is::stun::StunMessage;
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::{Checked, IceNews};
use crate::negotiation::{Agreement, Credentials};
use crate::outbox::Outbox;
use crate::{Route, Time, TransportFault};

/// Without an authentic check for this long we may no longer send (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// Routes of one peer that are remembered at once; the one checked longest ago makes room.
const MAX_ROUTES: usize = 16;
/// Room for an answer: header, address, integrity, fingerprint take 72 octets at most.
const MAX_ANSWER: usize = 128;

/// Answers one peer's checks.
#[derive(Debug, Default)]
pub(crate) struct LiteAgent {
    /// Of our open offer.
    pending: Option<Generation>,
    /// As agreed.
    current: Option<Generation>,
    /// Before the restart, until the peer nominates under the current one.
    past: Option<Generation>,
    routes: Vec<Known>,
    selected: Option<Route>,
    /// When the peer last proved that it wants to hear us, or both sides agreed.
    consent: Option<Time>,
    /// No authentic check has come since both sides agreed.
    unproven: bool,
    failed: bool,
    news: VecDeque<IceNews>,
}

/// Credentials between two restarts.
#[derive(Debug, Clone)]
struct Generation {
    local: Credentials,
    /// The peer's user fragment, once its description came.
    remote: Option<String>,
}

#[derive(Debug, Clone)]
struct Known {
    route: Route,
    checked: Time,
    /// The user fragment of whoever proved it before we knew our peer's.
    early: Option<String>,
}

impl LiteAgent {
    pub(super) fn open(&mut self, local: Credentials) {
        self.pending = Some(Generation { local, remote: None });
    }

    pub(super) fn withdraw(&mut self) {
        self.pending = None;
    }

    pub(super) fn agree(&mut self, now: Time, agreement: &Agreement) {
        self.pending = None;
        self.forget_strangers(&agreement.peer.credentials.ufrag);
        let remote = Some(agreement.peer.credentials.ufrag.clone());
        let generation = Generation { local: agreement.local.clone(), remote };
        let same = |old: &Generation| {
            old.local == generation.local
                && (old.remote.is_none() || old.remote == generation.remote)
        };
        if !self.current.as_ref().is_some_and(same) {
            self.past = self.current.take();
            // Restarts that are never checked must not put off the end of consent for ever.
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
    fn forget_strangers(&mut self, peer: &str) {
        let strange = |known: &&Known| known.early.as_ref().is_some_and(|name| name != peer);
        let routes: Vec<Route> = self.routes.iter().filter(strange).map(|k| k.route).collect();
        for route in routes {
            self.closed(route);
        }
        for known in &mut self.routes {
            known.early = None;
        }
    }

    pub(super) fn check(
        &mut self,
        now: Time,
        route: Route,
        message: &StunMessage<'_>,
        out: &mut Outbox,
    ) -> Checked {
        let names = message.split_username().filter(|_| message.is_binding_request());
        let Some((local, remote)) = names else { return Checked::Unauthentic };
        let Some((generation, is_past)) = self.find(local, remote) else {
            return Checked::Unauthentic;
        };
        let early = generation.remote.is_none().then(|| remote.to_owned());
        let password = generation.local.password.as_bytes();
        if !message.verify(password, sha1_hmac) {
            return Checked::Unauthentic;
        }
        // RFC 8445 §7.3.1.1: we are always controlled, so a peer that thinks it is yields.
        let conflict = message.ice_controlled().is_some();
        let answer = if conflict {
            StunMessage::binding_role_conflict_reply(message.trans_id())
        } else {
            StunMessage::binding_reply(message.trans_id(), route.remote)
        };
        out.write(route, MAX_ANSWER, |room| answer.to_bytes(Some(password), room, sha1_hmac).ok());
        if !conflict {
            self.proven(now, route, early);
            if message.use_candidate() && !is_past {
                self.nominated(route);
            }
        }
        Checked::Authentic
    }

    /// The generation those fragments belong to, and whether it is the past one.
    fn find(&self, local: &str, remote: &str) -> Option<(&Generation, bool)> {
        let all = [(&self.current, false), (&self.pending, false), (&self.past, true)];
        all.into_iter()
            .filter_map(|(generation, past)| generation.as_ref().map(|g| (g, past)))
            .find(|(generation, _)| {
                let same = |known: &String| known == remote;
                generation.local.ufrag == local && generation.remote.as_ref().is_none_or(same)
            })
    }

    fn proven(&mut self, now: Time, route: Route, early: Option<String>) {
        self.consent = Some(now);
        self.unproven = false;
        if let Some(known) = self.routes.iter_mut().find(|known| known.route == route) {
            known.checked = now;
        } else {
            self.learn(now, route, early);
        }
        // Before the peer nominates, DTLS may already begin on what it checked.
        if std::mem::take(&mut self.failed) || self.selected.is_none() {
            self.select(route);
        }
    }

    fn learn(&mut self, now: Time, route: Route, early: Option<String>) {
        if self.routes.len() >= MAX_ROUTES {
            let spare = self.routes.iter().filter(|known| Some(known.route) != self.selected);
            if let Some(oldest) = spare.min_by_key(|known| known.checked).map(|k| k.route) {
                self.forget(oldest);
            }
        }
        self.routes.push(Known { route, checked: now, early });
        self.news.push_back(IceNews::Learnt(route));
    }

    fn nominated(&mut self, route: Route) {
        self.past = None;
        if self.selected != Some(route) {
            self.select(route);
        }
    }

    fn select(&mut self, route: Route) {
        self.selected = Some(route);
        self.news.push_back(IceNews::Selected(route));
    }

    fn forget(&mut self, route: Route) {
        self.routes.retain(|known| known.route != route);
        self.news.push_back(IceNews::Forgotten(route));
    }

    pub(super) fn closed(&mut self, route: Route) {
        if !self.knows(route) {
            return;
        }
        self.forget(route);
        if self.selected == Some(route) {
            self.selected = None;
            if let Some(other) = self.routes.iter().max_by_key(|k| k.checked).map(|k| k.route) {
                self.select(other);
            }
        }
    }

    pub(super) fn timeout(&mut self, now: Time) {
        let over = |since: Time| now >= since + CONSENT;
        let stale = self.routes.iter().filter(|k| over(k.checked)).map(|k| k.route);
        for route in stale.filter(|route| Some(*route) != self.selected).collect::<Vec<_>>() {
            self.forget(route);
        }
        if self.failed || !self.consent.is_some_and(over) {
            return;
        }
        self.failed = true;
        let fault = match self.selected {
            Some(_) => TransportFault::ConsentExpired,
            None => TransportFault::IceTimeout,
        };
        self.news.push_back(IceNews::Failed(fault));
    }

    pub(super) fn wake(&self) -> Option<Time> {
        self.consent.filter(|_| !self.failed).map(|since| since + CONSENT)
    }

    /// Where to send: nowhere without consent.
    pub(super) fn route(&self) -> Option<Route> {
        self.selected.filter(|_| !self.failed)
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

fn sha1_hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}
