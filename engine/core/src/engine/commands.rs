//! Commands, by group: negotiation, bridges, conferences, playback, DTMF, taps, detectors and recordings.

mod bridge;
mod listen;
mod mix;
mod negotiate;
mod playback;

use super::{Engine, own_stream};
use crate::leg::{Leg, Playback};
use crate::{Command, Event, LegId, Time};

impl Engine {
    pub(super) fn command(&mut self, now: Time, command: Command) {
        match command {
            Command::Open(credentials) => self.open(now, *credentials),
            Command::Negotiated(agreement) => self.negotiated(now, *agreement),
            Command::Withdraw(leg) => self.withdraw(now, leg),
            Command::Close(leg) => self.close(now, leg),
            Command::Bridge(a, b) => self.bridge(now, a, b),
            Command::Unbridge(leg) => self.unbridge(leg),
            Command::Join { mixer, leg, role, speakers } => {
                self.join(now, mixer, (leg, role), speakers);
            }
            Command::Leave(leg) => self.leave(leg),
            Command::Link { mixer, workers } => self.mixers.set_links(mixer, workers),
            Command::PlayToMembers { mixer, play, source, repeat } => {
                self.play_to_members(mixer, play, &source, repeat);
            }
            Command::StopPlayToMembers(mixer, play) => self.stop_play_to_members(mixer, play),
            Command::Mute { leg, muted } => self.mute(leg, muted),
            Command::Play { leg, play, source, repeat, stop_on_digit } => {
                let stream = own_stream(&mut self.own_streams);
                let playback = Playback::new(play, source, repeat, stream, self.played.clone());
                self.play(now, leg, playback.stopping_on_digit(stop_on_digit));
            }
            Command::StopPlay(leg) => self.stop_play(now, leg),
            Command::SendDigits { leg, play, digits } => self.send_digits(now, leg, play, &digits),
            Command::Tap { leg, frames } => self.tap(now, leg, Some(frames)),
            Command::Untap(leg) => self.tap(now, leg, None),
            Command::Detect { leg, wanted } => self.detect(now, leg, wanted),
            Command::Record(command) => self.record(now, *command),
            Command::StopRecording { recording, cut } => self.stop_recording(recording, cut),
            Command::PauseRecording(recording, mode) => self.pause_recording(recording, Some(mode)),
            Command::ResumeRecording(recording) => self.pause_recording(recording, None),
            Command::Report(leg) => self.report(leg),
        }
    }

    fn report(&mut self, leg: LegId) {
        let found = self.table.slot(leg).and_then(|slot| self.table.get(slot));
        if let Some(report) = found.map(Leg::report) {
            self.events.push_back(Event::Reported(leg, Box::new(report)));
        }
    }
}
