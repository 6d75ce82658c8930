//! A sender, a path and a receiver.

use std::time::Duration;

use offhook_core::codec::{Law, OpusEncoder, OpusSettings};
use offhook_core::receive::{AudioPacket, Frame, FrameKind, PacketFormat, ReceiveCounts, Receiver};
use offhook_core::rtp::{HEADER_LENGTH, Header, Packet};
use offhook_core::{AudioCodec, Datagram, Route, Time, TransportProtocol};
use offhook_netem::{Network, Path};

/// Restart of a stream: SSRC, sequence and timestamp to add.
type Change = (u32, u16, u32);

/// What is sent, and how it is received.
pub(crate) struct Stream {
    pub(crate) codec: AudioCodec,
    pub(crate) sound: fn(u64, u32) -> i16,
    pub(crate) ptime: u64,
    /// The sender's clock is faster by this many millionths.
    pub(crate) ppm: i64,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) change: Option<fn(u64) -> Option<Change>>,
    /// Whether a packet is sent; others are pauses.
    pub(crate) sends: fn(u64) -> bool,
    /// From that packet on, that many arrive together.
    pub(crate) stall: Option<(u64, u64)>,
    pub(crate) rate_hz: u32,
    pub(crate) fills_pauses: bool,
}

/// What was pulled.
pub(crate) struct Pulled {
    pub(crate) frames: Vec<Frame>,
    pub(crate) samples: Vec<i16>,
    /// Delay of each frame.
    delays_ms: Vec<f64>,
    pub(crate) counts: ReceiveCounts,
}

impl Stream {
    pub(crate) fn new(codec: AudioCodec, sound: fn(u64, u32) -> i16) -> Self {
        Self {
            codec,
            sound,
            ptime: 20,
            ppm: 0,
            sequence: 1,
            timestamp: 1_000,
            change: None,
            sends: |_| true,
            stall: None,
            rate_hz: 8_000,
            fills_pauses: false,
        }
    }
}

impl Pulled {
    pub(crate) fn share(&self, kind: FrameKind) -> f64 {
        let count = self.frames.iter().filter(|frame| frame.kind == kind).count();
        count as f64 / self.frames.len() as f64
    }

    pub(crate) fn mean_delay_ms(&self, after_s: usize) -> f64 {
        let delays = &self.delays_ms[after_s * 50..];
        delays.iter().sum::<f64>() / delays.len() as f64
    }

    pub(crate) fn delay_range_ms(&self, after_s: usize) -> (f64, f64) {
        let delays = &self.delays_ms[after_s * 50..];
        let least = delays.iter().copied().fold(f64::MAX, f64::min);
        (least, delays.iter().copied().fold(0.0, f64::max))
    }
}

/// A steady 400 Hz tone.
pub(crate) fn tone(n: u64, rate_hz: u32) -> i16 {
    let phase = (n * 400 % u64::from(rate_hz)) as f64 / f64::from(rate_hz);
    (6_000.0 * (phase * std::f64::consts::TAU).sin()) as i16
}

/// Harmonics of 125 Hz in syllables, four a second.
pub(crate) fn voice(n: u64, rate_hz: u32) -> i16 {
    let at = |hz: u64| {
        let phase = (n * hz % u64::from(rate_hz)) as f64 / f64::from(rate_hz);
        (phase * std::f64::consts::TAU).sin()
    };
    let syllable = (0.6 + at(4)).clamp(0.0, 1.0);
    let harmonics = at(125) + 0.8 * at(250) + 0.6 * at(375) + 0.4 * at(625) + 0.2 * at(1_250);
    (4_000.0 * syllable * harmonics) as i16
}

/// Whether no sample stands out of a 400 Hz tone as a click does.
pub(crate) fn is_smooth(samples: &[i16]) -> bool {
    let bend = |w: &[i16]| (i32::from(w[0]) - 2 * i32::from(w[1]) + i32::from(w[2])).abs();
    // 6,000 (2 pi 400 / 8,000)^2 is 592; quantisation of G.711 adds up to 512 at the peaks.
    samples.windows(3).all(|w| bend(w) < 1_400)
}

