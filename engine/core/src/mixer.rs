//! Mixes a conference: each member hears the loudest few of the others.
//!
//! A mixer has ticks of 20 ms. Levels come in on arrival ([`Mixer::arrived`]); each tick its owner decodes
//! the members that [`Mixer::wanted`] names, hands their frames in ([`Mixer::push`]), lets it
//! [`mix`](Mixer::mix), and sends each listener its [`packet`](Mixer::packet).

mod active_speaker;
mod cascade;
mod comfort_noise;
mod encode;
mod gain;
mod limiter;
mod matrix;
mod participant;
mod prompt;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::codec::Complexity;
use crate::{Coached, LegId, PlayEnd, PlayId, Repeat, Role, Source, Time};

use active_speaker::{Speaker, choose};
use comfort_noise::ComfortNoise;
use encode::{Encoders, Mix, rates};
use gain::SlowGain;
use participant::{LINES, Voice};
use prompt::Prompt;

pub(crate) use encode::Encoding;

/// A member that has spoken keeps a mix of its own for that many ticks: then those that it changes between have
/// been the same for a while.
const LINGER: u8 = 3;
/// A rate stays for that many ticks at least: a second.
const RATE_TICKS: u32 = 50;
/// Prompts at once; further ones take the place of the oldest.
const MOST_PROMPTS: usize = 8;

/// What happened in a conference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MixerEvent {
    /// A member began or stopped to speak.
    Speaking(LegId, bool),
    /// A prompt ended.
    PromptFinished(PlayId, PlayEnd),
}

/// A decoded frame of one member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoded<'a> {
    /// 20 ms of samples.
    pub(crate) samples: &'a [i16],
    /// Samples a second.
    pub(crate) rate_hz: u32,
    /// Their level.
    pub(crate) level_dbov: f32,
    /// RTP time of the first sample and units of the RTP clock in 20 ms, if the samples were received.
    pub(crate) received: Option<(u32, u32)>,
}

/// This tick's samples of a source, until the choice is made.
#[derive(Debug, Default)]
struct Pending {
    samples: Vec<i16>,
    rate_hz: u32,
    level_dbov: f32,
}

#[derive(Debug)]
struct Member {
    role: Role,
    speaker: Speaker,
    gain: SlowGain,
    voice: Voice,
    pending: Option<Pending>,
    encoding: Option<Encoding>,
    mix: Mix,
    linger: u8,
    /// Whether levels are known on arrival.
    announces: bool,
    /// Whether it sends Opus with the full band.
    fullband: bool,
    speaking: bool,
}

/// One conference, or the part of it on one worker.
#[derive(Debug)]
pub(crate) struct Mixer {
    most: usize,
    rate_hz: u32,
    rate_age: u32,
    ticks: u32,
    members: BTreeMap<LegId, Member>,
    remote: cascade::Remote,
    prompts: Vec<Prompt>,
    noise: ComfortNoise,
    encoders: Encoders,
    events: VecDeque<MixerEvent>,
    sum: Vec<f32>,
    backgrounds: [Vec<f32>; LINES],
}

