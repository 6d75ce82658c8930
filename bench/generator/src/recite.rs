//! One call that is listened to: what each of its two parties hears of a given text.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::party::Parties;
use crate::scene::{Lines, Scene};
use crate::traffic::{Tally, Timing};

/// Packets that are late still belong to it.
const REST: Duration = Duration::from_millis(500);

impl Parties {
    /// Says the samples in those files and returns what was received, decoded.
    pub(crate) fn recite(&mut self, wide: &str, narrow: &str) -> Result<Value, Failure> {
        let (wide, narrow) = (samples(wide)?, samples(narrow)?);
        let frames = (wide.len() / 960).min(narrow.len() / 160) as u32;
        let scene = Scene::together(Lines::new((&wide, 48_000), &narrow, false)?, 0);
        for party in &mut self.all {
            party.record = Some(Vec::new());
        }
        let mut tally = Tally::new(Timing::Matched);
        self.send_all(Duration::from_millis(20) * frames, &scene, &mut tally)?;
        self.receive_for(REST, &mut tally)?;
        let mut decoded = Vec::new();
        for party in &mut self.all {
            let packets = party.record.take().unwrap_or_default();
            decoded.push(party.codec.decode(&packets)?);
        }
        Ok(json!({ "decoded": decoded }))
    }
}

/// Samples of 16 bits, little-endian.
fn samples(path: &str) -> Result<Vec<i16>, Failure> {
    let octets = fs::read(path)?;
    let (pairs, _) = octets.as_chunks::<2>();
    Ok(pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}
