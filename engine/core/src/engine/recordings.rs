//! The recordings of an engine: what each takes in a tick, and what is to be written.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Engine;
use super::mixers::Mixers;
use super::table::Table;
use crate::leg::{AudioUser, Output};
use crate::mixer::Mixer;
use crate::recorder::{
    MixReader, PauseMode, RecordedPart, RecordedSource, Recording, RecordingEnd, Tracks,
};
use crate::{Event, LegId, RecordCommand, RecordingId, Time};

/// All recordings of this worker.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    running: BTreeMap<RecordingId, Running>,
    parts: VecDeque<(RecordingId, RecordedPart)>,
}

#[derive(Debug)]
struct Running {
    source: RecordedSource,
    /// The other leg of the bridge, by slot, while its audio is used.
    partner: Option<(usize, LegId)>,
    mix: MixReader,
    recording: Recording,
}

impl Recordings {
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}

impl Engine {
    /// Begin a recording. One of a leg that is not there ends at once.
    pub(super) fn record(&mut self, now: Time, command: RecordCommand) {
        let RecordCommand { recording: id, source, name, settings } = command;
        if self.recordings.running.contains_key(&id) {
            return;
        }
        if let RecordedSource::Leg(leg, Tracks::Inbound | Tracks::Both) = source
            && let Some(slot) = self.table.slot(leg)
            && let Some(leg) = self.table.get_mut(slot)
        {
            leg.use_audio(AudioUser::Recording(id.0), settings.rate_hz);
        }
        let recording = Recording::new(settings);
        let (rate_hz, channels) = (settings.rate_hz, recording.channels() as u16);
        let begin = RecordedPart::Begin { name, rate_hz, channels };
        self.recordings.parts.push_back((id, begin));
        let mix = MixReader::new(rate_hz);
        self.recordings.running.insert(id, Running { source, partner: None, mix, recording });
        self.ticks.start(now);
    }

    /// End a recording without the last `cut` of it.
    pub(super) fn stop_recording(&mut self, id: RecordingId, cut: Duration) {
        if let Some(running) = self.recordings.running.get(&id) {
            let end = running.recording.stop(cut);
            self.end_recording(id, end);
        }
    }

    /// Pause a recording, or resume it.
    pub(super) fn pause_recording(&mut self, id: RecordingId, mode: Option<PauseMode>) {
        if let Some(running) = self.recordings.running.get_mut(&id) {
            match mode {
                Some(mode) => running.recording.pause(mode),
                None => running.recording.resume(),
            }
        }
    }

    /// The leg is about to be removed: its recordings end.
    pub(super) fn end_recordings_of(&mut self, leg: LegId) {
        let is_of = |source| matches!(source, RecordedSource::Leg(of, _) if of == leg);
        let of_leg = self.recordings.running.iter().filter(|(_, one)| is_of(one.source));
        let ids: Vec<RecordingId> = of_leg.map(|(id, _)| *id).collect();
        for id in ids {
            self.stop_recording(id, Duration::ZERO);
        }
    }

    /// 20 ms more of all recordings.
    pub(super) fn record_all(&mut self, tick: (Time, u64)) {
        let ids: Vec<RecordingId> = self.recordings.running.keys().copied().collect();
        for id in ids {
            let Some(running) = self.recordings.running.get_mut(&id) else { continue };
            let end = running.step(id, &mut self.table, &self.mixers, tick);
            while let Some(block) = running.recording.poll() {
                self.recordings.parts.push_back((id, RecordedPart::Block(block)));
            }
            if let Some(end) = end {
                self.end_recording(id, end);
            }
        }
    }

    /// What is to be written of which recording, in order.
    pub fn poll_recorded(&mut self) -> Option<(RecordingId, RecordedPart)> {
        self.recordings.parts.pop_front()
    }

