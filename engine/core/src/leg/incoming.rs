//! A received RTP packet and what its payload type stands for.

use crate::negotiation::{EventFormat, Format};
use crate::rtp::{AudioLevel, Packet, SourcePacket, StreamKey};

/// A packet that was authenticated and accepted.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) packet: Packet,
    pub(crate) payload: Payload,
    /// The stream its numbers belong to.
    pub(crate) stream: StreamKey,
    /// Its audio level, if one was negotiated and the packet has one.
    pub(crate) level: Option<AudioLevel>,
}

/// What a payload type number stands for on this leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    Audio(Format),
    /// RFC 3389.
    ComfortNoise,
    Event(EventFormat),
}

impl Incoming {
    /// The same packet for another leg's sender, under that payload type.
    pub(crate) fn source_packet(&self, payload_type: u8) -> SourcePacket {
        let header = self.packet.header;
        SourcePacket {
            stream: self.stream,
            marker: header.marker,
            sequence: header.sequence,
            timestamp: header.timestamp,
            payload_type,
            payload_length: self.packet.payload_length(),
        }
    }
}
