//! Packets in the order of their sequence numbers, on one endless time line per leg.

use std::collections::VecDeque;

use super::playout_delay::{PlayoutDelay, micros};
use super::{AudioPacket, PacketFormat};
use crate::Time;

/// Positions count in 48 kHz: every audio clock divides it.
pub const POSITION_HZ: i64 = 48_000;
/// Packets that wait at most; the oldest is dropped for a newer one.
const MAX_PACKETS: usize = 64;
/// Octets of one payload: more does not fit a datagram.
const MAX_PAYLOAD: usize = 1_500;
/// Packets that are further apart do not wait together.
const MAX_SPAN: i64 = POSITION_HZ;
/// Timestamps that differ from the time that passed by more than this begin a new time line: forward
/// after a delay of that length, and ahead of the fastest packet.
const MAX_DELAY_US: i64 = 1_000_000;
const MAX_AHEAD_US: i64 = 100_000;
/// Sequence numbers further back or forward are those of a stream that started over (RFC 3550 A.1).
const MAX_MISORDER: i64 = 100;
const MAX_DROPOUT: i64 = 3_000;

/// Packets of one leg that wait for their playout.
#[derive(Debug, Default)]
pub struct JitterBuffer {
    /// By sequence number.
    waiting: VecDeque<WaitingPacket>,
    /// Memory of payloads that were played.
    spare: Vec<Vec<u8>>,
    newest: Option<Newest>,
    /// The number that was taken last.
    taken: Option<i64>,
    delay: PlayoutDelay,
    counts: JitterCounts,
}

/// A packet in the buffer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct WaitingPacket {
    /// Counts packets, over wraps and over streams.
    pub sequence: i64,
    /// Moment of the first sample, in 48 kHz, over wraps and over streams.
    pub position: i64,
    /// The same as the packet has it.
    pub timestamp: u32,
    /// What the payload is.
    pub format: Option<PacketFormat>,
    /// As it arrived.
    pub payload: Vec<u8>,
}

/// What a buffer has seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct JitterCounts {
    /// Packets with audio or comfort noise that arrived, duplicates aside.
    pub received: u64,
    /// Of these, those that came after their playout.
    pub late: u64,
    /// Arrived before.
    pub duplicates: u64,
    /// Dropped because too many waited.
    pub overflow: u64,
}

/// The newest packet, from which later numbers are unwrapped.
#[derive(Debug, Clone, Copy)]
struct Newest {
    ssrc: u32,
    clock_hz: u32,
    raw_sequence: u16,
    sequence: i64,
    timestamp: u32,
    position: i64,
    /// Arrival minus position.
    transit_us: i64,
}

impl JitterBuffer {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A packet came.
    pub fn insert(&mut self, now: Time, packet: &AudioPacket<'_>) {
        if packet.payload.len() > MAX_PAYLOAD {
            return;
        }
        let Some((sequence, position)) = self.place(now, packet) else {
            self.counts.duplicates += 1;
            return;
        };
        let is_event = matches!(packet.format, PacketFormat::Event(_));
        if !is_event {
            self.counts.received += 1;
            self.delay.arrived(now, to_us(position));
        }
        if self.taken.is_some_and(|taken| sequence <= taken) {
            // Or a duplicate of one that was played: RFC 3550 receivers drop those before.
            self.counts.late += u64::from(!is_event);
            return;
        }
        let at = self.waiting.partition_point(|waiting| waiting.sequence < sequence);
        if self.waiting.get(at).is_some_and(|waiting| waiting.sequence == sequence) {
            self.counts.duplicates += 1;
            self.counts.received -= u64::from(!is_event);
            return;
        }
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(packet.payload);
        let timestamp = packet.timestamp;
        let format = Some(packet.format);
        self.waiting.insert(at, WaitingPacket { sequence, position, timestamp, format, payload });
        self.bound();
    }

    /// The packet that is next in order, whether or not others before it are missing.
    pub fn first(&self) -> Option<&WaitingPacket> {
        self.waiting.front()
    }

    /// The one after it.
    pub fn second(&self) -> Option<&WaitingPacket> {
        self.waiting.get(1)
    }

    /// Take the first.
    pub fn take(&mut self) -> Option<WaitingPacket> {
        let packet = self.waiting.pop_front()?;
        self.taken = Some(packet.sequence);
        Some(packet)
    }

