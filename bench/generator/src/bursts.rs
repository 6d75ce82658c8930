//! How long a conference takes to pass on a burst.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::party::Parties;
use crate::rtp::Arrived;
use crate::scene::Scene;
use crate::traffic::{Tally, Timing};

/// A sample of that size belongs to a burst: 15 dB below its peak.
const LOUD: u16 = 2_000;
/// A burst begins after so many samples without one, at 8 kHz: 200 ms.
const QUIET: usize = 1_600;
/// A burst that comes later than this is not the one that was sent.
const LIMIT: u64 = 500_000_000;
/// Nanoseconds of a sample at 8 kHz.
const SAMPLE: u64 = 125_000;

impl Parties {
    /// Conferences of that many parties, of which the first sends bursts. Answers after how many milliseconds each
    /// burst was in the sound of the others: from the sending of the packet that begins with it to the arrival of
    /// the packet that has it, and on to its place there.
    pub(crate) fn bursts(
        &mut self,
        scene: &Scene,
        of: usize,
        warm: Duration,
        length: Duration,
    ) -> Result<Value, Failure> {
        let mut tally = Tally::new(Timing::Own);
        self.send_all(warm, scene, &mut tally)?;
        for party in &mut self.all {
            party.onsets.clear();
            party.record = Some(Vec::new());
        }
        self.send_all(length, scene, &mut tally)?;
        self.receive_for(Duration::from_nanos(LIMIT), &mut tally)?;
        let (mut delays, mut missing) = (Vec::new(), 0);
        for members in self.all.chunks_mut(of.max(1)) {
            let sent = members.first().map(|party| party.onsets.clone()).unwrap_or_default();
            for listener in members.iter_mut().skip(1) {
                let packets = listener.record.take().unwrap_or_default();
                let heard = heard_onsets(&packets, &listener.codec.decode_each(&packets)?);
                for sent in &sent {
                    let delay = heard.iter().find_map(|at| at.checked_sub(*sent));
                    match delay.filter(|delay| *delay < LIMIT) {
                        Some(delay) => delays.push(delay as f64 / 1e6),
                        None => missing += 1,
                    }
                }
            }
        }
        Ok(json!({ "delays_ms": delays, "missing": missing }))
    }
}

/// When bursts began to be heard.
fn heard_onsets(packets: &[Arrived], decoded: &[Vec<i16>]) -> Vec<u64> {
    // A burst that was sent with the first packet counts, too.
    let (mut quiet, mut onsets) = (QUIET, Vec::new());
    for (packet, samples) in packets.iter().zip(decoded) {
        for (n, sample) in (0..).zip(samples) {
            if sample.unsigned_abs() < LOUD {
                quiet += 1;
            } else {
                if quiet >= QUIET {
                    onsets.push(packet.at + n * SAMPLE);
                }
                quiet = 0;
            }
        }
    }
    onsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_heard_at_its_first_loud_sample_after_silence() {
        let packet = |n: u64| Arrived { at: n * 20_000_000, timestamp: 0, payload: Vec::new() };
        let packets: Vec<_> = (0..40).map(packet).collect();
        let mut decoded = vec![vec![30_i16; 160]; 40];
        for (from, to) in [(5, 6), (20, 25), (27, 28)] {
            for samples in &mut decoded[from..to] {
                samples[8..].iter_mut().step_by(3).for_each(|sample| *sample = -9_000);
            }
        }
        // The last comes too soon after another.
        let expected = [5, 20].map(|n| n * 20_000_000 + 8 * SAMPLE);
        assert_eq!(heard_onsets(&packets, &decoded), expected);
    }
}
