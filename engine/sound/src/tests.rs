//! Files of foreign encoders, of our own making, and of random octets, decoded to their end.

#![allow(
    clippy::cloned_ref_to_slice_refs,
    clippy::range_plus_one,
    clippy::trivially_copy_pass_by_ref,
    clippy::type_complexity,
    reason = "tables of cases are easier to read this way"
)]

mod hostile;
mod made;
mod mpeg;
mod play;
mod raw;
mod recordings;
mod refused;
mod wav;

use offhook_core::Samples;
use offhook_core::dsp::{purity_db, tone_db};

use crate::{DecodeError, Hint, Limits, decode};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../tests/fixtures/", $name)).as_slice())
    };
}

/// Files with half a second of 440 Hz at half of full scale, made by foreign encoders.
const FILES: [(&str, &[u8]); 22] = [
    fixture!("stereo-44100.mp3"),
    fixture!("mono-22050-vbr.mp3"),
    fixture!("mono-8000-plain.mp3"),
    fixture!("stereo.opus"),
    fixture!("narrow-60ms.opus"),
    fixture!("mu-law-8000.wav"),
    fixture!("a-law-8000.wav"),
    fixture!("pcm24-22050.wav"),
    fixture!("pcm8-11025-stereo.wav"),
    fixture!("ima-8000.wav"),
    fixture!("ima-11025-stereo.wav"),
    fixture!("ima-8000.aifc"),
    fixture!("ms-8000.wav"),
    fixture!("ms-11025-stereo.wav"),
    fixture!("gsm-8000.wav"),
    fixture!("mp3-44100.wav"),
    fixture!("stereo-44100.mp2"),
    fixture!("stereo-44100.flac"),
    fixture!("stereo-44100.m4a"),
    fixture!("stereo-44100.aac"),
    fixture!("stereo-44100.ogg"),
    fixture!("sweep.gsm"),
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(found, _)| *found == name).unwrap().1
}

fn decoded(file: &[u8]) -> Result<Samples, DecodeError> {
    decode(file, Hint::default(), Limits::default())
}

fn sent_as(file: &[u8], content_type: &str) -> Result<Samples, DecodeError> {
    decode(file, Hint { content_type, name: "" }, Limits::default())
}

fn all(samples: &Samples) -> Vec<i16> {
    samples.clone().into_blocks().flatten().collect()
}

fn seconds(samples: &Samples) -> f64 {
    samples.len() as f64 / f64::from(samples.rate_hz())
}

/// The file holds a tone of so many Hz, that long, at -9 dBov (half of full scale), and nothing else.
#[track_caller]
fn assert_tone(name: &str, samples: &Samples, hz: f32, lasts: f64, purity: f32) {
    let found = seconds(samples);
    assert!((found - lasts).abs() < 0.03, "{name}: lasts {found} s, not {lasts} s");
    let played = all(samples);
    let middle = &played[played.len() / 4..played.len() * 3 / 4];
    let found = purity_db(middle, samples.rate_hz(), hz);
    assert!(found > purity, "{name}: {found} dB of {hz} Hz over the rest");
    let level = tone_db(middle, samples.rate_hz(), hz);
    assert!((level + 9.03).abs() < 0.6, "{name}: {level} dBov");
}

#[test]
fn files_of_foreign_encoders_have_their_length_pitch_and_level() {
    for (name, octets) in FILES {
        let (lasts, purity) = match name {
            "sweep.gsm" => continue,
            "pcm24-22050.wav" => (0.2, 60.0),
            // No tag states what the encoder added.
            "mono-8000-plain.mp3" => (0.648, 25.0),
            "stereo-44100.mp2" => (0.522, 25.0),
            "mp3-44100.wav" => (0.549, 25.0),
            "stereo-44100.m4a" | "stereo-44100.aac" => (0.53, 15.0),
            "gsm-8000.wav" => (0.5, 12.0),
            _ => (0.5, 25.0),
        };
        let samples = decoded(octets).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_tone(name, &samples, 440.0, lasts, purity);
    }
}

#[test]
fn the_rate_is_that_of_the_file() {
    for (name, rate_hz) in [
        ("stereo-44100.mp3", 44_100),
        ("mono-22050-vbr.mp3", 22_050),
        ("stereo.opus", 48_000),
        ("narrow-60ms.opus", 8_000),
        ("pcm8-11025-stereo.wav", 11_025),
        ("gsm-8000.wav", 8_000),
    ] {
        assert_eq!(decoded(file(name)).unwrap().rate_hz(), rate_hz, "{name}");
        let limits = Limits { most_hz: 8_000, ..Limits::default() };
        let narrow = decode(file(name), Hint::default(), limits).unwrap();
        assert_eq!(narrow.rate_hz(), 8_000, "{name}");
        assert_tone(name, &narrow, 440.0, 0.5, 12.0);
    }
}

#[test]
fn gsm_is_decoded_bit_for_bit() {
    // FNV-1a of what libgsm (sox 14.4.2) decodes, as little-endian octets.
    let samples = all(&decoded(file("sweep.gsm")).unwrap());
    let hash = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
    assert_eq!((samples.len(), hash), (8_000, 0x7b8c_76be_cb6a_a0e0));
}

#[test]
fn large_files_are_refused_or_kept_at_a_lower_rate() {
    let tone = made::wav(&made::tone(48_000, 2.0), 48_000);
    let limits = Limits { most_bytes: 100_000, ..Limits::default() };
    let kept = decode(&tone, Hint::default(), limits).unwrap();
    assert_eq!(kept.rate_hz(), 16_000);
    assert!(kept.len() * 2 <= 100_000);
    assert_tone("kept", &kept, 440.0, 2.0, 60.0);

    let small = Limits { most_bytes: 50_000, ..Limits::default() };
    let error = decode(&tone, Hint::default(), small).unwrap_err();
    assert_eq!(error.sentence, "the sound takes too much memory: make it shorter");

    let short = Limits { most_seconds: 60, ..Limits::default() };
    let long = made::wav(&vec![0; 8_000 * 61], 8_000);
    let error = decode(&long, Hint::default(), short).unwrap_err();
    assert_eq!(error.sentence, "the sound must last at most 1 minutes");

    let stop = Limits { go_on: &|| false, ..Limits::default() };
    for (name, octets) in FILES {
        let error = decode(octets, Hint::default(), stop).unwrap_err();
        assert_eq!(error.sentence, "the file takes too much computation to decode", "{name}");
    }
    let error = decoded(&vec![0; 20_000_001]).unwrap_err();
    assert_eq!(error.sentence, "the file must have at most 20000000 bytes; it has 20000001");
}
