//! Reading RTCP (RFC 3550 §6): what compound packets say, without trust in any length they give.

use super::Ntp;

/// Most report blocks one packet can hold.
const MAX_BLOCKS: usize = 31;

/// A receiver's report on one stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Block {
    /// Which stream.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative when packets came twice. 24 bits.
    pub cumulative_lost: i32,
    /// The newest number, extended by its cycles.
    pub highest: u32,
    /// Interarrival jitter in units of the stream's clock.
    pub jitter: u32,
    /// Middle of the NTP time of the last sender report; 0 before there was one.
    pub last_report: u32,
    /// Since then, in 2^-16 s.
    pub delay: u32,
}

/// A sender's report on its stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    /// When it was sent, by the sender's clock.
    pub ntp: Ntp,
    /// The same moment in the stream's clock.
    pub timestamp: u32,
    /// Packets sent, modulo 2^32.
    pub packets: u32,
    /// Octets of payload sent, modulo 2^32.
    pub bytes: u32,
}

/// One packet of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp<'a> {
    /// SR or RR.
    Report {
        /// Who reports.
        ssrc: u32,
        /// SR: what it sends.
        sender: Option<SenderReport>,
        /// What it receives; at most 31.
        blocks: Vec<Block>,
    },
    /// SDES: the canonical name of a source.
    Name {
        /// Whose.
        ssrc: u32,
        /// As it was sent; UTF-8 by the rules, not checked.
        cname: &'a [u8],
    },
    /// BYE: these sources are gone.
    Bye(Vec<u32>),
    /// Feedback, extended reports and whatever else we do not use.
    Other {
        /// RTCP packet type.
        packet_type: u8,
    },
}

/// The packets of a compound, in order; ends at the first that does not fit.
///
/// Deviation: reduced-size RTCP (RFC 5506) is read as well, for all browsers send it.
#[derive(Debug, Clone)]
pub struct RtcpPackets<'a> {
    rest: &'a [u8],
}

impl<'a> RtcpPackets<'a> {
    /// The packets in a decrypted datagram.
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }

    fn take(&mut self) -> Option<Rtcp<'a>> {
        let [first, packet_type, l0, l1] = *self.rest.first_chunk::<4>()?;
        let length = 4 + 4 * usize::from(u16::from_be_bytes([l0, l1]));
        let (packet, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        if first >> 6 != 2 {
            return None;
        }
        let padding = match packet.last() {
            Some(last) if first & 0x20 != 0 => usize::from(*last),
            _ => 0,
        };
        let body = packet.get(4..length.checked_sub(padding)?)?;
        let count = usize::from(first & 0x1f);
        match packet_type {
            200 | 201 => report(packet_type == 200, count, body),
            202 => Some(name(count, body).unwrap_or(Rtcp::Other { packet_type })),
            203 => bye(count, body),
            _ => Some(Rtcp::Other { packet_type }),
        }
    }
}

impl<'a> Iterator for RtcpPackets<'a> {
    type Item = Rtcp<'a>;

    fn next(&mut self) -> Option<Rtcp<'a>> {
        let packet = self.take();
        if packet.is_none() {
            self.rest = &[];
        }
        packet
    }
}

fn word(octets: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = octets.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*word), rest))
}

fn report(sends: bool, count: usize, body: &[u8]) -> Option<Rtcp<'static>> {
    let (ssrc, mut rest) = word(body)?;
    let mut sender = None;
    if sends {
        let (fields, blocks) = rest.split_first_chunk::<20>()?;
        let (high, fields) = word(fields)?;
        let (low, fields) = word(fields)?;
        let (timestamp, fields) = word(fields)?;
        let (packets, fields) = word(fields)?;
        let (bytes, _) = word(fields)?;
        let ntp = Ntp(u64::from(high) << 32 | u64::from(low));
        sender = Some(SenderReport { ntp, timestamp, packets, bytes });
        rest = blocks;
    }
    let blocks = rest.chunks_exact(24).take(count.min(MAX_BLOCKS));
    let blocks: Vec<Block> = blocks.filter_map(block).collect();
    (blocks.len() == count).then_some(Rtcp::Report { ssrc, sender, blocks })
}

fn block(octets: &[u8]) -> Option<Block> {
    let (ssrc, rest) = word(octets)?;
    let (losses, rest) = word(rest)?;
    let (highest, rest) = word(rest)?;
    let (jitter, rest) = word(rest)?;
    let (last_report, rest) = word(rest)?;
    let (delay, _) = word(rest)?;
    Some(Block {
        ssrc,
        fraction_lost: (losses >> 24) as u8,
        // 24 bits with a sign.
        cumulative_lost: (losses << 8) as i32 >> 8,
        highest,
        jitter,
        last_report,
        delay,
    })
}

/// The first CNAME (item 1) of the first chunk (RFC 3550 §6.5).
fn name(count: usize, body: &[u8]) -> Option<Rtcp<'_>> {
    let (ssrc, mut items) = word(body).filter(|_| count > 0)?;
    loop {
        let [kind, length, rest @ ..] = items else { return None };
        let (text, rest) = rest.split_at_checked(usize::from(*length))?;
        match kind {
            0 => return None,
            1 => return Some(Rtcp::Name { ssrc, cname: text }),
            _ => items = rest,
        }
    }
}

fn bye(count: usize, body: &[u8]) -> Option<Rtcp<'static>> {
    let gone = body.chunks_exact(4).take(count);
    let gone: Vec<u32> = gone.filter_map(|octets| Some(word(octets)?.0)).collect();
    (gone.len() == count).then_some(Rtcp::Bye(gone))
}
