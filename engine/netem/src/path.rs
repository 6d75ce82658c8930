//! The path from one host to another: its settings, and the delay or loss of each datagram.

use std::time::Duration;

use offhook_core::{Time, TransportProtocol};

use crate::Rng;

/// What a directed path does to datagrams. Shares are 0.0 to 1.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Share of datagrams that are lost, each on its own.
    pub loss: f64,
    /// Loss in bursts, in addition to `loss`.
    pub burst: Option<Burst>,
    /// Every datagram takes at least this long.
    pub delay: Duration,
    /// And up to this much longer, evenly spread. Like a queue, jitter alone keeps the order.
    pub jitter: Duration,
    /// Share of datagrams held back by 20 to 60 ms more, so that later ones overtake them.
    pub reorder: f64,
    /// Share of datagrams that arrive twice.
    pub duplicate: f64,
    /// Nothing arrives.
    pub blocked: bool,
    /// Bits per second; beyond it datagrams queue, and what would queue longer than 300 ms is lost.
    pub rate_bps: Option<u64>,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            loss: 0.0,
            burst: None,
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            reorder: 0.0,
            duplicate: 0.0,
            blocked: false,
            rate_bps: None,
        }
    }
}

/// Gilbert's and Elliott's model of loss: a path is good or bad and changes at each datagram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// Share of datagrams at which a good path turns bad.
    pub enter: f64,
    /// Share of datagrams at which a bad path turns good; its inverse is the mean length of a burst.
    pub leave: f64,
    /// Share of datagrams lost while the path is bad.
    pub loss: f64,
}

/// Longest wait in the queue of a path with a limited rate: a home router's buffer.
const LONGEST_QUEUE: Duration = Duration::from_millis(300);
/// What a lost segment costs on a TCP connection: one retransmission after the smallest usual RTO
/// (RFC 6298 as practised: 200 ms).
const RETRANSMISSION: Duration = Duration::from_millis(200);
/// Retransmissions until a TCP connection is taken as stalled; nothing waits longer in here.
const MOST_RETRANSMISSIONS: u32 = 16;
/// IPv4 and UDP headers, which take their share of a limited rate.
const HEADERS: usize = 28;

/// A path in use: its settings, its random generator, and its queue.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) path: Path,
    rng: Rng,
    bad: bool,
    /// No datagram that keeps the order arrives before this.
    last_arrival: Time,
    /// When the limited link has sent all that is queued.
    free_at: Time,
}

impl Lane {
    pub(crate) fn new(path: Path, rng: Rng) -> Self {
        Self { path, rng, bad: false, last_arrival: Time::ZERO, free_at: Time::ZERO }
    }

    /// When a datagram of `length` bytes sent at `now` arrives: never, once or twice.
    pub(crate) fn carry(
        &mut self,
        now: Time,
        length: usize,
        by: TransportProtocol,
    ) -> [Option<Time>; 2] {
        // Each datagram draws the same number of times, whatever the settings.
        let lost_alone = self.rng.random_bool(self.path.loss);
        let lost_in_burst = self.draw_burst();
        let late = self.path.jitter.mul_f64(self.rng.next_f64());
        let held = self.rng.random_bool(self.path.reorder);
        let holding = Duration::from_millis(20).mul_f64(1.0 + 2.0 * self.rng.next_f64());
        let twice = self.rng.random_bool(self.path.duplicate);
        let Some(leaves) = self.leave(now, length).filter(|_| !self.path.blocked) else {
            return [None, None];
        };
        let arrives = leaves + self.path.delay + late;
        if by == TransportProtocol::Tcp {
            let mended = arrives + self.retransmissions(lost_alone || lost_in_burst);
            return [Some(self.in_order(mended)), None];
        }
        if lost_alone || lost_in_burst {
            return [None, None];
        }
        let arrives = if held { arrives + holding } else { self.in_order(arrives) };
        [Some(arrives), twice.then_some(arrives)]
    }

    fn in_order(&mut self, arrives: Time) -> Time {
        self.last_arrival = self.last_arrival.max(arrives);
        self.last_arrival
    }

