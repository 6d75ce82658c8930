//! Doing less for each voice so that there is enough for all.

use super::Engine;
use crate::codec::Effort;

impl Engine {
    /// How hard to try when voice is encoded, from now on, for all legs. Encoding is nearly all that a
    /// transcoded call costs, so this is what a shell turns down when it cannot keep up; calls whose
    /// sides share a codec are not touched.
    pub fn exert(&mut self, effort: Effort) {
        self.effort = effort;
        for slot in self.table.slots() {
            self.exert_one(slot);
        }
    }

    /// How hard it tries.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    pub(super) fn exert_one(&mut self, slot: usize) {
        let effort = self.effort;
        if let Some(media) = self.table.get_mut(slot).and_then(|leg| leg.media.as_mut()) {
            media.effort = effort;
        }
    }
}
