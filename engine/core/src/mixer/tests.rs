//! Conferences in virtual time: who hears whom, how loud, and how often it is encoded.

use super::*;
use crate::codec::{Law, OpusDecoder};
use crate::dsp::{dbov, purity_db, tone_db};
use crate::{AudioCodec, Coached, LinkFrame, Samples};
use std::sync::Arc;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(20);
const NORMAL: Role = Role { muted: false, deaf: false, held: false, coaches: None, agent: false };

/// A member that sends a tone which comes and goes at 4 Hz.
struct Talker {
    leg: LegId,
    hz: f32,
    peak: f32,
    rate_hz: u32,
    codec: AudioCodec,
    speaks: bool,
    announces: bool,
}

/// A mixer with its members, and what each of them has received.
struct Room {
    mixer: Mixer,
    talkers: Vec<Talker>,
    tick: u64,
    decoders: BTreeMap<LegId, OpusDecoder>,
    received: BTreeMap<LegId, Vec<i16>>,
    events: Vec<MixerEvent>,
    link: Option<Vec<LinkFrame>>,
}

impl Room {
    fn new(codecs: &[AudioCodec]) -> Self {
        let mut room = Self {
            mixer: Mixer::new(3),
            talkers: Vec::new(),
            tick: 0,
            decoders: BTreeMap::new(),
            received: BTreeMap::new(),
            events: Vec::new(),
            link: None,
        };
        for (n, codec) in codecs.iter().enumerate() {
            let leg = LegId(n as u64 + 1);
            room.join(leg, *codec);
            room.talkers.push(Talker {
                leg,
                hz: 400.0 + 170.0 * n as f32,
                peak: 8_000.0,
                rate_hz: codec.clock_hz().min(16_000),
                codec: *codec,
                speaks: false,
                announces: true,
            });
        }
        room
    }

    fn opus(members: usize) -> Self {
        Self::new(&vec![AudioCodec::Opus; members])
    }

    fn join(&mut self, leg: LegId, codec: AudioCodec) {
        let now = Time::ZERO + TICK * self.tick as u32;
        self.mixer.join(now, leg, NORMAL);
        self.mixer.set_encoding(leg, Encoding::new(codec, true, None), None);
    }

    fn role(&mut self, leg: u64, role: Role) {
        self.mixer.join(Time::ZERO + TICK * self.tick as u32, LegId(leg), role);
    }

    fn speaks(&mut self, legs: &[u64]) {
        for talker in &mut self.talkers {
            talker.speaks = legs.contains(&talker.leg.0);
        }
    }

    /// The frame of a talker: a tone in syllables of 160 ms, or soft noise.
    fn frame(talker: &Talker, tick: u64) -> Vec<i16> {
        let length = u64::from(talker.rate_hz / 50);
        let sample = |n: u64| {
            let at = (tick * length + n) as f32 / talker.rate_hz as f32;
            let tone = (at * talker.hz * std::f32::consts::TAU).sin();
            let syllable = (0.5 - 0.5 * (at * 4.0 * std::f32::consts::TAU).cos()).powi(2);
            let noise = ((n * 7_919 + tick * 104_729) % 13) as f32 - 6.0;
            let voice = if talker.speaks { tone * syllable * talker.peak } else { 0.0 };
            (voice + noise) as i16
        };
        (0..length).map(sample).collect()
    }

    fn step(&mut self) {
        let now = Time::ZERO + TICK * self.tick as u32;
        for talker in &self.talkers {
            let samples = Self::frame(talker, self.tick);
            let level_dbov = dbov(&samples);
            let units = talker.codec.clock_hz() / 50;
            let rtp_time = self.tick as u32 * units;
            let announced = talker.announces.then_some(level_dbov);
            self.mixer.arrived(talker.leg, rtp_time, announced, false);
            if self.mixer.wanted(talker.leg) {
                let received = Some((rtp_time, units));
                let rate_hz = talker.rate_hz;
                self.mixer
                    .push(talker.leg, Decoded { samples: &samples, rate_hz, level_dbov, received });
            }
        }
        self.mixer.mix(now, Complexity::Full);
        for talker in &self.talkers {
            let Some(packet) = self.mixer.packet(talker.leg, Complexity::Full) else { continue };
            let out = self.received.entry(talker.leg).or_default();
            if talker.codec == AudioCodec::Opus {
                let decoder = self
                    .decoders
                    .entry(talker.leg)
                    .or_insert_with(|| OpusDecoder::new(16_000).unwrap());
                decoder.decode(packet, out).unwrap();
            } else {
                Law::Mu.decode_into(packet, out);
            }
        }
        if let Some(link) = &mut self.link {
            link.extend(self.mixer.links());
        }
        self.mixer.end();
        while let Some(event) = self.mixer.poll() {
            self.events.push(event);
        }
        self.tick += 1;
    }

