//! Playback and DTMF to one leg.

use super::super::Engine;
use crate::leg::Playback;
use crate::{LegId, PlayId, Time};

impl Engine {
    pub(super) fn play(&mut self, now: Time, leg: LegId, playback: Playback) {
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.play(playback));
        }
    }

    pub(super) fn stop_play(&mut self, now: Time, leg: LegId) {
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.stop_play());
        }
    }

    pub(super) fn send_digits(&mut self, now: Time, leg: LegId, play: PlayId, digits: &str) {
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.send_digits(now, play, digits));
        }
    }
}
