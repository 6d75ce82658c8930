//! The delay of packets that an engine makes itself: its timestamps keep the distances of the source's, so that
//! each can be matched with the one that it was made of.

/// A frame of 20 ms.
const FRAME_NANOS: i64 = 20_000_000;
/// The begin of a stream is taken for so much earlier, so that no packet is before it.
const LEAD_NANOS: i64 = 10_000_000_000;
/// Frames whose moments are kept: 2.56 s.
const KEPT: usize = 128;

/// When a party sent its last frames.
pub(crate) struct SentFrames {
    moments: [u64; KEPT],
    count: u64,
}

/// Which frames of its partner a party has received.
#[derive(Debug, Default)]
pub(crate) struct ReceivedFrames {
    /// The timestamp of its first packet.
    origin: Option<u32>,
    /// How many frames more the partner had sent than were received, at the best moment so far.
    lag: Option<i64>,
    /// The shortest delay so far, in nanoseconds.
    least: Option<u64>,
}

impl SentFrames {
    pub(crate) fn new() -> Self {
        Self { moments: [0; KEPT], count: 0 }
    }

    /// A frame is due at `now`, sent or, in silence, left out.
    pub(crate) fn note(&mut self, now: u64) {
        if let Some(moment) = self.moments.get_mut(self.count as usize % KEPT) {
            *moment = now;
        }
        self.count += 1;
    }

    /// How many frames were due so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// When the last frame was due.
    fn latest(&self) -> Option<u64> {
        self.at(self.count as i64 - 1)
    }

    fn at(&self, frame: i64) -> Option<u64> {
        let frame = u64::try_from(frame).ok()?;
        let kept = frame < self.count && self.count - frame <= KEPT as u64;
        self.moments.get(frame as usize % KEPT).copied().filter(|_| kept)
    }
}

impl ReceivedFrames {
    /// A packet with that timestamp came at `now`. Returns its delay in nanoseconds beyond what the engine
    /// always keeps back, in whole frames; the most there is for one that is older than all that is known.
    pub(crate) fn delay(
        &mut self,
        timestamp: u32,
        ticks: u32,
        partner: &SentFrames,
        now: u64,
    ) -> Option<u64> {
        let origin = *self.origin.get_or_insert(timestamp);
        let frame = i64::from(timestamp.wrapping_sub(origin) as i32) / i64::from(ticks);
        let lag = (partner.count as i64 - 1) - frame;
        let lag = *self.lag.insert(self.lag.map_or(lag, |least| least.min(lag)));
        if partner.count == 0 {
            return None;
        }
        Some(partner.at(frame + lag).map_or(u64::MAX, |moment| now.saturating_sub(moment)))
    }
}

impl ReceivedFrames {
    /// How many nanoseconds after its timestamp a packet came, for a stream that has no other time line. Only
    /// differences between packets have a meaning.
    pub(crate) fn lateness(&mut self, timestamp: u32, ticks: u32, now: u64) -> u64 {
        let origin = *self.origin.get_or_insert(timestamp);
        let since = i64::from(timestamp.wrapping_sub(origin) as i32);
        let due = since * FRAME_NANOS / i64::from(ticks);
        (now as i64 - due + LEAD_NANOS).max(0) as u64
    }

    /// What a delay is beyond the shortest of this stream: what an engine always keeps back is its design,
    /// for which a listener's buffer makes up once.
    pub(crate) fn beyond_least(&mut self, delay: u64) -> u64 {
        let least = *self.least.insert(self.least.map_or(delay, |least| least.min(delay)));
        delay - least
    }

    /// The shortest delay of this stream.
    pub(crate) fn least(&self) -> Option<u64> {
        self.least
    }
}

/// The delay at `now` of a packet that may be of any frame: since the latest one was due, less than 20 ms. For
/// packets of an engine that leaves silence out, or fills it, and so has a time line of its own.
pub(crate) fn since_latest(partner: &SentFrames, now: u64) -> Option<u64> {
    partner.latest().map(|moment| now.saturating_sub(moment))
}

#[cfg(test)]
mod tests {
    use super::{ReceivedFrames, SentFrames, since_latest};

    const FRAME: u64 = 20_000_000;

    /// The delays of frames that arrive `late[n]` nanoseconds after they were sent.
    fn delays(late: &[u64]) -> Vec<Option<u64>> {
        let (mut sent, mut received) = (SentFrames::new(), ReceivedFrames::default());
        let mut arrivals: Vec<_> =
            late.iter().enumerate().map(|(n, late)| (n as u64 * FRAME + late, n as u32)).collect();
        arrivals.sort_unstable();
        let mut due = 0;
        let mut found = Vec::new();
        for (now, frame) in arrivals {
            while due <= now {
                sent.note(due);
                due += FRAME;
            }
            found.push(received.delay(7_u32.wrapping_add(frame * 160), 160, &sent, now));
        }
        found
    }

    #[test]
    fn delays_are_those_since_a_frame_was_sent() {
        assert_eq!(delays(&[5, 9, 3]), [Some(5), Some(9), Some(3)]);
    }

    #[test]
    fn what_is_always_kept_back_is_told_apart_from_what_is_late() {
        let mut received = ReceivedFrames::default();
        assert_eq!(received.least(), None);
        assert_eq!([7, 5, 9, 5].map(|delay| received.beyond_least(delay)), [0, 0, 4, 0]);
        assert_eq!(received.least(), Some(5));
    }

    #[test]
    fn a_stream_of_its_own_is_late_by_what_its_packets_lag_behind_their_timestamps() {
        let mut received = ReceivedFrames::default();
        let mut late = |frame: u32, now: u64| {
            let lateness = received.lateness(u32::MAX.wrapping_add(frame * 960), 960, now);
            received.beyond_least(lateness)
        };
        assert_eq!(late(0, 5_000), 0);
        assert_eq!(late(1, FRAME + 9_000), 4_000);
        // The first was late itself: from here on there is an earlier one to compare with.
        assert_eq!(late(2, 2 * FRAME + 2_000), 0);
        assert_eq!(late(5, 8 * FRAME + 2_000), 3 * FRAME);
    }

    #[test]
    fn without_a_common_time_line_the_latest_frame_counts() {
        let mut sent = SentFrames::new();
        assert_eq!(since_latest(&sent, 3), None);
        sent.note(5);
        sent.note(FRAME + 5);
        assert_eq!(since_latest(&sent, FRAME + 9), Some(4));
    }

    #[test]
    fn whole_frames_that_are_always_kept_back_do_not_count() {
        assert_eq!(delays(&[FRAME + 5, FRAME + 9, FRAME + 3]), [Some(5), Some(9), Some(3)]);
    }

    #[test]
    fn a_queue_that_grows_over_several_frames_is_seen_whole() {
        assert_eq!(delays(&[5, 3 * FRAME + 1])[1], Some(3 * FRAME + 1));
        assert_eq!(delays(&[5, 200 * FRAME])[1], Some(u64::MAX), "too old to know");
    }
}
