//! AIFF, AU, and formats without a header.

use offhook_core::codec::Law;

use super::made::{tone, wave};
use super::{assert_tone, decode, decoded, file, sent_as};
use crate::{Hint, Limits};

const RATE: u32 = 8_000;

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = [name.as_slice(), &(content.len() as u32).to_be_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn aiff(compression: Option<&[u8; 4]>, bits: u16, frames: u32, data: &[u8]) -> Vec<u8> {
    // 8,000 as a float of 80 bits.
    let rate = b"\x40\x0b\xfa\0\0\0\0\0\0\0";
    let mut common =
        [1_u16.to_be_bytes().as_slice(), &frames.to_be_bytes(), &bits.to_be_bytes(), rate].concat();
    if let Some(compression) = compression {
        common.extend(compression);
        common.extend(b"\x03abc");
    }
    let kind = if compression.is_some() { b"AIFC" } else { b"AIFF" };
    let sound = [[0; 8].as_slice(), data].concat();
    let content = [kind.as_slice(), &chunk(b"COMM", &common), &chunk(b"SSND", &sound)].concat();
    [b"FORM".as_slice(), &(content.len() as u32).to_be_bytes(), &content].concat()
}

fn big(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_be_bytes()).collect()
}

#[test]
fn aiff_of_all_kinds() {
    let samples = tone(RATE, 0.5);
    let little: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let floats: Vec<u8> = wave(RATE, 0.5).flat_map(|x| (x as f32).to_be_bytes()).collect();
    let doubles: Vec<u8> = wave(RATE, 0.5).flat_map(f64::to_be_bytes).collect();
    let eight: Vec<u8> = wave(RATE, 0.5).map(|x| (x * 128.0).round() as i8 as u8).collect();
    let three: Vec<u8> = samples
        .iter()
        .flat_map(|sample| {
            let [high, low] = sample.to_be_bytes();
            [high, low, 0]
        })
        .collect();
    let law = |law: Law| samples.iter().map(|sample| law.encode(*sample)).collect::<Vec<u8>>();
    let cases: [(Option<&[u8; 4]>, u16, Vec<u8>, f32); 10] = [
        (None, 16, big(&samples), 60.0),
        (None, 24, three, 60.0),
        (None, 8, eight, 30.0),
        (Some(b"NONE"), 16, big(&samples), 60.0),
        (Some(b"sowt"), 16, little, 60.0),
        (Some(b"fl32"), 32, floats, 60.0),
        (Some(b"FL64"), 64, doubles, 60.0),
        (Some(b"ulaw"), 16, law(Law::Mu), 25.0),
        (Some(b"alaw"), 16, law(Law::A), 25.0),
        (Some(b"twos"), 16, big(&samples), 60.0),
    ];
    for (compression, bits, data, purity) in cases {
        for frames in [samples.len() as u32, 0] {
            let file = aiff(compression, bits, frames, &data);
            let name = format!("{compression:?}, {bits} bits, {frames} frames");
            assert_tone(&name, &decoded(&file).unwrap(), 440.0, 0.5, purity);
        }
    }
    let error = decoded(&aiff(Some(b"MAC6"), 8, 1, &[0; 90])).unwrap_err();
    assert!(error.sentence.contains("\"MAC6\""), "{error}");
}

#[test]
fn au_of_all_kinds() {
    let samples = tone(RATE, 0.5);
    let law = |law: Law| samples.iter().map(|sample| law.encode(*sample)).collect::<Vec<u8>>();
    let floats: Vec<u8> = wave(RATE, 0.5).flat_map(|x| (x as f32).to_be_bytes()).collect();
    for (encoding, data, purity) in [
        (1, law(Law::Mu), 25.0),
        (27, law(Law::A), 25.0),
        (3, big(&samples), 60.0),
        (6, floats, 60.0),
    ] {
        for length in [data.len() as u32, u32::MAX, 0] {
            let head = [28, length, encoding, RATE, 1].map(u32::to_be_bytes).concat();
            let file = [b".snd".as_slice(), &head, b"note", &data].concat();
            let name = format!("AU {encoding}, length {length}");
            assert_tone(&name, &sent_as(&file, "audio/basic").unwrap(), 440.0, 0.5, purity);
        }
    }
}

#[test]
fn formats_without_a_header_go_by_their_type() {
    let samples = tone(RATE, 0.5);
    let law = |law: Law| samples.iter().map(|sample| law.encode(*sample)).collect::<Vec<u8>>();
    let (mu, a) = (law(Law::Mu), law(Law::A));
    for content_type in ["audio/ulaw", "audio/basic", "audio/x-mulaw", "AUDIO/PCMU; rate=8000"] {
        assert_tone(content_type, &sent_as(&mu, content_type).unwrap(), 440.0, 0.5, 25.0);
    }
    for content_type in ["audio/alaw", "audio/x-alaw", "audio/PCMA"] {
        assert_tone(content_type, &sent_as(&a, content_type).unwrap(), 440.0, 0.5, 25.0);
    }
    for (content_type, rate_hz) in
        [("audio/L16;rate=16000", 16_000), ("audio/l16; channels=1", 8_000)]
    {
        let octets = big(&tone(rate_hz, 0.5));
        assert_tone(content_type, &sent_as(&octets, content_type).unwrap(), 440.0, 0.5, 50.0);
    }
    for (name, octets) in [("prompt.ulaw", &mu), ("prompt.AL", &a)] {
        let hint = Hint { content_type: "application/octet-stream", name };
        let samples = decode(octets, hint, Limits::default()).unwrap();
        assert_tone(name, &samples, 440.0, 0.5, 25.0);
    }
    // Silence of mu-law, and of A-law, is no sign of anything else.
    for (octet, content_type) in [(0xff, "audio/ulaw"), (0xd5, "audio/alaw"), (0x7f, "audio/ulaw")]
    {
        let samples = sent_as(&[octet; 8_000], content_type).unwrap();
        assert!(super::all(&samples).iter().all(|sample| sample.abs() <= 8), "{octet:02x}");
    }
    assert!(decoded(&mu).unwrap_err().sentence.contains("no format that is known"));
}

#[test]
fn a_header_counts_more_than_the_media_type() {
    for content_type in ["audio/ulaw", "audio/gsm", "text/plain", "application/octet-stream", ""] {
        let samples = sent_as(file("pcm24-22050.wav"), content_type).unwrap();
        assert_tone(content_type, &samples, 440.0, 0.2, 60.0);
    }
    for content_type in ["audio/gsm", "audio/x-gsm", "application/octet-stream"] {
        assert_eq!(sent_as(file("sweep.gsm"), content_type).unwrap().len(), 8_000);
    }
}
