//! What a received frame costs: packet on arrival, frame each 20 ms, detectors. Prints microseconds a frame,
//! and nanoseconds a packet for its audio level (RFC 6464).

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement reads a clock")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use offhook_core::codec::{Law, OpusEncoder, OpusSettings};
use offhook_core::receive::{AudioPacket, Detectors, Frame, PacketFormat, Receiver};
use offhook_core::rtp::AudioLevel;
use offhook_core::{AudioCodec, Detection, Time};

const FRAMES: u32 = 10_000;
const PACKETS: u32 = 10_000_000;
/// An identifier as browsers give it.
const LEVEL_ID: u8 = 1;

fn main() {
    println!("microseconds a frame of 20 ms, mean of {FRAMES}");
    for codec in [AudioCodec::Pcmu, AudioCodec::Opus] {
        let payloads = payloads(codec);
        println!(
            "{:<16} arrival only {:>6.2}",
            codec.rtpmap(),
            measure(codec, &payloads, None, false)
        );
        for rate_hz in [8_000, 16_000, 48_000] {
            let plain = measure(codec, &payloads, Some(rate_hz), false);
            let detected = measure(codec, &payloads, Some(rate_hz), true);
            println!(
                "{:<16} {rate_hz:>6} Hz {plain:>6.2}, with DTMF, beep and silence detection {detected:>6.2}",
                codec.rtpmap()
            );
        }
    }
    levels();
}

/// What the level of a packet costs where it is read and where it is written.
fn levels() {
    let header = [111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
    let extension = AudioLevel::new(-30.0, true).write(LEVEL_ID);
    let packet = [&[0x90], header.as_slice(), &extension, &[0; 80]].concat();
    let read = nanoseconds(|| AudioLevel::read(black_box(&packet), LEVEL_ID));
    let plain = [&[0x80], header.as_slice(), &[0; 80]].concat();
    let without = nanoseconds(|| AudioLevel::read(black_box(&plain), LEVEL_ID));
    let level = AudioLevel::new(-30.0, true);
    let write = nanoseconds(|| black_box(level).write(LEVEL_ID));
    println!(
        "audio level, nanoseconds a packet: read {read:.1}, looked for in vain {without:.1}, written {write:.1}"
    );
}

fn nanoseconds<T>(mut act: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    for _ in 0..PACKETS {
        black_box(act());
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(PACKETS)
}

/// A second of syllables in that codec.
fn payloads(codec: AudioCodec) -> Vec<Vec<u8>> {
    let rate_hz = if codec == AudioCodec::Opus { 16_000 } else { 8_000 };
    let mut encoder = OpusEncoder::new(OpusSettings::speech(16_000)).unwrap();
    let wave = |n: usize, hz: f32| (n as f32 * hz / rate_hz as f32 * std::f32::consts::TAU).sin();
    let sample = |n: usize| {
        let syllable = (0.6 + wave(n, 4.0)).clamp(0.0, 1.0);
        (5_000.0 * syllable * (wave(n, 125.0) + wave(n, 250.0) + 0.5 * wave(n, 1_250.0))) as i16
    };
    let all: Vec<i16> = (0..rate_hz).map(sample).collect();
    let encode = |samples: &[i16]| {
        let mut payload = Vec::new();
        if codec == AudioCodec::Opus {
            payload.resize(1_275, 0);
            let length = encoder.encode(samples, &mut payload).unwrap();
            payload.truncate(length);
        } else {
            Law::Mu.encode_into(samples, &mut payload);
        }
        payload
    };
    all.chunks(rate_hz / 50).map(encode).collect()
}

fn measure(codec: AudioCodec, payloads: &[Vec<u8>], rate_hz: Option<u32>, detects: bool) -> f64 {
    let mut receiver = Receiver::new(rate_hz.unwrap_or(8_000));
    let mut frame = Frame::new(rate_hz.unwrap_or(8_000));
    let mut detectors = Detectors::default();
    let silence = Some(Duration::from_secs(2));
    detectors.set(Detection {
        digits: detects,
        beep: detects,
        silence: silence.filter(|_| detects),
    });
    let mut found = 0;
    let started = Instant::now();
    for (n, payload) in (0..FRAMES).zip(payloads.iter().cycle()) {
        let packet = AudioPacket {
            format: PacketFormat::Audio(codec),
            ssrc: 1,
            sequence: n as u16,
            timestamp: n * codec.clock_hz() / 50,
            marker: false,
            payload,
        };
        // Jitter of up to 15 ms.
        let arrival = Time::from_millis(u64::from(20 * n + n * 7 % 16));
        receiver.packet(arrival, &packet, None);
        if rate_hz.is_some() {
            receiver.pull(Time::from_millis(u64::from(20 * n + 19)), &mut frame);
            detectors.push(&frame, |_| found += 1);
        }
    }
    let spent = started.elapsed().as_secs_f64() * 1e6 / f64::from(FRAMES);
    assert!(found <= 1, "{found}");
    spent
}
