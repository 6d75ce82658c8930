//! Voice that changes its codec on the way: a tone stays a tone, whatever gets lost.

use crate::AudioCodec;
use crate::codec::{
    Capture, InputPacket, Law, OpusEncoder, OpusSettings, OutputPacket, PayloadKind, StreamDecoder,
    Transcoder,
};
use crate::dsp::{purity_db, tone_db};
use crate::dtmf::Payload;
use std::f64::consts::TAU;
use std::time::Duration;

const HZ: f32 = 440.0;

fn tone(moment: f64) -> f64 {
    (moment * f64::from(HZ) * TAU).sin() * 8_000.0
}

/// Something that libopus takes for speech: four syllables a second of a gliding voice with two
/// formants. For a steady tone it writes no FEC.
fn babble(moment: f64) -> f64 {
    let syllable = (0.5 - 0.5 * (moment * 4.0 * TAU).cos()).powf(1.5);
    let phase = 140.0 * moment + 2.0 * (moment * 3.0 * TAU).sin();
    let formant = |hz: f64, center: f64| 1.0 / (1.0 + ((hz - center) / 300.0).powi(2));
    let harmonic = |n: u32| {
        let hz = 140.0 * f64::from(n);
        let level = formant(hz, 600.0) + 0.5 * formant(hz, 1_700.0);
        level * (TAU * phase * f64::from(n)).sin()
    };
    (1..20).map(harmonic).sum::<f64>() * syllable * 5_000.0
}

/// Says something in packets.
struct Speaker {
    codec: AudioCodec,
    opus: OpusEncoder,
    rate: u32,
    length_ms: usize,
    position: usize,
    voice: fn(f64) -> f64,
}

impl Speaker {
    fn new(codec: AudioCodec, length_ms: usize, fec: bool) -> Self {
        let rate = if codec == AudioCodec::Opus { 48_000 } else { 8_000 };
        let settings = OpusSettings { fec, ..OpusSettings::speech(48_000) };
        Self {
            codec,
            opus: OpusEncoder::new(settings).unwrap(),
            rate,
            length_ms,
            position: 0,
            voice: tone,
        }
    }

    fn speak(&mut self) -> (u32, Vec<u8>) {
        let length = self.rate as usize * self.length_ms / 1_000;
        let moments = self.position..self.position + length;
        let voice = |n: usize| (self.voice)(n as f64 / f64::from(self.rate)).round() as i16;
        let samples: Vec<i16> = moments.map(voice).collect();
        let timestamp = (self.position as u32).wrapping_add(u32::MAX - 50_000);
        self.position += length;
        let mut octets = Vec::new();
        match self.codec {
            AudioCodec::Pcmu => Law::Mu.encode_into(&samples, &mut octets),
            AudioCodec::Pcma => Law::A.encode_into(&samples, &mut octets),
            AudioCodec::Opus => {
                octets.resize(1_275, 0);
                let length = self.opus.encode(&samples, &mut octets).unwrap();
                octets.truncate(length);
            }
        }
        (timestamp, octets)
    }
}

/// A listener with a perfect jitter buffer: everything at its place on the time line.
struct Listener {
    decoder: StreamDecoder,
    samples: Vec<i16>,
    sent: Vec<OutputPacket>,
}

