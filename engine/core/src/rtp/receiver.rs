//! Received RTP of one leg: which packets to accept, and how many were lost, late or duplicated.

use std::time::Duration;

use super::loss::{LossWatch, Losses};
use super::{Block, Header};
use crate::{StreamReport, Time};

/// A larger step forward is a restart or a forgery (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3_000;
/// A larger step back is a restart or a forgery (RFC 3550 A.1).
const MAX_MISORDER: u16 = 100;

/// What a packet means to the stream it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// A stream begins: the first ever, a new SSRC, or one that started over.
    Started,
    /// Newer than all before.
    Next {
        /// How many numbers were passed over.
        missing: u32,
    },
    /// Older than the newest, and not seen before.
    Late,
    /// Received before, or too old to know. Drop it.
    Duplicate,
    /// The stream has not shown yet that its numbers make sense (RFC 3550 A.1). Drop it.
    Untrusted,
}

impl Arrival {
    /// Whether the packet's payload may be used.
    pub const fn accepted(self) -> bool {
        matches!(self, Self::Started | Self::Next { .. } | Self::Late)
    }
}

/// The RTP receiver of one leg, over all SSRCs that the peer uses one after another.
#[derive(Debug)]
pub struct Receiver {
    clock_hz: u32,
    probation: u32,
    epoch: u64,
    stream: Option<Stream>,
    packets: u64,
    bytes: u64,
    /// Of streams that are over.
    past: Losses,
    past_expected: u64,
}

#[derive(Debug)]
struct Stream {
    ssrc: u32,
    /// Packets in sequence still wanted before the stream is trusted.
    wanted: u32,
    /// The number that would prove a restart.
    suspect: Option<u16>,
    first: u64,
    losses: LossWatch,
    received: u64,
    timestamp: u32,
    transit: Option<u32>,
    /// In units of the clock, times 16 (RFC 3550 A.8).
    jitter: u32,
    /// What the last report block reported (RFC 3550 A.3).
    reported_expected: u64,
    reported_received: u64,
}

impl Receiver {
    /// Nothing received yet. A new stream is trusted after `probation` packets in sequence: 2 as
    /// RFC 3550 A.1 says, 1 where SRTP vouches for every packet.
    pub fn new(clock_hz: u32, probation: u32) -> Self {
        Self {
            clock_hz: clock_hz.max(1),
            probation: probation.max(1),
            epoch: 0,
            stream: None,
            packets: 0,
            bytes: 0,
            past: Losses::default(),
            past_expected: 0,
        }
    }

    /// Timestamps count in another unit from now on, in Hz.
    pub fn set_clock(&mut self, clock_hz: u32) {
        if self.clock_hz == clock_hz {
            return;
        }
        let (old, new) = (u64::from(self.clock_hz), u64::from(clock_hz.max(1)));
        self.clock_hz = clock_hz.max(1);
        if let Some(stream) = &mut self.stream {
            stream.transit = None;
            stream.jitter = (u64::from(stream.jitter) * new / old) as u32;
        }
    }

    /// A packet came. Only one that was authenticated, or cannot be, belongs here.
    pub fn receive(&mut self, now: Time, header: &Header, payload_length: usize) -> Arrival {
        let known = self.stream.as_mut().filter(|stream| stream.ssrc == header.ssrc);
        let arrival = match known.map(|stream| stream.judge(header.sequence)) {
            Some(Some(arrival)) => arrival,
            Some(None) => self.begin(header, 1),
            None => self.begin(header, self.probation),
        };
        if arrival == Arrival::Started {
            self.epoch += 1;
        }
        if arrival.accepted() {
            self.packets += 1;
            self.bytes += payload_length as u64;
            let arrived = clock_units(now, self.clock_hz);
            if let Some(stream) = &mut self.stream {
                stream.accept(header.timestamp, arrived);
            }
        }
        arrival
    }

    fn begin(&mut self, header: &Header, wanted: u32) -> Arrival {
        if let Some(stream) = self.stream.take().filter(|stream| stream.wanted == 0) {
            let ended = stream.losses.losses();
            self.past = self.past.and(ended);
            self.past_expected += stream.expected();
        }
        self.stream.insert(Stream::new(header, wanted)).prove(header.sequence)
    }

    /// How many streams began. Numbers of different epochs have nothing to do with each other.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The current SSRC.
    pub fn ssrc(&self) -> Option<u32> {
        self.stream.as_ref().map(|stream| stream.ssrc)
    }

    /// Packets accepted since the beginning.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Their payload octets.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Packets that should have come (RFC 3550 A.3).
    pub fn expected(&self) -> u64 {
        self.past_expected + self.trusted().map_or(0, Stream::expected)
    }

    /// Packets that never came.
    pub fn lost(&self) -> u64 {
        self.losses().lost
    }

    /// The longest run of them.
    pub fn longest_loss(&self) -> u32 {
        self.losses().longest
    }

