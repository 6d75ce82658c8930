//! How long packets must wait so that few of them come too late: a percentile of their delays.

use crate::Time;

/// Packets that are remembered: 10 s of 20 ms packets.
const WINDOW: usize = 500;
/// One packet in that many may come too late.
const LATE_SHARE: usize = 100;
/// On top of the percentile: timers are not exact.
const MARGIN_US: i64 = 2_000;
/// While few packets are known, their delays prove little.
const START_US: i64 = 40_000;
const START_PACKETS: usize = 50;
/// More delay hurts a conversation more than lost packets do.
const MAX_US: i64 = 200_000;
/// The percentile is computed again after that many packets.
const STRIDE: usize = 10;

/// Delays of the last packets against the fastest of them. The senders' clock and ours may drift apart: only what
/// the window holds counts.
#[derive(Debug)]
pub struct PlayoutDelay {
    /// Arrival minus timestamp, in microseconds after `origin`.
    transits: Vec<i32>,
    next: usize,
    origin: i64,
    /// The smallest of them.
    fastest: i32,
    wanted_us: i64,
    fresh: usize,
}

impl PlayoutDelay {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self { transits: Vec::new(), next: 0, origin: 0, fastest: 0, wanted_us: START_US, fresh: 0 }
    }

    /// Earlier delays say nothing about packets from now on.
    pub fn reset(&mut self) {
        self.transits.clear();
        self.next = 0;
        self.fresh = 0;
        self.wanted_us = START_US;
    }

    /// A packet came whose first sample stands at `position_us` of the stream.
    pub fn arrived(&mut self, now: Time, position_us: i64) {
        let transit = micros(now) - position_us;
        if self.transits.is_empty() {
            self.origin = transit;
        }
        let transit = saturate(transit - self.origin);
        if self.transits.len() < WINDOW {
            self.transits.push(transit);
        } else if let Some(oldest) = self.transits.get_mut(self.next) {
            *oldest = transit;
        }
        self.next = (self.next + 1) % WINDOW;
        self.fresh += 1;
        let few = self.transits.len() <= START_PACKETS;
        if few || self.fresh >= STRIDE || transit < self.fastest {
            self.compute();
        }
    }

    /// When the packet at `position_us` would have come if it had been as fast as the fastest, in
    /// microseconds of our time. `None` before the first packet.
    pub fn earliest_us(&self, position_us: i64) -> Option<i64> {
        let known = !self.transits.is_empty();
        known.then(|| self.origin + i64::from(self.fastest) + position_us)
    }

    /// How long after [`earliest_us`](Self::earliest_us) a packet is best played.
    pub fn target_us(&self) -> i64 {
        self.wanted_us
    }

    fn compute(&mut self) {
        self.fresh = 0;
        let mut sorted = [0_i32; WINDOW];
        let count = self.transits.len().min(WINDOW);
        let Some(sorted) = sorted.get_mut(..count).filter(|sorted| !sorted.is_empty()) else {
            return;
        };
        sorted.copy_from_slice(self.transits.get(..count).unwrap_or_default());
        self.fastest = sorted.iter().copied().min().unwrap_or(0);
        let late = count / LATE_SHARE;
        let (_, slow, _) = sorted.select_nth_unstable(count - 1 - late.min(count - 1));
        let spread = i64::from(*slow) - i64::from(self.fastest);
        let least = if count < START_PACKETS { START_US } else { 0 };
        self.wanted_us = (spread + MARGIN_US).clamp(least, MAX_US);
    }
}

impl Default for PlayoutDelay {
    fn default() -> Self {
        Self::new()
    }
}

/// Microseconds of our time.
pub fn micros(now: Time) -> i64 {
    (now.as_nanos() / 1_000) as i64
}

fn saturate(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets each 20 ms with those delays in ms, repeated.
    fn after(count: u64, delay_ms: impl Fn(u64) -> u64) -> PlayoutDelay {
        let mut delay = PlayoutDelay::new();
        for n in 0..count {
            delay.arrived(Time::from_millis(20 * n + delay_ms(n)), 20_000 * n as i64);
        }
        delay
    }

    #[test]
    fn a_steady_stream_wants_next_to_nothing() {
        assert_eq!(after(1, |_| 80).target_us(), START_US);
        let delay = after(100, |_| 80);
        assert_eq!((delay.target_us(), delay.earliest_us(0)), (MARGIN_US, Some(80_000)));
    }

    #[test]
    fn one_late_packet_in_a_hundred_is_not_waited_for() {
        let spiky = |late: u64| move |n: u64| if n % 100 < late { 150 } else { n % 5 };
        assert_eq!(after(500, spiky(1)).target_us(), 4_000 + MARGIN_US);
        assert_eq!(after(500, spiky(2)).target_us(), 150_000 + MARGIN_US);
        assert_eq!(after(500, |n| n % 2 * 900).target_us(), MAX_US);
    }

    #[test]
    fn another_route_is_the_new_normal_once_the_window_has_passed() {
        let delay = after(1_200, |n| if n < 600 { 10 } else { 90 });
        assert_eq!((delay.target_us(), delay.earliest_us(0)), (MARGIN_US, Some(90_000)));
    }
}
