//! Received audio of one leg, a frame every 20 ms, for a conference.

use std::collections::VecDeque;
use std::time::Duration;

use crate::codec::{Gap, OpusError, StreamDecoder};
use crate::dsp::dbov;
use crate::receive::{Frame, FrameKind};
use crate::rtp::{Header, StreamKey};
use crate::{AudioCodec, Time};

/// Playout begins with that much audio: jitter up to this is not heard.
const BEGIN: Duration = Duration::from_millis(40);
/// More than this is dropped: a burst after a stall would delay all that follows.
const MOST: Duration = Duration::from_millis(160);

/// Decodes packets on arrival and keeps what is not played yet.
#[derive(Debug)]
pub(super) struct Receiving {
    codec: AudioCodec,
    decoder: StreamDecoder,
    stream: Option<StreamKey>,
    waiting: VecDeque<i16>,
    fresh: Vec<i16>,
    playing: bool,
    frame: Frame,
    /// RTP time after the last waiting sample.
    end: u32,
}

impl Receiving {
    pub(super) fn new(codec: AudioCodec) -> Result<Self, OpusError> {
        let rate_hz = codec.clock_hz();
        Ok(Self {
            codec,
            decoder: StreamDecoder::new(codec, rate_hz)?,
            stream: None,
            waiting: VecDeque::new(),
            fresh: Vec::new(),
            playing: false,
            frame: Frame::new(rate_hz),
            end: 0,
        })
    }

    pub(super) fn codec(&self) -> AudioCodec {
        self.codec
    }

    /// A packet came. Returns its level in dBov where that is cheap to measure.
    pub(super) fn packet(
        &mut self,
        _now: Time,
        header: Header,
        stream: StreamKey,
        payload: &[u8],
    ) -> Option<f32> {
        if self.stream.replace(stream) != Some(stream) {
            self.decoder.begin();
        }
        self.fresh.clear();
        let gap =
            self.decoder.decode(header.sequence, header.timestamp, payload, &mut self.fresh)?;
        if let Gap::Lost(_) | Gap::Paused(_) = gap {
            self.playing &= !self.waiting.is_empty();
        }
        self.waiting.extend(&self.fresh);
        let beyond = self.waiting.len().saturating_sub(self.samples(MOST));
        self.waiting.drain(..beyond);
        self.end = header.timestamp.wrapping_add(self.fresh.len() as u32);
        (self.codec != AudioCodec::Opus).then(|| dbov(&self.fresh))
    }

    /// The next 20 ms, if there are any.
    pub(super) fn frame(&mut self, _now: Time, is_wanted: bool) -> Option<&Frame> {
        let length = self.frame.samples().len();
        self.playing |= self.waiting.len() >= self.samples(BEGIN);
        if !self.playing || self.waiting.len() < length {
            self.playing = false;
            return None;
        }
        self.frame.rtp_time = self.end.wrapping_sub(self.waiting.len() as u32);
        let waiting = self.waiting.drain(..length);
        self.frame.samples_mut().iter_mut().zip(waiting).for_each(|(to, from)| *to = from);
        if is_wanted {
            self.frame.level_dbov = dbov(self.frame.samples());
        }
        self.frame.kind = FrameKind::Speech;
        Some(&self.frame)
    }

    fn samples(&self, length: Duration) -> usize {
        (length.as_millis() as usize) * self.codec.clock_hz() as usize / 1_000
    }
}
