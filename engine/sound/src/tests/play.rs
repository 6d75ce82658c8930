//! Files on their way to a listener.

use std::sync::Arc;

use offhook_core::dsp::{purity_db, tone_db};
use offhook_core::play::Player;
use offhook_core::{AudioCodec, Repeat, Source};

use super::{FILES, decoded, file};

fn source(name: &str) -> Source {
    Source::Samples(Arc::new(decoded(file(name)).unwrap()))
}

fn whole(source: &Source, repeat: Repeat, codec: AudioCodec) -> (u32, Vec<i16>) {
    let mut player = Player::open(source, repeat, codec).unwrap();
    let mut played = Vec::new();
    while let Some(frame) = player.frame().unwrap() {
        played.extend_from_slice(frame);
    }
    (player.rate_hz(), played)
}

#[test]
fn every_file_has_its_length_pitch_and_level_for_every_listener() {
    for (name, _) in FILES.into_iter().filter(|(name, _)| *name != "sweep.gsm") {
        for codec in [AudioCodec::Pcmu, AudioCodec::Opus] {
            let samples = decoded(file(name)).unwrap();
            let (rate, played) = whole(&source(name), Repeat::Times(1), codec);
            let (length, seconds) =
                (super::seconds(&samples), played.len() as f64 / f64::from(rate));
            assert!((length - 0.001..length + 0.021).contains(&seconds), "{name}: {seconds} s");
            let middle = &played[played.len() / 4..played.len() * 3 / 4];
            let purity = purity_db(middle, rate, 440.0);
            assert!(purity > 12.0, "{name} for {codec:?}: {purity} dB");
            let level = tone_db(middle, rate, 440.0);
            assert!((level + 9.03).abs() < 0.6, "{name} for {codec:?}: {level} dB");
        }
    }
}

#[test]
fn the_listeners_rate_is_the_smallest_that_holds_the_file() {
    for (name, expected) in [
        ("stereo-44100.mp3", 48_000),
        ("mono-22050-vbr.mp3", 24_000),
        ("mono-8000-plain.mp3", 8_000),
        ("narrow-60ms.opus", 8_000),
        ("pcm8-11025-stereo.wav", 16_000),
    ] {
        let rate = |codec| Player::open(&source(name), Repeat::Forever, codec).unwrap().rate_hz();
        assert_eq!(rate(AudioCodec::Pcma), 8_000);
        assert_eq!(rate(AudioCodec::Opus), expected, "{name}");
    }
}

#[test]
fn repetitions_follow_without_a_gap() {
    // A whole number of periods, so that a seam would be audible.
    for name in ["stereo-44100.mp3", "stereo.opus", "mu-law-8000.wav", "stereo-44100.flac"] {
        let (rate, played) = whole(&source(name), Repeat::Times(3), AudioCodec::Pcmu);
        let seconds = played.len() as f64 / f64::from(rate);
        assert!((1.499..1.521).contains(&seconds), "{name}: {seconds} s");
        let middle = &played[played.len() / 8..played.len() * 7 / 8];
        let purity = purity_db(middle, rate, 440.0);
        // Encoders that cut the sound into frames do not meet their own beginning exactly.
        let seam = if name.ends_with("wav") { 25.0 } else { 10.0 };
        assert!(purity > seam, "{name}: {purity} dB");
    }
}
