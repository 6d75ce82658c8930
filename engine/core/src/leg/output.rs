//! What a leg's peer hears.

use super::playback::Playback;

/// What is sent to a leg's peer.
#[derive(Debug, Default)]
pub(crate) enum Output {
    /// Nothing.
    #[default]
    Silence,
    /// The audio of another leg, by slot. Bridges are mutual: that leg's partner is this one.
    Partner(usize),
    /// A playback, and the partner that is heard again after it.
    Source(Box<Playback>, Option<usize>),
}

impl Output {
    /// The bridged leg, by slot, heard or not.
    pub(crate) fn partner(&self) -> Option<usize> {
        match self {
            Self::Silence => None,
            Self::Partner(slot) => Some(*slot),
            Self::Source(_, partner) => *partner,
        }
    }

    /// Bridge to that leg, or to none. A playback continues.
    pub(crate) fn set_partner(&mut self, slot: Option<usize>) {
        match self {
            Self::Source(_, partner) => *partner = slot,
            Self::Silence | Self::Partner(_) => *self = Self::without_playback(slot),
        }
    }

    /// Send a playback in place of the partner, or of an earlier playback.
    pub(crate) fn start(&mut self, playback: Playback) {
        *self = Self::Source(Box::new(playback), self.partner());
    }

    /// End the playback, if there is one, and return it; the partner is heard again.
    pub(crate) fn stop(&mut self) -> Option<Box<Playback>> {
        let after = Self::without_playback(self.partner());
        match std::mem::replace(self, after) {
            Self::Source(playback, _) => Some(playback),
            Self::Silence | Self::Partner(_) => None,
        }
    }

    /// The playback, if there is one.
    pub(crate) fn playback(&mut self) -> Option<&mut Playback> {
        match self {
            Self::Source(playback, _) => Some(playback),
            Self::Silence | Self::Partner(_) => None,
        }
    }

    fn without_playback(partner: Option<usize>) -> Self {
        partner.map_or(Self::Silence, Self::Partner)
    }
}