    /// How many times longer a run of lost packets is than if losses fell at random; 1 at least
    /// (ITU-T G.107 §7.5, `BurstR`).
    pub fn burst_ratio(&self) -> f32 {
        let losses = self.losses();
        if losses.runs == 0 {
            return 1.0;
        }
        let fraction = losses.lost as f32 / self.expected().max(1) as f32;
        let mean_run = losses.lost as f32 / losses.runs as f32;
        (mean_run * (1.0 - fraction)).max(1.0)
    }

    /// Interarrival jitter (RFC 3550 A.8) of the current stream.
    pub fn jitter(&self) -> Duration {
        let units = self.trusted().map_or(0, |stream| stream.jitter >> 4);
        Duration::from_nanos(u64::from(units) * 1_000_000_000 / u64::from(self.clock_hz))
    }

    /// What was counted, without an opinion on its quality.
    pub fn report(&self) -> StreamReport {
        StreamReport {
            packets: self.packets,
            bytes: self.bytes,
            lost: self.lost(),
            longest_loss: self.longest_loss(),
            jitter: self.jitter(),
            ..StreamReport::default()
        }
    }

    /// The report block for the current stream, if any; its figures count as reported.
    pub fn block(&mut self) -> Option<Block> {
        let stream = self.stream.as_mut().filter(|stream| stream.wanted == 0)?;
        let expected = stream.expected();
        let since = expected - stream.reported_expected;
        let lost_since =
            since as i64 - stream.received.saturating_sub(stream.reported_received) as i64;
        stream.reported_expected = expected;
        stream.reported_received = stream.received;
        let fraction = if lost_since <= 0 { 0 } else { (lost_since << 8) / since.max(1) as i64 };
        Some(Block {
            ssrc: stream.ssrc,
            fraction_lost: fraction.min(255) as u8,
            cumulative_lost: (expected as i64 - stream.received as i64)
                .clamp(-0x0080_0000, 0x007f_ffff) as i32,
            // Numbers begin one cycle up, so that what is older than the first is no underflow.
            highest: (stream.losses.highest() - 0x1_0000) as u32,
            jitter: stream.jitter >> 4,
            last_report: 0,
            delay: 0,
        })
    }

    fn trusted(&self) -> Option<&Stream> {
        self.stream.as_ref().filter(|stream| stream.wanted == 0)
    }

    fn losses(&self) -> Losses {
        self.trusted().map_or(self.past, |stream| self.past.and(stream.losses.losses()))
    }
}

impl Losses {
    fn and(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            runs: self.runs + other.runs,
            longest: self.longest.max(other.longest),
        }
    }
}

impl Stream {
    fn new(header: &Header, probation: u32) -> Self {
        let first = 0x1_0000 | u64::from(header.sequence);
        Self {
            ssrc: header.ssrc,
            wanted: probation,
            suspect: Some(header.sequence),
            first,
            losses: LossWatch::new(first),
            received: 0,
            timestamp: header.timestamp,
            transit: None,
            jitter: 0,
            reported_expected: 0,
            reported_received: 0,
        }
    }

    /// Before the stream is trusted: `suspect` is the number that would come next.
    fn prove(&mut self, sequence: u16) -> Arrival {
        if self.suspect != Some(sequence) {
            // Out of sequence: the proof starts over with this packet.
            self.wanted = self.wanted.max(2);
        }
        self.wanted -= 1;
        self.suspect = Some(sequence.wrapping_add(1));
        if self.wanted > 0 {
            return Arrival::Untrusted;
        }
        self.suspect = None;
        self.first = 0x1_0000 | u64::from(sequence);
        self.losses = LossWatch::new(self.first);
        Arrival::Started
    }

    /// What the packet is; nothing when it proves that the peer started over.
    fn judge(&mut self, sequence: u16) -> Option<Arrival> {
        if self.wanted > 0 {
            return Some(self.prove(sequence));
        }
        let highest = self.losses.highest();
        let ahead = sequence.wrapping_sub(highest as u16);
        if ahead != 0 && ahead < MAX_DROPOUT {
            self.suspect = None;
            self.losses.note(highest + u64::from(ahead));
            return Some(Arrival::Next { missing: u32::from(ahead) - 1 });
        }
        let back = ahead.wrapping_neg();
        if back <= MAX_MISORDER {
            let number = highest - u64::from(back);
            // Older than the first: it was sent before the stream began here.
            let fresh = number >= self.first && self.losses.note(number);
            return Some(if fresh { Arrival::Late } else { Arrival::Duplicate });
        }
        if self.suspect != Some(sequence) {
            self.suspect = Some(sequence.wrapping_add(1));
            return Some(Arrival::Untrusted);
        }
        // Two in sequence, far away: the peer started over (RFC 3550 A.1).
        None
    }