impl Listener {
    fn new(codec: AudioCodec) -> Self {
        Self {
            decoder: StreamDecoder::new(codec, 8_000).unwrap(),
            samples: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn listen(&mut self, transcoder: &mut Transcoder) {
        let mut buffer = [0; 1_275];
        while let Some(sent) = transcoder.poll(&mut buffer) {
            if sent.kind == PayloadKind::Voice {
                let payload = &buffer[..sent.length];
                self.decoder
                    .decode(sent.sequence, sent.timestamp, payload, &mut self.samples)
                    .unwrap();
            }
            self.sent.push(sent);
        }
    }

    fn purity(&self) -> f32 {
        let skipped = 1_600.min(self.samples.len());
        purity_db(&self.samples[skipped..], 8_000, HZ)
    }
}

fn carry(
    from: AudioCodec,
    to: AudioCodec,
    length_ms: usize,
    lost: impl Fn(u16) -> bool,
) -> Listener {
    carry_from(Speaker::new(from, length_ms, true), to, lost)
}

fn carry_from(mut speaker: Speaker, to: AudioCodec, lost: impl Fn(u16) -> bool) -> Listener {
    let (from, length_ms) = (speaker.codec, speaker.length_ms);
    let mut transcoder = Transcoder::new(from, to, OpusSettings::speech(8_000)).unwrap();
    let mut listener = Listener::new(to);
    for n in 0..(4_000 / length_ms) as u16 {
        let (timestamp, payload) = speaker.speak();
        let sequence = n.wrapping_add(65_500);
        if !lost(n) {
            let input = InputPacket { sequence, timestamp, marker: n == 0, payload: &payload };
            transcoder.push(input);
            listener.listen(&mut transcoder);
        }
    }
    listener
}

fn pairs() -> impl Iterator<Item = (AudioCodec, AudioCodec)> {
    let all = AudioCodec::ALL;
    all.into_iter().flat_map(move |a| all.map(|b| (a, b))).filter(|(a, b)| a != b)
}

#[test]
fn a_tone_stays_a_tone_between_all_codecs_and_packet_lengths() {
    for (from, to) in pairs() {
        for length_ms in [10, 20, 40, 60] {
            let received = carry(from, to, length_ms, |_| false);
            let purity = received.purity();
            assert!(purity > 25.0, "{from:?} to {to:?}, {length_ms} ms: {purity} dB");
            let level = tone_db(&received.samples[1_600..], 8_000, HZ);
            assert!((level + 15.26).abs() < 1.0, "{from:?} to {to:?}: {level}");
            assert!(
                received.samples.len() >= 31_000,
                "{from:?} to {to:?}: {}",
                received.samples.len()
            );
            assert_eq!(received.sent.iter().filter(|sent| sent.marker).count(), 1);
        }
    }
}

#[test]
fn numbers_and_moments_count_on_without_a_gap() {
    for (from, to) in pairs() {
        let received = carry(from, to, 20, |n| n % 7 == 3 && from == AudioCodec::Opus);
        let step = to.clock_hz() / 50;
        for pair in received.sent.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1), "{from:?} {to:?}");
            assert_eq!(pair[1].timestamp.wrapping_sub(pair[0].timestamp), step);
        }
    }
}

#[test]
fn one_packet_in_ten_lost_is_repaired() {
    let received = |from, to, fec, lost: fn(u16) -> bool| {
        let speaker = Speaker { voice: babble, ..Speaker::new(from, 20, fec) };
        carry_from(speaker, to, lost).samples
    };
    let lost = |n: u16| n.wrapping_mul(37) % 10 == 4;
    let (opus, mu, a) = (AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma);
    let repaired = ratio_db(&received(opus, mu, true, |_| false), &received(opus, mu, true, lost));
    assert!(repaired > 15.0, "with FEC: {repaired} dB");
    let concealed =
        ratio_db(&received(opus, mu, false, |_| false), &received(opus, mu, false, lost));
    assert!(concealed > 3.0 && concealed < repaired - 8.0, "without FEC: {concealed} dB");
    let concealed = ratio_db(&received(a, opus, true, |_| false), &received(a, opus, true, lost));
    assert!(concealed > 5.0, "G.711: {concealed} dB");
}

/// How far `received` is `whole` and not something else.
fn ratio_db(whole: &[i16], received: &[i16]) -> f64 {
    let energy = |samples: &mut dyn Iterator<Item = f64>| samples.map(|x| x * x).sum::<f64>();
    let pairs = whole.iter().zip(received).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let wrong = energy(&mut pairs.clone().map(|(a, b)| a - b));
    10.0 * (energy(&mut pairs.map(|(a, _)| a)) / wrong).log10()
}

#[test]
fn a_tone_is_still_a_tone_when_one_packet_in_ten_is_lost() {
    for (from, to) in pairs() {
        let purity = carry(from, to, 20, |n| n.wrapping_mul(37) % 10 == 4).purity();
        assert!(purity > 7.0, "{from:?} to {to:?}: {purity} dB");
    }
}

#[test]
fn a_long_loss_stays_a_gap_and_does_not_shift_the_time_line() {
    for (from, to) in pairs() {
        let whole = carry(from, to, 20, |_| false);
        let received = carry(from, to, 20, |n| (100..110).contains(&n));
        let last = |received: &Listener| {
            let (first, last) = (received.sent[0], received.sent[received.sent.len() - 1]);
            (
                last.sequence.wrapping_sub(first.sequence),
                last.timestamp.wrapping_sub(first.timestamp),
            )
        };
        assert_eq!(last(&received), last(&whole), "{from:?} to {to:?}");
        assert_eq!(received.sent.len(), whole.sent.len() - 10);
    }
}

