//! Ogg/Opus files (RFC 3533, RFC 7845), one packet at a time.

mod pages;

use std::sync::Arc;

use pages::{Pages, Piece};

use super::tape::{Step, Unplayable};
use crate::codec::OpusDecoder;

/// Granules count at this rate, whatever is decoded (RFC 7845 §4).
const GRANULES_HZ: u64 = 48_000;
/// No more than this before the sound: two headers, and artwork in the second.
const MAX_HEADER_STEPS: usize = 512;

/// An Ogg/Opus file being played.
#[derive(Debug)]
pub(super) struct OggOpus {
    file: Arc<[u8]>,
    decoder: OpusDecoder,
    pages: Pages,
    /// Where the first packet of sound is.
    start: Pages,
    /// Samples at the beginning that are not to be heard.
    pre_skip: u64,
    decoded: u64,
}

/// The identification header (RFC 7845 §5.1).
#[derive(Debug, Clone, Copy)]
struct Head {
    pre_skip: u64,
    input_hz: u32,
    gain_q8: i16,
}

impl OggOpus {
    pub(super) fn open(file: Arc<[u8]>, most_hz: u32) -> Result<Self, Unplayable> {
        let mut pages = Pages::default();
        let head = header(&mut pages, &file)?;
        let head = Head::read(&head)?;
        let tags = header(&mut pages, &file)?;
        if !tags.starts_with(b"OpusTags") {
            let sentence = "the Ogg/Opus file has no OpusTags behind its first header";
            return Err(Unplayable::because(sentence));
        }
        // Decoding at the listener's rate makes a resampler superfluous.
        let rate_hz = rate_for(head.input_hz).min(most_hz);
        let mut decoder =
            OpusDecoder::new(rate_hz).map_err(|fault| Unplayable::because(fault.to_string()))?;
        decoder.set_gain(head.gain_q8);
        let start = pages.mark();
        let pre_skip = head.pre_skip * u64::from(rate_hz) / GRANULES_HZ;
        Ok(Self { file, decoder, pages, start, pre_skip, decoded: 0 })
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.decoder.rate_hz()
    }

    pub(super) fn step(&mut self, out: &mut Vec<i16>) -> Result<Step, Unplayable> {
        match self.pages.next(&self.file) {
            Piece::Searching => Ok(Step::Going),
            Piece::Packet => {
                self.play(out);
                Ok(Step::Going)
            }
            Piece::End => {
                self.pages = self.start.clone();
                self.decoded = 0;
                let fault = |fault: crate::codec::OpusFault| Unplayable::because(fault.to_string());
                self.decoder.reset().map_err(fault)?;
                Ok(Step::Ended)
            }
        }
    }

    fn play(&mut self, out: &mut Vec<i16>) {
        let start = out.len();
        let packet = self.pages.packet();
        let decoded = self.decoder.decode(packet, out);
        let lost = self.rate_hz() as usize / 50;
        // A packet that is none: conceal it, as a listener of the stream would.
        let samples = decoded.or_else(|_| self.decoder.conceal(lost, out)).unwrap_or(0) as u64;
        let first = self.pre_skip.saturating_sub(self.decoded).min(samples);
        let until = self.end().saturating_sub(self.decoded).min(samples);
        self.decoded += samples;
        out.truncate(start + until as usize);
        out.drain(start..(start + first as usize).min(out.len()));
    }

    /// What the last page says about the end (RFC 7845 §4.4).
    fn end(&self) -> u64 {
        let rate = u64::from(self.rate_hz());
        self.pages.last_granule().map_or(u64::MAX, |granule| {
            u64::try_from(u128::from(granule) * u128::from(rate) / u128::from(GRANULES_HZ))
                .unwrap_or(u64::MAX)
        })
    }
}

/// The smallest rate that holds what was put in.
fn rate_for(input_hz: u32) -> u32 {
    [8_000, 16_000, 24_000]
        .into_iter()
        .find(|rate| (1..=*rate).contains(&input_hz))
        .unwrap_or(48_000)
}

fn header(pages: &mut Pages, file: &[u8]) -> Result<Vec<u8>, Unplayable> {
    for _ in 0..MAX_HEADER_STEPS {
        match pages.next(file) {
            Piece::Packet => return Ok(pages.packet().to_vec()),
            Piece::Searching => {}
            Piece::End => break,
        }
    }
    Err(Unplayable::because("the Ogg file is cut off in its headers"))
}

impl Head {
    fn read(packet: &[u8]) -> Result<Self, Unplayable> {
        let because = |sentence: &str| Err(Unplayable::because(sentence));
        let Some(head) = packet.first_chunk::<19>() else {
            return because("the Ogg file must hold Opus; it holds something else");
        };
        let [magic @ .., version, channels, p0, p1, r0, r1, r2, r3, g0, g1, family] = *head;
        if magic != *b"OpusHead" {
            return because("the Ogg file must hold Opus; it holds something else");
        }
        if version >> 4 != 0 {
            return because("the Ogg/Opus file is of a version that is not known");
        }
        if family != 0 || !(1..=2).contains(&channels) {
            return because("the Ogg/Opus file must be mono or stereo");
        }
        Ok(Self {
            pre_skip: u64::from(u16::from_le_bytes([p0, p1])),
            input_hz: u32::from_le_bytes([r0, r1, r2, r3]),
            gain_q8: i16::from_le_bytes([g0, g1]),
        })
    }
}
