//! What cannot be played says what it is.

use super::made::{chunk, octets, riff, shape, shaped, tone};
use super::{decoded, file, sent_as};
use crate::Reason;

#[test]
fn files_that_are_no_audio_are_named() {
    let mp4 = [b"\0\0\0\x20ftypM4A ".as_slice(), &[0; 500]].concat();
    let amr = [b"#!AMR\n".as_slice(), &[0x3c; 500]].concat();
    let cases: [(&[u8], Reason, &str); 15] = [
        (b"", Reason::NotAudio, "is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", Reason::NotAudio, "an HTML page"),
        (b"\n\n<html>404</html>", Reason::NotAudio, "an HTML page"),
        (
            b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            Reason::NotAudio,
            "an XML document",
        ),
        (b"{\"error\": \"not found\"}", Reason::NotAudio, "a JSON document"),
        (b"The page you were looking for does not exist", Reason::NotAudio, "text"),
        (b"%PDF-1.7 and so on", Reason::NotAudio, "a PDF document"),
        (b"PK\x03\x04 and so on", Reason::NotAudio, "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", Reason::NotAudio, "a PNG image"),
        (&mp4, Reason::Damaged, "an MP4 file"),
        (&amr, Reason::Unsupported, "an AMR file"),
        (b"\x1a\x45\xdf\xa3 and so on", Reason::Unsupported, "a WebM or Matroska file"),
        (b"MThd\0\0\0\x06", Reason::Unsupported, "a MIDI file"),
        (b"RIFF\x20\0\0\0AVI LIST", Reason::Unsupported, "a RIFF file that is no WAV"),
        (b"\x01\x02\x03\x04\x05", Reason::Unsupported, "begins with 01 02 03 04 05"),
    ];
    for (octets, reason, name) in cases {
        // Whatever its server calls it.
        for content_type in ["", "audio/wav", "audio/mpeg"] {
            let error = sent_as(octets, content_type).unwrap_err();
            assert_eq!(error.reason, reason, "{error}");
            assert!(error.sentence.contains(name), "{error}");
        }
    }
    let error = sent_as(cases[1].0, "audio/ulaw").unwrap_err();
    assert!(error.sentence.contains("an HTML page"), "no mu-law: {error}");
}

#[test]
fn errors_name_what_a_wav_file_lacks_or_has() {
    let fmt = chunk(b"fmt ", &shape(1, 1, 8_000, 16));
    let data = chunk(b"data", &octets(&tone(8_000, 0.1)));
    let g729 = shaped(&shape(0x83, 1, 8_000, 0), &[0; 100]);
    for (file, said) in [
        (riff(&[fmt.clone()]), "its data chunk is missing"),
        (riff(&[data.clone()]), "its fmt chunk is missing"),
        (riff(&[fmt, chunk(b"data", b"")]), "its data chunk is empty"),
        (g729, "G.729"),
        (shaped(&shape(1, 9, 8_000, 16), &data), "1 to 8 channels; it has 9"),
        (shaped(&shape(1, 0, 8_000, 16), &data), "1 to 8 channels; it has 0"),
        (shaped(&shape(1, 1, 384_000, 16), &data), "it is 384000 Hz"),
        (shaped(&shape(1, 1, 0, 16), &data), "it is 0 Hz"),
        (shaped(&shape(2, 1, 8_000, 4), &data), "ADPCM"),
    ] {
        let error = decoded(&file).unwrap_err();
        assert!(error.sentence.contains(said), "{error}");
    }
}

#[test]
fn a_file_that_is_cut_off_in_its_headers_says_so() {
    let error = decoded(&file("stereo.opus")[..100]).unwrap_err();
    assert_eq!(error.sentence, "the Ogg file is cut off in its headers");
    for (name, octets) in super::FILES {
        assert!(decoded(&octets[..4]).is_err(), "{name}");
    }
}
