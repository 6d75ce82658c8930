//! What a leg's peer hears.

use super::playback::Playback;
use crate::MixerId;
use crate::rtp::StreamKey;

/// What is sent to a leg's peer.
#[derive(Debug)]
pub(crate) enum Output {
    /// The other end.
    Party(Party),
    /// A playback, and the other end that is heard again after it.
    Source(Box<Playback>, Party),
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Party {
    /// No other end: nothing is sent.
    #[default]
    Silence,
    /// Another leg, by slot. Bridges are mutual: that leg's partner is this one.
    Partner(usize),
    /// The members of a conference; the stream of the mix's numbers.
    Mixer(MixerId, StreamKey),
}

impl Default for Output {
    fn default() -> Self {
        Self::Party(Party::Silence)
    }
}

impl Output {
    /// The other end, heard or not.
    pub(crate) const fn party(&self) -> Party {
        match self {
            Self::Party(party) | Self::Source(_, party) => *party,
        }
    }

    /// The bridged leg, by slot, heard or not.
    pub(crate) fn partner(&self) -> Option<usize> {
        match self.party() {
            Party::Partner(slot) => Some(slot),
            Party::Silence | Party::Mixer(..) => None,
        }
    }

    /// The conference, heard or not.
    pub(crate) fn mixer(&self) -> Option<MixerId> {
        match self.party() {
            Party::Mixer(mixer, _) => Some(mixer),
            Party::Silence | Party::Partner(_) => None,
        }
    }

    /// Bridge to that leg, or to none. A playback continues.
    pub(crate) fn set_partner(&mut self, slot: Option<usize>) {
        self.set_party(slot.map_or(Party::Silence, Party::Partner));
    }

    /// Another other end. A playback continues.
    pub(crate) fn set_party(&mut self, other: Party) {
        match self {
            Self::Party(party) | Self::Source(_, party) => *party = other,
        }
    }

    /// Send a playback in place of the other end, or of an earlier playback.
    pub(crate) fn start(&mut self, playback: Playback) {
        *self = Self::Source(Box::new(playback), self.party());
    }

    /// End the playback, if there is one, and return it; the other end is heard again.
    pub(crate) fn stop(&mut self) -> Option<Box<Playback>> {
        match std::mem::replace(self, Self::Party(self.party())) {
            Self::Source(playback, _) => Some(playback),
            Self::Party(_) => None,
        }
    }

    /// The playback, if there is one.
    pub(crate) fn playback(&mut self) -> Option<&mut Playback> {
        match self {
            Self::Source(playback, _) => Some(playback),
            Self::Party(_) => None,
        }
    }
}