    fn run(&mut self, seconds: f32) {
        (0..(seconds * 50.0) as u32).for_each(|_| self.step());
    }

    /// The level of each member's tone in the last second that a member received, above the softest -90.
    fn heard_by(&self, leg: u64) -> Vec<u64> {
        let talker = &self.talkers[leg as usize - 1];
        let rate = if talker.codec == AudioCodec::Opus { 16_000 } else { 8_000 };
        let all = &self.received[&talker.leg];
        let last = &all[all.len() - rate as usize..];
        let heard = |other: &&Talker| tone_db(last, rate, other.hz) > -45.0;
        self.talkers.iter().filter(heard).map(|talker| talker.leg.0).collect()
    }

    fn last_level(&self, leg: u64, seconds: f32) -> f32 {
        let all = &self.received[&LegId(leg)];
        dbov(&all[all.len() - (16_000.0 * seconds) as usize..])
    }
}

#[test]
fn three_members_hear_the_others_and_not_themselves() {
    let mut room = Room::opus(3);
    room.speaks(&[1, 2, 3]);
    room.run(3.0);
    assert_eq!([1, 2, 3].map(|leg| room.heard_by(leg)), [vec![2, 3], vec![1, 3], vec![1, 2]]);
}

#[test]
fn g711_and_opus_meet_in_one_conference() {
    let mut room = Room::new(&[AudioCodec::Pcmu, AudioCodec::Opus, AudioCodec::Pcmu]);
    room.speaks(&[1, 2]);
    room.run(3.0);
    assert_eq!([1, 2, 3].map(|leg| room.heard_by(leg)), [vec![2], vec![1], vec![1, 2]]);
    assert_eq!(room.mixer.rate_hz(), 16_000);
}

#[test]
fn of_twelve_the_loudest_three_are_heard() {
    let mut room = Room::opus(12);
    for (n, talker) in room.talkers.iter_mut().enumerate() {
        talker.peak = 1_500.0 * 1.25_f32.powi(n as i32);
    }
    room.speaks(&(1..=12).collect::<Vec<_>>());
    room.run(4.0);
    for listener in 1..=9 {
        assert_eq!(room.heard_by(listener), [10, 11, 12], "{listener}");
    }
    assert_eq!(room.heard_by(11), [10, 12]);
}

#[test]
fn listeners_with_the_same_mix_share_one_encode() {
    let mut room = Room::opus(20);
    room.speaks(&[1, 2]);
    room.run(2.0);
    let before = room.mixer.encoders.encodes();
    room.run(1.0);
    // The mix of each speaker, and that of all others.
    assert_eq!(room.mixer.encoders.encodes() - before, 3 * 50);
}

#[test]
fn voices_of_any_loudness_come_out_within_6_db() {
    let mut room = Room::opus(4);
    // Peaks of syllables: from about -35 to about -13 dBov.
    for (talker, peak) in room.talkers.iter_mut().zip([1_700.0, 6_000.0, 20_000.0]) {
        talker.peak = peak;
    }
    let mut levels = Vec::new();
    for speaker in [1, 2, 3] {
        room.speaks(&[speaker]);
        room.run(12.0);
        levels.push(room.last_level(4, 2.0));
    }
    let most = levels.iter().copied().fold(-99.0, f32::max);
    let least = levels.iter().copied().fold(0.0, f32::min);
    assert!(most - least < 6.0, "{levels:?}");
}

#[test]
fn a_conference_without_speech_has_noise_and_never_digital_silence() {
    let mut room = Room::opus(2);
    room.mixer.leave(LegId(2));
    room.run(2.0);
    let all = room.mixer.public();
    assert!(!all.is_empty() && all.windows(16).all(|some| some.iter().any(|sample| *sample != 0)));
    let level = dbov(all);
    assert!((-80.0..-55.0).contains(&level), "{level}");
}

#[test]
fn loud_voices_at_once_do_not_clip() {
    let mut room = Room::opus(4);
    for talker in &mut room.talkers {
        talker.peak = 32_000.0;
    }
    room.speaks(&[1, 2, 3]);
    let mut loudest = 0;
    for _ in 0..200 {
        room.step();
        let peak = room.mixer.public().iter().map(|sample| i32::from(*sample).abs()).max();
        loudest = loudest.max(peak.unwrap_or(0));
    }
    assert!((20_000..=29_300).contains(&loudest), "{loudest}");
}

