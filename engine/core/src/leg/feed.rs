//! What one leg's voice goes through before another leg can hear it.

use crate::AudioCodec;
use crate::codec::{Complexity, InputPacket, OpusSettings, OutputPacket, PayloadKind, Transcoder};
use crate::leg::{Incoming, Payload};
use crate::negotiation::Terms;
use crate::rtp::{Origin, StreamKey};

/// The largest packet a transcoder writes (RFC 6716 §3.4: one Opus frame).
pub(crate) const ROOM: usize = 1_275;

/// A transcoder between two legs, and the line its packets are numbered on.
#[derive(Debug)]
pub(crate) struct Feed {
    from: AudioCodec,
    to: AudioCodec,
    source: StreamKey,
    stream: StreamKey,
    transcoder: Transcoder,
}

impl Feed {
    /// From `codec` to what those terms say; `stream` is a key no other line has. Nothing when the
    /// codec library refuses.
    pub(crate) fn new(
        codec: AudioCodec,
        source: StreamKey,
        terms: &Terms,
        stream: StreamKey,
    ) -> Option<Self> {
        let sending = terms.sending;
        let settings = OpusSettings::speech(8_000).within(sending.max_bit_rate, sending.fec);
        let transcoder = Transcoder::new(codec, sending.codec, settings).ok()?;
        Some(Self { from: codec, to: sending.codec, source, stream, transcoder })
    }

    /// Whether it goes between those codecs.
    pub(crate) fn fits(&self, from: AudioCodec, to: AudioCodec) -> bool {
        self.from == from && self.to == to
    }

    /// Take in one packet; then ask [`poll`](Self::poll) until it has nothing.
    pub(crate) fn push(&mut self, incoming: &Incoming, datagram: &[u8], terms: &Terms) {
        if self.source != incoming.stream {
            self.source = incoming.stream;
            self.transcoder.begin();
        }
        let header = incoming.packet.header;
        let input = InputPacket {
            sequence: header.sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: incoming.packet.payload(datagram),
        };
        match (incoming.payload, terms.events_sending) {
            (Payload::Audio(_), _) => self.transcoder.push(input),
            (Payload::Event(theirs), Some(ours)) => {
                self.transcoder.push_event(input, theirs.clock_hz, ours.clock_hz);
            }
            (Payload::Event(_), None) => self.transcoder.skip(header.sequence),
        }
    }

    /// The next packet, written into `room`, and where it goes on the listener's line.
    pub(crate) fn poll(&mut self, room: &mut [u8], terms: &Terms) -> Option<Origin> {
        let OutputPacket { kind, marker, sequence, timestamp, length } =
            self.transcoder.poll(room)?;
        let payload_type = match (kind, terms.events_sending) {
            (PayloadKind::Event, Some(events)) => events.payload_type,
            _ => terms.sending.payload_type,
        };
        let stream = self.stream;
        Some(Origin { stream, marker, sequence, timestamp, payload_type, payload_length: length })
    }

    /// How hard to try from now on.
    pub(crate) fn set_complexity(&mut self, complexity: Complexity) {
        self.transcoder.set_complexity(complexity);
    }

    /// The source paused: what it skips is no loss.
    pub(crate) fn pause(&mut self) {
        self.transcoder.begin();
    }

    /// Which fraction of packets the listener misses, 0 to 1.
    pub(crate) fn expect_loss(&mut self, fraction: f32) {
        self.transcoder.expect_loss(fraction);
    }
}
