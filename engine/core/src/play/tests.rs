//! Sources from foreign encoders and from nobody, played to their end.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::{Played, Player, Playout, Unplayable};
use crate::codec::{Ear, OpusSettings};
use crate::dsp::{purity_db, tone_db};
use crate::rtp::{Origin, Sender, StreamKey};
use crate::{AudioCodec, Cadence, Repeat, Source, Time, Tone};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../tests/fixtures/", $name)).as_slice())
    };
}

const FILES: [(&str, &[u8]); 9] = [
    fixture!("stereo-44100.mp3"),
    fixture!("mono-22050-vbr.mp3"),
    fixture!("mono-8000-plain.mp3"),
    fixture!("stereo.opus"),
    fixture!("narrow-60ms.opus"),
    fixture!("mu-law-8000.wav"),
    fixture!("a-law-8000.wav"),
    fixture!("pcm24-22050.wav"),
    fixture!("pcm8-11025-stereo.wav"),
];

fn file(octets: &[u8]) -> Source {
    Source::Encoded(Arc::from(octets))
}

/// Everything the player gives, at most `most` frames.
fn play(player: &mut Player, most: usize) -> Result<Vec<i16>, Unplayable> {
    let mut heard = Vec::new();
    for _ in 0..most {
        match player.frame()? {
            Some(frame) => heard.extend_from_slice(frame),
            None => break,
        }
    }
    Ok(heard)
}

fn whole(source: &Source, repeat: Repeat, codec: AudioCodec) -> (u32, Vec<i16>) {
    let mut player = Player::open(source, repeat, codec).unwrap();
    (player.rate_hz(), play(&mut player, 100_000).unwrap())
}

#[test]
fn every_file_has_its_length_pitch_and_level() {
    for (name, octets) in FILES {
        for codec in [AudioCodec::Pcmu, AudioCodec::Opus] {
            let (rate, heard) = whole(&file(octets), Repeat::Times(1), codec);
            let length = match name {
                // Nine frames of 72 ms: no tag tells what the encoder added.
                "mono-8000-plain.mp3" => 0.648,
                "pcm24-22050.wav" => 0.2,
                _ => 0.5,
            };
            let seconds = heard.len() as f64 / f64::from(rate);
            assert!((length - 0.001..length + 0.021).contains(&seconds), "{name}: {seconds} s");
            let middle = &heard[heard.len() / 4..heard.len() * 3 / 4];
            let purity = purity_db(middle, rate, 440.0);
            assert!(purity > 25.0, "{name} for {codec:?}: {purity} dB");
            let level = tone_db(middle, rate, 440.0);
            assert!((level + 9.03).abs() < 0.5, "{name} for {codec:?}: {level} dB");
        }
    }
}

#[test]
fn the_rate_is_the_smallest_that_holds_the_source() {
    let rates = FILES.map(|(_, octets)| {
        let rate = |codec| Player::open(&file(octets), Repeat::Forever, codec).unwrap().rate_hz();
        assert_eq!(rate(AudioCodec::Pcma), 8_000);
        rate(AudioCodec::Opus)
    });
    assert_eq!(rates, [48_000, 24_000, 8_000, 48_000, 8_000, 8_000, 8_000, 24_000, 16_000]);
}

#[test]
fn repetitions_follow_without_a_gap() {
    // A whole number of periods, so that a seam would be heard.
    for (name, octets) in FILES.into_iter().filter(|(name, _)| *name != "mono-8000-plain.mp3") {
        let (rate, heard) = whole(&file(octets), Repeat::Times(3), AudioCodec::Pcmu);
        let once = if name == "pcm24-22050.wav" { 0.2 } else { 0.5 };
        let seconds = heard.len() as f64 / f64::from(rate);
        assert!((3.0 * once - 0.001..3.0 * once + 0.021).contains(&seconds), "{name}: {seconds} s");
        let middle = &heard[heard.len() / 8..heard.len() * 7 / 8];
        let purity = purity_db(middle, rate, 440.0);
        // Encoders that cut the sound into frames do not meet their own beginning exactly.
        let seam = if name.ends_with("wav") { 25.0 } else { 10.0 };
        assert!(purity > seam, "{name}: {purity} dB");
    }
    let (_, octets) = FILES[5];
    let mut player = Player::open(&file(octets), Repeat::Forever, AudioCodec::Pcmu).unwrap();
    assert_eq!(play(&mut player, 5_000).unwrap().len(), 5_000 * 160);
}