#[test]
fn mute_deaf_hold_and_coach_hold_from_the_next_tick() {
    let mut room = Room::opus(3);
    room.speaks(&[1, 2, 3]);
    let cases: [(u64, Role, [Vec<u64>; 3]); 4] = [
        (1, Role { muted: true, ..NORMAL }, [vec![2, 3], vec![3], vec![2]]),
        (1, Role { deaf: true, ..NORMAL }, [vec![], vec![1, 3], vec![1, 2]]),
        (1, Role { held: true, ..NORMAL }, [vec![], vec![3], vec![2]]),
        (
            1,
            Role { coaches: Some(Coached::Member(LegId(2))), ..NORMAL },
            [vec![2, 3], vec![1, 3], vec![2]],
        ),
    ];
    for (leg, role, expected) in cases {
        room.role(leg, role);
        room.run(2.0);
        assert_eq!([1, 2, 3].map(|leg| room.heard_by(leg)), expected, "{role:?}");
        room.role(leg, NORMAL);
        room.run(2.0);
        assert_eq!(room.heard_by(3), [1, 2]);
    }
}

#[test]
fn all_agents_and_no_others_hear_a_coach_of_agents() {
    let mut room = Room::opus(4);
    room.role(1, Role { coaches: Some(Coached::Agents), ..NORMAL });
    room.role(2, Role { agent: true, ..NORMAL });
    room.role(3, Role { agent: true, ..NORMAL });
    room.speaks(&[1, 4]);
    room.run(2.0);
    let heard = [1, 2, 3, 4].map(|leg| room.heard_by(leg));
    assert_eq!(heard, [vec![4], vec![1, 4], vec![1, 4], vec![]]);
}

#[test]
fn as_many_speakers_as_wanted_are_mixed_and_a_mix_has_its_level() {
    let mut room = Room::opus(5);
    for (n, talker) in room.talkers.iter_mut().enumerate() {
        talker.peak = 9_000.0 - 1_500.0 * n as f32;
    }
    room.mixer.set_speakers(1);
    room.speaks(&[1, 2, 3, 4]);
    room.run(2.0);
    assert_eq!(room.heard_by(5).len(), 1);
    room.mixer.set_speakers(4);
    room.run(2.0);
    assert_eq!(room.heard_by(5), [1, 2, 3, 4]);
    // Its tones pause 4 times a second.
    let levels = (0..25).map(|_| {
        room.run(0.02);
        room.mixer.level(LegId(5)).unwrap()
    });
    let (level, speaks) = levels.reduce(|a, b| (a.0.max(b.0), a.1 && b.1)).unwrap();
    assert!(speaks && level > -40.0, "{level}");
    room.speaks(&[]);
    room.run(2.0);
    let (level, speaks) = room.mixer.level(LegId(5)).unwrap();
    assert!(!speaks && level < -50.0, "{level}");
}

#[test]
fn a_coach_is_never_heard_by_others_from_his_first_packet_on() {
    let mut room = Room::opus(3);
    room.role(1, Role { coaches: Some(Coached::Member(LegId(2))), ..NORMAL });
    room.speaks(&[1]);
    for n in 0..10 {
        room.run(0.3);
        assert_eq!(room.heard_by_at(3, 0.3), Vec::<u64>::new(), "{n}");
        // Another role and back, without a pause.
        room.role(
            1,
            Role { coaches: Some(Coached::Member(LegId(2))), muted: n % 2 == 0, ..NORMAL },
        );
    }
}

impl Room {
    fn heard_by_at(&self, leg: u64, seconds: f32) -> Vec<u64> {
        let all = &self.received[&LegId(leg)];
        let last = &all[all.len().saturating_sub((16_000.0 * seconds) as usize)..];
        let heard = |other: &&Talker| tone_db(last, 16_000, other.hz) > -60.0;
        self.talkers.iter().filter(heard).map(|talker| talker.leg.0).collect()
    }
}

#[test]
fn a_member_without_levels_is_heard_and_one_with_forged_levels_is_not() {
    let mut room = Room::opus(3);
    room.talkers[0].announces = false;
    room.speaks(&[1]);
    room.run(2.0);
    assert_eq!(room.heard_by(3), [1]);
}

#[test]
fn speaking_is_reported_once_and_its_end_after_the_hold() {
    let mut room = Room::opus(2);
    room.run(1.0);
    room.speaks(&[1]);
    room.run(2.0);
    room.speaks(&[]);
    room.run(1.0);
    let leg = LegId(1);
    assert_eq!(room.events, [MixerEvent::Speaking(leg, true), MixerEvent::Speaking(leg, false)]);
}

