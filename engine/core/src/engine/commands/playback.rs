//! Playback and DTMF to one leg.

use super::super::{Engine, own_stream};
use crate::{LegId, PlayId, Repeat, Source, Time};

impl Engine {
    pub(super) fn play(
        &mut self,
        now: Time,
        leg: LegId,
        play: PlayId,
        source: Source,
        repeat: Repeat,
    ) {
        let stream = own_stream(&mut self.own_streams);
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.play(play, source, repeat, stream));
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
