//! Links between the parts of a conference on several workers. They carry the chosen speakers one by one,
//! with identity and level, not a mix: so every worker chooses the same, and no member hears its own voice.

use std::collections::{BTreeMap, VecDeque};

use crate::{Coached, LegId, LinkFrame, Role, Time};

use super::active_speaker::Speaker;
use super::participant::{LINES, Voice};
use super::{Mixer, Pending};

/// Frames that wait for their tick: the ticks of two workers are up to one apart.
const MOST_WAITING: usize = 3;
/// A speaker without frames for that many ticks is gone.
const GONE: u32 = 50;

/// Speakers of other workers.
#[derive(Debug, Default)]
pub(super) struct Remote {
    speakers: BTreeMap<LegId, RemoteSpeaker>,
}

#[derive(Debug)]
struct RemoteSpeaker {
    role: Role,
    speaker: Speaker,
    voice: Voice,
    waiting: VecDeque<LinkFrame>,
    last: LinkFrame,
    /// Ticks without a frame.
    missing: u32,
}

impl Remote {
    /// A frame of a speaker came.
    fn push(&mut self, now: Time, frame: LinkFrame) {
        let role = Role { coaches: frame.coaches, ..Role::default() };
        let remote = self.speakers.entry(frame.leg).or_insert_with(|| RemoteSpeaker {
            role,
            speaker: Speaker::new(now),
            voice: Voice::default(),
            waiting: VecDeque::new(),
            last: frame.clone(),
            missing: 0,
        });
        remote.role = role;
        if remote.waiting.len() == MOST_WAITING {
            remote.waiting.pop_front();
        }
        remote.waiting.push_back(frame);
    }

    /// That speaker is on this worker now.
    pub(super) fn forget(&mut self, leg: LegId) {
        self.speakers.remove(&leg);
    }

    /// Take this tick's frames, and add those who can be chosen.
    pub(super) fn step<'a>(&'a mut self, now: Time, speakers: &mut Vec<&'a mut Speaker>) {
        self.speakers.retain(|_, remote| remote.missing < GONE);
        for remote in self.speakers.values_mut() {
            match remote.waiting.pop_front() {
                Some(frame) => {
                    remote.speaker.arrived(0, frame.level_dbov);
                    remote.last = frame;
                    remote.missing = 0;
                }
                None => remote.missing += 1,
            }
            remote.speaker.step(now);
            if remote.role.coaches.is_some() {
                remote.speaker.choose_alone(now);
            } else {
                speakers.push(&mut remote.speaker);
            }
        }
    }

    /// Members elsewhere that send the full band, as far as they speak.
    pub(super) fn fullband(&self) -> usize {
        self.speakers.values().filter(|remote| remote.last.fullband).count()
    }

    pub(super) fn is_heard(&self) -> bool {
        self.speakers.values().any(|remote| remote.voice.is_fading())
    }

    pub(super) fn fill(&mut self, rates: [u32; LINES]) {
        for remote in self.speakers.values_mut() {
            let heard = remote.speaker.is_chosen() && remote.missing == 0;
            if !heard && !remote.voice.is_fading() {
                remote.voice.skip();
                continue;
            }
            // Where a frame is missing, the last one fades out.
            let LinkFrame { samples, rate_hz, gain, .. } = &remote.last;
            remote.voice.push(samples, *rate_hz, rates, if heard { *gain } else { 0.0 });
        }
    }

    /// Those whom a speaker elsewhere coaches now.
    pub(super) fn coached(&self) -> impl Iterator<Item = Coached> + '_ {
        let sounding = self.speakers.values().filter(|remote| remote.voice.sounds());
        sounding.filter_map(|remote| remote.role.coaches)
    }

    pub(super) fn each(&self, mut act: impl FnMut(LegId, Role, &Voice)) {
        self.speakers.iter().for_each(|(leg, remote)| act(*leg, remote.role, &remote.voice));
    }
}

impl Mixer {
    /// A frame of a speaker on another worker came.
    pub(crate) fn link(&mut self, now: Time, frame: LinkFrame) {
        if !self.members.contains_key(&frame.leg) {
            self.remote.push(now, frame);
        }
    }

    /// This tick's frames of the members that are heard, for the other parts of the conference.
    pub(crate) fn links(&self) -> Vec<LinkFrame> {
        let heard = self.members.iter().filter(|(_, member)| member.voice.sounds());
        let frames = heard.filter_map(|(leg, member)| {
            let Pending { samples, rate_hz, .. } = member.pending.as_ref()?;
            Some(LinkFrame {
                leg: *leg,
                coaches: member.role.coaches,
                level_dbov: member.speaker.level_dbov(),
                gain: member.gain.factor(),
                fullband: member.fullband,
                rate_hz: *rate_hz,
                samples: samples.as_slice().into(),
            })
        });
        frames.collect()
    }
}
