//! Which legs hear each other.

use super::super::Engine;
use crate::{LegId, Time};

impl Engine {
    pub(super) fn bridge(&mut self, now: Time, a: LegId, b: LegId) {
        let (Some(a), Some(b)) = (self.table.slot(a), self.table.slot(b)) else { return };
        for slot in [a, b] {
            self.unbridge_slot(slot);
            self.leave_slot(slot);
            self.with_leg(now, slot, |leg, _| leg.stop_play());
        }
        if let Some((one, other)) = self.table.pair_mut(a, b) {
            one.output.set_partner(Some(b));
            other.output.set_partner(Some(a));
        }
    }

    pub(super) fn unbridge(&mut self, leg: LegId) {
        if let Some(slot) = self.table.slot(leg) {
            self.unbridge_slot(slot);
        }
    }

    pub(super) fn mute(&mut self, leg: LegId, muted: bool) {
        let slot = self.table.slot(leg);
        let leg = slot.and_then(|slot| self.table.get_mut(slot));
        if let Some(media) = leg.and_then(|leg| leg.media.as_mut()) {
            media.muted = muted;
        }
    }

    /// End the leg's bridge, if it has one: neither leg hears the other from now on.
    pub(super) fn unbridge_slot(&mut self, slot: usize) {
        let Some(leg) = self.table.get(slot).filter(|leg| leg.output.mixer().is_none()) else {
            return;
        };
        let partner = leg.output.partner();
        for slot in partner.into_iter().chain([slot]) {
            let Some(leg) = self.table.get_mut(slot) else { continue };
            leg.output.set_partner(None);
            if let Some(media) = &mut leg.media {
                media.interrupt();
                media.transcoder = None;
            }
        }
    }
}
