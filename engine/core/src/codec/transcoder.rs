//! Transcodes each packet when it arrives: no buffer, no clock.

use super::packet::{InputPacket, OutputPacket, PayloadKind};
use super::pcm_transcoder::PcmTranscoder;
use super::{Complexity, Law, OpusError, OpusSettings};
use crate::AudioCodec;
use crate::dtmf;

/// One direction between two codecs. After each push ask [`poll`](Self::poll) until it has nothing.
#[derive(Debug)]
pub struct Transcoder {
    method: Method,
    /// A complete packet for `poll`, if there is one; its payload is in `octets`.
    ready: Option<OutputPacket>,
    octets: Vec<u8>,
}

#[derive(Debug)]
enum Method {
    /// One law to the other, octet by octet: any packet length, and the receiver conceals losses.
    Table(Law),
    Pcm(Box<PcmTranscoder>),
}

impl Transcoder {
    /// From `from` to `to`; `settings` apply when that is Opus, except their rate: it is 8,000 Hz.
    ///
    /// # Errors
    /// When libopus refuses the settings.
    pub fn new(
        from: AudioCodec,
        to: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, OpusError> {
        let method = match (from, to) {
            (AudioCodec::Pcmu, AudioCodec::Pcma) => Method::Table(Law::Mu),
            (AudioCodec::Pcma, AudioCodec::Pcmu) => Method::Table(Law::A),
            _ => Method::Pcm(Box::new(PcmTranscoder::new(from, to, settings)?)),
        };
        Ok(Self { method, ready: None, octets: Vec::new() })
    }

    /// The source began a new stream: its numbers start over. The output's continue.
    pub fn begin(&mut self) {
        if let Method::Pcm(pcm) = &mut self.method {
            pcm.begin();
        }
    }

    /// Which fraction of packets the target's receiver misses, 0 to 1.
    pub fn expect_loss(&mut self, fraction: f32) {
        if let Method::Pcm(pcm) = &mut self.method {
            pcm.expect_loss(fraction);
        }
    }

    /// Set the complexity of the encoder, if there is one.
    pub fn set_complexity(&mut self, complexity: Complexity) {
        if let Method::Pcm(pcm) = &mut self.method {
            pcm.set_complexity(complexity);
        }
    }

    /// A voice packet came.
    pub fn push(&mut self, input: InputPacket<'_>) {
        match &mut self.method {
            Method::Table(law) => {
                self.octets.clear();
                self.octets.extend_from_slice(input.payload);
                law.translate(&mut self.octets);
                self.ready = Some(as_it_is(PayloadKind::Voice, input));
            }
            Method::Pcm(pcm) => pcm.push(input),
        }
    }

    /// A telephone event came, in a clock of `from_hz`; it is passed on in a clock of `to_hz`. A
    /// malformed one is dropped, and its number does not count as lost.
    pub fn push_event(&mut self, input: InputPacket<'_>, from_hz: u32, to_hz: u32) {
        let placed = match &mut self.method {
            Method::Table(_) => as_it_is(PayloadKind::Event, input),
            Method::Pcm(pcm) => pcm.place_event(input),
        };
        let Some(event) = dtmf::Payload::parse(input.payload) else { return };
        self.octets.clear();
        self.octets.extend_from_slice(&event.rescaled(from_hz, to_hz).octets());
        self.ready = Some(OutputPacket { length: self.octets.len(), ..placed });
    }

    /// A packet of the source carried neither: its number does not count as lost.
    pub fn skip(&mut self, sequence: u16) {
        if let Method::Pcm(pcm) = &mut self.method {
            pcm.skip(sequence);
        }
    }

    /// The next packet for the target, written into `buffer`; 1,275 octets suffice.
    pub fn poll(&mut self, buffer: &mut [u8]) -> Option<OutputPacket> {
        if let Some(ready) = self.ready.take() {
            buffer.get_mut(..self.octets.len())?.copy_from_slice(&self.octets);
            return Some(ready);
        }
        match &mut self.method {
            Method::Table(_) => None,
            Method::Pcm(pcm) => pcm.poll(buffer),
        }
    }
}

fn as_it_is(kind: PayloadKind, input: InputPacket<'_>) -> OutputPacket {
    OutputPacket {
        kind,
        marker: input.marker,
        sequence: input.sequence,
        timestamp: input.timestamp,
        length: input.payload.len(),
        level_dbov: None,
    }
}
