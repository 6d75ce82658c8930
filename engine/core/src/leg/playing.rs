//! Something that is played to the peer in place of what it would hear.

use std::time::Duration;

use crate::codec::{Complexity, OpusSettings};
use crate::negotiation::Terms;
use crate::play::{PlayError, Playout};
use crate::rtp::{Origin, StreamKey};
use crate::{AudioCodec, LegId, PlayId, Repeat, Source, Time};

/// One packet's length.
const SLOT: Duration = Duration::from_millis(20);
/// Behind by more than this, what was missed is left out rather than sent at once.
const MAX_BEHIND: Duration = Duration::from_millis(100);

/// One source on its way to one leg. It stands still until the leg has a way.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) play: PlayId,
    source: Source,
    repeat: Repeat,
    /// The line its packets are numbered on.
    stream: StreamKey,
    playout: Option<(AudioCodec, Playout)>,
    next: Option<Time>,
}

impl Playing {
    /// Nothing played yet; `stream` is a key no other line has.
    pub(crate) fn new(play: PlayId, source: Source, repeat: Repeat, stream: StreamKey) -> Self {
        Self { play, source, repeat, stream, playout: None, next: None }
    }

    /// When the next packet is due. Slots of different legs lie apart, so that a worker with many of
    /// them never has to make all their packets at once.
    pub(crate) fn due(&mut self, now: Time, leg: LegId) -> Time {
        *self.next.get_or_insert_with(|| {
            let slot = SLOT.as_nanos() as u64;
            let phase = Duration::from_millis(leg.0 % 20);
            let since = (now - phase).as_nanos().div_ceil(slot);
            Time::from_nanos(since * slot) + phase
        })
    }

    /// The way is gone for now; play on from here when it is back.
    pub(crate) fn pause(&mut self) {
        self.next = None;
    }

    /// The packet that is due, written into `room`, and where it goes on the leg's line. Nothing
    /// when it is over.
    ///
    /// # Errors
    /// When the source turns out not to be playable.
    pub(crate) fn packet(
        &mut self,
        now: Time,
        terms: &Terms,
        complexity: Complexity,
        room: &mut [u8],
    ) -> Result<Option<Origin>, PlayError> {
        let due = self.next.unwrap_or(now);
        let late = now.since(due) > MAX_BEHIND;
        self.next = Some(if late { now + SLOT } else { due + SLOT });
        let playout = self.playout(terms)?;
        playout.set_complexity(complexity);
        let Some(played) = playout.next_packet(room)? else { return Ok(None) };
        Ok(Some(Origin {
            stream: self.stream,
            marker: played.marker,
            sequence: played.sequence,
            timestamp: played.timestamp,
            payload_type: terms.sending.payload_type,
            payload_length: played.length,
        }))
    }

    /// The source in the leg's codec; from its beginning when the codec was changed.
    fn playout(&mut self, terms: &Terms) -> Result<&mut Playout, PlayError> {
        let sending = terms.sending;
        let fits = self.playout.as_ref().is_some_and(|(codec, _)| *codec == sending.codec);
        let opened = if let Some(opened) = self.playout.take().filter(|_| fits) {
            opened
        } else {
            let settings = OpusSettings::speech(48_000).within(sending.max_bit_rate, sending.fec);
            let playout = Playout::open(&self.source, self.repeat, sending.codec, settings)?;
            (sending.codec, playout)
        };
        Ok(&mut self.playout.insert(opened).1)
    }
}
