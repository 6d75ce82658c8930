//! Sent RTP of one leg: one SSRC with continuous sequence numbers and timestamps, whatever its sources.

use std::time::Duration;

use super::Header;
use super::ntp::Ntp;
use super::receiver::clock_units;
use crate::Time;

/// A packet this many numbers behind the newest is too late to be of use; also what the smallest
/// SRTP replay window holds (RFC 3711 §3.3.2).
const WINDOW: u64 = 64;
/// A larger step of a source's numbers is a restart (RFC 3550 A.1).
const MAX_STEP: u64 = 3_000;
/// A source whose timestamps drift further than this from real time has restarted.
const MAX_DRIFT: Duration = Duration::from_secs(5);

/// Identifies one sequence of numbers and timestamps that goes into a sender: the stream of one source
/// and epoch. Numbers under one key belong together; another key is another source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamKey(pub u64);

/// A packet as its source numbered it. Timestamps are in the sender's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourcePacket {
    /// Whose numbers these are.
    pub stream: StreamKey,
    /// Begins a talk-spurt.
    pub marker: bool,
    /// As the source counts.
    pub sequence: u16,
    /// As the source counts.
    pub timestamp: u32,
    /// As it goes out.
    pub payload_type: u8,
    /// Octets of payload.
    pub payload_length: usize,
}

/// The RTP sender of one leg. No sequence number is used twice, because two packets under one number
/// would break SRTP's confidentiality (RFC 3711 §9.1).
#[derive(Debug)]
pub struct Sender {
    ssrc: u32,
    clock_hz: u32,
    /// The newest number, extended by its cycles; the next one before anything was sent.
    highest: u64,
    /// Bit `i`: `highest - i` was sent.
    sent: u64,
    last_timestamp: u32,
    last_at: Option<Time>,
    mapping: Option<SourceMapping>,
    packets: u64,
    bytes: u64,
}

/// How the numbers of the current source map to ours.
#[derive(Debug, Clone, Copy)]
struct SourceMapping {
    stream: StreamKey,
    /// The source's number that became `Sender::highest`.
    sequence: u16,
    /// Our first number of this source: nothing late may go before it.
    first: u64,
    /// What is added to the source's timestamps.
    offset: u32,
    /// Something else was sent since, or the source paused: the mapping must be made again.
    broken: bool,
}

impl Sender {
    /// Nothing sent yet. `sequence` and `timestamp` are where to begin, at random (RFC 3550 §5.1).
    pub fn new(ssrc: u32, clock_hz: u32, sequence: u16, timestamp: u32) -> Self {
        Self {
            ssrc,
            clock_hz: clock_hz.max(1),
            highest: u64::from(sequence),
            sent: 0,
            last_timestamp: timestamp,
            last_at: None,
            mapping: None,
            packets: 0,
            bytes: 0,
        }
    }

    /// Our SSRC.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Timestamps count in another unit from now on, in Hz.
    pub fn set_clock(&mut self, clock_hz: u32) {
        self.clock_hz = clock_hz.max(1);
        self.mapping = None;
    }

    /// Packets sent.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Their payload octets.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The source pauses, muted or held: numbers that it skips are no loss.
    pub fn interrupt(&mut self) {
        if let Some(mapping) = &mut self.mapping {
            mapping.broken = true;
        }
    }

    /// The header for a source's packet. Gaps and order within one source are kept; a new source
    /// continues where the last one stopped. `None` for one that is too late or was sent.
    pub fn rewrite(&mut self, now: Time, packet: SourcePacket) -> Option<Header> {
        let mapped = match self.mapping.filter(|mapping| mapping.stream == packet.stream) {
            Some(mapping) if !mapping.broken => {
                let step = packet.sequence.wrapping_sub(mapping.sequence);
                let back = step.wrapping_neg();
                // Further back than any packet can be late, the source started over.
                if u64::from(back) <= MAX_STEP {
                    return self.rewrite_late(mapping, back, packet);
                }
                let steady = u64::from(step) <= MAX_STEP
                    && self.fits(now, packet.timestamp.wrapping_add(mapping.offset));
                steady.then_some((u64::from(step), mapping))
            }
            _ => None,
        };
        let (step, mapping) =
            mapped.unwrap_or_else(|| (self.first_step(), self.map_source(now, packet)));
        let marker = packet.marker || self.mapping.is_none_or(|old| old.stream != mapping.stream);
        self.advance(step);
        let timestamp = packet.timestamp.wrapping_add(mapping.offset);
        self.mapping = Some(SourceMapping { sequence: packet.sequence, ..mapping });
        self.note(now, timestamp, packet.payload_length);
        Some(self.header(marker, packet.payload_type, self.highest, timestamp))
    }

    /// The header for a packet of our own between a source's, such as an RFC 4733 event, at a
    /// timestamp got from [`timestamp`](Self::timestamp). The source goes on behind it.
    pub fn insert(
        &mut self,
        now: Time,
        marker: bool,
        timestamp: u32,
        payload_type: u8,
        payload_length: usize,
    ) -> Header {
        self.interrupt();
        self.advance(self.first_step());
        self.note(now, timestamp, payload_length);
        self.header(marker, payload_type, self.highest, timestamp)
    }

