//! One leg's audio on a time line of its own: jitter buffer, decoder, concealment, then frames of 20 ms.

use super::comfort_noise::ComfortNoise;
use super::decoder::Decoder;
use super::frame::{ArrivalLevel, Frame, FrameKind};
use super::sample_queue::SampleQueue;
use super::vad::Vad;
use crate::dsp::dbov;
use crate::jitter::{
    AudioPacket, JitterBuffer, JitterCounts, POSITION_HZ, PacketFormat, Similarity, WaitingPacket,
    micros, to_position, to_us,
};
use crate::rtp::AudioLevel;
use crate::{AudioCodec, Time};

const FRAME_US: i64 = 20_000;
/// Concealment keeps its level for 60 ms, then fades within 20 ms.
const CONCEALED_PER_S: usize = 1_000 / 60;
/// Delay beyond the wanted one by this much is not reduced bit by bit: packets are dropped.
const JUMP_US: i64 = 300_000;
/// And beyond this much, or this much short of it, even voice without a clear period is changed.
const URGENT_US: i64 = 60_000;
/// Delay that is not worth a change.
const TOLERANCE_US: i64 = 1_000;
/// A gap that is longer is no loss but a pause.
const MAX_LOSS: i64 = POSITION_HZ;
/// Timestamps that are less than 5 ms off are those of a sender that counts carelessly.
const SMALL_GAP: i64 = POSITION_HZ / 200;
/// Frames between two changes while there is voice.
const REST: u32 = 2;
/// Steps to fill one frame; packets are at least 2.5 ms long, and events have no length at all.
const MAX_STEPS: usize = 128;
/// Each packet weighs that much in the share of packets that are lost; from that share on it pays to wait for the FEC
/// of the next packet.
const LOSS_WEIGHT: f32 = 1.0 / 128.0;
const FEC_LOSS: f32 = 0.005;
/// Decoded samples before a jump run into those after it within 1/400 s.
const BLEND_PER_S: usize = 400;

/// Turns the packets of one leg into frames of 20 ms. Give it packets as they arrive, and pull one frame each 20 ms.
#[derive(Debug)]
pub struct Receiver {
    rate_hz: u32,
    buffer: JitterBuffer,
    decoder: Decoder,
    queue: SampleQueue,
    /// Of the next sample to decode; from the first packet on.
    position: Option<i64>,
    /// What was invented since then: a loss that follows is already filled.
    invented: i64,
    /// Samples that were invented since the last decoded one.
    run: usize,
    /// The next gap is a pause and no loss: an event or comfort noise came before.
    paused: bool,
    /// The next packet does not follow on the last one.
    jumped: bool,
    /// Share of packets that are missing when they are due, lately.
    loss: f32,
    /// Of the last packet.
    packet_us: i64,
    stamp: Stamp,
    tick: Tick,
    rest: u32,
    noise: ComfortNoise,
    fills_pauses: bool,
    vad: Vad,
    level: Option<ArrivalLevel>,
    counts: ReceiveCounts,
}

/// Where the decoder is in the stream's own clock.
#[derive(Debug, Clone, Copy, Default)]
struct Stamp {
    position: i64,
    timestamp: u32,
    clock_hz: u32,
}

/// What happened in one pull.
#[derive(Debug, Clone, Copy, Default)]
struct Tick {
    invented: usize,
    kind: FrameKind,
    /// How long the last decoded packet could have been on its way, after the fastest.
    slack_us: Option<i64>,
    /// Samples that waited when the first packet was decoded: delay without a use.
    early: usize,
}

/// What a pipeline has done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ReceiveCounts {
    /// Of the jitter buffer.
    pub jitter: JitterCounts,
    /// Microseconds of audio that in-band FEC has recovered.
    pub recovered_us: u64,
    /// Microseconds that were concealed.
    pub concealed_us: u64,
    /// Microseconds that were removed from or added to the audio to change the delay.
    pub stretched_us: u64,
}

