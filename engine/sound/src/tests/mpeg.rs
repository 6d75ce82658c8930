//! MPEG audio as it is really found.

use super::made::{ape, id3};
use super::{all, assert_tone, decoded, file, seconds, sent_as};
use offhook_core::dsp::purity_db;

fn stereo() -> &'static [u8] {
    file("stereo-44100.mp3")
}

fn mono() -> &'static [u8] {
    file("mono-22050-vbr.mp3")
}

/// The file from its first frame on that has sound: without tags.
fn bare(file: &[u8]) -> Vec<u8> {
    let sync = |at: &usize| file[*at] == 0xff && file[at + 1] & 0xe6 == 0xe2;
    let tagged = |at: usize| {
        let head = &file[at..at + 60];
        head.windows(4).any(|four| four == b"Xing" || four == b"Info")
    };
    let first = (0..file.len() - 60).find(sync).unwrap();
    let start = if tagged(first) { (first + 4..file.len()).find(sync).unwrap() } else { first };
    file[start..].to_vec()
}

#[test]
fn bytes_before_the_first_frame_are_skipped() {
    let id3v1 = [b"TAG".as_slice(), &[b' '; 125]].concat();
    let before: [(&str, Vec<u8>); 10] = [
        ("zeros", vec![0; 4_096]),
        ("many zeros", vec![0; 300_000]),
        ("two big tags", id3(100_000).repeat(2)),
        ("a tag and zeros", [id3(50), vec![0; 100_000]].concat()),
        ("a newline", b"\r\n".to_vec()),
        ("a byte-order mark", b"\xef\xbb\xbf".to_vec()),
        ("a byte-order mark and a newline", b"\xef\xbb\xbf\n\n".to_vec()),
        ("an APE tag", ape(100)),
        ("an APE tag, then ID3", [ape(500), id3(2_000)].concat()),
        ("an old tag", id3v1.clone()),
    ];
    for (name, before) in before {
        for rest in [stereo().to_vec(), bare(stereo())] {
            let file = [before.clone(), rest].concat();
            assert_tone(name, &decoded(&file).unwrap(), 440.0, 0.52, 25.0);
        }
    }
    let behind = [stereo().to_vec(), ape(200), id3v1].concat();
    assert_tone("tags behind", &decoded(&behind).unwrap(), 440.0, 0.5, 25.0);
    // The rest of a frame that was cut off at its begin.
    let cut = decoded(&bare(stereo())[100..]).unwrap();
    assert_tone("cut", &cut, 440.0, 0.5, 20.0);
}

#[test]
fn joined_files_sound_one_after_the_other() {
    let plain = bare(stereo());
    let cases: [(&str, Vec<u8>, f64); 8] = [
        ("twice", stereo().repeat(2), 1.0),
        ("five times", stereo().repeat(5), 2.5),
        ("with tags between", [stereo(), &id3(3_000), stereo()].concat(), 1.0),
        ("with an old tag between", [stereo(), b"TAG", &[0; 125], stereo()].concat(), 1.0),
        ("without tags", [plain.clone(), plain.clone()].concat(), 1.06),
        ("only the first with one", [stereo().to_vec(), plain].concat(), 1.03),
        ("another rate", [stereo(), mono()].concat(), 1.0),
        (
            "another rate, the lower first",
            [mono(), stereo(), file("mono-8000-plain.mp3")].concat(),
            1.65,
        ),
    ];
    for (name, file, lasts) in cases {
        let samples = decoded(&file).unwrap();
        assert!((seconds(&samples) - lasts).abs() < 0.04, "{name}: {} s", seconds(&samples));
        // Each of them is played, to the last.
        let played = all(&samples);
        let last = &played[played.len() - samples.rate_hz() as usize * 2 / 5..]
            [..samples.rate_hz() as usize / 5];
        let purity = purity_db(last, samples.rate_hz(), 440.0);
        assert!(purity > 20.0, "{name}: {purity} dB at its end");
    }
    assert_eq!(decoded(&[mono(), stereo()].concat()).unwrap().rate_hz(), 44_100);
}

#[test]
fn encoder_delay_and_padding_are_removed() {
    assert_eq!(decoded(stereo()).unwrap().len(), 22_050);
    assert_eq!(decoded(&stereo().repeat(3)).unwrap().len(), 3 * 22_050);
    assert_eq!(decoded(mono()).unwrap().len(), 11_025);
}

#[test]
fn joined_opus_files_sound_one_after_the_other() {
    for name in ["stereo.opus", "narrow-60ms.opus"] {
        let samples = decoded(&file(name).repeat(3)).unwrap();
        assert_tone(name, &samples, 440.0, 1.5, 10.0);
    }
    let mixed = decoded(&[file("narrow-60ms.opus"), file("stereo.opus")].concat()).unwrap();
    assert_tone("both", &mixed, 440.0, 1.0, 10.0);
}

#[test]
fn frames_are_found_under_another_media_type() {
    let noise: Vec<u8> = (0..5_000_u32).map(|n| (n * n % 251) as u8 & 0x7f | 1).collect();
    let file = [noise, stereo().to_vec()].concat();
    assert_tone("behind noise", &sent_as(&file, "audio/mpeg").unwrap(), 440.0, 0.5, 25.0);
}

#[test]
fn frames_of_free_format_are_named() {
    let free: Vec<u8> =
        (0..20).flat_map(|_| [vec![0xff, 0xfb, 0x00, 0x44], vec![0x55; 600]].concat()).collect();
    let error = sent_as(&free, "audio/mpeg").unwrap_err();
    assert!(error.sentence.contains("free-format MP3"), "{error}");
}
