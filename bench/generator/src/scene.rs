//! Who says what: all parties the same, or in rooms of which a few members speak.

use crate::Failure;
use crate::speech::{Codec, FRAME_MS, Talk, burst_frames, bursts, noise, speech};

/// Samples a second of what is said in conferences: their speakers send wide-band, not the full band.
const WIDE_HZ: u32 = 16_000;
const NARROW_HZ: u32 = 8_000;
const FULL_HZ: u32 = 48_000;
/// From this level on a frame is marked as voice, in dBov (RFC 6464 §3).
const VOICE_DBOV: f64 = -50.0;

/// Frames by which a conference's speakers are apart: a third of a syllable.
const SYLLABLE: usize = 4;
/// A frame that is so much below the level of all is silent, in dB.
const SILENT_DB: f64 = 20.0;

/// 20 ms of what a party says.
pub(crate) struct Frame {
    /// What is sent; nothing if it is empty.
    pub(crate) payload: Vec<u8>,
    /// The V bit and the level, as the header extension has them (RFC 6464 §3).
    pub(crate) level: u8,
    /// Whether a burst begins with it.
    pub(crate) onset: bool,
}

/// What one kind of party says, by codec.
pub(crate) struct Lines {
    opus: Vec<Frame>,
    pcmu: Vec<Frame>,
}

/// Which of the parties speak; the others send noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speakers {
    All,
    /// That many of each so many.
    Some {
        speakers: usize,
        of: usize,
    },
}

/// What all parties say.
pub(crate) struct Scene {
    spoken: Lines,
    /// What those say who do not speak.
    noise: Option<Lines>,
    speakers: Speakers,
    /// How many frames later each party begins than the one before it.
    stagger: usize,
}

impl Lines {
    /// From samples at 8 kHz for G.711, and at that rate for Opus.
    pub(crate) fn new(wide: (&[i16], u32), narrow: &[i16], dtx: bool) -> Result<Self, Failure> {
        let make = |codec: Codec, samples: &[i16], rate_hz: u32| -> Result<Vec<Frame>, Failure> {
            let payloads = codec.encode(samples, rate_hz, dtx)?;
            let levels = samples.chunks_exact(rate_hz as usize * FRAME_MS / 1_000).map(level);
            let frame = |(payload, level)| Frame { payload, level, onset: false };
            Ok(payloads.into_iter().zip(levels).map(frame).collect())
        };
        let opus = make(Codec::Opus, wide.0, wide.1)?;
        Ok(Self { opus, pcmu: make(Codec::Pcmu, narrow, NARROW_HZ)? })
    }

    /// Made for both rates.
    fn made(make: impl Fn(u32) -> Vec<i16>) -> Result<Self, Failure> {
        Self::new((&make(WIDE_HZ), WIDE_HZ), &make(NARROW_HZ), false)
    }

    fn of(&self, codec: Codec) -> &[Frame] {
        if codec == Codec::Opus { &self.opus } else { &self.pcmu }
    }
}

impl Speakers {
    /// The conference in which that party speaks, and its place among the speakers there. They lie apart, so that
    /// they do not all send in the same moment.
    fn place(self, party: usize) -> Option<(usize, usize)> {
        let Self::Some { speakers, of } = self else { return Some((party, 0)) };
        if speakers == 0 || of == 0 {
            return None;
        }
        let (apart, member) = ((of / speakers).max(1), party % of);
        let place = member / apart;
        (member.is_multiple_of(apart) && place < speakers).then_some((party / of, place))
    }
}

impl Scene {
    /// All say the same, each at another moment of it.
    pub(crate) fn of(talk: Talk) -> Result<Self, Failure> {
        let (full, narrow) = (speech(FULL_HZ, talk), speech(NARROW_HZ, talk));
        let spoken = Lines::new((&full, FULL_HZ), &narrow, talk == Talk::Conversation)?;
        Ok(Self::together(spoken, 37))
    }

    /// All say these lines.
    pub(crate) fn together(spoken: Lines, stagger: usize) -> Self {
        Self { spoken, noise: None, speakers: Speakers::All, stagger }
    }

    /// A conference: some speak without a pause, the others send noise of -60 dBov.
    pub(crate) fn conference(speakers: Speakers) -> Result<Self, Failure> {
        let spoken = Lines::made(|rate_hz| speech(rate_hz, Talk::Unbroken))?;
        Ok(Self { spoken, noise: Some(Lines::made(noise)?), speakers, stagger: 37 })
    }

    /// The same with speakers who send noise, too, and a burst of tone each second.
    pub(crate) fn bursts(speakers: Speakers) -> Result<Self, Failure> {
        let mut spoken = Lines::made(bursts)?;
        for frames in [&mut spoken.opus, &mut spoken.pcmu] {
            for frame in frames.iter_mut().step_by(burst_frames()) {
                frame.onset = true;
            }
        }
        Ok(Self { spoken, noise: Some(Lines::made(noise)?), speakers, stagger: 37 })
    }

