//! Parties that press a key, and what they hear after that.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::key::Key;
use crate::party::Parties;
use crate::scene::{Scene, dbov};
use crate::traffic::{Tally, Timing};

/// Frames before the first party presses, and how much later the next one does: its own moment, not a second of all.
const FIRST: u64 = 100;
const APART: u64 = 3;
/// What is heard after the last one has pressed.
const REST: Duration = Duration::from_secs(1);
/// A packet below this level holds no sound, in dBov.
const SILENT_DBOV: f64 = -50.0;
/// Nanoseconds of sound in a packet.
const PACKET: u64 = 20_000_000;

impl Parties {
    /// All parties send noise, and each presses a key at a moment of its own. Answers how long after that it still
    /// had sound, in milliseconds: until the end of the last packet that holds any.
    pub(crate) fn press(&mut self, scene: &Scene) -> Result<Value, Failure> {
        let count = self.all.len() as u64;
        for (n, party) in (0..).zip(&mut self.all) {
            party.record = Some(Vec::new());
            let at = party.sent_frames.count() + FIRST + n * APART;
            party.key = Some(Key::at(at));
        }
        let mut tally = Tally::new(Timing::Own);
        let length = Duration::from_nanos(PACKET * (FIRST + count * APART)) + REST;
        self.send_all(length, scene, &mut tally)?;
        let (mut silent_ms, mut before) = (Vec::new(), 0);
        for party in &mut self.all {
            let Some(pressed) = party.key.take().and_then(|key| key.pressed) else { continue };
            let packets = party.record.take().unwrap_or_default();
            let decoded = party.codec.decode_each(&packets)?;
            let loud = packets.iter().zip(&decoded).filter(|(_, sound)| dbov(sound) > SILENT_DBOV);
            let ends: Vec<u64> = loud.map(|(packet, _)| packet.at + PACKET).collect();
            // Who had no sound before it pressed measures nothing.
            before += u64::from(ends.iter().filter(|end| **end < pressed).count() > 20);
            let last = ends.last().map_or(0, |end| end.saturating_sub(pressed));
            silent_ms.push(last as f64 / 1e6);
        }
        Ok(json!({ "silent_after_ms": silent_ms, "had_sound": before }))
    }
}