#[test]
fn a_prompt_is_heard_by_all_beside_the_speakers_and_reported_when_it_ends() {
    let mut room = Room::opus(3);
    room.speaks(&[1]);
    room.run(1.0);
    let mut beep = Samples::new(8_000);
    let step = 1_000.0 * std::f32::consts::TAU / 8_000.0;
    beep.extend(
        &(0..8_000).map(|n| ((n as f32 * step).sin() * 8_000.0) as i16).collect::<Vec<_>>(),
    );
    room.mixer.play(PlayId(7), &Source::Samples(Arc::new(beep)), Repeat::Times(1));
    room.run(1.1);
    for listener in [1, 2, 3] {
        let all = &room.received[&LegId(listener)];
        let last = &all[all.len() - 14_000..all.len() - 4_000];
        assert!(tone_db(last, 16_000, 1_000.0) > -20.0, "{listener}");
    }
    assert_eq!(room.heard_by(2), [1]);
    assert!(room.events.contains(&MixerEvent::PromptFinished(PlayId(7), PlayEnd::Finished)));
}

#[test]
fn a_change_between_a_shared_and_an_own_encode_makes_no_click() {
    let mut room = Room::opus(2);
    // One holds a long tone, as a prompt does, while the other's own mix comes and goes.
    let mut tone = Samples::new(16_000);
    let step = 600.0 * std::f32::consts::TAU / 16_000.0;
    tone.extend(
        &(0..160_000).map(|n| ((n as f32 * step).sin() * 6_000.0) as i16).collect::<Vec<_>>(),
    );
    room.mixer.play(PlayId(1), &Source::Samples(Arc::new(tone)), Repeat::Times(1));
    room.run(1.0);
    for _ in 0..4 {
        room.speaks(&[2]);
        room.run(0.5);
        room.speaks(&[]);
        room.run(1.0);
    }
    let all = &room.received[&LegId(2)];
    let (worst, at) = (16_000..all.len() - 3_200)
        .step_by(1_600)
        .map(|at| (purity_db(&all[at..at + 1_600], 16_000, 600.0), at))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap();
    assert!(worst > 20.0, "{worst} dB at {at}");
}

#[test]
fn two_workers_choose_alike_and_no_member_hears_himself() {
    let mut rooms = [Room::opus(6), Room::opus(6)];
    // Members 1 to 3 are on the first worker, 4 to 6 on the second.
    for leg in 1..=6 {
        rooms[usize::from(leg <= 3)].mixer.leave(LegId(leg));
    }
    let (first, second) = rooms.split_at_mut(1);
    let [first, second] = [&mut first[0], &mut second[0]];
    first.talkers.truncate(3);
    second.talkers.drain(..3);
    for room in [&mut *first, &mut *second] {
        room.speaks(&[1, 2, 5, 6]);
        for (talker, peak) in room.talkers.iter_mut().zip([4_000.0, 8_000.0, 12_000.0]) {
            talker.peak = peak;
        }
    }
    for _ in 0..200 {
        first.step_linked(second);
        second.step_linked(first);
    }
    // Of 1 (4,000), 2 (8,000), 5 (8,000) and 6 (12,000), the last three.
    let by = |room: &Room, leg: u64| {
        room.tones(leg, &[(1, 400.0), (2, 570.0), (5, 1_080.0), (6, 1_250.0)])
    };
    assert_eq!(
        [by(first, 1), by(first, 2), by(first, 3)],
        [vec![2, 5, 6], vec![5, 6], vec![2, 5, 6]]
    );
    assert_eq!(
        [by(second, 4), by(second, 5), by(second, 6)],
        [vec![2, 5, 6], vec![2, 6], vec![2, 5]]
    );
}

impl Room {
    /// A tick whose frames go to the other worker.
    fn step_linked(&mut self, other: &mut Self) {
        self.link = Some(Vec::new());
        self.step();
        let now = Time::ZERO + TICK * self.tick as u32;
        for frame in self.link.take().unwrap() {
            other.mixer.link(now, frame);
        }
    }

    fn tones(&self, leg: u64, tones: &[(u64, f32)]) -> Vec<u64> {
        let all = &self.received[&LegId(leg)];
        let last = &all[all.len() - 16_000..];
        let heard = tones.iter().filter(|(_, hz)| tone_db(last, 16_000, *hz) > -45.0);
        heard.map(|(leg, _)| *leg).collect()
    }
}
