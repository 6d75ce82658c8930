//! What is left to do when the engine broke on an input: give up the legs it broke on, keep the rest.

use super::Engine;
use crate::Event;

impl Engine {
    /// Forgets the leg that was being dealt with when [`handle`](Engine::handle) panicked, or both
    /// when two were held together, without running any of their code. Its partner hears nobody
    /// from then on. `Closed` is told of each, and no report. Returns how many there were.
    ///
    /// For a shell that catches the panic: a bug that one peer's packets meet must not end the calls
    /// of all others.
    pub fn abandon(&mut self) -> usize {
        let slots = self.table.touched();
        let broken = slots.into_iter().flatten().filter_map(|slot| self.table.remove(slot));
        let broken: Vec<_> = broken.collect();
        for leg in &broken {
            if let Some(partner) = leg.partner.and_then(|slot| self.table.get_mut(slot)) {
                partner.partner = None;
                if let Some(media) = &mut partner.media {
                    media.feed = None;
                }
            }
            self.events.push_back(Event::Closed(leg.id));
        }
        broken.len()
    }
}
