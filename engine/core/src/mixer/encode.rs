//! Encodes the mixes of a conference: listeners with the same mix and codec parameters share one encoder.

use std::collections::{BTreeMap, VecDeque};

use crate::AudioCodec;
use crate::LegId;
use crate::codec::{Complexity, Law, OpusEncoder, OpusSettings};
use crate::dsp::dbov;

use super::limiter::Limiter;
use super::participant::LINES;

/// Frames that a new encoder is fed with before its first packet: then its state is nearly that of the
/// encoder whose listener it takes over.
const WARM_UP: usize = 3;
/// The largest packet (RFC 6716 §3.4).
const MAX_PACKET: usize = 1_275;
/// A receiver that loses more belongs to the class with more FEC, until it loses less than the second.
const LOSSY: (f32, f32) = (0.05, 0.02);

/// What a listener hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mix {
    /// All public speakers, for all members who do not speak.
    Public,
    /// The noise of the conference: the deaf, and those on hold.
    Quiet,
    /// One member's own: without its own voice, or with its coach's.
    Own(LegId),
}

/// How a listener receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Encoding {
    /// 0 Opus, 1 PCMU, 2 PCMA: in the order of [`AudioCodec::ALL`].
    codec: u8,
    fec: bool,
    max_bit_rate: u32,
    lossy: bool,
}

impl Encoding {
    /// Of a listener with these parameters.
    pub(crate) fn new(codec: AudioCodec, fec: bool, max_bit_rate: Option<u32>) -> Self {
        let opus = codec == AudioCodec::Opus;
        Self {
            codec: AudioCodec::ALL.iter().position(|other| *other == codec).unwrap_or(0) as u8,
            fec: fec && opus,
            max_bit_rate: max_bit_rate.filter(|_| opus).unwrap_or(u32::MAX),
            lossy: false,
        }
    }

    /// The same for a listener that reports that fraction of packets as lost, who was in that class.
    #[must_use]
    pub(crate) fn losing(self, fraction: Option<f32>, before: Self) -> Self {
        let fraction = fraction.unwrap_or(0.0);
        let limit = if before.lossy { LOSSY.1 } else { LOSSY.0 };
        Self { lossy: self.fec && fraction > limit, ..self }
    }

    pub(super) fn codec(self) -> AudioCodec {
        AudioCodec::ALL.get(usize::from(self.codec)).copied().unwrap_or(AudioCodec::Pcmu)
    }

    /// The line of the mix that goes in: the conference's rate, or 8 kHz.
    pub(super) fn line(self, rate_hz: u32) -> usize {
        usize::from(self.codec() != AudioCodec::Opus && rate_hz > 8_000)
    }

    fn settings(self, rate_hz: u32) -> OpusSettings {
        let limit = (self.max_bit_rate < u32::MAX).then_some(self.max_bit_rate);
        OpusSettings::speech(rate_hz).within(limit, self.fec)
    }
}

/// One mix at one rate, limited.
#[derive(Debug, Clone)]
struct Line {
    limiter: Limiter,
    frame: Vec<i16>,
    /// The frame's level, and whether anybody speaks in it.
    level: (f32, bool),
    /// The frames before, oldest first.
    history: VecDeque<Vec<i16>>,
}

#[derive(Debug)]
struct Encoder {
    /// None for G.711.
    opus: Option<OpusEncoder>,
    packet: Vec<u8>,
    fresh: bool,
}

/// The mixes and encoders of one conference.
#[derive(Debug, Default)]
pub(super) struct Encoders {
    lines: BTreeMap<(Mix, usize), Line>,
    streams: BTreeMap<(Mix, Encoding), Encoder>,
    encodes: u64,
}

impl Encoders {
    /// A tick begins.
    pub(super) fn begin(&mut self) {
        self.streams.retain(|_, encoder| std::mem::take(&mut encoder.fresh));
        for line in self.lines.values_mut() {
            let frame = std::mem::take(&mut line.frame);
            if !frame.is_empty() {
                line.history.push_back(frame);
            }
            if line.history.len() > WARM_UP {
                line.history.pop_front();
            }
        }
    }

