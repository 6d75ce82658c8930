//! The time format of RTCP (RFC 3550 §4).

use std::time::Duration;

use crate::Time;

/// A moment in 64-bit NTP format: seconds and 2^-32 seconds.
///
/// Deviation: RFC 3550 §6.4.1 lets a sender without a wall clock count from its own beginning. We do,
/// so that reports need no clock and reveal nothing about the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ntp(pub u64);

/// Seconds at `Time::ZERO`: not 0, for a middle of 0 means "no report yet".
const BASE_S: u64 = 0x8000_0001;

impl Ntp {
    /// The moment `now`.
    pub fn at(now: Time) -> Self {
        let nanos = now.as_nanos();
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        Self((BASE_S.wrapping_add(seconds) << 32) | ((rest << 32) / 1_000_000_000))
    }

    /// The middle 32 bits: 16 of seconds, 16 of fraction.
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A length in units of 2^-16 s, as in the delays of report blocks; at most 65,535 s.
pub(super) fn short(length: Duration) -> u32 {
    let nanos = length.as_nanos();
    u32::try_from((nanos << 16) / 1_000_000_000).unwrap_or(u32::MAX)
}

/// The length of `units` of 2^-16 s.
pub(super) fn long(units: u32) -> Duration {
    Duration::from_nanos((u64::from(units) * 1_000_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts_65536ths_of_a_second() {
        let (start, later) = (Ntp::at(Time::from_millis(500)), Ntp::at(Time::from_millis(1_750)));
        assert_eq!(later.middle() - start.middle(), 81_920);
        assert_eq!(short(Duration::from_millis(1_250)), 81_920);
        assert_eq!(long(81_920), Duration::from_millis(1_250));
        assert_ne!(Ntp::at(Time::ZERO).middle(), 0);
    }
}
