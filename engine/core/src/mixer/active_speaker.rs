//! Chooses the speakers of a conference: the loudest few, by the level that each stream announces on arrival.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Time;

/// A speaker stays chosen for that long after the last sound above its noise.
const HOLD: Duration = Duration::from_millis(400);
/// A stream without packets for that long is silent: packets hold 60 ms at most.
const STALE: Duration = Duration::from_millis(80);
/// Speech is that much above the noise of its line, in dB.
const ABOVE_FLOOR_DB: f32 = 6.0;
/// Nothing softer counts as speech, in dBov.
const SOFTEST_DBOV: f32 = -60.0;
/// A challenger must be that much louder than the speaker that it replaces, in dB.
const MARGIN_DB: f32 = 3.0;
/// Pauses between syllables: a speaker that is silent for longer only holds its place.
const SYLLABLE: Duration = Duration::from_millis(140);
/// A speaker that only holds its place counts as that much softer, in dB.
const HOLDING_DB: f32 = 20.0;
/// How fast the loudness of one who pauses is forgotten, in dB a tick.
const DECAY_DB: f32 = 0.5;
/// A claim that much above what was decoded is corrected, in dB: meters differ by a little.
const TOLERANCE_DB: f32 = 6.0;
/// How fast a correction is forgotten, in dB a tick: a stream that claimed too much is checked again after
/// some seconds.
const FORGIVE_DB: f32 = 0.2;
/// Claims that are kept until their packet is decoded: buffers hold less.
const MOST_CLAIMS: usize = 64;
/// Frames above the noise, before one is reported as speaking: a click is no speech.
const FEW_FRAMES: u32 = 5;
/// Silence as RFC 6464 has it, in dBov.
const SILENCE_DBOV: f32 = -127.0;

/// The noise of one line: the softest of the last 1.5 s.
#[derive(Debug, Clone)]
pub(super) struct NoiseFloor {
    /// The softest of each half second, the current one first.
    softest: [f32; 3],
    ticks: u32,
}

/// Ticks of half a second.
const HALF_SECOND: u32 = 25;
/// Lines without any noise count as that soft, in dBov.
const LOWEST_FLOOR_DBOV: f32 = -80.0;
/// The noise of a line that was not measured yet, in dBov.
const FIRST_FLOOR_DBOV: f32 = -66.0;

impl NoiseFloor {
    fn new() -> Self {
        Self { softest: [FIRST_FLOOR_DBOV; 3], ticks: 0 }
    }

    fn record(&mut self, level_dbov: f32) {
        let [current, before, _] = &mut self.softest;
        *current = current.min(level_dbov);
        self.ticks += 1;
        if self.ticks >= HALF_SECOND {
            self.ticks = 0;
            self.softest = [level_dbov, *current, *before];
        }
    }

    /// In dBov.
    pub(super) fn dbov(&self) -> f32 {
        self.softest.iter().copied().fold(0.0, f32::min).max(LOWEST_FLOOR_DBOV)
    }
}

/// How loud one member is, and whether it is chosen.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    /// The loudest claim since the last tick.
    claimed: Option<f32>,
    /// Claims by RTP time, oldest first.
    claims: VecDeque<(u32, f32)>,
    /// The level of the last decoded frame, in the tick it was decoded.
    decoded: Option<f32>,
    /// The level that counts now, and when it came.
    level: (f32, Time),
    /// What is added to claims: never above 0.
    correction: f32,
    floor: NoiseFloor,
    /// Peaks of the level, slowly forgotten.
    loudness: f32,
    spoke: Option<Time>,
    /// Frames above the noise, since the last pause.
    frames: u32,
    chosen: bool,
}

impl Speaker {
    pub(super) fn new(now: Time) -> Self {
        Self {
            claimed: None,
            claims: VecDeque::new(),
            decoded: None,
            level: (SILENCE_DBOV, now),
            correction: 0.0,
            floor: NoiseFloor::new(),
            loudness: SILENCE_DBOV,
            spoke: None,
            frames: 0,
            chosen: false,
        }
    }

    /// A packet came; its level is known, as its sender claims (RFC 6464) or as it was measured.
    pub(super) fn arrived(&mut self, rtp_time: u32, level_dbov: f32) {
        let loudest = self.claimed.unwrap_or(SILENCE_DBOV);
        self.claimed = Some(loudest.max(level_dbov));
        if self.claims.len() == MOST_CLAIMS {
            self.claims.pop_front();
        }
        self.claims.push_back((rtp_time, level_dbov));
    }

