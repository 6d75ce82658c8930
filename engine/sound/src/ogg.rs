//! Ogg files (RFC 3533): Opus (RFC 7845) by libopus, several of them one after the other too; what else there
//! is by a library.

mod pages;

use offhook_core::codec::OpusDecoder;
use pages::{PageEvent, Pages};

use crate::container::{self, Kind};
use crate::error::{DecodeError, Reason};
use crate::output::Output;

/// Granules count at this rate, whatever is decoded (RFC 7845 §4).
const GRANULES_HZ: u64 = 48_000;

/// The identification header (RFC 7845 §5.1).
#[derive(Debug, Clone, Copy)]
struct Head {
    pre_skip: u64,
    input_hz: u32,
    gain_q8: i16,
}

pub(crate) fn decode(file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let mut pages = Pages::default();
    let first = header(&mut pages, file)?;
    if !first.starts_with(b"OpusHead") {
        return decode_other(file, &first, output);
    }
    let mut head = Head::read(&first)?;
    let mut joined = false;
    loop {
        let mut link = Link::open(pages, head)?;
        match link.play(file, output) {
            // What follows the first file is played as far as it goes.
            Err(error) if error.reason == Reason::Damaged && joined => return Ok(()),
            played => played?,
        }
        joined = true;
        // Files that were joined: each begins with headers of its own (RFC 7845 §9).
        let Some(next) = link.pages.next_link() else { return Ok(()) };
        pages = next;
        let Ok(packet) = header(&mut pages, file) else { return Ok(()) };
        let Ok(found) = Head::read(&packet) else { return Ok(()) };
        head = found;
    }
}

fn decode_other(file: &[u8], first: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    let unsupported = |name: &str| {
        Err(DecodeError::unsupported(format!(
            "the file is Ogg with {name}, which is not supported: use Opus or Vorbis"
        )))
    };
    match first {
        [b'S', b'p', b'e', b'e', b'x', ..] => unsupported("Speex"),
        [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => unsupported("Theora video"),
        _ => container::decode(file, Kind::Ogg, output),
    }
}

fn header(pages: &mut Pages, file: &[u8]) -> Result<Vec<u8>, DecodeError> {
    loop {
        match pages.next(file) {
            PageEvent::Packet => return Ok(pages.packet().to_vec()),
            PageEvent::Searching => {}
            PageEvent::End => break,
        }
    }
    Err(cut_off())
}

fn cut_off() -> DecodeError {
    DecodeError::damaged("the Ogg file is cut off in its headers")
}

/// One stream of those that follow each other.
struct Link {
    pages: Pages,
    decoder: OpusDecoder,
    /// Samples at the beginning that are not played.
    pre_skip: u64,
    decoded: u64,
    /// The second header is still to come.
    tags: bool,
}

impl Link {
    fn open(pages: Pages, head: Head) -> Result<Self, DecodeError> {
        let rate_hz = rate_for(head.input_hz);
        let decoder = OpusDecoder::new(rate_hz);
        let mut decoder = decoder.map_err(|fault| DecodeError::unsupported(fault.to_string()))?;
        decoder.set_gain(head.gain_q8);
        let pre_skip = head.pre_skip * u64::from(rate_hz) / GRANULES_HZ;
        Ok(Self { pages, decoder, pre_skip, decoded: 0, tags: true })
    }

    fn play(&mut self, file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
        output.format(self.decoder.rate_hz(), 1)?;
        let mut samples = Vec::new();
        loop {
            match self.pages.next(file) {
                PageEvent::Searching => output.check_time()?,
                PageEvent::End if self.tags => return Err(cut_off()),
                PageEvent::End => return Ok(()),
                PageEvent::Packet if std::mem::take(&mut self.tags) => {
                    if !self.pages.packet().starts_with(b"OpusTags") {
                        let sentence = "the Ogg/Opus file has no OpusTags behind its first header";
                        return Err(DecodeError::damaged(sentence));
                    }
                }
                PageEvent::Packet => {
                    samples.clear();
                    let audible = self.packet(&mut samples);
                    output.push_i16(samples.get(audible).unwrap_or_default())?;
                }
            }
        }
    }

    /// Decode a packet; returns the range of its audible samples.
    fn packet(&mut self, samples: &mut Vec<i16>) -> std::ops::Range<usize> {
        let decoded = self.decoder.decode(self.pages.packet(), samples);
        let lost = self.decoder.rate_hz() as usize / 50;
        // A packet that is none: conceal it, as a listener of the stream would.
        let length = decoded.or_else(|_| self.decoder.conceal(lost, samples)).unwrap_or(0) as u64;
        let first = self.pre_skip.saturating_sub(self.decoded).min(length);
        let until = self.end().saturating_sub(self.decoded).min(length);
        self.decoded += length;
        first as usize..until.max(first) as usize
    }

    /// What the last page says about the end (RFC 7845 §4.4).
    fn end(&self) -> u64 {
        let rate = u128::from(self.decoder.rate_hz());
        self.pages.last_granule().map_or(u64::MAX, |granule| {
            let end = u128::from(granule) * rate / u128::from(GRANULES_HZ);
            u64::try_from(end).unwrap_or(u64::MAX)
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

impl Head {
    fn read(packet: &[u8]) -> Result<Self, DecodeError> {
        let unsupported = |sentence: &str| Err(DecodeError::unsupported(sentence));
        let Some(head) = packet.first_chunk::<19>() else {
            return Err(DecodeError::damaged("the Ogg/Opus file is cut off in its first header"));
        };
        let [_, _, _, _, _, _, _, _, version, channels, p0, p1, r0, r1, r2, r3, g0, g1, family] =
            *head;
        if version >> 4 != 0 {
            return unsupported("the Ogg/Opus file is of a version that is not known");
        }
        if family != 0 || !(1..=2).contains(&channels) {
            return unsupported("the Ogg/Opus file must be mono or stereo");
        }
        Ok(Self {
            pre_skip: u64::from(u16::from_le_bytes([p0, p1])),
            input_hz: u32::from_le_bytes([r0, r1, r2, r3]),
            gain_q8: i16::from_le_bytes([g0, g1]),
        })
    }
}
