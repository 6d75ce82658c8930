//! WAV in all the shapes there are.

use super::made::{chunk, id3, octets, riff, shape, shape_in_blocks, shaped, tone, wav, wave};
use super::{assert_tone, decoded, file};

const RATE: u32 = 8_000;

/// Half a second as integers of `width` octets with `bits` bits, moved up by `up`.
fn integers(bits: u32, width: usize, up: u32, channels: usize) -> Vec<u8> {
    let full = (1_i64 << (bits - 1)) as f64;
    let number = |x: f64| ((x * full).round() as i64) << up;
    wave(RATE, 0.5).flat_map(|x| number(x).to_le_bytes()[..width].repeat(channels)).collect()
}

#[test]
fn integers_of_any_size() {
    for bits in [12, 16, 20, 24, 32] {
        let width = bits as usize / 8 + usize::from(bits % 8 != 0);
        // The upper bits of the octets count.
        let up = 8 * width as u32 - bits;
        let data = integers(bits, width, up, 1);
        let file = shaped(&shape(1, 1, RATE, bits as u16), &data);
        assert_tone(&format!("{bits} bits"), &decoded(&file).unwrap(), 440.0, 0.5, 50.0);
    }
    let eight: Vec<u8> = wave(RATE, 0.5).map(|x| (x * 128.0 + 128.0).round() as u8).collect();
    let eight = decoded(&shaped(&shape(1, 1, RATE, 8), &eight)).unwrap();
    assert_tone("8 bits", &eight, 440.0, 0.5, 30.0);
}

#[test]
fn twenty_four_bits_in_four_octets_at_either_end() {
    for (name, up) in [("upper", 8), ("lower", 0)] {
        for (channels, bits) in [(1, 24), (2, 24), (1, 20)] {
            let up = if up == 0 { 0 } else { 32 - bits };
            let data = integers(bits, 4, up, channels);
            let channels = channels as u16;
            let shape = shape_in_blocks(1, channels, RATE, bits as u16, 4 * channels);
            let samples = decoded(&shaped(&shape, &data)).unwrap();
            assert_tone(&format!("{name} {bits} of 32"), &samples, 440.0, 0.5, 50.0);
        }
    }
}

#[test]
fn floats() {
    let single: Vec<u8> = wave(RATE, 0.5).flat_map(|x| (x as f32).to_le_bytes()).collect();
    let double: Vec<u8> = wave(RATE, 0.5).flat_map(f64::to_le_bytes).collect();
    for (bits, data) in [(32, &single), (64, &double)] {
        let samples = decoded(&shaped(&shape(3, 1, RATE, bits), data)).unwrap();
        assert_tone(&format!("float of {bits} bits"), &samples, 440.0, 0.5, 70.0);
    }
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3.0, -0.5].map(f32::to_le_bytes);
    let samples = super::all(&decoded(&shaped(&shape(3, 1, RATE, 32), &odd.concat())).unwrap());
    assert_eq!(samples, [0, 32_767, -32_768, 32_767, -16_384]);
}

#[test]
fn the_extensible_format_of_all_these() {
    let data: Vec<u8> = wave(RATE, 0.5).flat_map(|x| (x as f32).to_le_bytes()).collect();
    let guid = b"\x03\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let extension = [b"\x16\0\x20\0\x04\0\0\0".as_slice(), guid].concat();
    let extensible = [shape(0xfffe, 1, RATE, 32), extension].concat();
    let samples = decoded(&shaped(&extensible, &data)).unwrap();
    assert_tone("extensible float", &samples, 440.0, 0.5, 70.0);
}

#[test]
fn any_rate_from_6_to_192_khz() {
    for rate_hz in [5_512, 6_000, 12_000, 32_000, 37_800, 88_200, 96_000, 176_400, 192_000] {
        let samples = decoded(&wav(&tone(rate_hz, 0.5), rate_hz)).unwrap();
        assert_tone(&format!("{rate_hz} Hz"), &samples, 440.0, 0.5, 60.0);
        assert_eq!(samples.rate_hz(), rate_hz.min(48_000));
    }
}

