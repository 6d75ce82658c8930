//! The four octets of a telephone event (RFC 4733 §2.3).

use super::Key;

/// Octets of one event.
const LENGTH: usize = 4;

/// One report on an event that goes on or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// 0 to 15 are keys; others are tones and signals that we do not use.
    pub event: u8,
    /// The key was released.
    pub end: bool,
    /// Level below 0 dBm0 in dB, 0 to 63.
    pub volume: u8,
    /// So far, in units of the event's clock.
    pub duration: u16,
}

impl Payload {
    /// Read the first event of a payload. `None` when it is too short.
    ///
    /// Deviation: several events in one payload (§2.5.1.5) are not read beyond the first; no sender
    /// of key presses packs them so.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, d0, d1] = *payload.first_chunk::<LENGTH>()?;
        let duration = u16::from_be_bytes([d0, d1]);
        Some(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    /// Its octets.
    pub fn octets(self) -> [u8; LENGTH] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | (self.volume & 0x3f), d0, d1]
    }

    /// The key, if it is one.
    pub fn key(self) -> Option<Key> {
        Key::from_event(self.event)
    }

    /// The same, with a duration counted in `to_hz` instead of `from_hz`.
    #[must_use]
    pub fn rescaled(self, from_hz: u32, to_hz: u32) -> Self {
        let scaled = u64::from(self.duration) * u64::from(to_hz) / u64::from(from_hz.max(1));
        Self { duration: u16::try_from(scaled).unwrap_or(u16::MAX), ..self }
    }
}
