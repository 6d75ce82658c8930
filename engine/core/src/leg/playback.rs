//! A playback to the peer, in place of its partner.

use std::time::Duration;

use crate::codec::{Complexity, OpusSettings};
use crate::negotiation::MediaParams;
use crate::play::{PacketCache, PlayError, Playout};
use crate::rtp::{SourcePacket, StreamKey};
use crate::{AudioCodec, LegId, PlayId, Repeat, Source, Time};

/// One packet's length.
const SLOT: Duration = Duration::from_millis(20);
/// Behind by more than this, missed packets are skipped rather than sent at once.
const MAX_BEHIND: Duration = Duration::from_millis(100);

/// One source that is played to one leg. It waits until the leg's transport is open.
#[derive(Debug)]
pub(crate) struct Playback {
    pub(crate) play: PlayId,
    source: Source,
    repeat: Repeat,
    /// A key of the peer stops it.
    pub(crate) stop_on_digit: bool,
    /// The stream of its packets' numbers.
    stream: StreamKey,
    /// What others hear, too, is encoded once.
    cache: PacketCache,
    playout: Option<(AudioCodec, Playout)>,
    next: Option<Time>,
}

impl Playback {
    /// Nothing played yet; `stream` is a key of no other stream.
    pub(crate) fn new(
        play: PlayId,
        source: Source,
        repeat: Repeat,
        stream: StreamKey,
        cache: PacketCache,
    ) -> Self {
        let (playout, next) = (None, None);
        Self { play, source, repeat, stop_on_digit: false, stream, cache, playout, next }
    }

    /// Whether a key of the peer stops it.
    pub(crate) fn stopping_on_digit(self, stop_on_digit: bool) -> Self {
        Self { stop_on_digit, ..self }
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

    /// The transport is not open: continue from here when it is.
    pub(crate) fn pause(&mut self) {
        self.next = None;
    }

    /// The packet that is due, for the leg's sender; its payload is written into `buffer`. `None` when
    /// the playback is over.
    ///
    /// # Errors
    /// When the source turns out not to be playable.
    pub(crate) fn packet(
        &mut self,
        now: Time,
        params: &MediaParams,
        complexity: Complexity,
        buffer: &mut [u8],
    ) -> Result<Option<SourcePacket>, PlayError> {
        let due = self.next.unwrap_or(now);
        let late = now.since(due) > MAX_BEHIND;
        self.next = Some(if late { now + SLOT } else { due + SLOT });
        let playout = self.playout(params)?;
        playout.set_complexity(complexity);
        let Some(played) = playout.next_packet(buffer)? else { return Ok(None) };
        Ok(Some(SourcePacket {
            stream: self.stream,
            marker: played.marker,
            sequence: played.sequence,
            timestamp: played.timestamp,
            payload_type: params.sending.payload_type,
            payload_length: played.length,
        }))
    }

    /// The source in the leg's codec; from its beginning when the codec was changed.
    fn playout(&mut self, params: &MediaParams) -> Result<&mut Playout, PlayError> {
        let sending = params.sending;
        let fits = self.playout.as_ref().is_some_and(|(codec, _)| *codec == sending.codec);
        let opened = if let Some(opened) = self.playout.take().filter(|_| fits) {
            opened
        } else {
            let settings = OpusSettings::speech(48_000).within(sending.max_bit_rate, sending.fec);
            let (cache, source) = (&self.cache, &self.source);
            let playout = Playout::shared(cache, source, self.repeat, sending.codec, settings)?;
            (sending.codec, playout)
        };
        Ok(&mut self.playout.insert(opened).1)
    }
}
