//! Transcodes one leg's media for another leg.

use crate::AudioCodec;
use crate::codec::{Complexity, InputPacket, OpusSettings, OutputPacket, PayloadKind, Transcoder};
use crate::leg::{Incoming, Payload};
use crate::negotiation::MediaParams;
use crate::rtp::{AudioLevel, SourcePacket, StreamKey};

/// The largest packet a transcoder writes (RFC 6716 §3.4: one Opus frame).
pub(crate) const MAX_PACKET: usize = 1_275;

/// A transcoder between two legs, and the stream of its packets' numbers.
#[derive(Debug)]
pub(crate) struct LegTranscoder {
    from: AudioCodec,
    to: AudioCodec,
    source: StreamKey,
    stream: StreamKey,
    transcoder: Transcoder,
    /// Of the packet that came last.
    level: Option<AudioLevel>,
}

impl LegTranscoder {
    /// From `codec` to the codec of `params`; `stream` is a key of no other stream. `None` when the codec
    /// library fails.
    pub(crate) fn new(
        codec: AudioCodec,
        source: StreamKey,
        params: &MediaParams,
        stream: StreamKey,
    ) -> Option<Self> {
        let sending = params.sending;
        let settings = OpusSettings::speech(8_000).within(sending.max_bit_rate, sending.fec);
        let transcoder = Transcoder::new(codec, sending.codec, settings).ok()?;
        Some(Self { from: codec, to: sending.codec, source, stream, transcoder, level: None })
    }

    /// Whether it goes between those codecs.
    pub(crate) fn fits(&self, from: AudioCodec, to: AudioCodec) -> bool {
        self.from == from && self.to == to
    }

    /// Take in one packet; then ask [`poll`](Self::poll) until it has nothing.
    pub(crate) fn push(&mut self, incoming: &Incoming, datagram: &[u8], params: &MediaParams) {
        if self.source != incoming.stream {
            self.source = incoming.stream;
            self.transcoder.begin();
        }
        self.level = incoming.level;
        let header = incoming.packet.header;
        let input = InputPacket {
            sequence: header.sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: incoming.packet.payload(datagram),
        };
        match (incoming.payload, params.events_sending) {
            (Payload::Audio(_), _) => self.transcoder.push(input),
            (Payload::Event(theirs), Some(ours)) => {
                self.transcoder.push_event(input, theirs.clock_hz, ours.clock_hz);
            }
            (Payload::Event(_), None) | (Payload::ComfortNoise, _) => {
                self.transcoder.skip(header.sequence);
            }
        }
    }

    /// The next packet for the listener's sender, and its audio level; its payload is written into `buffer`.
    /// The level is that of the decoded audio; whether it is voice, only the source has measured.
    pub(crate) fn poll(
        &mut self,
        buffer: &mut [u8],
        params: &MediaParams,
    ) -> Option<(SourcePacket, Option<AudioLevel>)> {
        let OutputPacket { kind, marker, sequence, timestamp, length, level_dbov } =
            self.transcoder.poll(buffer)?;
        let is_voice = self.level.is_some_and(AudioLevel::is_voice);
        let level = match kind {
            PayloadKind::Voice => {
                level_dbov.map(|dbov| AudioLevel::new(dbov, is_voice)).or(self.level)
            }
            PayloadKind::Event => None,
        };
        let payload_type = match (kind, params.events_sending) {
            (PayloadKind::Event, Some(events)) => events.payload_type,
            _ => params.sending.payload_type,
        };
        let stream = self.stream;
        let packet = SourcePacket {
            stream,
            marker,
            sequence,
            timestamp,
            payload_type,
            payload_length: length,
        };
        Some((packet, level))
    }

    /// Set the complexity of the encoder.
    pub(crate) fn set_complexity(&mut self, complexity: Complexity) {
        self.transcoder.set_complexity(complexity);
    }

    /// The source paused: numbers that it skips are no loss.
    pub(crate) fn pause(&mut self) {
        self.transcoder.begin();
    }

    /// Which fraction of packets the listener misses, 0 to 1.
    pub(crate) fn expect_loss(&mut self, fraction: f32) {
        self.transcoder.expect_loss(fraction);
    }
}