    fn draw_burst(&mut self) -> bool {
        let (turn, loss) = (self.rng.next_f64(), self.rng.next_f64());
        let Some(burst) = self.path.burst else {
            self.bad = false;
            return false;
        };
        self.bad = if self.bad { turn >= burst.leave } else { turn < burst.enter };
        self.bad && loss < burst.loss
    }

    /// When the datagram has left a link of limited rate; nothing when its queue is full.
    fn leave(&mut self, now: Time, length: usize) -> Option<Time> {
        let Some(rate) = self.path.rate_bps else { return Some(now) };
        let start = self.free_at.max(now);
        if start.since(now) > LONGEST_QUEUE {
            return None;
        }
        let nanos = ((length + HEADERS) as u64 * 8).saturating_mul(1_000_000_000) / rate.max(1);
        self.free_at = start + Duration::from_nanos(nanos);
        Some(self.free_at)
    }

    /// How long TCP takes to retransmit a lost segment: it delivers late rather than never.
    fn retransmissions(&mut self, lost: bool) -> Duration {
        let mut waited = Duration::ZERO;
        let mut again = lost;
        for round in 0..MOST_RETRANSMISSIONS {
            if !again {
                break;
            }
            waited += RETRANSMISSION * (1 << round.min(6));
            again = self.rng.random_bool(self.path.loss);
        }
        waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(path: Path, count: u64) -> Vec<Option<Time>> {
        let mut lane = Lane::new(path, Rng::new(42));
        (0..count)
            .map(|n| lane.carry(Time::from_millis(20 * n), 172, TransportProtocol::Udp)[0])
            .collect()
    }

    #[test]
    fn delay_is_exact_without_jitter() {
        let path = Path { delay: Duration::from_millis(35), ..Path::default() };
        assert_eq!(arrivals(path, 2), [Some(Time::from_millis(35)), Some(Time::from_millis(55))]);
    }

    #[test]
    fn loss_takes_its_share() {
        let lost = arrivals(Path { loss: 0.2, ..Path::default() }, 20_000);
        let lost = lost.iter().filter(|at| at.is_none()).count();
        assert!((3_800..4_200).contains(&lost), "{lost}");
    }

    #[test]
    fn bursts_have_the_configured_mean_length() {
        let burst = Burst { enter: 0.01, leave: 0.25, loss: 1.0 };
        let fates = arrivals(Path { burst: Some(burst), ..Path::default() }, 100_000);
        let (mut bursts, mut lost, mut before) = (0_u32, 0_u32, false);
        for gone in fates.iter().map(Option::is_none) {
            lost += u32::from(gone);
            bursts += u32::from(gone && !before);
            before = gone;
        }
        let mean = f64::from(lost) / f64::from(bursts);
        assert!((3.6..4.4).contains(&mean), "{mean}");
    }

    #[test]
    fn jitter_keeps_the_order_and_reordering_does_not() {
        let jitter = Duration::from_millis(60);
        let kept = arrivals(Path { jitter, ..Path::default() }, 1_000);
        assert!(kept.is_sorted());
        assert!(!arrivals(Path { reorder: 0.1, ..Path::default() }, 1_000).is_sorted());
    }

    #[test]
    fn a_limited_rate_queues_and_then_drops() {
        let mut lane = Lane::new(Path { rate_bps: Some(16_000), ..Path::default() }, Rng::new(1));
        let fates: Vec<_> =
            (0..10).map(|_| lane.carry(Time::ZERO, 172, TransportProtocol::Udp)[0]).collect();
        assert_eq!(fates[0], Some(Time::from_millis(100 + 10)));
        assert_eq!(fates[1], Some(Time::from_millis(200 + 10)));
        assert_eq!(fates.iter().flatten().count(), 4);
    }

    #[test]
    fn tcp_loses_nothing_and_keeps_the_order() {
        let mut lane = Lane::new(Path { loss: 0.3, reorder: 0.3, ..Path::default() }, Rng::new(3));
        let fates: Vec<_> = (0..500)
            .map(|n| lane.carry(Time::from_millis(20 * n), 172, TransportProtocol::Tcp)[0])
            .collect();
        assert!(fates.iter().all(Option::is_some));
        assert!(fates.is_sorted());
    }

    #[test]
    fn a_blocked_path_carries_nothing() {
        assert_eq!(arrivals(Path { blocked: true, ..Path::default() }, 3), [None; 3]);
    }
}
