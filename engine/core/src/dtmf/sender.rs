//! Sends DTMF: which packet of a telephone event is due when (RFC 4733 §2.5.1).

use std::collections::VecDeque;
use std::time::Duration;

use super::{DtmfTone, Key, Pause, Payload};
use crate::Time;

/// Between two packets of one event, our packet length.
const STEP: Duration = Duration::from_millis(20);
/// How long a key is held.
const HELD: Duration = Duration::from_millis(100);
/// Between two keys.
const APART: Duration = Duration::from_millis(70);
/// How often the end of an event is sent (§2.5.1.4).
const ENDS: u8 = 3;
/// Below 0 dBm0, in dB; what handsets send.
const VOLUME: u8 = 10;

/// A string of keys on its way.
#[derive(Debug)]
pub struct DigitSender {
    clock_hz: u32,
    tones: VecDeque<DtmfTone>,
    pressed: Option<Pressed>,
    due: Time,
}

/// The key that is down.
#[derive(Debug, Clone, Copy)]
struct Pressed {
    key: Key,
    since: Time,
    timestamp: u32,
    first: bool,
    ends: u8,
}

/// A packet for [`Sender::insert`](crate::rtp::Sender::insert).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// The first of its event.
    pub marker: bool,
    /// When the key went down.
    pub timestamp: u32,
    /// What to send.
    pub payload: [u8; 4],
}

impl DigitSender {
    /// Send `tones` from `now` on, as events that count in `clock_hz`.
    pub fn new(now: Time, tones: Vec<DtmfTone>, clock_hz: u32) -> Self {
        Self { clock_hz, tones: tones.into(), pressed: None, due: now }
    }

    /// When [`poll`](Self::poll) wants to be called; nothing when all is sent.
    pub fn due(&self) -> Option<Time> {
        (!self.is_done()).then_some(self.due)
    }

    /// All is sent, the pause behind the last key included.
    pub fn is_done(&self) -> bool {
        self.pressed.is_none() && self.tones.is_empty()
    }

    /// A key is down: voice should keep quiet, for the listener may take both for voice.
    pub fn is_pressing(&self) -> bool {
        self.pressed.is_some()
    }

    /// The packet that is due, if one is. `timestamp` is that of something that begins now
    /// ([`Sender::timestamp`](crate::rtp::Sender::timestamp)). Call again until there is none.
    pub fn poll(&mut self, now: Time, timestamp: u32) -> Option<EventPacket> {
        while now >= self.due {
            let Some(pressed) = self.pressed else {
                self.next_tone(now, timestamp)?;
                continue;
            };
            return Some(self.packet(now, pressed));
        }
        None
    }

    fn next_tone(&mut self, now: Time, timestamp: u32) -> Option<()> {
        match self.tones.pop_front()? {
            DtmfTone::Wait(Pause(length)) => self.due += length,
            DtmfTone::Press(key) => {
                self.due = now;
                self.pressed = Some(Pressed { key, since: now, timestamp, first: true, ends: 0 });
            }
        }
        Some(())
    }

    fn packet(&mut self, now: Time, pressed: Pressed) -> EventPacket {
        let held = now.since(pressed.since);
        let end = held >= HELD;
        let ends = pressed.ends + u8::from(end);
        self.pressed = (ends < ENDS).then_some(Pressed { first: false, ends, ..pressed });
        self.due = now + if ends < ENDS { STEP } else { APART };
        // The packet covers the 20 ms that begin now; a duration of 0 would mean something else.
        let covered = (held + STEP).min(HELD);
        let duration = covered.as_millis() as u64 * u64::from(self.clock_hz) / 1_000;
        let payload = Payload {
            event: pressed.key.event(),
            end,
            volume: VOLUME,
            duration: u16::try_from(duration).unwrap_or(u16::MAX),
        };
        EventPacket {
            marker: pressed.first,
            timestamp: pressed.timestamp,
            payload: payload.octets(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DigitReceiver, parse_tones};
    use super::*;
    use crate::rtp::Sender;

    fn sent(digits: &str, clock_hz: u32) -> Vec<(u64, u16, EventPacket)> {
        let mut digits = DigitSender::new(Time::ZERO, parse_tones(digits).unwrap(), clock_hz);
        let mut line = Sender::new(1, clock_hz, 65_530, u32::MAX - 300);
        let mut sent = Vec::new();
        while let Some(now) = digits.due() {
            while let Some(packet) = digits.poll(now, line.timestamp(now)) {
                let header = line.insert(now, packet.marker, packet.timestamp, 101, 4);
                sent.push((now.as_nanos() / 1_000_000, header.sequence, packet));
            }
        }
        sent
    }

    #[test]
    fn a_key_is_five_updates_and_three_ends() {
        let sent = sent("5", 8_000);
        let seen: Vec<_> = sent
            .iter()
            .map(|(at, _, packet)| {
                let payload = Payload::parse(&packet.payload).unwrap();
                (*at, packet.marker, payload.end, payload.duration)
            })
            .collect();
        assert_eq!(
            seen,
            [
                (0, true, false, 160),
                (20, false, false, 320),
                (40, false, false, 480),
                (60, false, false, 640),
                (80, false, false, 800),
                (100, false, true, 800),
                (120, false, true, 800),
                (140, false, true, 800),
            ]
        );
        assert!(sent.iter().all(|(_, _, packet)| packet.timestamp == sent[0].2.timestamp));
    }

    #[test]
    fn pauses_are_kept() {
        let sent = sent("1w2W3", 48_000);
        let begins: Vec<_> =
            sent.iter().filter(|(_, _, p)| p.marker).map(|(at, _, _)| *at).collect();
        assert_eq!(begins, [0, 140 + 70 + 500, 710 + 210 + 1_000]);
        let moments: Vec<_> =
            sent.iter().filter(|(_, _, p)| p.marker).map(|s| s.2.timestamp).collect();
        assert_eq!(moments[1].wrapping_sub(moments[0]), 710 * 48);
    }

    #[test]
    fn every_digit_survives_a_loss_of_one_in_five() {
        for seed in 0..200_u64 {
            let mut receiver = DigitReceiver::new();
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut reported = String::new();
            let mut last = Time::ZERO;
            for (at, _, packet) in sent("0123456789*#ABCD1122", 8_000) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                last = Time::from_millis(at);
                receiver.handle_timeout(last);
                if random % 5 != 0 {
                    receiver.receive(last, packet.timestamp, 8_000, &packet.payload);
                }
                reported.extend(std::iter::from_fn(|| receiver.poll()).map(|digit| digit.digit));
            }
            receiver.handle_timeout(last + Duration::from_secs(1));
            reported.extend(std::iter::from_fn(|| receiver.poll()).map(|digit| digit.digit));
            assert_eq!(reported, "0123456789*#ABCD1122", "seed {seed}");
        }
    }
}