fn ring_back() -> Source {
    let tone = |hz, seconds| Tone { hz, length: Duration::from_secs(seconds), level_dbm0: -19.0 };
    Source::Tones(Cadence(vec![tone([440.0, 480.0], 2), tone([0.0, 0.0], 4)]))
}

#[test]
fn a_cadence_sounds_and_pauses() {
    let (rate, heard) = whole(&ring_back(), Repeat::Times(2), AudioCodec::Pcma);
    assert_eq!((rate, heard.len()), (8_000, 12 * 8_000));
    for start in [0, 48_000] {
        let sound = &heard[start..start + 16_000];
        for hz in [440.0, 480.0] {
            // Half a second, for the two beat.
            let level = tone_db(&sound[..8_000], rate, hz);
            assert!((level + 19.0 + 6.35).abs() < 0.2, "{level}");
        }
        assert!(heard[start + 16_000..start + 48_000].iter().all(|sample| *sample == 0));
    }
    let (_, silence) =
        whole(&Source::Silence(Duration::from_millis(130)), Repeat::Times(2), AudioCodec::Opus);
    assert_eq!(silence, vec![0; 13 * 160]);
    let (_, nothing) = whole(&Source::Silence(Duration::ZERO), Repeat::Times(1), AudioCodec::Opus);
    assert_eq!(nothing, []);
}

#[test]
fn what_cannot_be_played_says_why() {
    let because = |source: &Source| {
        Player::open(source, Repeat::Times(1), AudioCodec::Opus).unwrap_err().to_string()
    };
    let changed = |octets: &[u8], at: usize, new: &[u8]| {
        let mut octets = octets.to_vec();
        octets.splice(at..at + new.len(), new.iter().copied());
        because(&file(&octets))
    };
    let wav = FILES[5].1;
    assert_eq!(
        because(&file(b"%PDF-1.7")),
        "the file must be WAV, MP3 or Ogg/Opus; it begins like none of them"
    );
    assert_eq!(changed(wav, 8, b"AVI "), "the file must be WAV; it is RIFF of another kind");
    assert_eq!(
        changed(wav, 20, &[3, 0]),
        "the WAV file must be PCM of 8, 16 or 24 bits, mu-law or A-law, not format 3 of 8 bits"
    );
    assert_eq!(changed(wav, 22, &[6]), "the file must be mono or stereo, not of 6 channels");
    assert_eq!(
        changed(wav, 24, &[0, 0, 2]),
        "the file's rate must be 8,000 to 48,000 Hz, not 131072"
    );
    assert_eq!(
        because(&file(&wav[..50])),
        "the WAV file has no sound: its fmt or data chunk is missing"
    );
    assert_eq!(
        because(&file(&[0xff; 4_000])),
        "the MP3 file has no sound: no frame follows its beginning"
    );
    assert_eq!(because(&file(&FILES[3].1[..100])), "the Ogg file is cut off in its headers");
    let mut long = wav.to_vec();
    long.resize(15_000_000, 0x7f);
    long[54..58].fill(0xff);
    assert_eq!(because(&file(&long)), "the file must last at most 30 minutes");
    long.resize(20_000_001, 0);
    assert_eq!(because(&file(&long)), "the file must be at most 20000000 octets, not 20000001");
    let tone = Tone { hz: [f32::NAN, 0.0], length: Duration::from_secs(1), level_dbm0: -13.0 };
    assert_eq!(
        because(&Source::Tones(Cadence(vec![tone]))),
        "a tone's frequency must be 20 to 20,000 Hz, or 0 for none"
    );
    assert_eq!(because(&Source::Tones(Cadence(vec![]))), "a cadence must have 1 to 64 tones");
}

