//! Recovery after a panic in the engine: drops the legs that were being handled, keeps the rest.

use super::Engine;
use crate::Event;

impl Engine {
    /// Removes the leg that was being handled when [`handle`](Engine::handle) panicked, or both when
    /// two were borrowed together, without running any of their code. The partner of such a leg gets no
    /// audio from then on. Each ends with `Closed`, without a report. Returns how many there were.
    ///
    /// For a shell that catches the panic: a bug that the packets of one peer trigger must not end the
    /// calls of all others.
    pub fn recover_from_panic(&mut self) -> usize {
        let slots = self.table.touched();
        let broken = slots.into_iter().flatten().filter_map(|slot| self.table.remove(slot));
        let broken: Vec<_> = broken.collect();
        for leg in &broken {
            let partner = leg.output.partner().and_then(|slot| self.table.get_mut(slot));
            if let Some(partner) = partner {
                partner.output.set_partner(None);
                if let Some(media) = &mut partner.media {
                    media.transcoder = None;
                }
            }
            self.events.push_back(Event::Closed(leg.id));
        }
        broken.len()
    }
}