    /// A frame was decoded from received packets; `tick` is its length in units of the RTP clock.
    pub(super) fn decoded(&mut self, rtp_time: u32, tick: u32, level_dbov: f32) {
        // The packets that the frame may have come from: one of 60 ms begins two ticks before.
        let oldest = rtp_time.wrapping_sub(2 * tick);
        let is_before = |at: u32, other: u32| (at.wrapping_sub(other) as i32) < 0;
        while self.claims.front().is_some_and(|(at, _)| is_before(*at, oldest)) {
            self.claims.pop_front();
        }
        let covering =
            self.claims.iter().take_while(|(at, _)| is_before(*at, rtp_time.wrapping_add(tick)));
        let claimed = covering.map(|(_, level)| *level).reduce(f32::min);
        if let Some(off) = claimed.map(|claimed| level_dbov - claimed)
            && off < -TOLERANCE_DB
        {
            self.correction = self.correction.min(off);
        }
        self.decoded = Some(level_dbov);
    }

    /// Whether the stream must be decoded for the choice, as far as its claims say.
    pub(super) fn may_speak(&self) -> bool {
        let claim = self.claimed.map(|claimed| claimed + self.correction);
        self.is_above_floor(claim.unwrap_or(self.level.0))
    }

    /// One tick has passed; decide what the level is.
    pub(super) fn step(&mut self, now: Time) {
        let claimed = self.claimed.take().map(|claimed| claimed + self.correction);
        self.correction = (self.correction + FORGIVE_DB).min(0.0);
        // A frame that was decoded is older than one that has just arrived: the louder counts, so that
        // a speaker is chosen before its first syllable is played.
        let fresh = match (claimed, self.decoded.take()) {
            (Some(claimed), Some(decoded)) if self.chosen => Some(claimed.max(decoded)),
            (claimed, decoded) => claimed.or(decoded),
        };
        match fresh {
            Some(level) => self.level = (level, now),
            None if now.since(self.level.1) > STALE => self.level = (SILENCE_DBOV, now),
            None => {}
        }
        let level = self.level.0;
        if self.is_above_floor(level) {
            self.spoke = Some(now);
            self.frames = self.frames.saturating_add(1);
        } else if !self.is_holding(now) {
            self.frames = 0;
        }
        self.floor.record(level);
        self.loudness = if level > self.loudness {
            f32::midpoint(level, self.loudness.max(level - 12.0))
        } else {
            self.loudness - DECAY_DB
        };
    }

    fn is_above_floor(&self, level: f32) -> bool {
        level > SOFTEST_DBOV && level > self.floor.dbov() + ABOVE_FLOOR_DB
    }

    fn is_holding(&self, now: Time) -> bool {
        self.spoke.is_some_and(|spoke| now.since(spoke) <= HOLD)
    }

    fn is_speaking(&self, now: Time) -> bool {
        self.spoke == Some(now)
    }

    /// For the comparison with a challenger.
    fn rank(&self, now: Time) -> f32 {
        let pauses = self.spoke.is_none_or(|spoke| now.since(spoke) > SYLLABLE);
        if pauses { self.loudness - HOLDING_DB } else { self.loudness }
    }

    /// Whether it is to be reported as speaking.
    pub(super) fn is_reported(&self) -> bool {
        self.frames >= FEW_FRAMES
    }

    /// Among those that are mixed.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen
    }

    /// Not among those that are mixed, because it may not be heard.
    pub(super) fn drop_out(&mut self) {
        self.chosen = false;
        self.spoke = None;
        self.frames = 0;
    }

    /// The level that counts now, in dBov.
    pub(super) fn level_dbov(&self) -> f32 {
        self.level.0
    }

    /// The noise of the line.
    pub(super) fn floor_dbov(&self) -> f32 {
        self.floor.dbov()
    }

    /// Chosen apart from the others: while it speaks.
    pub(super) fn choose_alone(&mut self, now: Time) {
        self.chosen = self.is_holding(now);
    }
}

