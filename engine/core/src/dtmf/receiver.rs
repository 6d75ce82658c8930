//! Reports each key press once, however many of its packets arrive (RFC 4733 §2.5.2).

use std::collections::VecDeque;
use std::time::Duration;

use super::{Key, Payload};
use crate::{Digit, Time};

/// A key whose packets stop without an end is taken as released after this long: three missed
/// updates of 50 ms (§2.5.1.2), and some.
const LOST_END: Duration = Duration::from_millis(200);
/// A packet of an event that was reported may still come this much later.
const STRAGGLERS: Duration = Duration::from_secs(10);
/// An event longer than the duration field can express is split here (§2.5.1.3).
const SEGMENT: u32 = 0xffff;
/// Digits kept between two polls; more than a person can press.
const MAX_WAITING: usize = 32;

/// Watches the telephone events of one leg.
#[derive(Debug, Default)]
pub struct DigitReceiver {
    held: Option<Held>,
    /// A key went down, and that was not taken yet.
    begun: bool,
    /// The last event reported, by its timestamp, and when.
    reported: Option<(u32, Time)>,
    digits: VecDeque<Digit>,
}

/// A key that is down.
#[derive(Debug, Clone, Copy)]
struct Held {
    key: Key,
    /// Of the segment it is in.
    timestamp: u32,
    clock_hz: u32,
    /// Units in earlier segments.
    earlier: u64,
    /// Units in this one.
    duration: u16,
    last_packet: Time,
}

impl DigitReceiver {
    /// Nothing pressed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The source began a new stream: its timestamps mean nothing any more.
    pub fn begin(&mut self, now: Time) {
        self.release(now);
        self.reported = None;
    }

    /// An event's packet came, at `timestamp` of a stream whose events count in `clock_hz`.
    pub fn receive(&mut self, now: Time, timestamp: u32, clock_hz: u32, payload: &[u8]) {
        let Some(event) = Payload::parse(payload) else { return };
        let Some(key) = event.key().filter(|_| !self.is_old(now, timestamp)) else { return };
        let fresh = Held { key, timestamp, clock_hz, earlier: 0, duration: 0, last_packet: now };
        let held = match self.held {
            Some(held) if held.key == key && held.timestamp == timestamp => held,
            Some(held) if held.key == key && is_next_segment(held.timestamp, timestamp) => Held {
                timestamp,
                earlier: held.earlier + u64::from(timestamp.wrapping_sub(held.timestamp)),
                duration: 0,
                ..held
            },
            _ => {
                // If one is held, its end was lost.
                self.release(now);
                self.begun = true;
                fresh
            }
        };
        let duration = event.duration.max(held.duration);
        self.held = Some(Held { duration, last_packet: now, ..held });
        if event.end {
            self.release(now);
        }
    }

    /// Whether a key went down since this was asked last.
    pub fn take_begun(&mut self) -> bool {
        std::mem::take(&mut self.begun)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, if a key is down.
    pub fn deadline(&self) -> Option<Time> {
        self.held.map(|held| held.last_packet + LOST_END)
    }

    /// Releases a key whose end was lost, once its packets have stopped for 200 ms.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.release(now);
        }
    }

    /// The oldest key press that was not polled yet.
    pub fn poll(&mut self) -> Option<Digit> {
        self.digits.pop_front()
    }

    fn is_old(&self, now: Time, timestamp: u32) -> bool {
        let reported = self.reported.filter(|(_, at)| now.since(*at) < STRAGGLERS);
        let reported = reported.map(|(timestamp, _)| (timestamp, 0));
        let held = self.held.map(|held| (held.timestamp, 1));
        // Wrapping: up to half a cycle behind is behind.
        let behind =
            |(known, least): (u32, u32)| (least..1 << 31).contains(&known.wrapping_sub(timestamp));
        reported.is_some_and(behind) || held.is_some_and(behind)
    }

    fn release(&mut self, now: Time) {
        let Some(held) = self.held.take() else { return };
        self.reported = Some((held.timestamp, now));
        let units = held.earlier + u64::from(held.duration);
        let length = Duration::from_micros(units * 1_000_000 / u64::from(held.clock_hz.max(1)));
        if self.digits.len() < MAX_WAITING {
            self.digits.push_back(Digit { digit: held.key.character(), length });
        }
    }
}

