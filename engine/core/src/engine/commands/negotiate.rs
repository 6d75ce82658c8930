//! Legs begin, negotiate and end.

use super::super::Engine;
use crate::leg::Leg;
use crate::{Agreement, Event, LegId, LocalCredentials, Time};

impl Engine {
    pub(super) fn open(&mut self, now: Time, credentials: LocalCredentials) {
        if let Some(slot) = self.slot_or_new(credentials.leg, true) {
            self.with_leg(now, slot, |leg, _| leg.transport.open(credentials.local));
        }
    }

    pub(super) fn negotiated(&mut self, now: Time, agreement: Agreement) {
        let start = self.rng.next_u64();
        if let Some(slot) = self.slot_or_new(agreement.leg, agreement.opens) {
            let config = self.config.clone();
            self.with_leg(now, slot, |leg, out| leg.agree(now, agreement, start, &config, out));
            self.apply_complexity(slot);
        }
    }

    pub(super) fn withdraw(&mut self, now: Time, leg: LegId) {
        if let Some(slot) = self.table.slot(leg) {
            self.with_leg(now, slot, |leg, _| leg.transport.withdraw());
        }
    }

    pub(super) fn close(&mut self, now: Time, id: LegId) {
        if let Some(slot) = self.table.slot(id) {
            self.end_recordings_of(id);
            self.unbridge_slot(slot);
            self.leave_slot(slot);
            self.with_leg(now, slot, |leg, _| {
                leg.stop_play();
                leg.local_source.stop_digits();
            });
            if let Some(mut leg) = self.table.remove(slot) {
                leg.close(now, &mut self.transmits);
                self.events.push_back(Event::Reported(id, Box::new(leg.report())));
            }
        }
        self.events.push_back(Event::Closed(id));
    }

    /// The leg's slot; a new one if the leg is to begin now and there is room for it.
    fn slot_or_new(&mut self, id: LegId, opens: bool) -> Option<usize> {
        if let Some(slot) = self.table.slot(id) {
            return Some(slot);
        }
        if !opens {
            return None;
        }
        if self.table.len() >= self.config.max_legs {
            self.events.push_back(Event::Closed(id));
            return None;
        }
        let leg = Leg::new(id, &self.config, self.rng.next_u64());
        Some(self.table.insert(leg))
    }
}