#[test]
fn a_packet_that_comes_too_late_is_dropped() {
    let mut transcoder =
        Transcoder::new(AudioCodec::Opus, AudioCodec::Pcmu, OpusSettings::speech(8_000)).unwrap();
    let mut speaker = Speaker::new(AudioCodec::Opus, 20, true);
    let mut listener = Listener::new(AudioCodec::Pcmu);
    let mut packets: Vec<_> = (0..100).map(|n| (n, speaker.speak())).collect();
    packets.chunks_mut(10).for_each(|ten| ten.swap(4, 5));
    for (sequence, (timestamp, payload)) in &packets {
        let (sequence, timestamp) = (*sequence, *timestamp);
        transcoder.push(InputPacket { sequence, timestamp, marker: false, payload });
        listener.listen(&mut transcoder);
    }
    assert_eq!(listener.sent.len(), 100);
    assert!(listener.purity() > 7.0);
}

#[test]
fn a_pause_begins_a_talk_spurt_at_its_place() {
    for (from, to) in [(AudioCodec::Opus, AudioCodec::Pcma), (AudioCodec::Pcmu, AudioCodec::Opus)] {
        let mut transcoder = Transcoder::new(from, to, OpusSettings::speech(8_000)).unwrap();
        let mut speaker = Speaker::new(from, 20, true);
        let mut listener = Listener::new(to);
        for n in 0..100_u16 {
            if n == 50 {
                speaker.position += speaker.rate as usize;
            }
            let (timestamp, payload) = speaker.speak();
            transcoder.push(InputPacket {
                sequence: n,
                timestamp,
                marker: false,
                payload: &payload,
            });
            listener.listen(&mut transcoder);
        }
        let (before, after) = (listener.sent[49], listener.sent[50]);
        assert!(after.marker && after.sequence == before.sequence.wrapping_add(1));
        let step = to.clock_hz() + to.clock_hz() / 50;
        assert_eq!(after.timestamp.wrapping_sub(before.timestamp), step);
    }
}

#[test]
fn key_presses_change_their_clock_and_keep_their_place() {
    let mut transcoder =
        Transcoder::new(AudioCodec::Opus, AudioCodec::Pcmu, OpusSettings::speech(8_000)).unwrap();
    let mut speaker = Speaker::new(AudioCodec::Opus, 20, true);
    let mut listener = Listener::new(AudioCodec::Pcmu);
    let mut buffer = [0; 1_275];
    let mut sequence = 0;
    let mut next = || {
        sequence += 1;
        sequence
    };
    for _ in 0..10 {
        let (timestamp, payload) = speaker.speak();
        transcoder.push(InputPacket {
            sequence: next(),
            timestamp,
            marker: false,
            payload: &payload,
        });
        listener.listen(&mut transcoder);
    }
    let began = (speaker.position as u32).wrapping_add(u32::MAX - 50_000);
    for n in 1..=5_u16 {
        let event = Payload { event: 11, end: n == 5, volume: 10, duration: 960 * n };
        let payload = &event.octets();
        let input = InputPacket { sequence: next(), timestamp: began, marker: n == 1, payload };
        transcoder.push_event(input, 48_000, 8_000);
        let sent = transcoder.poll(&mut buffer).unwrap();
        assert_eq!((sent.kind, sent.length, sent.marker), (PayloadKind::Event, 4, n == 1));
        let before = listener.sent[9];
        assert_eq!(sent.timestamp, before.timestamp + 160);
        assert_eq!(sent.sequence, before.sequence + n);
        let event = Payload::parse(&buffer[..4]).unwrap();
        assert_eq!((event.event, event.end, event.duration), (11, n == 5, 160 * n));
    }
    speaker.position += 4_800;
    let (timestamp, payload) = speaker.speak();
    transcoder.push(InputPacket { sequence: next(), timestamp, marker: false, payload: &payload });
    let voice = transcoder.poll(&mut buffer).unwrap();
    assert_eq!(voice.timestamp, listener.sent[9].timestamp + 160 + 800);
    assert_eq!(voice.sequence, listener.sent[9].sequence + 6);
}

#[test]
fn captured_audio_keeps_its_pauses() {
    for codec in AudioCodec::ALL {
        let mut received = Capture::new(codec, Duration::from_secs(2)).unwrap();
        let mut speaker = Speaker::new(codec, 20, true);
        for n in 0..200 {
            let (timestamp, payload) = speaker.speak();
            received.push(n, timestamp, &payload);
        }
        let (rate, samples) = received.last(1.5);
        assert_eq!(samples.len(), rate as usize * 3 / 2);
        assert!(purity_db(&samples, rate, HZ) > 25.0, "{codec:?}");
        assert_eq!(received.last(60.0).1.len(), rate as usize * 2);
        speaker.position += speaker.rate as usize;
        let (timestamp, payload) = speaker.speak();
        received.push(200, timestamp, &payload);
        let (_, samples) = received.last(0.5);
        assert!(samples[..rate as usize / 4].iter().all(|sample| *sample == 0), "{codec:?}");
    }
}
