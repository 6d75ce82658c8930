//! Decodes the packets of one leg, whatever codec each has, and conceals what is missing.

use crate::AudioCodec;
use crate::codec::{Law, OpusDecoder, Plc};

/// No packet holds more (RFC 6716 §2.1.4).
const MAX_PACKET_PER_S: usize = 8;
/// Concealment of Opus comes in steps of 2.5 ms.
const STEPS_PER_S: usize = 400;

/// A decoder for the codec that is in use.
#[derive(Debug)]
pub(super) struct Decoder {
    /// Of Opus; G.711 is always 8,000.
    opus_hz: u32,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    None,
    Opus(Box<OpusDecoder>),
    Law(AudioCodec, Law, Box<Plc>),
}

impl Decoder {
    pub(super) const fn new(opus_hz: u32) -> Self {
        Self { opus_hz, inner: Inner::None }
    }

    /// Samples a second of the codec in use.
    pub(super) fn rate_hz(&self) -> u32 {
        match &self.inner {
            Inner::Law(..) => 8_000,
            Inner::None | Inner::Opus(_) => self.opus_hz,
        }
    }

    pub(super) fn codec(&self) -> Option<AudioCodec> {
        match &self.inner {
            Inner::None => None,
            Inner::Opus(_) => Some(AudioCodec::Opus),
            Inner::Law(codec, ..) => Some(*codec),
        }
    }

    /// Packets are in that codec from now on.
    pub(super) fn set_codec(&mut self, codec: AudioCodec) {
        if self.codec() == Some(codec) {
            return;
        }
        self.inner = match codec {
            // Without memory for a decoder the leg stays silent.
            AudioCodec::Opus => OpusDecoder::new(self.opus_hz)
                .map_or(Inner::None, |decoder| Inner::Opus(Box::new(decoder))),
            AudioCodec::Pcmu => Inner::Law(codec, Law::Mu, Box::default()),
            AudioCodec::Pcma => Inner::Law(codec, Law::A, Box::default()),
        };
    }

    /// Forget the past: the next packet does not follow on the last one.
    pub(super) fn reset(&mut self) {
        match &mut self.inner {
            Inner::None => {}
            Inner::Opus(decoder) => {
                let _ = decoder.reset();
            }
            Inner::Law(_, _, plc) => **plc = Plc::default(),
        }
    }

    /// Samples of a packet.
    pub(super) fn length(&self, payload: &[u8]) -> usize {
        match &self.inner {
            Inner::None => 0,
            Inner::Opus(decoder) => decoder.samples(payload).unwrap_or(0),
            Inner::Law(..) => payload.len().min(8_000 / MAX_PACKET_PER_S),
        }
    }

    /// Decode a packet and append its samples. One that is invalid counts as 20 ms that were lost.
    pub(super) fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) {
        match &mut self.inner {
            Inner::None => {}
            Inner::Opus(decoder) => {
                let frame = self.opus_hz as usize / 50;
                if decoder.decode(payload, samples).is_err() {
                    let _ = decoder.conceal(frame, samples);
                }
            }
            Inner::Law(_, law, plc) => {
                let most = 8_000 / MAX_PACKET_PER_S;
                let start = samples.len();
                law.decode_into(payload.get(..most).unwrap_or(payload), samples);
                plc.received(samples.get_mut(start..).unwrap_or_default());
            }
        }
    }

    /// Append about `length` samples in place of what was lost right before `next`, from the FEC of
    /// `next` where it has some (RFC 6716 §2.1.7).
    pub(super) fn recover(&mut self, next: &[u8], length: usize, samples: &mut Vec<i16>) {
        let whole = self.whole(length);
        match &mut self.inner {
            Inner::Opus(decoder) => {
                if decoder.recover(next, whole, samples).is_err() {
                    let _ = decoder.conceal(whole, samples);
                }
            }
            Inner::None | Inner::Law(..) => self.conceal(length, samples),
        }
    }

    /// Append at least `length` samples in place of lost ones.
    pub(super) fn conceal(&mut self, length: usize, samples: &mut Vec<i16>) {
        let whole = self.whole(length);
        let wanted = samples.len() + length;
        match &mut self.inner {
            Inner::None => {}
            Inner::Opus(decoder) => {
                let _ = decoder.conceal(whole, samples);
            }
            Inner::Law(_, _, plc) => plc.conceal(length, samples),
        }
        if samples.len() < wanted {
            samples.resize(wanted, 0);
        }
    }

    fn whole(&self, length: usize) -> usize {
        let step = (self.opus_hz as usize / STEPS_PER_S).max(1);
        length.div_ceil(step).max(1) * step
    }
}