    fn accept(&mut self, timestamp: u32, arrived: u32) {
        self.received += 1;
        // Packets with one timestamp (RFC 4733 events) say nothing about jitter.
        if self.received > 1 && timestamp == self.timestamp {
            return;
        }
        self.timestamp = timestamp;
        let transit = arrived.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let deviation = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // A jump of minutes is a new timeline, not jitter.
            let deviation = deviation.min(1 << 22);
            self.jitter = self.jitter + deviation - ((self.jitter + 8) >> 4);
        }
    }

    fn expected(&self) -> u64 {
        self.losses.highest() - self.first + 1
    }
}

/// `now` in units of a media clock; wraps.
pub(super) fn clock_units(now: Time, clock_hz: u32) -> u32 {
    let nanos = now.as_nanos();
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let clock = u64::from(clock_hz);
    seconds.wrapping_mul(clock).wrapping_add(rest * clock / 1_000_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(ssrc: u32, sequence: u16) -> Header {
        let timestamp = u32::from(sequence) * 160;
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc }
    }

    fn feed(receiver: &mut Receiver, ssrc: u32, sequence: u16) -> Arrival {
        let now = Time::from_millis(u64::from(sequence) * 20);
        receiver.receive(now, &header(ssrc, sequence), 160)
    }

    #[test]
    fn an_unproven_source_needs_two_packets_in_sequence() {
        let mut receiver = Receiver::new(8_000, 2);
        assert_eq!(feed(&mut receiver, 1, 10), Arrival::Untrusted);
        assert_eq!(feed(&mut receiver, 1, 50), Arrival::Untrusted);
        assert_eq!(feed(&mut receiver, 1, 51), Arrival::Started);
        assert_eq!(feed(&mut receiver, 1, 52), Arrival::Next { missing: 0 });
        assert_eq!((receiver.packets(), receiver.expected(), receiver.lost()), (2, 2, 0));
    }

    #[test]
    fn wrapping_and_reordering_lose_nothing() {
        let mut receiver = Receiver::new(8_000, 1);
        for sequence in [65_533, 65_535, 65_534, 1, 0, 2] {
            assert!(feed(&mut receiver, 1, sequence).accepted());
        }
        assert_eq!(feed(&mut receiver, 1, 0), Arrival::Duplicate);
        assert_eq!(feed(&mut receiver, 1, 65_530), Arrival::Duplicate);
        assert_eq!((receiver.expected(), receiver.lost()), (6, 0));
        assert_eq!(receiver.block().unwrap().highest, 0x1_0002);
    }

    #[test]
    fn one_wild_number_is_ignored_and_two_begin_a_sequence() {
        let mut receiver = Receiver::new(8_000, 1);
        feed(&mut receiver, 1, 100);
        feed(&mut receiver, 1, 104);
        assert_eq!(feed(&mut receiver, 1, 30_000), Arrival::Untrusted);
        assert_eq!(feed(&mut receiver, 1, 105), Arrival::Next { missing: 0 });
        assert_eq!(feed(&mut receiver, 1, 40_000), Arrival::Untrusted);
        assert_eq!(feed(&mut receiver, 1, 40_001), Arrival::Started);
        assert_eq!(receiver.epoch(), 2);
        // The books of the first part stay.
        assert_eq!((receiver.expected(), receiver.lost(), receiver.longest_loss()), (7, 3, 3));
        assert_eq!(feed(&mut receiver, 2, 7), Arrival::Started);
        assert_eq!((receiver.epoch(), receiver.expected(), receiver.lost()), (3, 8, 3));
    }

    #[test]
    fn a_block_has_the_fraction_lost_since_the_last() {
        let mut receiver = Receiver::new(8_000, 1);
        (0..100).filter(|n| n % 4 != 3).for_each(|n| assert!(feed(&mut receiver, 9, n).accepted()));
        let block = receiver.block().unwrap();
        assert_eq!((block.ssrc, block.cumulative_lost), (9, 24));
        assert_eq!(block.fraction_lost, (24 * 256 / 99) as u8);
        (99..200).for_each(|n| assert!(feed(&mut receiver, 9, n).accepted()));
        let block = receiver.block().unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 24));
        assert!((receiver.burst_ratio() - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn jitter_is_the_mean_deviation_and_events_do_not_count() {
        let mut receiver = Receiver::new(8_000, 1);
        for n in 0..500_u16 {
            // Every other packet is 4 ms late: each pair of transit times differs by 4 ms.
            let now = Time::from_millis(u64::from(n) * 20 + u64::from(n % 2) * 4);
            receiver.receive(now, &header(1, n), 160);
        }
        let jitter = receiver.jitter();
        assert!((3_500..4_100).contains(&jitter.as_micros()), "{jitter:?}");
        for n in 500..600_u16 {
            let event = Header { timestamp: 499 * 160, ..header(1, n) };
            receiver.receive(Time::from_millis(u64::from(n) * 20), &event, 4);
        }
        assert_eq!(receiver.jitter(), jitter);
    }
}