#[test]
fn a_listener_hears_what_is_played_on_one_time_line() {
    for codec in AudioCodec::ALL {
        let mut room = [0; 1_275];
        let mut ear = Ear::new(codec, 8_000).unwrap();
        let mut sender = Sender::new(9, codec.clock_hz(), 65_530, 12);
        let (mut heard, mut now, mut begins) = (Vec::new(), Time::ZERO, Vec::new());
        for (key, (_, octets)) in FILES.into_iter().enumerate().filter(|(n, _)| *n != 2) {
            let settings = OpusSettings::speech(48_000);
            let mut playout =
                Playout::open(&file(octets), Repeat::Times(1), codec, settings).unwrap();
            while let Some(played) = playout.next_packet(&mut room).unwrap() {
                let header = sender.place(now, origin(key, played)).unwrap();
                begins.extend(header.marker.then_some(header.sequence));
                let payload = &room[..played.length];
                ear.hear(header.sequence, header.timestamp, payload, &mut heard).unwrap();
                now += Duration::from_millis(20);
            }
        }
        assert_eq!(begins.len(), 8);
        assert_eq!(heard.len() as u64, sender.packets() * 160, "no gaps");
        let purity = purity_db(&heard, 8_000, 440.0);
        assert!(purity > 10.0, "{codec:?}: {purity} dB");
    }
}

fn origin(key: usize, played: Played) -> Origin {
    Origin {
        stream: StreamKey(key as u64),
        marker: played.marker,
        sequence: played.sequence,
        timestamp: played.timestamp,
        payload_type: 0,
        payload_length: played.length,
    }
}

/// Plays it twice over, if it lets itself be played; must come to an end.
fn endure(octets: &[u8]) {
    for codec in [AudioCodec::Opus, AudioCodec::Pcmu] {
        let Ok(mut player) = Player::open(&file(octets), Repeat::Times(2), codec) else { return };
        // Each octet is at most one frame of 120 ms, and a search takes its own.
        let most = 40 * octets.len() + 200;
        let heard = play(&mut player, most).unwrap_or_default();
        assert!(heard.len() < most * player.rate_hz() as usize / 50, "does not end");
    }
}

proptest! {
    // A case plays a whole file: an eighth of the usual number, and of what a fuzz run asks for.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    #[test]
    fn damaged_files_are_played_or_refused(
        which in 0..FILES.len(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..24),
        early in proptest::collection::vec((0..120_usize, any::<u8>()), 0..4),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut octets = FILES[which].1.to_vec();
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        for (at, octet) in early {
            octets[at] = octet;
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len()) + 1);
        }
        endure(&octets);
    }

    #[test]
    fn noise_behind_a_true_beginning_is_endured(
        which in 0..FILES.len(),
        kept in 0..400_usize,
        noise in proptest::collection::vec(prop_oneof![Just(0xff), Just(0xfb), any::<u8>()], 0..3_000),
    ) {
        let mut octets = FILES[which].1[..kept.min(FILES[which].1.len())].to_vec();
        octets.extend(noise);
        endure(&octets);
    }
    #[test]
    fn frames_with_any_content_are_endured(
        second in prop_oneof![Just(0xfb_u8), Just(0xf3), Just(0xe3), Just(0xfa), Just(0xe2)],
        third in 0x10..0xef_u8,
        fourth in any::<u8>(),
        noise in proptest::collection::vec(any::<u8>(), 64..2_000),
    ) {
        let mut octets = Vec::new();
        // Several, for bits of one frame may lie in those before it. Lengths that come out wrong
        // are found by the search.
        for start in 0..8 {
            octets.extend([0xff, second, third & !2, fourth]);
            let length = frame_length(second, third);
            octets.extend(noise.iter().cycle().skip(start * 37).take(length.saturating_sub(4)));
        }
        endure(&octets);
    }
}

/// By the formula of ISO/IEC 11172-3 §2.4.3.1, without padding; 0 for what it does not cover.
fn frame_length(second: u8, third: u8) -> usize {
    let first = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    let later = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    let (table, samples, shift) = match second >> 3 & 3 {
        3 => (first, 1_152, 0),
        2 => (later, 576, 1),
        _ => (later, 576, 2),
    };
    let rate = [44_100, 48_000, 32_000, usize::MAX][usize::from(third >> 2 & 3)] >> shift;
    samples / 8 * table[usize::from(third >> 4)] * 1_000 / rate
}