#[test]
fn frequencies_above_the_kept_rate_are_removed() {
    // 30 kHz would fold to 18 kHz.
    let step = std::f64::consts::TAU * 30_000.0 / 96_000.0;
    let high: Vec<i16> =
        (0..48_000).map(|n| ((f64::from(n) * step).sin() * 16_384.0) as i16).collect();
    let samples = super::all(&decoded(&wav(&high, 96_000)).unwrap());
    let loudest = samples[2_000..20_000].iter().map(|sample| sample.abs()).max().unwrap();
    assert!(loudest <= 4, "{loudest}");
}

#[test]
fn any_number_of_channels() {
    for channels in 1..=8_usize {
        let frames: Vec<i16> =
            tone(RATE, 0.5).iter().flat_map(|sample| vec![*sample; channels]).collect();
        let file = shaped(&shape(1, channels as u16, RATE, 16), &octets(&frames));
        assert_tone(&format!("{channels} channels"), &decoded(&file).unwrap(), 440.0, 0.5, 60.0);
    }
}

#[test]
fn each_channel_is_mixed_in() {
    for channels in 2..=8_usize {
        for one in (0..channels).filter(|one| channels < 6 || *one != 3) {
            let frames = tone(RATE, 0.5).into_iter().flat_map(|sample| {
                (0..channels).map(move |side| if side == one { sample } else { 0 })
            });
            let data = octets(&frames.collect::<Vec<_>>());
            let samples = decoded(&shaped(&shape(1, channels as u16, RATE, 16), &data)).unwrap();
            let loudest = super::all(&samples).into_iter().max().unwrap();
            assert!(loudest > 1_500, "channel {one} of {channels}: {loudest}");
        }
    }
}

#[test]
fn chunks_as_they_are_written() {
    let fmt = chunk(b"fmt ", &shape(1, 1, RATE, 16));
    let data = chunk(b"data", &octets(&tone(RATE, 0.5)));
    let odd = [b"LIST\x11\0\0\0".as_slice(), b"INFOISFT\x05\0\0\0Audio"].concat();
    let wrong_length = [b"bext\xf0\xff\xff\x7f".as_slice(), &[0; 30]].concat();
    let many: Vec<Vec<u8>> = (0..500).map(|_| chunk(b"junk", b"12")).collect();
    let cases: [(&str, Vec<Vec<u8>>); 8] = [
        ("an odd chunk without its pad octet", vec![fmt.clone(), odd.clone(), data.clone()]),
        ("the same before the format", vec![odd.clone(), fmt.clone(), data.clone()]),
        ("an odd chunk with it", vec![fmt.clone(), chunk(b"LIST", b"12345"), data.clone()]),
        ("500 chunks", [many, vec![fmt.clone(), data.clone()]].concat()),
        ("the data before the format", vec![data.clone(), fmt.clone()]),
        ("a chunk of a wrong length", vec![fmt.clone(), wrong_length, data.clone()]),
        ("chunks behind the data", vec![fmt.clone(), data.clone(), odd.clone(), odd]),
        ("an empty data chunk first", vec![fmt.clone(), chunk(b"data", b""), data.clone()]),
    ];
    for (name, chunks) in cases {
        let lasts = 0.5;
        // An empty chunk is one whose length was not filled in: what follows it is 8 octets longer.
        assert_tone(name, &decoded(&riff(&chunks)).unwrap(), 440.0, lasts, 50.0);
    }
}