impl Receiver {
    /// Frames at `rate_hz`: 8,000, 16,000 or 48,000.
    pub fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            buffer: JitterBuffer::new(),
            decoder: Decoder::new(rate_hz),
            queue: SampleQueue::default(),
            position: None,
            invented: 0,
            run: 0,
            paused: false,
            jumped: false,
            loss: 0.0,
            packet_us: 0,
            stamp: Stamp::default(),
            tick: Tick::default(),
            rest: 0,
            noise: ComfortNoise::new(),
            fills_pauses: false,
            vad: Vad::new(),
            level: None,
            counts: ReceiveCounts::default(),
        }
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Frames at another rate from now on. Audio that was decoded and not pulled is converted.
    pub fn set_rate_hz(&mut self, rate_hz: u32) {
        if self.rate_hz == rate_hz {
            return;
        }
        let before = self.decoder.rate_hz();
        let codec = self.decoder.codec();
        self.rate_hz = rate_hz;
        self.decoder = Decoder::new(rate_hz);
        if let Some(codec) = codec {
            self.decoder.set_codec(codec);
        }
        self.queue.convert(before, self.decoder.rate_hz());
        self.jumped = true;
    }

    /// Whether pauses and long losses are filled with noise at the level of the peer's background, in place of
    /// digital silence.
    pub fn fill_pauses(&mut self, wanted: bool) {
        self.fills_pauses = wanted;
    }

    /// A packet arrived. `level` is what its sender claims (RFC 6464).
    pub fn packet(&mut self, now: Time, packet: &AudioPacket<'_>, level: Option<AudioLevel>) {
        if let PacketFormat::Audio(codec) = packet.format {
            self.level = Some(ArrivalLevel::of(codec, packet.payload, level));
        }
        self.buffer.insert(now, packet);
    }

    /// Loudness of the newest packet that arrived: it is played one buffer later.
    pub fn level(&self) -> Option<ArrivalLevel> {
        self.level
    }

    /// Frames were not pulled for a while: go on with what is due now.
    pub fn resume(&mut self) {
        self.queue.clear();
        self.position = None;
        self.run = 0;
        self.jumped = false;
        self.decoder.reset();
    }

    /// The next 20 ms.
    pub fn pull(&mut self, now: Time, frame: &mut Frame) {
        self.tick = Tick::default();
        if frame.rate_hz() != self.rate_hz {
            *frame = Frame::new(self.rate_hz);
        }
        self.fill(now);
        self.adapt();
        let length = self.frame_length();
        let at = self.position.unwrap_or(0) + self.invented - self.ticks(self.queue.len());
        frame.rtp_time = self.stamp.at(at);
        frame.kind =
            if 2 * self.tick.invented > length { self.tick.kind } else { FrameKind::Speech };
        let samples = self.queue.samples.get(..length).unwrap_or_default();
        frame.level_dbov = dbov(samples);
        match frame.kind {
            FrameKind::Speech => {
                self.vad.update(frame.level_dbov);
                self.noise.measured(self.vad.floor_dbov());
            }
            FrameKind::Concealed => {}
            FrameKind::Noise | FrameKind::Silence => self.vad.pause(),
        }
        frame.voice = self.vad.is_voice();
        self.queue.deliver(length, self.decoder.rate_hz(), frame.samples_mut(), self.rate_hz);
    }

    /// Packets in the jitter buffer.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// What it has done.
    pub fn counts(&self) -> ReceiveCounts {
        ReceiveCounts { jitter: self.buffer.counts(), ..self.counts }
    }

    /// How long the next sample to be pulled at `now` lies behind the fastest packet, in microseconds: the delay that the
    /// buffer adds.
    pub fn delay_us(&self, now: Time) -> Option<i64> {
        let at = self.position? + self.invented - self.ticks(self.queue.len());
        Some(micros(now) - self.buffer.delay().earliest_us(to_us(at))?)
    }

    fn frame_length(&self) -> usize {
        self.decoder.rate_hz() as usize / 50
    }

    fn ticks(&self, samples: usize) -> i64 {
        samples as i64 * POSITION_HZ / i64::from(self.decoder.rate_hz())
    }

    fn samples(&self, ticks: i64) -> usize {
        (ticks.max(0) * i64::from(self.decoder.rate_hz()) / POSITION_HZ) as usize
    }

    fn us(&self, samples: usize) -> u64 {
        samples as u64 * 1_000_000 / u64::from(self.decoder.rate_hz())
    }

    /// Fill the queue with at least one frame.
    fn fill(&mut self, now: Time) {
        for _ in 0..MAX_STEPS {
            if self.queue.len() >= self.frame_length() {
                return;
            }
            self.step(now);
        }
        let length = self.frame_length();
        self.queue.samples.resize(length.max(self.queue.len()), 0);
    }

    /// Append the samples of the next packet, or what stands for them.
    fn step(&mut self, now: Time) {
        let short = self.frame_length() - self.queue.len();
        let Some(first) = self.buffer.first() else { return self.invent(short) };
        let slack_us = self.slack_us(now, first.position);
        let target_us = self.target_us();
        if let Some(PacketFormat::Event(_)) | None = first.format {
            self.paused = true;
            return self.discard();
        }
        let Some(position) = self.position else {
            return self.start(now, slack_us - target_us, short);
        };
        if slack_us > target_us + JUMP_US && self.buffer.len() > 1 {
            (self.paused, self.jumped) = (true, true);
            return self.discard();
        }
        let gap = first.position - position;
        let is_pause = self.paused || self.buffer.is_consecutive() || gap > MAX_LOSS;
        if is_pause && gap > SMALL_GAP {
            if slack_us < target_us { self.invent(short) } else { self.take(slack_us) }
        } else if is_pause || gap <= self.invented {
            self.take(slack_us);
        } else {
            self.replace(gap);
        }
    }

    /// How long a packet is waited for after the fastest; for the FEC in the next one as well, where it helps.
    fn target_us(&self) -> i64 {
        let waits = self.loss > FEC_LOSS && self.decoder.codec() == Some(AudioCodec::Opus);
        self.buffer.delay().target_us() + if waits { self.packet_us } else { 0 }
    }

    fn slack_us(&self, now: Time, position: i64) -> i64 {
        let earliest = self.buffer.delay().earliest_us(to_us(position));
        earliest.map_or(0, |earliest| micros(now) - earliest)
    }

    /// Begin with the last packet that is due.
    fn start(&mut self, now: Time, excess_us: i64, short: usize) {
        if excess_us < 0 {
            return self.invent(short);
        }
        let target_us = self.target_us();
        while let Some(second) = self.buffer.second()
            && self.slack_us(now, second.position) >= target_us
        {
            self.discard();
        }
        self.invented = 0;
        self.take(excess_us + target_us);
    }

    fn discard(&mut self) {
        if let Some(packet) = self.buffer.take() {
            self.buffer.recycle(packet);
        }
    }

    /// Decode the first packet, or take its description of the background.
    fn take(&mut self, slack_us: i64) {
        let expected = self.position;
        let missing = if self.buffer.is_consecutive() { 0.0 } else { 1.0 };
        self.loss += (missing - self.loss) * LOSS_WEIGHT;
        let Some(packet) = self.buffer.take() else { return };
        if self.invented > 0 && expected.is_some_and(|expected| packet.position <= expected) {
            self.buffer.played_late();
        }
        self.position = Some(packet.position);
        self.invented = 0;
        self.stamp = Stamp {
            position: packet.position,
            timestamp: packet.timestamp,
            clock_hz: packet.format.map_or(8_000, PacketFormat::clock_hz),
        };
        if let Some(PacketFormat::Audio(codec)) = packet.format {
            let early = self.tick.slack_us.map_or(self.queue.len(), |_| self.tick.early);
            self.tick = Tick { slack_us: Some(slack_us), early, ..self.tick };
            self.decode(codec, &packet);
        } else {
            self.noise.describe(&packet.payload);
            self.paused = true;
        }
        self.buffer.recycle(packet);
    }

    fn decode(&mut self, codec: AudioCodec, packet: &WaitingPacket) {
        if self.decoder.codec() != Some(codec) {
            let before = self.decoder.rate_hz();
            self.decoder.set_codec(codec);
            self.queue.convert(before, self.decoder.rate_hz());
        }
        let blend = self.decoder.rate_hz() as usize / BLEND_PER_S;
        let is_seam = self.jumped || self.run > self.concealed_length();
        let start = self.queue.len();
        // What would have come next runs into what comes.
        let mut before = Vec::new();
        if is_seam {
            self.continue_run(blend, &mut before);
        }
        self.decoder.decode(&packet.payload, &mut self.queue.samples);
        let fresh = self.queue.samples.get_mut(start..).unwrap_or_default();
        let total = before.len() as i32 + 1;
        for (n, (new, old)) in fresh.iter_mut().zip(&before).enumerate() {
            let weight = n as i32 + 1;
            let mixed = i32::from(*old) * (total - weight) + i32::from(*new) * weight;
            *new = (mixed / total) as i16;
        }
        let decoded = self.ticks(self.queue.len() - start);
        self.packet_us = to_us(decoded);
        self.position = self.position.map(|position| position + decoded);
        (self.run, self.paused, self.jumped) = (0, false, false);
    }

    /// Fill a loss before the first packet.
    fn replace(&mut self, gap: i64) {
        let position = self.position.unwrap_or(0) + self.invented;
        let missing = self.samples(gap - self.invented).max(1);
        let start = self.queue.len();
        let next = self.buffer.first().map_or(&[][..], |first| &first.payload);
        let length = self.decoder.length(next);
        if missing <= length && self.run <= self.concealed_length() {
            self.decoder.recover(next, missing, &mut self.queue.samples);
            self.counts.recovered_us += self.us(self.queue.len() - start);
            self.run = 0;
        } else {
            let piece = missing.saturating_sub(length).max(1);
            let piece = if missing <= length { missing } else { piece };
            self.invent(piece.min(self.frame_length()));
            self.invented = 0;
        }
        self.position = Some(position + self.ticks(self.queue.len() - start));
        self.invented = 0;
    }

    /// Samples for which a loss is concealed at its full level.
    fn concealed_length(&self) -> usize {
        self.decoder.rate_hz() as usize / CONCEALED_PER_S
    }

    /// Append `length` samples or a few more in place of missing ones.
    fn invent(&mut self, length: usize) {
        let mut samples = std::mem::take(&mut self.queue.samples);
        let start = samples.len();
        self.tick.kind = self.continue_run(length, &mut samples);
        let added = samples.len() - start;
        self.queue.samples = samples;
        self.run += added;
        self.invented += self.ticks(added);
        self.tick.invented += added;
        if self.tick.kind == FrameKind::Concealed {
            self.counts.concealed_us += self.us(added);
        }
    }

    /// What follows on the last samples if no packet does.
    fn continue_run(&mut self, length: usize, samples: &mut Vec<i16>) -> FrameKind {
        let full = self.concealed_length();
        let fade = full / 3;
        let start = samples.len();
        let idle = self.position.is_none();
        if idle || self.paused || self.run >= full + fade {
            return self.background(length, samples);
        }
        self.decoder.conceal(length, samples);
        let mut noise = Vec::new();
        if self.run + length > full && self.fills_pauses {
            self.noise.fill(samples.len() - start, &mut noise);
        }
        let concealed = samples.get_mut(start..).unwrap_or_default();
        for (n, sample) in concealed.iter_mut().enumerate() {
            let gone = (self.run + n).saturating_sub(full).min(fade) as i32;
            let noise = i32::from(noise.get(n).copied().unwrap_or(0));
            let (total, kept) = (fade.max(1) as i32, fade as i32 - gone);
            *sample = ((i32::from(*sample) * kept + noise * gone) / total) as i16;
        }
        FrameKind::Concealed
    }

    fn background(&mut self, length: usize, samples: &mut Vec<i16>) -> FrameKind {
        if self.position.is_some() && (self.fills_pauses || self.noise.is_described()) {
            self.noise.fill(length, samples);
            return FrameKind::Noise;
        }
        samples.resize(samples.len() + length, 0);
        FrameKind::Silence
    }

    /// Bring the delay nearer to the wanted one.
    fn adapt(&mut self) {
        self.rest = self.rest.saturating_sub(1);
        let Some(slack_us) = self.tick.slack_us else { return };
        let excess_us = slack_us - self.target_us();
        let urgent = excess_us.abs() > URGENT_US;
        if self.rest > 0 && self.vad.is_voice() && !urgent {
            return;
        }
        let wanted =
            if self.vad.is_voice() && !urgent { Similarity::Periodic } else { Similarity::Best };
        let rate_hz = self.decoder.rate_hz();
        let changed = if excess_us < -TOLERANCE_US {
            self.queue.grow(rate_hz, wanted)
        } else {
            // A packet is decoded at a tick: only whole ticks are spare, and what waits without a use.
            let spare = (excess_us - TOLERANCE_US).max(0) / FRAME_US * FRAME_US;
            let most = self.tick.early + self.samples(to_position(spare));
            let keep = self.frame_length();
            if spare > 0 {
                self.read_ahead();
            }
            self.queue.shrink(rate_hz, most, keep, wanted)
        };
        if changed > 0 {
            self.rest = REST;
            self.counts.stretched_us += self.us(changed);
        }
    }

    /// Decode the packet that follows, if it is there: shortening needs more than one frame.
    fn read_ahead(&mut self) {
        let follows = self.buffer.first().is_some_and(|first| {
            matches!(first.format, Some(PacketFormat::Audio(codec)) if Some(codec) == self.decoder.codec())
                && self.position.is_some_and(|position| first.position <= position)
        });
        if follows && self.buffer.is_consecutive() && self.queue.len() < 2 * self.frame_length() {
            let (tick, slack_us) = (self.tick, self.tick.slack_us.unwrap_or(0));
            self.take(slack_us);
            self.tick = tick;
        }
    }
}

impl Stamp {
    /// The RTP timestamp at a position.
    fn at(self, position: i64) -> u32 {
        let units = (position - self.position) * i64::from(self.clock_hz) / POSITION_HZ;
        self.timestamp.wrapping_add(units as u32)
    }
}