    /// What a party says in the frame that is its `turn`-th.
    pub(crate) fn frame(&self, party: usize, codec: Codec, turn: usize) -> Option<&Frame> {
        let (lines, offset) = match (self.speakers.place(party), &self.noise) {
            // The syllables of one conference's speakers do not end together.
            (Some((room, place)), _) => (&self.spoken, room * self.stagger + place * SYLLABLE),
            (None, Some(noise)) => (noise, party * self.stagger),
            (None, None) => (&self.spoken, party * self.stagger),
        };
        let lines = lines.of(codec);
        lines.get((turn + offset) % lines.len().max(1))
    }
}

/// The level of samples in dBov: 0 is a square wave at full scale.
pub(crate) fn dbov(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let mean = power / samples.len().max(1) as f64;
    (10.0 * (mean / 32_768_f64.powi(2)).max(1e-13).log10()).max(-127.0)
}

/// Share of the frames of 20 ms that hold no sound, of samples at 8 kHz.
pub(crate) fn silent_share(samples: &[i16]) -> f64 {
    let limit = dbov(samples) - SILENT_DB;
    let frames = samples.chunks_exact(160);
    let count = frames.len().max(1) as f64;
    frames.filter(|frame| dbov(frame) < limit).count() as f64 / count
}

/// The octet of RFC 6464.
fn level(samples: &[i16]) -> u8 {
    let level = dbov(samples);
    u8::from(level > VOICE_DBOV) << 7 | (-level).round().clamp(0.0, 127.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_each_hundred_speak_and_the_others_send_noise() {
        let speakers = Speakers::Some { speakers: 3, of: 100 };
        let chosen: Vec<_> = (0..200).filter(|party| speakers.place(*party).is_some()).collect();
        assert_eq!(chosen, [0, 33, 66, 100, 133, 166]);
        assert!((0..9).all(|party| Speakers::Some { speakers: 0, of: 9 }.place(party).is_none()));
        let scene = Scene::conference(speakers).unwrap();
        for codec in [Codec::Opus, Codec::Pcmu] {
            let levels = |party| (0..500).map(move |turn| (party, turn));
            let level = |(party, turn)| scene.frame(party, codec, turn).unwrap().level;
            let voiced = levels(33).map(level).filter(|level| level & 0x80 != 0).count();
            assert!(voiced > 490, "{voiced} of 500");
            assert!(levels(34).map(level).all(|level| (59..=61).contains(&level)));
            let silent = levels(34).filter(|(party, turn)| {
                scene.frame(*party, codec, *turn).unwrap().payload.is_empty()
            });
            assert_eq!(silent.count(), 0, "no DTX");
        }
    }

    #[test]
    fn speakers_of_one_conference_are_never_silent_together() {
        for of in [100, 1_500] {
            let scene = Scene::conference(Speakers::Some { speakers: 3, of }).unwrap();
            for turn in 0..500 {
                let level = |place: usize| {
                    let frame = scene.frame(place * (of / 3), Codec::Pcmu, turn).unwrap();
                    frame.level & 0x7f
                };
                let levels = [level(0), level(1), level(2)];
                assert!(levels.iter().filter(|level| **level > 35).count() <= 1, "{levels:?}");
            }
        }
    }

    #[test]
    fn the_share_of_silence_is_that_of_frames() {
        let mut samples = vec![9_000_i16; 100 * 160];
        assert!(silent_share(&samples) < 1e-9);
        samples[1_600..1_600 + 480].fill(20);
        assert!((silent_share(&samples) - 0.03).abs() < 1e-9);
    }

    #[test]
    fn each_second_a_burst_begins_with_a_frame() {
        let scene = Scene::bursts(Speakers::Some { speakers: 1, of: 3 }).unwrap();
        for codec in [Codec::Opus, Codec::Pcmu] {
            for n in 0..500 {
                let frame = scene.frame(0, codec, n).unwrap();
                assert_eq!(frame.onset, n % 50 == 0);
                let loud = frame.level == 0x8c;
                assert_eq!(loud, n % 50 < 10, "{n}: {}", frame.level & 0x7f);
                assert!(!scene.frame(1, codec, n).unwrap().onset);
            }
        }
    }

    #[test]
    fn levels_are_those_of_rfc_6464() {
        assert_eq!(level(&[0; 160]), 127);
        assert_eq!(level(&[32_767; 160]), 0x80);
        assert_eq!(level(&[-33; 160]), 60);
        assert!((dbov(&[3_277; 160]) + 20.0).abs() < 0.1);
    }
}