#[test]
fn lengths_that_were_not_filled_in() {
    let whole = wav(&tone(RATE, 0.5), RATE);
    for length in [0_u32, u32::MAX, 0x7fff_ffff, 9_999] {
        let mut file = whole.clone();
        file[40..44].copy_from_slice(&length.to_le_bytes());
        file[4..8].copy_from_slice(&length.to_le_bytes());
        assert_tone(&format!("a length of {length}"), &decoded(&file).unwrap(), 440.0, 0.5, 60.0);
    }
    let cut = decoded(&whole[..whole.len() / 2 + 1]).unwrap();
    assert_tone("cut off", &cut, 440.0, 0.25, 60.0);
}

#[test]
fn rf64_bw64_and_rifx() {
    let data = octets(&tone(RATE, 0.5));
    let sizes = [data.len() as u64 + 80, data.len() as u64, data.len() as u64 / 2];
    let ds64 = [sizes.map(u64::to_le_bytes).concat(), vec![0; 4]].concat();
    for magic in [b"RF64", b"BW64"] {
        let parts = [
            magic.as_slice(),
            b"\xff\xff\xff\xffWAVE",
            &chunk(b"ds64", &ds64),
            &chunk(b"fmt ", &shape(1, 1, RATE, 16)),
            b"data\xff\xff\xff\xff",
            &data,
            &chunk(b"LIST", b"INFO1234"),
        ];
        assert_tone("RF64", &decoded(&parts.concat()).unwrap(), 440.0, 0.5, 60.0);
    }
    let big: Vec<u8> = tone(RATE, 0.5).iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let fmt = [
        1_u16.to_be_bytes().as_slice(),
        &1_u16.to_be_bytes(),
        &RATE.to_be_bytes(),
        &(2 * RATE).to_be_bytes(),
        &2_u16.to_be_bytes(),
        &16_u16.to_be_bytes(),
    ]
    .concat();
    let length = (big.len() as u32).to_be_bytes();
    let parts = [b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10".as_slice(), &fmt, b"data", &length, &big];
    assert_tone("RIFX", &decoded(&parts.concat()).unwrap(), 440.0, 0.5, 60.0);
}

#[test]
fn bytes_before_the_file_are_skipped() {
    let whole = wav(&tone(RATE, 0.5), RATE);
    for before in [b"\r\n".to_vec(), b"\xef\xbb\xbf".to_vec(), vec![0; 4_096], id3(100)] {
        let file = [before, whole.clone()].concat();
        assert_tone("something before", &decoded(&file).unwrap(), 440.0, 0.5, 60.0);
    }
}

#[test]
fn adpcm_that_is_cut_off_or_counts_its_samples() {
    let whole = file("ima-8000.wav");
    let cut = decoded(&whole[..whole.len() - 700]).unwrap();
    assert!((0.3..0.36).contains(&super::seconds(&cut)), "{}", super::seconds(&cut));
    // 4,000 samples are no whole number of blocks.
    assert_eq!(decoded(whole).unwrap().len(), 4_000);
    assert_eq!(decoded(file("gsm-8000.wav")).unwrap().len(), 4_000);
}

#[test]
fn a_damaged_adpcm_block_is_silent_and_the_next_one_is_not() {
    for channels in [1_usize, 2] {
        let (block, frames) = (7 * channels + 64 * channels, 2 + 128);
        let head = |step: i16| {
            let each = |number: i16| number.to_le_bytes().repeat(channels);
            [vec![0; channels], each(step), each(900), each(-900)].concat()
        };
        // The nibble 8 makes the step three times as large, 0 smaller.
        let damaged = [head(16), vec![0x88; 64 * channels]].concat();
        let sound = [head(16), vec![0x00; 64 * channels]].concat();
        let shape = shape_in_blocks(2, channels as u16, RATE, 4, block as u16);
        let samples = super::all(&decoded(&shaped(&shape, &[damaged, sound].concat())).unwrap());
        assert_eq!(samples.len(), 2 * frames);
        assert!(samples[..frames].iter().all(|sample| *sample == 0), "{channels} channels");
        assert!(samples[frames..].iter().all(|sample| *sample != 0), "{channels} channels");
    }
}