/// Choose at most `most` of these. A chosen one stays for a moment after it stops, unless louder ones
/// need its place.
pub(super) fn choose(now: Time, most: usize, speakers: &mut [&mut Speaker]) {
    for speaker in speakers.iter_mut() {
        speaker.chosen &= speaker.is_holding(now);
    }
    speakers.sort_by(|a, b| b.loudness.total_cmp(&a.loudness));
    let mut chosen = speakers.iter().filter(|speaker| speaker.chosen).count();
    while chosen > most {
        if let Some(weakest) = weakest(now, speakers) {
            weakest.1.chosen = false;
        }
        chosen -= 1;
    }
    while let Some(challenger) =
        speakers.iter().position(|speaker| !speaker.chosen && speaker.is_speaking(now))
    {
        let rank = speakers.get(challenger).map_or(SILENCE_DBOV, |speaker| speaker.rank(now));
        if chosen < most {
            chosen += 1;
        } else {
            match weakest(now, speakers) {
                Some((weakest, speaker)) if rank > weakest + MARGIN_DB => speaker.chosen = false,
                _ => return,
            }
        }
        if let Some(speaker) = speakers.get_mut(challenger) {
            speaker.chosen = true;
        }
    }
}

fn weakest<'a>(now: Time, speakers: &'a mut [&mut Speaker]) -> Option<(f32, &'a mut Speaker)> {
    let chosen = speakers.iter_mut().filter(|speaker| speaker.chosen);
    let ranked = chosen.map(|speaker| (speaker.rank(now), &mut **speaker));
    ranked.min_by(|a, b| a.0.total_cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks of many members: each has a level by tick.
    fn run(ticks: u64, most: usize, levels: &[&dyn Fn(u64) -> f32]) -> Vec<Vec<usize>> {
        let mut all: Vec<Speaker> = levels.iter().map(|_| Speaker::new(Time::ZERO)).collect();
        let tick = |n: u64| {
            let now = Time::from_millis(20 * n);
            for (speaker, level) in all.iter_mut().zip(levels) {
                speaker.arrived(n as u32 * 960, level(n));
                speaker.step(now);
            }
            choose(now, most, &mut all.iter_mut().collect::<Vec<_>>());
            (0..all.len()).filter(|n| all[*n].is_chosen()).collect()
        };
        (0..ticks).map(tick).collect()
    }

    /// Syllables at 4 Hz.
    fn syllables(n: u64, level: f32) -> f32 {
        if n % 12 < 8 { level } else { -75.0 }
    }

    #[test]
    fn the_loudest_three_are_chosen_and_stay() {
        let chosen = run(
            500,
            3,
            &[
                &|n| syllables(n + 3, -40.0),
                &|n| syllables(n, -20.0),
                &|n| syllables(n + 5, -30.0),
                &|n| syllables(n + 7, -25.0),
                &|n| syllables(n + 1, -45.0),
            ],
        );
        assert!(chosen[100..].iter().all(|chosen| *chosen == [1, 2, 3]));
    }

    #[test]
    fn a_first_syllable_is_chosen_at_once_and_a_pause_of_300_ms_holds() {
        let speech =
            |n: u64| if (10..20).contains(&n) || (35..40).contains(&n) { -25.0 } else { -75.0 };
        let chosen = run(100, 3, &[&speech]);
        let times: Vec<usize> = (0..100).filter(|n| !chosen[*n].is_empty()).collect();
        // Held for 400 ms after tick 39.
        assert_eq!((times[0], times[times.len() - 1], times.len()), (10, 59, 50));
    }

    #[test]
    fn steady_noise_is_no_speech() {
        let chosen = run(400, 3, &[&|_| -35.0]);
        assert!(chosen[130..].iter().all(Vec::is_empty));
    }

    #[test]
    fn silent_lines_are_not_chosen_though_places_are_free() {
        assert!(run(400, 3, &[&|_| -127.0, &|_| -62.0]).iter().all(Vec::is_empty));
    }

    #[test]
    fn a_claim_is_corrected_by_what_was_decoded_from_the_same_packet() {
        // The frame of a packet is decoded 40 ms after the packet came.
        let chosen = |decoded: &dyn Fn(u64) -> f32| {
            let claim = |n: u64| if n % 12 < 8 { -10.0 } else { -75.0 };
            let mut speaker = Speaker::new(Time::ZERO);
            let tick = |n: u64| {
                speaker.arrived(n as u32 * 960, claim(n));
                if n >= 2 && (speaker.may_speak() || speaker.is_chosen()) {
                    speaker.decoded((n as u32 - 2) * 960, 960, decoded(n - 2));
                }
                speaker.step(Time::from_millis(20 * n));
                choose(Time::from_millis(20 * n), 3, &mut [&mut speaker]);
                speaker.is_chosen()
            };
            (0..500).map(tick).filter(|chosen| *chosen).count()
        };
        assert_eq!(chosen(&|n| syllables(n, -12.0)), 500);
        // Held for 400 ms after the first decoded frame, and checked again some seconds later.
        let forged = chosen(&|_| -127.0);
        assert!(forged < 60, "{forged}");
    }
}