    /// The timestamp of something that begins now: later than all that was sent.
    pub fn timestamp(&self, now: Time) -> u32 {
        let Some(last) = self.last_at else { return self.last_timestamp };
        // At least a packet of 20 ms further, for the last one lasts that long.
        self.last_timestamp.wrapping_add(self.elapsed(last, now).max(self.clock_hz / 50))
    }

    /// For a sender report: the time and our media clock at that time (RFC 3550 §6.4.1).
    pub fn clock(&self, now: Time) -> Option<(Ntp, u32)> {
        let shown = self.last_timestamp.wrapping_add(self.elapsed(self.last_at?, now));
        Some((Ntp::at(now), shown))
    }

    fn rewrite_late(
        &mut self,
        mapping: SourceMapping,
        back: u16,
        packet: SourcePacket,
    ) -> Option<Header> {
        let back = u64::from(back);
        let number = self.highest.checked_sub(back).filter(|number| *number >= mapping.first)?;
        if back >= WINDOW || self.sent >> back & 1 == 1 {
            return None;
        }
        self.sent |= 1 << back;
        self.packets += 1;
        self.bytes += packet.payload_length as u64;
        let timestamp = packet.timestamp.wrapping_add(mapping.offset);
        Some(self.header(packet.marker, packet.payload_type, number, timestamp))
    }

    /// The mapping of a source that begins or continues after what was sent.
    fn map_source(&self, now: Time, packet: SourcePacket) -> SourceMapping {
        let known = self.mapping.filter(|mapping| mapping.stream == packet.stream);
        let kept = known.map(|mapping| mapping.offset).filter(|offset| {
            let timestamp = packet.timestamp.wrapping_add(*offset);
            self.fits(now, timestamp) && (timestamp.wrapping_sub(self.last_timestamp) as i32) > 0
        });
        let offset = kept.unwrap_or_else(|| self.timestamp(now).wrapping_sub(packet.timestamp));
        SourceMapping {
            stream: packet.stream,
            sequence: packet.sequence,
            first: self.highest + self.first_step(),
            offset,
            broken: false,
        }
    }

    /// Whether an outgoing timestamp is near real time.
    fn fits(&self, now: Time, timestamp: u32) -> bool {
        let Some(last) = self.last_at else { return false };
        let by_clock = self.last_timestamp.wrapping_add(self.elapsed(last, now));
        let drift = (timestamp.wrapping_sub(by_clock) as i32).unsigned_abs();
        u64::from(drift) <= MAX_DRIFT.as_secs() * u64::from(self.clock_hz)
    }

    fn elapsed(&self, from: Time, now: Time) -> u32 {
        clock_units(now, self.clock_hz).wrapping_sub(clock_units(from, self.clock_hz))
    }

    /// How far the next number is from `highest`.
    fn first_step(&self) -> u64 {
        u64::from(self.last_at.is_some())
    }

    fn advance(&mut self, step: u64) {
        self.highest += step;
        self.sent = if step >= WINDOW { 1 } else { self.sent << step | 1 };
    }

    fn note(&mut self, now: Time, timestamp: u32, payload_length: usize) {
        // The packets of one event share the timestamp of its beginning (RFC 4733 §2.5.1.2).
        if timestamp != self.last_timestamp || self.last_at.is_none() {
            self.last_timestamp = timestamp;
            self.last_at = Some(now);
        }
        self.packets += 1;
        self.bytes += payload_length as u64;
    }

