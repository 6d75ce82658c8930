//! From one codec to another on arrival: no buffer, no clock; each packet is turned around at once.

use super::turn::Turn;
use super::{Effort, Law, OpusFault, OpusSettings};
use crate::AudioCodec;
use crate::dtmf;

/// A packet as its source numbered it.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// As the source counts.
    pub sequence: u16,
    /// In the source's clock.
    pub timestamp: u32,
    /// Begins a talk-spurt.
    pub marker: bool,
    /// In the source's codec.
    pub payload: &'a [u8],
}

/// What goes on to the other side, numbered on a line of the transcoder's own: give it a
/// [`StreamKey`](crate::rtp::StreamKey) that no relayed stream has, and a new one after
/// [`Transcoder::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcoded {
    /// Voice or a key press.
    pub kind: Kind,
    /// Begins a talk-spurt.
    pub marker: bool,
    /// Passes over the numbers of packets that were lost beyond repair.
    pub sequence: u16,
    /// In the target's clock.
    pub timestamp: u32,
    /// Octets that were written.
    pub length: usize,
}

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In the target's codec.
    Voice,
    /// RFC 4733, in the target's clock.
    Event,
}

/// One direction between two codecs. After each push ask [`poll`](Self::poll) until it has nothing.
#[derive(Debug)]
pub struct Transcoder {
    route: Route,
    /// What waits for `poll`, if it is ready as it is.
    ready: Option<Transcoded>,
    octets: Vec<u8>,
}

#[derive(Debug)]
enum Route {
    /// One law to the other, octet by octet: any packet length, and the listener conceals.
    Table(Law),
    Turn(Box<Turn>),
}

impl Transcoder {
    /// From `from` to `to`; `settings` count when that is Opus, at 8,000 Hz whatever they say.
    ///
    /// # Errors
    /// When libopus refuses the settings.
    pub fn new(
        from: AudioCodec,
        to: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, OpusFault> {
        let route = match (from, to) {
            (AudioCodec::Pcmu, AudioCodec::Pcma) => Route::Table(Law::Mu),
            (AudioCodec::Pcma, AudioCodec::Pcmu) => Route::Table(Law::A),
            _ => Route::Turn(Box::new(Turn::new(from, to, settings)?)),
        };
        Ok(Self { route, ready: None, octets: Vec::new() })
    }

    /// The source began a new stream: its numbers start over. Ours go on.
    pub fn begin(&mut self) {
        if let Route::Turn(turn) = &mut self.route {
            turn.begin();
        }
    }

    /// Which fraction of packets the target's receiver misses, 0 to 1.
    pub fn expect_loss(&mut self, fraction: f32) {
        if let Route::Turn(turn) = &mut self.route {
            turn.expect_loss(fraction);
        }
    }

    /// How hard to try from now on, if there is anything to try.
    pub fn exert(&mut self, effort: Effort) {
        if let Route::Turn(turn) = &mut self.route {
            turn.exert(effort);
        }
    }

    /// A voice packet came.
    pub fn push(&mut self, spoken: Spoken<'_>) {
        match &mut self.route {
            Route::Table(law) => {
                self.octets.clear();
                self.octets.extend_from_slice(spoken.payload);
                law.translate(&mut self.octets);
                self.ready = Some(as_it_is(Kind::Voice, spoken));
            }
            Route::Turn(turn) => turn.push(spoken),
        }
    }

    /// A telephone event came, counted in `from_hz`; it goes on counted in `to_hz`. One that is
    /// malformed goes nowhere, but its number is not missed.
    pub fn push_event(&mut self, spoken: Spoken<'_>, from_hz: u32, to_hz: u32) {
        let placed = match &mut self.route {
            Route::Table(_) => as_it_is(Kind::Event, spoken),
            Route::Turn(turn) => turn.place_event(spoken),
        };
        let Some(event) = dtmf::Payload::parse(spoken.payload) else { return };
        self.octets.clear();
        self.octets.extend_from_slice(&event.rescaled(from_hz, to_hz).octets());
        self.ready = Some(Transcoded { length: self.octets.len(), ..placed });
    }

    /// A number of the source's carried neither: it is not missed.
    pub fn skip(&mut self, sequence: u16) {
        if let Route::Turn(turn) = &mut self.route {
            turn.skip(sequence);
        }
    }

    /// The next packet for the target, written into `room`; 1,275 octets suffice.
    pub fn poll(&mut self, room: &mut [u8]) -> Option<Transcoded> {
        if let Some(ready) = self.ready.take() {
            room.get_mut(..self.octets.len())?.copy_from_slice(&self.octets);
            return Some(ready);
        }
        match &mut self.route {
            Route::Table(_) => None,
            Route::Turn(turn) => turn.poll(room),
        }
    }
}

fn as_it_is(kind: Kind, spoken: Spoken<'_>) -> Transcoded {
    Transcoded {
        kind,
        marker: spoken.marker,
        sequence: spoken.sequence,
        timestamp: spoken.timestamp,
        length: spoken.payload.len(),
    }
}
