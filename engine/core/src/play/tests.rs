//! Samples, tones and silence, played to their end.

use std::sync::Arc;
use std::time::Duration;

use super::{PlayError, Played, Player, Playout};
use crate::codec::{OpusSettings, StreamDecoder};
use crate::dsp::{purity_db, tone_db};
use crate::rtp::{Sender, SourcePacket, StreamKey};
use crate::{AudioCodec, Cadence, Repeat, Samples, Source, Time, Tone};

/// A sine of 440 Hz at half of full scale.
fn sine(rate_hz: u32, seconds: f64) -> Source {
    let step = std::f64::consts::TAU * 440.0 / f64::from(rate_hz);
    let wave = |n: u32| ((f64::from(n) * step).sin() * 16_384.0).round() as i16;
    let all: Vec<i16> = (0..(f64::from(rate_hz) * seconds) as u32).map(wave).collect();
    let mut samples = Samples::new(rate_hz);
    samples.extend(&all);
    Source::Samples(Arc::new(samples))
}

/// Everything the player gives, at most `most` frames.
fn play(player: &mut Player, most: usize) -> Result<Vec<i16>, PlayError> {
    let mut received = Vec::new();
    for _ in 0..most {
        match player.frame()? {
            Some(frame) => received.extend_from_slice(frame),
            None => break,
        }
    }
    Ok(received)
}

fn whole(source: &Source, repeat: Repeat, codec: AudioCodec) -> (u32, Vec<i16>) {
    let mut player = Player::open(source, repeat, codec).unwrap();
    (player.rate_hz(), play(&mut player, 100_000).unwrap())
}

#[test]
fn samples_of_any_rate_have_their_length_pitch_and_level() {
    for rate_hz in [4_000, 6_000, 8_000, 11_025, 22_050, 44_100, 48_000] {
        for codec in [AudioCodec::Pcmu, AudioCodec::Opus] {
            let (rate, received) = whole(&sine(rate_hz, 1.0), Repeat::Times(1), codec);
            let seconds = received.len() as f64 / f64::from(rate);
            assert!((0.999..1.021).contains(&seconds), "{rate_hz}: {seconds} s");
            let middle = &received[received.len() / 4..received.len() * 3 / 4];
            assert!(purity_db(middle, rate, 440.0) > 60.0, "{rate_hz} for {codec:?}");
            assert!((tone_db(middle, rate, 440.0) + 9.03).abs() < 0.1, "{rate_hz} for {codec:?}");
        }
    }
}

#[test]
fn the_rate_is_the_smallest_that_holds_the_source() {
    for (from, to) in [(6_000, 8_000), (11_025, 16_000), (22_050, 24_000), (44_100, 48_000)] {
        let rate =
            |codec| Player::open(&sine(from, 0.1), Repeat::Forever, codec).unwrap().rate_hz();
        assert_eq!((rate(AudioCodec::Pcma), rate(AudioCodec::Opus)), (8_000, to));
    }
}

#[test]
fn repetitions_follow_without_a_gap() {
    for (rate_hz, seconds) in [(8_000, 0.5), (44_100, 0.5), (8_000, 0.0025)] {
        let source = sine(rate_hz, seconds);
        let (rate, received) = whole(&source, Repeat::Times(3), AudioCodec::Pcmu);
        let lasts = received.len() as f64 / f64::from(rate);
        assert!((3.0 * seconds - 0.001..3.0 * seconds + 0.021).contains(&lasts), "{lasts} s");
        if seconds > 0.1 {
            let middle = &received[received.len() / 8..received.len() * 7 / 8];
            // A whole number of periods: a seam would be audible.
            assert!(purity_db(middle, rate, 440.0) > 60.0);
        }
    }
    let mut player = Player::open(&sine(8_000, 0.5), Repeat::Forever, AudioCodec::Pcmu).unwrap();
    assert_eq!(play(&mut player, 5_000).unwrap().len(), 5_000 * 160);
}

