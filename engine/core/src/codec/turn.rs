//! Voice decoded, cut into 20 ms anew and encoded, with its place on the time line kept.

use super::transcoder::{Kind, Spoken, Transcoded};
use super::{Ear, Effort, Jump, Law, OpusEncoder, OpusFault, OpusSettings};
use crate::AudioCodec;

/// Everything is turned around at 8 kHz, for one side is G.711: no resampling, and the cheapest Opus.
const RATE: u32 = 8_000;
/// 20 ms.
const FRAME: usize = RATE as usize / 50;

#[derive(Debug)]
pub(super) struct Turn {
    ear: Ear,
    voice: Voice,
    /// Target timestamp units a sample.
    units: u32,
    /// What was heard and not sent.
    pending: Vec<i16>,
    /// The moment of its first sample, in samples; wraps.
    position: u32,
    /// Our next number.
    sequence: u16,
    marker: bool,
}

#[derive(Debug)]
enum Voice {
    Opus(OpusEncoder),
    Law(Law),
}

impl Turn {
    pub(super) fn new(
        from: AudioCodec,
        to: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Self, OpusFault> {
        let voice = match to {
            AudioCodec::Opus => {
                Voice::Opus(OpusEncoder::new(OpusSettings { rate_hz: RATE, ..settings })?)
            }
            AudioCodec::Pcmu => Voice::Law(Law::Mu),
            AudioCodec::Pcma => Voice::Law(Law::A),
        };
        Ok(Self {
            ear: Ear::new(from, RATE)?,
            voice,
            units: to.clock_hz() / RATE,
            pending: Vec::new(),
            position: 0,
            sequence: 0,
            marker: true,
        })
    }

    pub(super) fn begin(&mut self) {
        self.ear.begin();
        self.marker = true;
    }

    pub(super) fn expect_loss(&mut self, fraction: f32) {
        if let Voice::Opus(encoder) = &mut self.voice {
            encoder.expect_loss(fraction);
        }
    }

    pub(super) fn exert(&mut self, effort: Effort) {
        if let Voice::Opus(encoder) = &mut self.voice {
            encoder.exert(effort);
        }
    }

    pub(super) fn skip(&mut self, sequence: u16) {
        self.ear.skip(sequence);
    }

    pub(super) fn push(&mut self, spoken: Spoken<'_>) {
        let left = self.pending.len();
        let Spoken { sequence, timestamp, payload, marker } = spoken;
        let Some(jump) = self.ear.hear(sequence, timestamp, payload, &mut self.pending) else {
            return;
        };
        self.marker |= marker;
        let (Jump::Lost(passed) | Jump::Paused(passed)) = jump else { return };
        // Less than a frame before a gap has nowhere to go.
        self.pending.drain(..left);
        self.position = self.position.wrapping_add(left as u32).wrapping_add(passed);
        match jump {
            Jump::Lost(_) => {
                let frames = (passed / FRAME as u32) as u16;
                self.sequence = self.sequence.wrapping_add(frames);
            }
            _ => self.marker = true,
        }
    }

    /// Where an event goes on our line; its payload is not looked at.
    pub(super) fn place_event(&mut self, spoken: Spoken<'_>) -> Transcoded {
        let heard = self.position.wrapping_add(self.pending.len() as u32);
        let moment = heard.wrapping_add(self.ear.distance(spoken.timestamp) as u32);
        self.ear.skip(spoken.sequence);
        let sequence = self.next_number();
        let timestamp = moment.wrapping_mul(self.units);
        Transcoded { kind: Kind::Event, marker: spoken.marker, sequence, timestamp, length: 0 }
    }

    pub(super) fn poll(&mut self, room: &mut [u8]) -> Option<Transcoded> {
        let frame = self.pending.get(..FRAME)?;
        let length = match &mut self.voice {
            Voice::Opus(encoder) => encoder.encode(frame, room).ok(),
            Voice::Law(law) => room.get_mut(..FRAME).map(|room| {
                room.iter_mut().zip(frame).for_each(|(octet, sample)| *octet = law.encode(*sample));
                FRAME
            }),
        };
        let timestamp = self.position.wrapping_mul(self.units);
        self.pending.drain(..FRAME);
        self.position = self.position.wrapping_add(FRAME as u32);
        let sequence = self.next_number();
        let marker = std::mem::take(&mut self.marker);
        Some(Transcoded { kind: Kind::Voice, marker, sequence, timestamp, length: length? })
    }

    fn next_number(&mut self) -> u16 {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        sequence
    }
}
