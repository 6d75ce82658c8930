//! Taps and detectors on what a leg's peer says.

use super::super::Engine;
use crate::leg::{AudioUser, Listener};
use crate::{Detection, LegId, Time};

impl Engine {
    pub(super) fn tap(&mut self, now: Time, leg: LegId, frames: Option<usize>) {
        self.set_listener(now, leg, |listener| listener.tap(frames));
    }

    pub(super) fn detect(&mut self, now: Time, leg: LegId, wanted: Detection) {
        let slot = self.table.slot(leg);
        let media = slot.and_then(|slot| self.table.get(slot)?.media.as_ref());
        // A peer that sends events does not send tones as well; if it does, they are the same keys.
        let has_events = media.is_some_and(|media| !media.params.events_receiving.is_empty());
        let digits = wanted.digits && !has_events;
        self.set_listener(now, leg, |listener| listener.detect(Detection { digits, ..wanted }));
    }

    fn set_listener(&mut self, now: Time, leg: LegId, change: impl FnOnce(&mut Listener)) {
        let Some(slot) = self.table.slot(leg) else { return };
        let Some(leg) = self.table.get_mut(slot) else { return };
        let listener = leg.listener.get_or_insert_default();
        change(listener);
        let Some(rate_hz) = listener.rate_hz() else {
            leg.listener = None;
            return leg.release_audio(AudioUser::Listener);
        };
        leg.use_audio(AudioUser::Listener, rate_hz);
        if !self.ticks.listeners.contains(&slot) {
            self.ticks.listeners.push(slot);
        }
        self.ticks.start(now);
    }
}