    /// Forget everything: the rate changes.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.streams.clear();
    }

    /// The sum of this mix's voices at that rate. A mix that begins takes over from that of all speakers.
    pub(super) fn line(
        &mut self,
        mix: Mix,
        line: usize,
        rate_hz: u32,
        (samples, speaks): (&[f32], bool),
    ) {
        if !self.lines.contains_key(&(mix, line)) {
            let public = self.lines.get(&(Mix::Public, line)).cloned();
            let fresh = || Line {
                limiter: Limiter::new(rate_hz),
                frame: Vec::new(),
                level: (-127.0, false),
                history: VecDeque::new(),
            };
            let mut taken = public.unwrap_or_else(fresh);
            // Taken over in the middle of a tick: that frame may be this tick's.
            taken.frame.clear();
            self.lines.insert((mix, line), taken);
        }
        if let Some(Line { limiter, frame, level, .. }) = self.lines.get_mut(&(mix, line)) {
            frame.clear();
            limiter.push(samples, frame);
            *level = (dbov(frame), speaks);
        }
    }

    /// Forget mixes that were not made in this tick.
    pub(super) fn end(&mut self) {
        self.lines.retain(|_, line| !line.frame.is_empty());
    }

    /// The samples of a mix in this tick.
    pub(super) fn samples(&self, mix: Mix, line: usize) -> &[i16] {
        self.lines.get(&(mix, line)).map_or(&[], |line| line.frame.as_slice())
    }

    /// The level of a mix in this tick, and whether anybody speaks in it.
    pub(super) fn level(&self, mix: Mix, encoding: Encoding, rate_hz: u32) -> Option<(f32, bool)> {
        self.lines.get(&(mix, encoding.line(rate_hz))).map(|line| line.level)
    }

    /// This tick's packet: encoded once for all who ask for it.
    pub(super) fn packet(
        &mut self,
        mix: Mix,
        encoding: Encoding,
        rate_hz: u32,
        complexity: Complexity,
    ) -> Option<&[u8]> {
        let line = self.lines.get(&(mix, encoding.line(rate_hz)))?;
        let encoder = match self.streams.entry((mix, encoding)) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(warm(line, encoding, rate_hz)?)
            }
        };
        if !encoder.fresh {
            encoder.fresh = true;
            self.encodes += 1;
            encoder.write(&line.frame, encoding, complexity)?;
        }
        Some(&encoder.packet)
    }

    /// Frames encoded so far.
    #[cfg(test)]
    pub(super) fn encodes(&self) -> u64 {
        self.encodes
    }
}

/// An encoder that has encoded the frames before this one.
fn warm(line: &Line, encoding: Encoding, rate_hz: u32) -> Option<Encoder> {
    let mut opus = match encoding.codec() {
        AudioCodec::Opus => Some(OpusEncoder::new(encoding.settings(rate_hz)).ok()?),
        AudioCodec::Pcmu | AudioCodec::Pcma => None,
    };
    if let Some(opus) = &mut opus {
        if encoding.lossy {
            opus.expect_loss(0.2);
        }
        let mut buffer = [0; MAX_PACKET];
        for frame in &line.history {
            opus.encode(frame, &mut buffer).ok()?;
        }
    }
    Some(Encoder { opus, packet: Vec::new(), fresh: false })
}

impl Encoder {
    fn write(&mut self, frame: &[i16], encoding: Encoding, complexity: Complexity) -> Option<()> {
        self.packet.clear();
        match (&mut self.opus, encoding.codec()) {
            (Some(opus), _) => {
                opus.set_complexity(complexity);
                self.packet.resize(MAX_PACKET, 0);
                let length = opus.encode(frame, &mut self.packet).ok()?;
                self.packet.truncate(length);
            }
            (None, AudioCodec::Pcma) => Law::A.encode_into(frame, &mut self.packet),
            (None, _) => Law::Mu.encode_into(frame, &mut self.packet),
        }
        Some(())
    }
}

/// The rates of a conference's lines; 0 where no listener needs one.
pub(super) fn rates(rate_hz: u32, narrow: bool) -> [u32; LINES] {
    [rate_hz, if narrow && rate_hz > 8_000 { 8_000 } else { 0 }]
}