impl Mixer {
    /// A mixer without members; at most `most` speakers are mixed at once.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            rate_hz: 8_000,
            rate_age: RATE_TICKS,
            ticks: 0,
            members: BTreeMap::new(),
            remote: cascade::Remote::default(),
            prompts: Vec::new(),
            noise: ComfortNoise::new(),
            encoders: Encoders::default(),
            events: VecDeque::new(),
            sum: Vec::new(),
            backgrounds: [Vec::new(), Vec::new()],
        }
    }

    /// So many speakers are mixed at once from now on.
    pub(crate) fn set_speakers(&mut self, most: usize) {
        self.most = most.max(1);
    }

    /// That leg is a member from now on, or has another role.
    pub(crate) fn join(&mut self, now: Time, leg: LegId, role: Role) {
        let member = self.members.entry(leg).or_insert_with(|| Member {
            role,
            speaker: Speaker::new(now),
            gain: SlowGain::default(),
            voice: Voice::default(),
            pending: None,
            encoding: None,
            mix: Mix::Public,
            linger: 0,
            announces: false,
            fullband: false,
            speaking: false,
        });
        member.role = role;
        // Until now its frames came by a link, if at all.
        self.remote.forget(leg);
    }

    /// That leg is no member any more.
    pub(crate) fn leave(&mut self, leg: LegId) {
        if self.members.remove(&leg).is_some_and(|member| member.speaking) {
            self.events.push_back(MixerEvent::Speaking(leg, false));
        }
    }

    /// Whether it has no members.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Members by number.
    pub(crate) fn members(&self) -> impl Iterator<Item = LegId> + '_ {
        self.members.keys().copied()
    }

    /// Samples a second of the mix.
    pub(crate) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// A packet of a member arrived. `level_dbov` is known if it carries a level, or decoding is cheap;
    /// `fullband` says whether it holds more than wide-band.
    pub(crate) fn arrived(
        &mut self,
        leg: LegId,
        rtp_time: u32,
        level_dbov: Option<f32>,
        fullband: bool,
    ) {
        let Some(member) = self.members.get_mut(&leg) else { return };
        member.announces = level_dbov.is_some();
        member.fullband = fullband;
        if let Some(level) = level_dbov {
            member.speaker.arrived(rtp_time, level);
        }
    }

    /// Whether this member has to be decoded in this tick.
    pub(crate) fn wanted(&self, leg: LegId) -> bool {
        let Some(member) = self.members.get(&leg) else { return false };
        let Member { role, speaker, voice, announces, .. } = member;
        voice.is_fading()
            || role.speaks() && (speaker.is_chosen() || speaker.may_speak() || !announces)
    }

    /// One member's frame of this tick.
    pub(crate) fn push(&mut self, leg: LegId, frame: Decoded<'_>) {
        let Some(member) = self.members.get_mut(&leg) else { return };
        let Decoded { samples, rate_hz, level_dbov, received } = frame;
        if let Some((rtp_time, tick)) = received {
            member.speaker.decoded(rtp_time, tick, level_dbov);
        }
        let pending = member.pending.get_or_insert_default();
        pending.samples.clear();
        pending.samples.extend_from_slice(samples);
        pending.rate_hz = rate_hz;
        pending.level_dbov = level_dbov;
    }

    /// Play to all members, beside what they say.
    pub(crate) fn play(&mut self, play: PlayId, source: &Source, repeat: Repeat) {
        match Prompt::open(play, source, repeat) {
            Ok(prompt) => {
                if self.prompts.len() == MOST_PROMPTS {
                    let oldest = self.prompts.remove(0);
                    self.finished(oldest.play, PlayEnd::Stopped);
                }
                self.prompts.push(prompt);
            }
            Err(error) => self.finished(play, PlayEnd::Unplayable(error.to_string())),
        }
    }

    /// Stop a prompt.
    pub(crate) fn stop_play(&mut self, play: PlayId) {
        if self.prompts.iter().any(|prompt| prompt.play == play) {
            self.prompts.retain(|prompt| prompt.play != play);
            self.finished(play, PlayEnd::Stopped);
        }
    }

    fn finished(&mut self, play: PlayId, end: PlayEnd) {
        self.events.push_back(MixerEvent::PromptFinished(play, end));
    }

    /// How a member receives its mix from now on.
    pub(crate) fn set_encoding(&mut self, leg: LegId, encoding: Encoding, loss: Option<f32>) {
        let Some(member) = self.members.get_mut(&leg) else { return };
        let before = member.encoding.unwrap_or(encoding);
        member.encoding = Some(encoding.losing(loss, before));
    }

    /// Choose the speakers and make all mixes of this tick.
    pub(crate) fn mix(&mut self, now: Time, complexity: Complexity) {
        self.ticks = self.ticks.wrapping_add(1);
        self.choose(now);
        self.set_rate(complexity);
        let narrow = self.members.values().filter_map(|member| member.encoding);
        let narrow = narrow.into_iter().any(|encoding| encoding.line(self.rate_hz) == 1);
        let rates = rates(self.rate_hz, narrow);
        self.fill_voices(rates);
        let floors = self.members.values().filter(|member| member.role.speaks());
        let floor = floors.map(|member| member.speaker.floor_dbov()).reduce(f32::max);
        self.noise.follow(floor);
        self.encoders.begin();
        for (line, rate_hz) in rates.into_iter().enumerate().filter(|(_, rate)| *rate > 0) {
            if let Some(background) = self.backgrounds.get_mut(line) {
                self.noise.fill((rate_hz / 50) as usize, background);
            }
        }
        self.assign();
        self.make_lines(rates);
        self.encoders.end();
    }

    /// Decide who is heard in this tick.
    fn choose(&mut self, now: Time) {
        let mut speakers = Vec::new();
        for (leg, member) in &mut self.members {
            let Member { role, speaker, speaking, .. } = member;
            speaker.step(now);
            if !role.speaks() {
                speaker.drop_out();
            }
            let reported = speaker.is_reported();
            if std::mem::replace(speaking, reported) != reported {
                self.events.push_back(MixerEvent::Speaking(*leg, reported));
            }
            if role.is_public() {
                speakers.push(speaker);
            } else {
                speaker.choose_alone(now);
            }
        }
        self.remote.step(now, &mut speakers);
        choose(now, self.most, &mut speakers);
    }

    /// Set the rate of the mix; it changes while no speaker is mixed, so that the change is inaudible.
    fn set_rate(&mut self, complexity: Complexity) {
        self.rate_age = self.rate_age.saturating_add(1);
        let opus = |member: &&Member| {
            member.encoding.is_some_and(|encoding| encoding.codec() == crate::AudioCodec::Opus)
        };
        let full =
            self.members.values().filter(|member| member.fullband).count() + self.remote.fullband();
        let wanted = match self.members.values().filter(opus).count() {
            0 => 8_000,
            _ if full >= 2 && complexity == Complexity::Full => 48_000,
            _ => 16_000,
        };
        let heard = self.members.values().any(|member| member.voice.is_fading())
            || self.remote.is_heard()
            || !self.prompts.is_empty();
        if wanted != self.rate_hz
            && (self.ticks < RATE_TICKS || !heard && self.rate_age >= RATE_TICKS)
        {
            self.rate_hz = wanted;
            self.rate_age = 0;
            self.encoders.clear();
        }
    }

    fn fill_voices(&mut self, rates: [u32; LINES]) {
        for member in self.members.values_mut() {
            let Some(pending) = &member.pending else {
                member.voice.skip();
                continue;
            };
            let chosen = member.speaker.is_chosen();
            if chosen {
                member.gain.record(pending.level_dbov, member.speaker.floor_dbov());
            }
            let factor = if chosen { member.gain.factor() } else { 0.0 };
            member.voice.push(&pending.samples, pending.rate_hz, rates, factor);
        }
        self.remote.fill(rates);
        let mut over = Vec::new();
        for prompt in &mut self.prompts {
            over.extend(prompt.step(rates).map(|end| (prompt.play, end)));
        }
        self.prompts.retain(|prompt| over.iter().all(|(play, _)| *play != prompt.play));
        for (play, end) in over {
            self.finished(play, end);
        }
    }

    /// Which mix each member hears in this tick.
    fn assign(&mut self) {
        let coached: Vec<Coached> = self
            .members
            .values()
            .filter(|member| member.voice.sounds())
            .filter_map(|member| member.role.coaches)
            .chain(self.remote.coached())
            .collect();
        for (leg, member) in &mut self.members {
            let is_coached = coached.iter().any(|coached| coached.is(*leg, member.role));
            let own = member.voice.sounds() && member.role.coaches.is_none() || is_coached;
            member.linger = if own { LINGER } else { member.linger.saturating_sub(1) };
            member.mix = match member.role.hears() {
                false => Mix::Quiet,
                true if member.linger > 0 => Mix::Own(*leg),
                true => Mix::Public,
            };
        }
    }

    fn make_lines(&mut self, rates: [u32; LINES]) {
        let needed = |member: &Member| {
            member.encoding.map(|encoding| (member.mix, encoding.line(self.rate_hz)))
        };
        let mut wanted: Vec<(Mix, usize)> = self.members.values().filter_map(needed).collect();
        wanted.sort_unstable();
        wanted.dedup();
        // A mix of one's own takes over the state of the one for all, as it was before this tick.
        wanted.retain(|(mix, _)| *mix != Mix::Public);
        let lines = rates.into_iter().enumerate().filter(|(_, rate)| *rate > 0);
        wanted.extend(lines.map(|(line, _)| (Mix::Public, line)));
        for (mix, line) in wanted {
            let rate_hz = rates.get(line).copied().unwrap_or(0);
            let speaks = self.sum(mix, line);
            self.encoders.line(mix, line, rate_hz, (&self.sum, speaks));
        }
    }

    /// Add up what is heard in a mix. Returns whether anybody speaks in it.
    fn sum(&mut self, mix: Mix, line: usize) -> bool {
        let Self { sum, backgrounds, members, remote, prompts, .. } = self;
        sum.clear();
        sum.extend_from_slice(backgrounds.get(line).map_or(&[], Vec::as_slice));
        let mut add = |samples: &[f32]| {
            sum.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample);
        };
        let listener = match mix {
            Mix::Quiet => return false,
            Mix::Public => None,
            Mix::Own(leg) => Some((leg, members.get(&leg).map_or(Role::default(), |m| m.role))),
        };
        // A source that fades out after it was muted still sounds; its role was that of before.
        let is_heard = |source: (LegId, Role)| match listener {
            None => source.1.coaches.is_none(),
            Some(listener) => {
                let source = (source.0, Role { muted: false, held: false, ..source.1 });
                matrix::hears(listener, source)
            }
        };
        let mut speaks = false;
        for (leg, member) in members.iter() {
            if is_heard((*leg, member.role)) {
                speaks |= member.voice.sounds();
                add(member.voice.samples(line));
            }
        }
        remote.each(|leg, role, voice| {
            if is_heard((leg, role)) {
                speaks |= voice.sounds();
                add(voice.samples(line));
            }
        });
        for prompt in prompts.iter() {
            add(prompt.voice.samples(line));
        }
        speaks
    }

    /// This tick's packet for a member; the same octets for all with the same mix and parameters.
    pub(crate) fn packet(&mut self, leg: LegId, complexity: Complexity) -> Option<&[u8]> {
        let member = self.members.get(&leg)?;
        self.encoders.packet(member.mix, member.encoding?, self.rate_hz, complexity)
    }

    /// The level of what a member hears in this tick, and whether anybody speaks in it.
    pub(crate) fn level(&self, leg: LegId) -> Option<(f32, bool)> {
        let member = self.members.get(&leg)?;
        self.encoders.level(member.mix, member.encoding?, self.rate_hz)
    }

    /// This tick's sound of the whole conference, at [`rate_hz`](Self::rate_hz).
    pub(crate) fn public(&self) -> &[i16] {
        self.encoders.samples(Mix::Public, 0)
    }

    /// What that member hears in this tick, and at which rate.
    pub(crate) fn heard_by(&self, leg: LegId) -> Option<(u32, &[i16])> {
        let member = self.members.get(&leg)?;
        let line = member.encoding?.line(self.rate_hz);
        let rate_hz = if line == 0 { self.rate_hz } else { 8_000 };
        Some((rate_hz, self.encoders.samples(member.mix, line)))
    }

    /// The oldest event, if there is any.
    pub(crate) fn poll(&mut self) -> Option<MixerEvent> {
        self.events.pop_front()
    }

    /// Clear this tick's frames; the next tick begins.
    pub(crate) fn end(&mut self) {
        self.members.values_mut().for_each(|member| member.pending = None);
    }
}
