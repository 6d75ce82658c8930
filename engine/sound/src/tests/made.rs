//! Files of our own making: a tone of 440 Hz at half of full scale, in every shape.

use std::f64::consts::TAU;

pub(super) fn wave(rate_hz: u32, seconds: f64) -> impl Iterator<Item = f64> + Clone {
    let step = TAU * 440.0 / f64::from(rate_hz);
    (0..(f64::from(rate_hz) * seconds) as u32).map(move |n| (f64::from(n) * step).sin() * 0.5)
}

pub(super) fn tone(rate_hz: u32, seconds: f64) -> Vec<i16> {
    wave(rate_hz, seconds).map(|x| (x * 32_768.0).round() as i16).collect()
}

/// A chunk with its pad octet.
pub(super) fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = [name.as_slice(), &(content.len() as u32).to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

pub(super) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = chunks.concat();
    let length = (content.len() as u32 + 4).to_le_bytes();
    [b"RIFF".as_slice(), &length, b"WAVE", &content].concat()
}

/// What the `fmt ` chunk holds.
pub(super) fn shape(tag: u16, channels: u16, rate_hz: u32, bits: u16) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    shape_in_blocks(tag, channels, rate_hz, bits, block)
}

pub(super) fn shape_in_blocks(
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    block: u16,
) -> Vec<u8> {
    let second = rate * u32::from(block);
    let head = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    let rates = [rate.to_le_bytes(), second.to_le_bytes()].concat();
    [head, rates, block.to_le_bytes().to_vec(), bits.to_le_bytes().to_vec()].concat()
}

pub(super) fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A plain WAV file of one channel and 16 bits.
pub(super) fn wav(samples: &[i16], rate_hz: u32) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &shape(1, 1, rate_hz, 16)), chunk(b"data", &octets(samples))])
}

/// A WAV file of any shape, its samples as they are.
pub(super) fn shaped(shape: &[u8], data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", shape), chunk(b"data", data)])
}

/// A tag of ID3v2.3 with so many octets in it.
pub(super) fn id3(size: usize) -> Vec<u8> {
    let sync = [21, 14, 7, 0].map(|shift| (size >> shift & 127) as u8);
    [b"ID3\x03\0\0".as_slice(), &sync, &vec![0x11; size]].concat()
}

/// An APE tag with header and footer, of so many octets in all.
pub(super) fn ape(size: usize) -> Vec<u8> {
    let part = |flags: u32| {
        let length = (size - 32) as u32;
        let numbers = [2_000, length, 1, flags].map(u32::to_le_bytes).concat();
        [b"APETAGEX".as_slice(), &numbers, &[0; 8]].concat()
    };
    [part(0xa000_0000), vec![1; size - 64], part(0x8000_0000)].concat()
}