    fn header(&self, marker: bool, payload_type: u8, number: u64, timestamp: u32) -> Header {
        Header { marker, payload_type, sequence: number as u16, timestamp, ssrc: self.ssrc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: StreamKey = StreamKey(1);
    const B: StreamKey = StreamKey(2);

    fn packet(stream: StreamKey, sequence: u16, timestamp: u32) -> SourcePacket {
        SourcePacket {
            stream,
            marker: false,
            sequence,
            timestamp,
            payload_type: 0,
            payload_length: 160,
        }
    }

    fn at(sender: &mut Sender, ms: u64, stream: StreamKey, sequence: u16) -> Option<Header> {
        let timestamp = u32::from(sequence).wrapping_mul(160);
        sender.rewrite(Time::from_millis(ms), packet(stream, sequence, timestamp))
    }

    #[test]
    fn gaps_and_order_of_a_source_stay_visible() {
        let mut sender = Sender::new(5, 8_000, 65_534, 0xffff_ff00);
        let sent: Vec<_> = [(0, 10), (20, 11), (60, 13), (61, 12), (80, 14)]
            .map(|(ms, n)| at(&mut sender, ms, A, n).unwrap())
            .into();
        let numbers: Vec<u16> = sent.iter().map(|header| header.sequence).collect();
        assert_eq!(numbers, [65_534, 65_535, 1, 0, 2]);
        let moments: Vec<u32> =
            sent.iter().map(|header| header.timestamp.wrapping_sub(0xffff_ff00)).collect();
        assert_eq!(moments, [0, 160, 480, 320, 640]);
        assert!(sent[0].marker && !sent[1].marker);
        assert_eq!(at(&mut sender, 81, A, 12), None, "sent before");
    }

    #[test]
    fn a_new_source_goes_on_where_the_last_one_stopped() {
        let mut sender = Sender::new(5, 8_000, 100, 1_000);
        at(&mut sender, 0, A, 10).unwrap();
        at(&mut sender, 20, A, 11).unwrap();
        let mapped = sender.rewrite(Time::from_millis(140), packet(B, 9_000, 77)).unwrap();
        assert_eq!((mapped.sequence, mapped.timestamp, mapped.marker), (102, 1_160 + 960, true));
        // What the new source sent before we listened has no place.
        assert_eq!(sender.rewrite(Time::from_millis(141), packet(B, 8_999, 0)), None);
        // Too soon after the last packet still means after it.
        let back = at(&mut sender, 145, A, 12).unwrap();
        assert_eq!((back.sequence, back.timestamp, back.marker), (103, 2_120 + 160, true));
    }

    #[test]
    fn events_between_voice_leave_its_time_line_alone() {
        let mut sender = Sender::new(5, 8_000, 0, 0);
        at(&mut sender, 0, A, 0).unwrap();
        let now = Time::from_millis(20);
        let begin = sender.timestamp(now);
        assert_eq!(begin, 160);
        for n in 0..6 {
            let header = sender.insert(Time::from_millis(20 + 20 * n), n == 0, begin, 101, 4);
            assert_eq!((header.sequence, header.timestamp), (1 + n as u16, 160));
        }
        let voice = at(&mut sender, 160, A, 8).unwrap();
        assert_eq!((voice.sequence, voice.timestamp, voice.marker), (7, 1_280, false));
        assert_eq!(sender.clock(Time::from_millis(170)).unwrap().1, 1_360);
    }

    #[test]
    fn a_pause_or_restart_is_not_a_loss() {
        let mut sender = Sender::new(5, 8_000, 0, 0);
        at(&mut sender, 0, A, 0).unwrap();
        sender.interrupt();
        let back = at(&mut sender, 2_000, A, 100).unwrap();
        assert_eq!((back.sequence, back.timestamp), (1, 16_000));
        for (n, start) in [20_000, 10_000, 60_000].into_iter().enumerate() {
            let restarted = at(&mut sender, 2_020 + 20 * n as u64, A, start).unwrap();
            assert_eq!(restarted.sequence, 2 + n as u16);
            assert_eq!(restarted.timestamp, 16_160 + 160 * n as u32);
        }
    }

    proptest! {
        #[test]
        fn no_number_is_used_twice(
            steps in proptest::collection::vec((0..4_u64, any::<i16>(), 0..50_u64), 1..300),
        ) {
            let mut sender = Sender::new(5, 48_000, 65_500, 0);
            let (mut now, mut sequence) = (0, 0_u16);
            let mut used = std::collections::HashSet::new();
            let mut newest: Option<u16> = None;
            for (kind, jump, wait) in steps {
                now += wait;
                let jump = if kind == 0 { jump } else { jump % 8 };
                sequence = sequence.wrapping_add_signed(jump);
                let packet = SourcePacket {
                    timestamp: u32::from(sequence).wrapping_mul(960),
                    ..packet(StreamKey(kind / 3), sequence, 0)
                };
                let now = Time::from_millis(now);
                let placed = if kind == 2 {
                    Some(sender.insert(now, false, sender.timestamp(now), 101, 4))
                } else {
                    sender.rewrite(now, packet)
                };
                if let Some(header) = placed {
                    prop_assert_eq!(header.ssrc, 5);
                    let ahead = header.sequence.wrapping_sub(newest.unwrap_or(65_499)) as i16;
                    prop_assert!((-63..=3_000).contains(&ahead));
                    if ahead > 0 {
                        // What is now out of the window can be used again one cycle later.
                        used.retain(|old: &u16| (header.sequence.wrapping_sub(*old)) < 64);
                        newest = Some(header.sequence);
                    }
                    prop_assert!(used.insert(header.sequence));
                }
            }
        }

        #[test]
        fn a_cycle_of_numbers_passes_unbroken(start in any::<u16>(), lost in 2..50_u64) {
            let mut sender = Sender::new(5, 8_000, 65_000, u32::MAX - 5_000);
            let mut before: Option<Header> = None;
            for n in 0..70_000_u64 {
                if n % lost == 1 {
                    continue;
                }
                let now = Time::from_millis(20 * n);
                let sequence = start.wrapping_add(n as u16);
                let header = sender.rewrite(now, packet(A, sequence, (160 * n) as u32)).unwrap();
                if let Some(before) = before {
                    let skipped = u16::from((n - 1) % lost == 1);
                    prop_assert_eq!(header.sequence.wrapping_sub(before.sequence), 1 + skipped);
                    let step = header.timestamp.wrapping_sub(before.timestamp);
                    prop_assert_eq!(step, 160 * (1 + u32::from(skipped)));
                }
                before = Some(header);
            }
        }
    }
}
