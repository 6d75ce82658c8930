//! Takes the decoded audio of a leg to a tap and to detectors.

use super::reception::Reception;
use crate::receive::{Detected, Detectors};
use crate::{Detection, Event, LegId, TapBatch, Time};

/// Samples a second of a tap.
pub(crate) const TAP_HZ: u32 = 16_000;
/// Of detectors alone.
const DETECTOR_HZ: u32 = 8_000;
/// Frames of 20 ms in one batch of a tap, at most: 1 s.
const MAX_BATCH: usize = 50;

/// The tap and the detectors of one leg.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    tap: Option<Tap>,
    detectors: Detectors,
}

#[derive(Debug)]
struct Tap {
    frames: usize,
    collected: usize,
    batch: TapBatch,
}

impl Listener {
    /// Send batches of that many frames from now on, or none.
    pub(crate) fn tap(&mut self, frames: Option<usize>) {
        self.tap = frames.map(|frames| Tap {
            frames: frames.clamp(1, MAX_BATCH),
            collected: 0,
            batch: TapBatch::default(),
        });
    }

    /// Look for these from now on.
    pub(crate) fn detect(&mut self, wanted: Detection) {
        self.detectors.set(wanted);
    }

    /// The rate that it needs; `None` if it has nothing to do.
    pub(crate) fn rate_hz(&self) -> Option<u32> {
        let detects = self.detectors.are_wanted().then_some(DETECTOR_HZ);
        self.tap.as_ref().map(|_| TAP_HZ).or(detects)
    }

    /// Whether a key went down since the last call.
    pub(crate) fn take_begun(&mut self) -> bool {
        self.detectors.take_begun()
    }

    /// The frame of that tick is due.
    pub(crate) fn listen(
        &mut self,
        leg: LegId,
        (now, tick): (Time, u64),
        reception: &mut Reception,
        mut send: impl FnMut(Event),
    ) {
        if self.detectors.are_wanted() {
            let frame = reception.frame(now, tick);
            self.detectors.push(frame, |found| {
                send(match found {
                    Detected::Digit(digit) => Event::Digit(leg, digit),
                    Detected::Beep(beep) => Event::Beep(leg, beep),
                    Detected::Silence(length) => Event::Silence(leg, length),
                });
            });
        }
        let Some(tap) = &mut self.tap else { return };
        let frame = reception.frame_at(now, tick, TAP_HZ);
        if tap.collected == 0 {
            tap.batch.rtp_time = frame.rtp_time;
        }
        tap.batch.voice |= frame.voice;
        tap.batch.samples.extend_from_slice(frame.samples());
        tap.collected += 1;
        if tap.collected == tap.frames {
            tap.collected = 0;
            send(Event::Tapped(leg, Box::new(std::mem::take(&mut tap.batch))));
        }
    }
}
