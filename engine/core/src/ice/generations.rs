//! The credentials of a lite agent and its peer, before and after a restart of ICE.

use crate::negotiation::Credentials;

/// Credentials between two restarts.
#[derive(Debug, Clone)]
pub(super) struct Generation {
    pub(super) local: Credentials,
    /// The peer's, once its description came.
    pub(super) remote: Option<Credentials>,
}

/// All credentials that checks may use.
#[derive(Debug, Default)]
pub(super) struct Generations {
    /// Of our open offer.
    pending: Option<Generation>,
    /// As agreed.
    current: Option<Generation>,
    /// Before the restart, until the peer nominates under the current one.
    past: Option<Generation>,
}

impl Generations {
    /// Our offer went out with these.
    pub(super) fn open(&mut self, local: Credentials) {
        self.pending = Some(Generation { local, remote: None });
    }

    /// Our offer was refused.
    pub(super) fn withdraw(&mut self) {
        self.pending = None;
    }

    /// Offer and answer are complete. Returns nothing if no credentials changed, else whether ICE restarts.
    pub(super) fn agree(&mut self, local: Credentials, remote: Credentials) -> Option<bool> {
        self.pending = None;
        let same = |old: &Generation| {
            old.local == local && old.remote.as_ref().is_none_or(|known| *known == remote)
        };
        let changed = !self.current.as_ref().is_some_and(same);
        if changed {
            self.past = self.current.take();
        }
        self.current = Some(Generation { local, remote: Some(remote) });
        changed.then_some(self.past.is_some())
    }

    /// The peer uses the current ones.
    pub(super) fn forget_past(&mut self) {
        self.past = None;
    }

    /// Our fragment and the peer's credentials, now or before the restart.
    pub(super) fn peer(&self, past: bool) -> Option<(&str, &Credentials)> {
        let generation = if past { &self.past } else { &self.current };
        let Generation { local, remote } = generation.as_ref()?;
        Some((&local.ufrag, remote.as_ref()?))
    }

    /// The generation those fragments belong to, and whether it is the past one.
    ///
    /// A peer that moved restarts ICE and sends checks from its new address before the signalling has
    /// reconnected and its description can come. They have our fragment and password, and a new fragment
    /// of its own (RFC 8445 §7.3: only ours is compared, and checks that come before the candidates are
    /// answered at once). Before the peer is `keyed`, another device that got our offer could send them.
    pub(super) fn find(
        &self,
        local: &str,
        remote: &str,
        keyed: bool,
    ) -> Option<(&Generation, bool)> {
        let all = [(&self.current, false), (&self.pending, false), (&self.past, true)];
        all.into_iter()
            .filter_map(|(generation, past)| generation.as_ref().map(|g| (g, past)))
            .find(|(generation, past)| {
                let restarts = keyed && !past;
                let same = |known: &Credentials| restarts || known.ufrag == remote;
                generation.local.ufrag == local && generation.remote.as_ref().is_none_or(same)
            })
    }

    /// User fragments of ours that checks may name.
    pub(super) fn fragments(&self) -> [Option<&str>; 3] {
        [&self.current, &self.pending, &self.past]
            .map(|generation| generation.as_ref().map(|g| g.local.ufrag.as_str()))
    }
}
