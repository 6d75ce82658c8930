//! Decodes voice, splits it into frames of 20 ms and encodes it; timestamps keep their distances.

use super::packet::{InputPacket, OutputPacket, PayloadKind};
use super::{Complexity, Gap, Law, OpusEncoder, OpusError, OpusSettings, StreamDecoder};
use crate::AudioCodec;
use crate::dsp::dbov;

/// PCM is always 8 kHz, because one of the codecs is G.711: no resampling, and the cheapest Opus.
const RATE: u32 = 8_000;
/// 20 ms.
const FRAME: usize = RATE as usize / 50;

#[derive(Debug)]
pub(super) struct PcmTranscoder {
    decoder: StreamDecoder,
    encoder: Encoder,
    /// Target timestamp units a sample.
    units: u32,
    /// Decoded samples that are not encoded yet.
    pending: Vec<i16>,
    /// The time of the first of them, in samples; wraps.
    position: u32,
    /// Our next sequence number.
    sequence: u16,
    marker: bool,
}

#[derive(Debug)]
enum Encoder {
    Opus(OpusEncoder),
    Law(Law),
}

impl PcmTranscoder {
    pub(super) fn new(
        from: AudioCodec,
        to: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, OpusError> {
        let encoder = match to {
            AudioCodec::Opus => {
                Encoder::Opus(OpusEncoder::new(OpusSettings { rate_hz: RATE, ..settings })?)
            }
            AudioCodec::Pcmu => Encoder::Law(Law::Mu),
            AudioCodec::Pcma => Encoder::Law(Law::A),
        };
        Ok(Self {
            decoder: StreamDecoder::new(from, RATE)?,
            encoder,
            units: to.clock_hz() / RATE,
            pending: Vec::new(),
            position: 0,
            sequence: 0,
            marker: true,
        })
    }

    pub(super) fn begin(&mut self) {
        self.decoder.begin();
        self.marker = true;
    }

    pub(super) fn expect_loss(&mut self, fraction: f32) {
        if let Encoder::Opus(encoder) = &mut self.encoder {
            encoder.expect_loss(fraction);
        }
    }

    pub(super) fn set_complexity(&mut self, complexity: Complexity) {
        if let Encoder::Opus(encoder) = &mut self.encoder {
            encoder.set_complexity(complexity);
        }
    }

    pub(super) fn skip(&mut self, sequence: u16) {
        self.decoder.skip(sequence);
    }

    pub(super) fn push(&mut self, input: InputPacket<'_>) {
        let left = self.pending.len();
        let InputPacket { sequence, timestamp, payload, marker } = input;
        let Some(gap) = self.decoder.decode(sequence, timestamp, payload, &mut self.pending) else {
            return;
        };
        self.marker |= marker;
        let (Gap::Lost(passed) | Gap::Paused(passed)) = gap else { return };
        // Less than a frame before a gap cannot be encoded and is dropped.
        self.pending.drain(..left);
        self.position = self.position.wrapping_add(left as u32).wrapping_add(passed);
        match gap {
            Gap::Lost(_) => {
                let frames = (passed / FRAME as u32) as u16;
                self.sequence = self.sequence.wrapping_add(frames);
            }
            _ => self.marker = true,
        }
    }

    /// The numbers of an event in our stream; its payload is not read.
    pub(super) fn place_event(&mut self, input: InputPacket<'_>) -> OutputPacket {
        let decoded = self.position.wrapping_add(self.pending.len() as u32);
        let moment = decoded.wrapping_add(self.decoder.distance(input.timestamp) as u32);
        self.decoder.skip(input.sequence);
        let sequence = self.next_number();
        let timestamp = moment.wrapping_mul(self.units);
        OutputPacket {
            kind: PayloadKind::Event,
            marker: input.marker,
            sequence,
            timestamp,
            length: 0,
            level_dbov: None,
        }
    }

    pub(super) fn poll(&mut self, buffer: &mut [u8]) -> Option<OutputPacket> {
        let frame = self.pending.get(..FRAME)?;
        let level = dbov(frame);
        let length = match &mut self.encoder {
            Encoder::Opus(encoder) => encoder.encode(frame, buffer).ok(),
            Encoder::Law(law) => buffer.get_mut(..FRAME).map(|buffer| {
                buffer
                    .iter_mut()
                    .zip(frame)
                    .for_each(|(octet, sample)| *octet = law.encode(*sample));
                FRAME
            }),
        };
        let timestamp = self.position.wrapping_mul(self.units);
        self.pending.drain(..FRAME);
        self.position = self.position.wrapping_add(FRAME as u32);
        let sequence = self.next_number();
        let marker = std::mem::take(&mut self.marker);
        Some(OutputPacket {
            kind: PayloadKind::Voice,
            marker,
            sequence,
            timestamp,
            length: length?,
            level_dbov: Some(level),
        })
    }

    fn next_number(&mut self) -> u16 {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        sequence
    }
}
