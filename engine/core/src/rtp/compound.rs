//! Writing RTCP (RFC 3550 §6): compounds of a report, our name and perhaps a goodbye.

use super::{Block, SenderReport};

/// What goes into one compound.
#[derive(Debug, Clone, Copy)]
pub struct Compound<'a> {
    /// Who we are.
    pub ssrc: u32,
    /// SR when we sent since the last report, else RR.
    pub sender: Option<SenderReport>,
    /// What we receive, if anything.
    pub block: Option<Block>,
    /// Our canonical name; cut after 255 octets.
    pub cname: &'a str,
}

/// Fills a buffer from its beginning; remembers when something did not fit.
struct Writer<'a> {
    buffer: &'a mut [u8],
    used: usize,
    fits: bool,
}

impl Writer<'_> {
    fn put(&mut self, octets: &[u8]) {
        let end = self.used + octets.len();
        match self.buffer.get_mut(self.used..end) {
            Some(place) => place.copy_from_slice(octets),
            None => self.fits = false,
        }
        self.used = end;
    }

    fn word(&mut self, word: u32) {
        self.put(&word.to_be_bytes());
    }

    /// RFC 3550 §6.4: version, count, type, and the length in words without the first.
    fn head(&mut self, count: u8, packet_type: u8, octets: usize) {
        self.put(&[0x80 | count, packet_type]);
        self.put(&((octets / 4 - 1) as u16).to_be_bytes());
    }

    fn finish(self) -> Option<usize> {
        self.fits.then_some(self.used)
    }
}

/// Write report and name into `buffer` and return their length; `None` when they do not fit in it.
/// 340 octets always suffice.
pub fn write_report(compound: &Compound<'_>, buffer: &mut [u8]) -> Option<usize> {
    let mut writer = Writer { buffer, used: 0, fits: true };
    report(&mut writer, compound);
    writer.finish()
}

/// The same, and that we are gone (RFC 3550 §6.6). 348 octets always suffice.
pub fn write_bye(compound: &Compound<'_>, buffer: &mut [u8]) -> Option<usize> {
    let mut writer = Writer { buffer, used: 0, fits: true };
    report(&mut writer, compound);
    writer.head(1, 203, 8);
    writer.word(compound.ssrc);
    writer.finish()
}

fn report(writer: &mut Writer<'_>, compound: &Compound<'_>) {
    let blocks = u8::from(compound.block.is_some());
    let length = 8 + 20 * usize::from(compound.sender.is_some()) + 24 * usize::from(blocks);
    writer.head(blocks, if compound.sender.is_some() { 200 } else { 201 }, length);
    writer.word(compound.ssrc);
    if let Some(sender) = compound.sender {
        writer.put(&sender.ntp.0.to_be_bytes());
        writer.word(sender.timestamp);
        writer.word(sender.packets);
        writer.word(sender.bytes);
    }
    if let Some(block) = compound.block {
        writer.word(block.ssrc);
        let lost = block.cumulative_lost.clamp(-0x0080_0000, 0x007f_ffff) as u32;
        writer.word(u32::from(block.fraction_lost) << 24 | (lost & 0x00ff_ffff));
        writer.word(block.highest);
        writer.word(block.jitter);
        writer.word(block.last_report);
        writer.word(block.delay);
    }
    name(writer, compound);
}

/// SDES with a CNAME, closed by at least one zero up to a whole word (RFC 3550 §6.5).
fn name(writer: &mut Writer<'_>, compound: &Compound<'_>) {
    let cname = compound.cname.as_bytes();
    let cname = cname.get(..255).unwrap_or(cname);
    let item = 2 + cname.len();
    let zeros = 4 - item % 4;
    writer.head(1, 202, 8 + item + zeros);
    writer.word(compound.ssrc);
    writer.put(&[1, cname.len() as u8]);
    writer.put(cname);
    writer.put([0; 4].get(..zeros).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::super::{Ntp, Rtcp, RtcpPackets};
    use super::*;
    use proptest::prelude::*;

    fn block() -> impl Strategy<Value = Block> {
        (any::<[u32; 5]>(), any::<u8>(), -0x80_0000..0x80_0000).prop_map(
            |([ssrc, highest, jitter, last_report, delay], fraction_lost, cumulative_lost)| Block {
                ssrc,
                fraction_lost,
                cumulative_lost,
                highest,
                jitter,
                last_report,
                delay,
            },
        )
    }

    fn sender() -> impl Strategy<Value = SenderReport> {
        (any::<u64>(), any::<[u32; 3]>()).prop_map(|(ntp, [timestamp, packets, bytes])| {
            SenderReport { ntp: Ntp(ntp), timestamp, packets, bytes }
        })
    }

    proptest! {
        #[test]
        fn writing_and_reading_round_trip(
            ssrc: u32,
            sender in proptest::option::of(sender()),
            block in proptest::option::of(block()),
            cname in "[a-z]{0,255}",
        ) {
            let compound = Compound { ssrc, sender, block, cname: &cname };
            let mut buffer = [0xaa; 348];
            let length = write_bye(&compound, &mut buffer).unwrap();
            prop_assert_eq!(length % 4, 0);
            let read: Vec<_> = RtcpPackets::new(&buffer[..length]).collect();
            prop_assert_eq!(read, vec![
                Rtcp::Report { ssrc, sender, blocks: block.into_iter().collect() },
                Rtcp::Name { ssrc, cname: cname.as_bytes() },
                Rtcp::Bye(vec![ssrc]),
            ]);
            prop_assert_eq!(write_report(&compound, &mut buffer).unwrap(), length - 8);
            prop_assert_eq!(write_bye(&compound, &mut buffer[..length - 1]), None);
        }

        #[test]
        fn any_octets_are_read_or_end_it(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            kind in 200..204_u8,
            count in 0..32_u8,
        ) {
            let _ = RtcpPackets::new(&bytes).count();
            // The same behind a head that promises more than there is.
            let mut headed = vec![0x80 | count, kind, 0, (bytes.len() / 4) as u8];
            headed.extend_from_slice(&bytes);
            prop_assert!(RtcpPackets::new(&headed).count() <= headed.len() / 4);
        }
    }

    #[test]
    fn padding_is_cut_and_may_not_lie() {
        let padded = |last| [0xa1, 203, 0, 2, 0, 0, 0, 9, 0, 0, 0, last];
        assert_eq!(RtcpPackets::new(&padded(4)).next(), Some(Rtcp::Bye(vec![9])));
        assert_eq!(RtcpPackets::new(&padded(8)).next(), None);
        assert_eq!(RtcpPackets::new(&padded(200)).next(), None);
    }
}
