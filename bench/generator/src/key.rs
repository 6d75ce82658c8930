//! A key that a party presses, as telephone events (RFC 4733).

/// Packets of a key that is held, one each 20 ms, and then its end three times (RFC 4733 §2.5.1.4).
const HELD: u32 = 5;
const ENDS: u32 = 3;
/// The key 5, at -10 dBm0.
const EVENT: u8 = 5;
const VOLUME: u8 = 10;

/// A key and how far it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// The frame of the party's at which it is pressed.
    at: u64,
    packets: u32,
    timestamp: u32,
    /// When its first packet was sent.
    pub(crate) pressed: Option<u64>,
}

/// A packet of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyPacket {
    pub(crate) payload: [u8; 4],
    pub(crate) timestamp: u32,
    pub(crate) first: bool,
}

impl Key {
    /// One that will be pressed at that frame.
    pub(crate) const fn at(frame: u64) -> Self {
        Self { at: frame, packets: 0, timestamp: 0, pressed: None }
    }

    /// Whether it is down at that frame, and so is sent instead of sound (RFC 4733 §2.5.1.1).
    pub(crate) const fn is_down(&self, frame: u64) -> bool {
        self.at <= frame && self.packets < HELD + ENDS
    }

    /// The packet that is due at that frame of the party's stream and at `now`, in nanoseconds.
    pub(crate) fn packet(
        &mut self,
        frame: u64,
        timestamp: u32,
        ticks: u32,
        now: u64,
    ) -> Option<KeyPacket> {
        if !self.is_down(frame) {
            return None;
        }
        let first = self.packets == 0;
        if first {
            (self.timestamp, self.pressed) = (timestamp, Some(now));
        }
        self.packets += 1;
        let [high, low] = ((ticks * self.packets.min(HELD)) as u16).to_be_bytes();
        let end = u8::from(self.packets > HELD) << 7;
        // RFC 4733 §2.3; all packets of an event have the timestamp of its begin.
        let payload = [EVENT, end | VOLUME, high, low];
        Some(KeyPacket { payload, timestamp: self.timestamp, first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_for_five_packets_and_its_end_is_sent_three_times() {
        let mut key = Key::at(10);
        assert_eq!(key.packet(9, 1_440, 160, 5), None);
        let mut packets = Vec::new();
        for frame in 10..30_u32 {
            packets.extend(key.packet(u64::from(frame), frame * 160, 160, u64::from(frame)));
        }
        assert_eq!((packets.len(), key.pressed), (8, Some(10)));
        assert!(packets.iter().all(|packet| packet.timestamp == 1_600));
        assert_eq!(packets.iter().filter(|packet| packet.first).count(), 1);
        let durations: Vec<_> =
            packets.iter().map(|p| u16::from_be_bytes([p.payload[2], p.payload[3]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800, 800]);
        let ends: Vec<_> = packets.iter().map(|packet| packet.payload[1] >> 7).collect();
        assert_eq!(ends, [0, 0, 0, 0, 0, 1, 1, 1]);
        assert!(!key.is_down(30));
    }
}
