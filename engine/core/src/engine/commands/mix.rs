//! Conferences: who is in one, and what all members hear.

use super::super::{Engine, own_stream};
use crate::leg::{AudioUser, Party};
use crate::{LegId, MixerId, PlayId, Repeat, Role, Source, Time};

impl Engine {
    pub(super) fn join(
        &mut self,
        now: Time,
        mixer: MixerId,
        (leg, role): (LegId, Role),
        speakers: usize,
    ) {
        let Some(slot) = self.table.slot(leg) else { return };
        let before = self.table.get(slot).and_then(|leg| leg.output.mixer());
        if before != Some(mixer) {
            self.unbridge_slot(slot);
            self.leave_slot(slot);
            let stream = own_stream(&mut self.own_streams);
            if let Some(leg) = self.table.get_mut(slot) {
                leg.output.set_party(Party::Mixer(mixer, stream));
                // Another rate follows with the first tick, if the conference has another.
                leg.use_audio(AudioUser::Mixer(mixer.0), 16_000);
            }
        }
        self.mixers.join(now, mixer, (leg, role), speakers);
        self.ticks.start(now);
    }

    pub(super) fn leave(&mut self, leg: LegId) {
        if let Some(slot) = self.table.slot(leg) {
            self.leave_slot(slot);
        }
    }

    /// The leg is in no conference any more, if it was in one.
    pub(super) fn leave_slot(&mut self, slot: usize) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let Some(mixer) = leg.output.mixer() else { return };
        let id = leg.id;
        leg.output.set_party(Party::Silence);
        if let Some(media) = &mut leg.media {
            media.interrupt();
        }
        leg.release_audio(AudioUser::Mixer(mixer.0));
        self.mixers.leave(mixer, id);
        self.collect_mixer_events(mixer);
    }

    pub(super) fn play_to_members(
        &mut self,
        mixer: MixerId,
        play: PlayId,
        source: &Source,
        repeat: Repeat,
    ) {
        if let Some(found) = self.mixers.get_mut(mixer) {
            found.play(play, source, repeat);
        }
        self.collect_mixer_events(mixer);
    }

    pub(super) fn stop_play_to_members(&mut self, mixer: MixerId, play: PlayId) {
        if let Some(found) = self.mixers.get_mut(mixer) {
            found.stop_play(play);
        }
        self.collect_mixer_events(mixer);
    }
}