fn ring_back() -> Source {
    let tone = |hz, seconds| Tone { hz, length: Duration::from_secs(seconds), level_dbm0: -19.0 };
    Source::Tones(Cadence(vec![tone([440.0, 480.0], 2), tone([0.0, 0.0], 4)]))
}

#[test]
fn a_cadence_sounds_and_pauses() {
    let (rate, received) = whole(&ring_back(), Repeat::Times(2), AudioCodec::Pcma);
    assert_eq!((rate, received.len()), (8_000, 12 * 8_000));
    for start in [0, 48_000] {
        let sound = &received[start..start + 16_000];
        for hz in [440.0, 480.0] {
            // Half a second, for the two beat.
            let level = tone_db(&sound[..8_000], rate, hz);
            assert!((level + 19.0 + 6.35).abs() < 0.2, "{level}");
        }
        assert!(received[start + 16_000..start + 48_000].iter().all(|sample| *sample == 0));
    }
    let (_, silence) =
        whole(&Source::Silence(Duration::from_millis(130)), Repeat::Times(2), AudioCodec::Opus);
    assert_eq!(silence, vec![0; 13 * 160]);
    let (_, nothing) = whole(&Source::Silence(Duration::ZERO), Repeat::Times(1), AudioCodec::Opus);
    assert_eq!(nothing, []);
}

#[test]
fn unplayable_sources_say_why() {
    let because = |source: &Source| {
        let mut player = match Player::open(source, Repeat::Times(1), AudioCodec::Opus) {
            Ok(player) => player,
            Err(error) => return error.to_string(),
        };
        player.frame().unwrap_err().to_string()
    };
    let tone = Tone { hz: [f32::NAN, 0.0], length: Duration::from_secs(1), level_dbm0: -13.0 };
    assert_eq!(
        because(&Source::Tones(Cadence(vec![tone]))),
        "a tone's frequency must be 20 to 20,000 Hz, or 0 for none"
    );
    assert_eq!(because(&Source::Tones(Cadence(vec![]))), "a cadence must have 1 to 64 tones");
    let none = Source::Samples(Arc::new(Samples::new(8_000)));
    assert_eq!(because(&none), "there is no sound to play");
}

#[test]
fn played_sounds_share_one_timeline() {
    for codec in AudioCodec::ALL {
        let mut buffer = [0; 1_275];
        let mut decoder = StreamDecoder::new(codec, 8_000).unwrap();
        let mut sender = Sender::new(9, codec.clock_hz(), 65_530, 12);
        let (mut received, mut now, mut begins) = (Vec::new(), Time::ZERO, Vec::new());
        for (key, rate_hz) in [8_000, 44_100, 22_050, 48_000].into_iter().enumerate() {
            let settings = OpusSettings::speech(48_000);
            let source = sine(rate_hz, 0.5);
            let mut playout = Playout::open(&source, Repeat::Times(1), codec, settings).unwrap();
            while let Some(played) = playout.next_packet(&mut buffer).unwrap() {
                let header = sender.rewrite(now, source_packet(key, played)).unwrap();
                begins.extend(header.marker.then_some(header.sequence));
                let payload = &buffer[..played.length];
                decoder.decode(header.sequence, header.timestamp, payload, &mut received).unwrap();
                now += Duration::from_millis(20);
            }
        }
        assert_eq!(begins.len(), 4);
        assert_eq!(received.len() as u64, sender.packets() * 160, "no gaps");
        let purity = purity_db(&received, 8_000, 440.0);
        assert!(purity > 10.0, "{codec:?}: {purity} dB");
    }
}

fn source_packet(key: usize, played: Played) -> SourcePacket {
    SourcePacket {
        stream: StreamKey(key as u64),
        marker: played.marker,
        sequence: played.sequence,
        timestamp: played.timestamp,
        payload_type: 0,
        payload_length: played.length,
    }
}