/// Send for `seconds` and pull each 20 ms of the receiver's clock.
pub(crate) fn run(stream: &Stream, seconds: u64, path: Path) -> Pulled {
    let mut network = Network::new(1);
    let here = "10.0.0.2:6".parse().unwrap();
    let there = "10.0.0.1:5".parse().unwrap();
    let route = Route { transport: TransportProtocol::Udp, local: there, remote: here };
    network.path(there.ip(), here.ip(), path);
    let mut sender = Sender::new(stream);
    let mut receiver = Receiver::new(stream.rate_hz);
    receiver.fill_pauses(stream.fills_pauses);
    let mut pulled = Pulled {
        frames: Vec::new(),
        samples: Vec::new(),
        delays_ms: Vec::new(),
        counts: ReceiveCounts::default(),
    };
    let mut frame = Frame::new(stream.rate_hz);
    let mut next = 0;
    for tick in 0..seconds * 50 {
        let now = Time::from_millis(20 * tick + 13);
        while sender.time(next) <= now {
            if let Some(bytes) = sender.packet(next) {
                let at = sender.time(next);
                network.send(at, &Datagram { route, bytes: &bytes, to_unverified: false });
            }
            next += 1;
        }
        while let Some(at) = network.wake().filter(|at| *at <= now) {
            let Some(arrival) = network.arrive(at) else { break };
            let packet = Packet::parse(&arrival.bytes).unwrap();
            let header = packet.header;
            receiver.packet(
                at,
                &AudioPacket {
                    format: PacketFormat::Audio(stream.codec),
                    ssrc: header.ssrc,
                    sequence: header.sequence,
                    timestamp: header.timestamp,
                    marker: header.marker,
                    payload: packet.payload(&arrival.bytes),
                },
                None,
            );
        }
        let delay_us = receiver.delay_us(now).unwrap_or(0);
        pulled.delays_ms.push(delay_us as f64 / 1_000.0);
        receiver.pull(now, &mut frame);
        pulled.samples.extend_from_slice(frame.samples());
        pulled.frames.push(frame.clone());
    }
    pulled.counts = receiver.counts();
    pulled
}

struct Sender<'a> {
    stream: &'a Stream,
    encoder: Option<OpusEncoder>,
    /// Two seconds of the sound, which repeats.
    sound: Vec<i16>,
    sent: u64,
}

impl<'a> Sender<'a> {
    fn new(stream: &'a Stream) -> Self {
        let settings = OpusSettings { bit_rate: 24_000, ..OpusSettings::speech(16_000) };
        let opus = stream.codec == AudioCodec::Opus;
        let rate_hz = if opus { 16_000 } else { 8_000 };
        let sound = (0..2 * u64::from(rate_hz)).map(|n| (stream.sound)(n, rate_hz)).collect();
        Self { stream, encoder: opus.then(|| OpusEncoder::new(settings).unwrap()), sound, sent: 0 }
    }

    /// When packet `n` is sent, in the receiver's clock.
    fn time(&self, n: u64) -> Time {
        let nanos = n as i128 * i128::from(self.stream.ptime) * 1_000_000;
        let drift = nanos * i128::from(self.stream.ppm) / 1_000_000;
        let on_time = Time::from_nanos((nanos - drift) as u64);
        match self.stream.stall {
            Some((first, count)) if (first..first + count).contains(&n) => {
                on_time + Duration::from_millis((first + count - n) * self.stream.ptime)
            }
            _ => on_time,
        }
    }

    fn packet(&mut self, n: u64) -> Option<Vec<u8>> {
        let stream = self.stream;
        let rate_hz = if self.encoder.is_some() { 16_000_u64 } else { 8_000 };
        let length = rate_hz * stream.ptime / 1_000;
        let sound = self.sound.iter().copied().cycle();
        let at = (n * length) as usize % self.sound.len();
        let samples: Vec<i16> = sound.skip(at).take(length as usize).collect();
        let mut payload = Vec::new();
        match (&mut self.encoder, stream.codec) {
            (Some(encoder), _) => {
                payload.resize(1_275, 0);
                let length = encoder.encode(&samples, &mut payload).unwrap();
                payload.truncate(length);
            }
            (None, AudioCodec::Pcma) => Law::A.encode_into(&samples, &mut payload),
            (None, _) => Law::Mu.encode_into(&samples, &mut payload),
        }
        if !(stream.sends)(n) {
            return None;
        }
        let sent = self.sent;
        self.sent += 1;
        let units = n * u64::from(stream.codec.clock_hz()) * stream.ptime / 1_000;
        let (ssrc, sequence, timestamp) =
            stream.change.and_then(|change| change(n)).unwrap_or((1, 0, 0));
        let header = Header {
            marker: n == 0 || !(stream.sends)(n - 1),
            payload_type: 0,
            sequence: stream.sequence.wrapping_add(sent as u16).wrapping_add(sequence),
            timestamp: stream.timestamp.wrapping_add(units as u32).wrapping_add(timestamp),
            ssrc,
        };
        let mut bytes = vec![0; HEADER_LENGTH];
        header.write(&mut bytes);
        bytes.extend_from_slice(&payload);
        Some(bytes)
    }
}
