//! DTMF to one leg.

use super::super::Engine;
use crate::{LegId, PlayId, Time};

impl Engine {
    pub(super) fn send_digits(&mut self, now: Time, leg: LegId, play: PlayId, digits: &str) {
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.send_digits(now, play, digits));
        }
    }
}
