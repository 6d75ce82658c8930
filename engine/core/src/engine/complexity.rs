//! Encoder complexity of all legs, lowered under load.

use super::Engine;
use crate::codec::Complexity;

impl Engine {
    /// Set the complexity of voice encoders for all legs, from now on. Encoding is nearly all that a
    /// transcoded call costs, so a shell lowers it when it cannot keep up; calls whose legs share a codec
    /// are not affected.
    pub fn set_complexity(&mut self, complexity: Complexity) {
        self.complexity = complexity;
        for slot in self.table.slots() {
            self.apply_complexity(slot);
        }
    }

    /// The complexity of voice encoders now.
    pub fn complexity(&self) -> Complexity {
        self.complexity
    }

    pub(super) fn apply_complexity(&mut self, slot: usize) {
        let complexity = self.complexity;
        if let Some(media) = self.table.get_mut(slot).and_then(|leg| leg.media.as_mut()) {
            media.complexity = complexity;
        }
    }
}