    /// Whether no packet is missing between the one that was taken last and the first.
    pub fn is_consecutive(&self) -> bool {
        let first = self.waiting.front().map(|packet| packet.sequence);
        first.zip(self.taken).is_none_or(|(first, taken)| first == taken + 1)
    }

    /// Give back the memory of a packet.
    pub fn recycle(&mut self, packet: WaitingPacket) {
        if self.spare.len() < MAX_PACKETS {
            self.spare.push(packet.payload);
        }
    }

    /// A packet was played after its time: it counts as late.
    pub fn played_late(&mut self) {
        self.counts.late += 1;
    }

    /// How many packets wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Delays of the packets.
    pub fn delay(&self) -> &PlayoutDelay {
        &self.delay
    }

    /// What it has seen.
    pub fn counts(&self) -> JitterCounts {
        self.counts
    }

    /// The packet's place over wraps and streams: sequence number and position. `None` for a packet
    /// that was received before or is too old to know.
    fn place(&mut self, now: Time, packet: &AudioPacket<'_>) -> Option<(i64, i64)> {
        let Some(newest) = self.newest else {
            self.newest = Some(Newest::of(packet, 0, 0, micros(now)));
            return Some((0, 0));
        };
        let step = i64::from(packet.sequence.wrapping_sub(newest.raw_sequence) as i16);
        if newest.ssrc != packet.ssrc || !(-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
            return Some(self.begin(now, packet, newest));
        }
        let sequence = newest.sequence + step;
        if let PacketFormat::Event(_) = packet.format {
            if step > 0 {
                let raw_sequence = packet.sequence;
                self.newest = Some(Newest { raw_sequence, sequence, ..newest });
            }
            return (step != 0).then_some((sequence, newest.position));
        }
        let units = i64::from(packet.timestamp.wrapping_sub(newest.timestamp) as i32);
        let position = newest.position + units * POSITION_HZ / i64::from(newest.clock_hz);
        let same_clock = packet.format.clock_hz() == newest.clock_hz;
        if step <= 0 {
            let fits = same_clock && step < 0 && position < newest.position;
            return fits.then_some((sequence, position));
        }
        let transit_us = micros(now) - to_us(position);
        let earliest = self.delay.earliest_us(to_us(position)).unwrap_or(0);
        let jumps = position <= newest.position
            || transit_us - newest.transit_us > MAX_DELAY_US
            || earliest - micros(now) > MAX_AHEAD_US;
        // A stream that begins with an event has had no position yet.
        if jumps || !same_clock {
            return Some(self.begin(now, packet, newest));
        }
        self.newest = Some(Newest::of(packet, sequence, position, transit_us));
        Some((sequence, position))
    }

    /// Another stream, or another time line of the same: it continues where the last packet was, after
    /// the time that passed since.
    fn begin(&mut self, now: Time, packet: &AudioPacket<'_>, newest: Newest) -> (i64, i64) {
        let passed = to_position(micros(now) - newest.transit_us);
        let position = passed.max(newest.position + 1);
        let sequence = newest.sequence + 1;
        let transit_us = micros(now) - to_us(position);
        self.newest = Some(Newest::of(packet, sequence, position, transit_us));
        self.delay.reset();
        (sequence, position)
    }

    fn bound(&mut self) {
        let is_long = |waiting: &VecDeque<WaitingPacket>| {
            let ends = waiting.front().zip(waiting.back());
            ends.is_some_and(|(first, last)| last.position - first.position > MAX_SPAN)
        };
        while self.waiting.len() > MAX_PACKETS || is_long(&self.waiting) {
            let Some(packet) = self.take() else { break };
            self.counts.overflow += 1;
            self.recycle(packet);
        }
    }
}

impl Newest {
    fn of(packet: &AudioPacket<'_>, sequence: i64, position: i64, transit_us: i64) -> Self {
        Self {
            ssrc: packet.ssrc,
            clock_hz: packet.format.clock_hz().max(1),
            raw_sequence: packet.sequence,
            sequence,
            timestamp: packet.timestamp,
            position,
            transit_us,
        }
    }
}

/// A position in microseconds.
pub const fn to_us(position: i64) -> i64 {
    position * 1_000_000 / POSITION_HZ
}

/// Microseconds as a position.
pub const fn to_position(us: i64) -> i64 {
    us * POSITION_HZ / 1_000_000
}
