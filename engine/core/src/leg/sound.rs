//! What we make a peer hear ourselves: something played, keys pressed.

use std::collections::VecDeque;

use super::dialling::Dialling;
use super::media::Media;
use super::playing::Playing;
use super::way::Way;
use crate::outbox::Outbox;
use crate::rtp::{Header, StreamKey};
use crate::{LegId, PlayEnd, PlayId, Repeat, Source, Time};

/// The largest packet a playout writes.
const ROOM: usize = 1_275;

/// What one leg is made to hear.
#[derive(Debug, Default)]
pub(crate) struct Sound {
    playing: Option<Playing>,
    dialling: Option<Dialling>,
    ended: VecDeque<(PlayId, PlayEnd)>,
}

impl Sound {
    /// Play something, in place of what was played.
    pub(crate) fn play(&mut self, play: PlayId, source: Source, repeat: Repeat, line: StreamKey) {
        self.stop();
        self.playing = Some(Playing::new(play, source, repeat, line));
    }

    /// Stop what is played.
    pub(crate) fn stop(&mut self) {
        if let Some(playing) = self.playing.take() {
            self.ended.push_back((playing.play, PlayEnd::Stopped));
        }
    }

    /// Press keys, in place of those that were being pressed.
    pub(crate) fn dial(&mut self, now: Time, play: PlayId, digits: &str, media: Option<&Media>) {
        self.hang_up();
        let events = media.and_then(|media| media.terms.events_sending);
        match Dialling::new(now, play, digits, events) {
            Ok(dialling) => self.dialling = Some(dialling),
            Err(sentence) => self.ended.push_back((play, PlayEnd::PlayError(sentence))),
        }
    }

    /// Press no more keys.
    pub(crate) fn hang_up(&mut self) {
        if let Some(dialling) = self.dialling.take() {
            self.ended.push_back((dialling.play, PlayEnd::Stopped));
        }
    }

    /// Whether the leg hears us and not its partner.
    pub(crate) fn is_busy(&self) -> bool {
        self.playing.is_some() || self.is_pressing()
    }

    /// While a key is down nothing else is sent (RFC 4733 §2.5.1.1: the tone replaces the voice).
    fn is_pressing(&self) -> bool {
        self.dialling.as_ref().is_some_and(Dialling::is_pressing)
    }

    /// The way is gone for now.
    pub(crate) fn pause(&mut self) {
        if let Some(playing) = &mut self.playing {
            playing.pause();
        }
    }

    /// When [`send`](Self::send) wants to be called, given a way.
    pub(crate) fn due(&mut self, now: Time, leg: LegId) -> Option<Time> {
        let playing = self.playing.as_mut().map(|playing| playing.due(now, leg));
        let dialling = self.dialling.as_ref().and_then(Dialling::due);
        [playing, dialling].into_iter().flatten().min()
    }

    /// Send all that is due.
    pub(crate) fn send(
        &mut self,
        now: Time,
        leg: LegId,
        media: &mut Media,
        way: &mut Way,
        out: &mut Outbox,
    ) {
        self.press(now, media, way, out);
        while self.playing.as_mut().is_some_and(|playing| playing.due(now, leg) <= now) {
            self.step(now, media, way, out);
        }
    }

    fn press(&mut self, now: Time, media: &mut Media, way: &mut Way, out: &mut Outbox) {
        while let Some(dialling) = &mut self.dialling {
            let Some((header, payload)) = dialling.poll(now, &mut media.sender) else { break };
            pass(header, &payload, media, way, out);
        }
        if let Some(dialling) = self.dialling.take_if(|dialling| dialling.is_done()) {
            self.ended.push_back((dialling.play, PlayEnd::Finished));
        }
    }

    fn step(&mut self, now: Time, media: &mut Media, way: &mut Way, out: &mut Outbox) {
        let pressing = self.is_pressing();
        let Some(playing) = &mut self.playing else { return };
        let mut room = [0; ROOM];
        let end = match playing.packet(now, &media.terms, media.complexity, &mut room) {
            // Time goes on while nobody may hear it.
            Ok(Some(_)) if pressing || !media.terms.direction.sends() => {
                return media.sender.interrupt();
            }
            Ok(Some(origin)) => {
                if let Some(header) = media.sender.place(now, origin) {
                    let payload = room.get(..origin.payload_length).unwrap_or_default();
                    pass(header, payload, media, way, out);
                }
                return;
            }
            Ok(None) => PlayEnd::Finished,
            Err(error) => PlayEnd::PlayError(error.to_string()),
        };
        self.ended.push_back((playing.play, end));
        self.playing = None;
    }

    /// What ended, oldest first.
    pub(crate) fn poll(&mut self) -> Option<(PlayId, PlayEnd)> {
        self.ended.pop_front()
    }
}

fn pass(header: Header, payload: &[u8], media: &Media, way: &mut Way, out: &mut Outbox) {
    if media.terms.direction.sends() {
        way.send_packet(header, payload, out);
    }
}