fn is_next_segment(before: u32, timestamp: u32) -> bool {
    (SEGMENT..=SEGMENT + 1).contains(&timestamp.wrapping_sub(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(event: u8, end: bool, duration: u16) -> [u8; 4] {
        Payload { event, end, volume: 10, duration }.octets()
    }

    fn polled(receiver: &mut DigitReceiver) -> Vec<(char, u128)> {
        std::iter::from_fn(|| receiver.poll()).map(|d| (d.digit, d.length.as_millis())).collect()
    }

    fn ms(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn one_press_is_reported_once() {
        let mut receiver = DigitReceiver::new();
        for n in 1..=5_u16 {
            receiver.receive(ms(20 * u64::from(n)), 7, 8_000, &payload(5, false, 160 * n));
            assert_eq!(polled(&mut receiver), []);
        }
        receiver.receive(ms(120), 7, 8_000, &payload(5, true, 800));
        assert_eq!(polled(&mut receiver), [('5', 100)]);
        receiver.receive(ms(140), 7, 8_000, &payload(5, true, 800));
        receiver.receive(ms(160), 7, 8_000, &payload(5, false, 640));
        receiver.receive(ms(160), 6, 8_000, &payload(6, true, 640));
        assert_eq!(polled(&mut receiver), []);
        receiver.receive(ms(300), 2_000, 8_000, &payload(5, true, 400));
        assert_eq!(polled(&mut receiver), [('5', 50)]);
    }

    #[test]
    fn a_lost_end_is_noticed() {
        let mut receiver = DigitReceiver::new();
        receiver.receive(ms(0), 0, 48_000, &payload(11, false, 2_400));
        assert_eq!(receiver.deadline(), Some(ms(200)));
        receiver.handle_timeout(ms(199));
        assert_eq!(polled(&mut receiver), []);
        receiver.handle_timeout(ms(200));
        assert_eq!(polled(&mut receiver), [('#', 50)]);
        receiver.receive(ms(400), 20_000, 48_000, &payload(1, false, 2_400));
        receiver.receive(ms(500), 30_000, 48_000, &payload(2, true, 4_800));
        assert_eq!(polled(&mut receiver), [('1', 50), ('2', 100)]);
    }

    #[test]
    fn a_long_press_is_one_press() {
        let mut receiver = DigitReceiver::new();
        let mut now = 0;
        for (segment, last) in [(0_u32, 65_535_u16), (65_535, 65_535), (131_070, 14_930)] {
            for duration in (960..last).step_by(960).chain([last]) {
                now += 20;
                receiver.receive(ms(now), segment, 48_000, &payload(0, false, duration));
            }
        }
        assert_eq!(polled(&mut receiver), []);
        receiver.receive(ms(now), 65_535, 48_000, &payload(0, false, 65_535));
        receiver.receive(ms(now + 20), 131_070, 48_000, &payload(0, true, 14_930));
        assert_eq!(polled(&mut receiver), [('0', 3_041)]);
    }

    #[test]
    fn half_a_timestamp_cycle_later_keys_still_count() {
        let mut receiver = DigitReceiver::new();
        receiver.receive(ms(0), 5, 48_000, &payload(1, true, 4_800));
        receiver.receive(
            ms(50_000_000),
            5_u32.wrapping_sub(40_000),
            48_000,
            &payload(2, true, 4_800),
        );
        assert_eq!(polled(&mut receiver), [('1', 100), ('2', 100)]);
    }

    proptest! {
        #[test]
        fn anything_may_come(
            packets in proptest::collection::vec(
                (0..400_u64, any::<u32>(), proptest::collection::vec(any::<u8>(), 0..6)), 0..200),
        ) {
            let mut receiver = DigitReceiver::new();
            let mut now = 0;
            for (wait, timestamp, octets) in packets {
                now += wait;
                receiver.handle_timeout(ms(now));
                receiver.receive(ms(now), timestamp, 8_000, &octets);
            }
            prop_assert!(polled(&mut receiver).len() <= MAX_WAITING);
        }
    }
}