    fn end_recording(&mut self, id: RecordingId, end: RecordingEnd) {
        let Some(mut running) = self.recordings.running.remove(&id) else { return };
        running.release(id, &mut self.table);
        if let Some(block) = running.recording.rest() {
            self.recordings.parts.push_back((id, RecordedPart::Block(block)));
        }
        self.recordings.parts.push_back((id, RecordedPart::End(end)));
        self.events.push_back(Event::RecordingEnded(id, end));
    }
}

impl Running {
    /// 20 ms more; whether the recording ends with them.
    fn step(
        &mut self,
        id: RecordingId,
        table: &mut Table,
        mixers: &Mixers,
        tick: (Time, u64),
    ) -> Option<RecordingEnd> {
        match self.source {
            RecordedSource::Conference(mixer) => {
                let mixer = mixers.get(mixer);
                let mix = mixer.map(|mixer| (mixer.rate_hz(), mixer.public()));
                let mix = mix.and_then(|(rate_hz, samples)| self.mix.read(rate_hz, samples));
                self.recording.push(mix, None)
            }
            RecordedSource::Leg(leg, tracks) => {
                let Some(slot) = table.slot(leg) else {
                    return Some(self.recording.stop(Duration::ZERO));
                };
                self.follow_bridge(id, table, slot, tracks);
                self.step_leg((slot, leg, tracks), table, mixers, tick)
            }
        }
    }

    fn step_leg(
        &mut self,
        (slot, id, tracks): (usize, LegId, Tracks),
        table: &mut Table,
        mixers: &Mixers,
        (now, tick): (Time, u64),
    ) -> Option<RecordingEnd> {
        let rate_hz = self.recording.rate_hz();
        let inbound = tracks != Tracks::Outbound;
        let Some((partner, _)) = self.partner else {
            let leg = table.get_mut(slot)?;
            let mixer =
                leg.output.mixer().filter(|_| tracks != Tracks::Inbound && leg.outputs_mixer());
            let mix =
                mixer.and_then(|mixer| mixers.get(mixer).and_then(|m: &Mixer| m.heard_by(id)));
            let heard = mix.and_then(|(rate_hz, samples)| self.mix.read(rate_hz, samples));
            let said = leg.reception.as_mut().filter(|_| inbound);
            let said = said.map(|leg| leg.frame_at(now, tick, rate_hz));
            return self.recording.push(said, heard);
        };
        let (leg, partner) = table.pair_mut(slot, partner)?;
        let said = leg.reception.as_mut().filter(|_| inbound);
        let said = said.map(|leg| leg.frame_at(now, tick, rate_hz));
        let heard = partner.reception.as_mut().map(|leg| leg.frame_at(now, tick, rate_hz));
        self.recording.push(said, heard)
    }

    /// Use the audio of the leg that is heard now, and of no other.
    fn follow_bridge(&mut self, id: RecordingId, table: &mut Table, slot: usize, tracks: Tracks) {
        let heard = || {
            let leg = table.get(slot).filter(|_| tracks != Tracks::Inbound)?;
            // A playback takes the partner's place.
            let Output::Party(_) = leg.output else { return None };
            let slot = leg.output.partner()?;
            Some((slot, table.get(slot)?.id))
        };
        let heard = heard();
        if heard == self.partner {
            return;
        }
        self.release_partner(id, table);
        if let Some((slot, _)) = heard
            && let Some(partner) = table.get_mut(slot)
        {
            partner.use_audio(AudioUser::Recording(id.0), self.recording.rate_hz());
            self.partner = heard;
        }
    }

    fn release_partner(&mut self, id: RecordingId, table: &mut Table) {
        if let Some((slot, leg)) = self.partner.take()
            && let Some(partner) = table.get_mut(slot).filter(|found| found.id == leg)
        {
            partner.release_audio(AudioUser::Recording(id.0));
        }
    }

    fn release(&mut self, id: RecordingId, table: &mut Table) {
        self.release_partner(id, table);
        if let RecordedSource::Leg(leg, _) = self.source
            && let Some(slot) = table.slot(leg)
            && let Some(leg) = table.get_mut(slot)
        {
            leg.release_audio(AudioUser::Recording(id.0));
        }
    }
}
