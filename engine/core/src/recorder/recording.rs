//! What is recorded: frames of one or two tracks become blocks of samples for a file.

use std::time::Duration;

use crate::receive::{Frame, FrameKind, MAX_FRAME};
use crate::recording::{
    PauseMode, RecordedBlock, RecordingEnd, RecordingEndReason, RecordingLayout, RecordingSettings,
};

/// Frames a second.
const FRAMES: u64 = 50;
/// Frames of one block: what is lost at most, besides what the writer holds, if the process is killed.
const BLOCK_FRAMES: u64 = 10;
/// Kept around voice where silence is trimmed.
const MARGIN_FRAMES: u64 = 10;

/// One recording. Pass it 20 ms of each side at a time, and take its blocks.
#[derive(Debug)]
pub struct Recording {
    settings: RecordingSettings,
    block: Vec<i16>,
    /// Samples of each channel before `block`.
    at: u64,
    /// Frames that were recorded, those before the first voice included.
    frames: u64,
    /// The frame after the last one with voice.
    voice_end: Option<u64>,
    /// Frames before the first voice, to be kept.
    early: Vec<i16>,
    paused: Option<PauseMode>,
    /// Frames since voice, a pause not counted.
    silent: u64,
}

impl Recording {
    /// Nothing recorded yet.
    pub const fn new(settings: RecordingSettings) -> Self {
        Self {
            settings,
            block: Vec::new(),
            at: 0,
            frames: 0,
            voice_end: None,
            early: Vec::new(),
            paused: None,
            silent: 0,
        }
    }

    /// How many channels.
    pub const fn channels(&self) -> usize {
        match self.settings.layout {
            RecordingLayout::Mono => 1,
            RecordingLayout::Dual => 2,
        }
    }

    /// Samples a second.
    pub const fn rate_hz(&self) -> u32 {
        self.settings.rate_hz
    }

    /// Record no sound until [`resume`](Self::resume).
    pub const fn pause(&mut self, mode: PauseMode) {
        self.paused = Some(mode);
    }

    /// Go on after a pause.
    pub const fn resume(&mut self) {
        self.paused = None;
    }

    /// 20 ms more of the leg and of what it hears, both at the recording's rate; `None` is silence. Returns
    /// whether the recording ends with them.
    pub fn push(&mut self, leg: Option<&Frame>, heard: Option<&Frame>) -> Option<RecordingEnd> {
        match self.paused {
            Some(PauseMode::Skip) => return None,
            Some(PauseMode::Silence) => self.frame(None, None),
            None => {
                let voice = [leg, heard].into_iter().flatten().any(|frame| frame.voice);
                let comes = |frame: &Frame| frame.kind != FrameKind::Silence;
                self.note_voice(voice, [leg, heard].into_iter().flatten().any(comes));
                self.frame(leg, heard);
            }
        }
        self.frames += 1;
        let ends = self.due()?;
        Some(self.end(ends))
    }

    /// A block that is full.
    pub fn poll(&mut self) -> Option<RecordedBlock> {
        let full = BLOCK_FRAMES as usize * self.frame_length() * self.channels();
        (self.block.len() >= full).then(|| self.take())
    }

    /// What there is of the last block, after the end.
    pub fn rest(&mut self) -> Option<RecordedBlock> {
        (!self.block.is_empty()).then(|| self.take())
    }

    /// End now because it was stopped, without the last `cut` of it.
    pub fn stop(&self, cut: Duration) -> RecordingEnd {
        let end = self.end(RecordingEndReason::Stopped);
        let written = self.written();
        let cut = cut.as_millis() as u64 * u64::from(self.settings.rate_hz) / 1_000;
        RecordingEnd { length: end.length.min(written.saturating_sub(cut)), ..end }
    }

    /// End now, for that reason.
    pub fn end(&self, reason: RecordingEndReason) -> RecordingEnd {
        let frame = self.frame_length() as u64;
        let written = self.written();
        let length = match self.voice_end {
            _ if !self.settings.trim => written,
            // There was no voice.
            None => 0,
            Some(end) => {
                let after = self.frames.saturating_sub(end).saturating_sub(MARGIN_FRAMES);
                written.saturating_sub(after * frame)
            }
        };
        RecordingEnd { reason, length }
    }

    /// Samples of each channel until now.
    fn written(&self) -> u64 {
        self.at + (self.block.len() / self.channels()) as u64
    }

    fn due(&self) -> Option<RecordingEndReason> {
        let passed = |frames: u64, limit: Duration| frames * 20 >= limit.as_millis() as u64;
        if passed(self.frames, self.settings.max_length) {
            return Some(RecordingEndReason::Limit);
        }
        let silent = self.settings.silence_timeout.is_some_and(|limit| passed(self.silent, limit));
        silent.then_some(RecordingEndReason::Silence)
    }

    fn note_voice(&mut self, voice: bool, comes: bool) {
        if voice {
            self.silent = 0;
            self.voice_end = Some(self.frames + 1);
        } else if comes {
            self.silent += 1;
        }
    }

    fn frame(&mut self, leg: Option<&Frame>, heard: Option<&Frame>) {
        let length = self.frame_length();
        let early = self.settings.trim && self.voice_end.is_none();
        if !early {
            self.block.append(&mut self.early);
        }
        let layout = self.settings.layout;
        let out = if early { &mut self.early } else { &mut self.block };
        let silence = [0; MAX_FRAME];
        let leg = leg.map_or(&silence[..], Frame::samples);
        let heard = heard.map_or(&silence[..], Frame::samples);
        let both = leg.iter().zip(heard).take(length);
        match layout {
            RecordingLayout::Dual => out.extend(both.flat_map(|(leg, heard)| [*leg, *heard])),
            RecordingLayout::Mono => {
                out.extend(both.map(|(leg, heard)| leg.saturating_add(*heard)));
            }
        }
        let margin = MARGIN_FRAMES as usize * length * self.channels();
        let beyond = self.early.len().saturating_sub(margin);
        self.early.drain(..beyond);
    }

    fn frame_length(&self) -> usize {
        (u64::from(self.settings.rate_hz) / FRAMES) as usize
    }

    fn take(&mut self) -> RecordedBlock {
        let samples = std::mem::take(&mut self.block);
        let block = RecordedBlock { at: self.at, samples };
        self.at += (block.samples.len() / self.channels()) as u64;
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: RecordingSettings = RecordingSettings {
        rate_hz: 8_000,
        layout: RecordingLayout::Dual,
        max_length: Duration::from_secs(3_600),
        silence_timeout: None,
        trim: false,
    };

    fn frame(sample: i16, voice: bool) -> Frame {
        let mut frame = Frame::new(8_000);
        frame.samples_mut().fill(sample);
        frame.voice = voice;
        frame.kind = FrameKind::Speech;
        frame
    }

    /// All blocks, which must follow each other without a gap.
    fn all(recording: &mut Recording) -> Vec<i16> {
        let mut samples = Vec::new();
        while let Some(block) = recording.poll().or_else(|| recording.rest()) {
            assert_eq!(block.at as usize * recording.channels(), samples.len());
            samples.extend(block.samples);
        }
        samples
    }

    #[test]
    fn each_side_has_its_channel() {
        let mut recording = Recording::new(SETTINGS);
        recording.push(Some(&frame(5, true)), None);
        recording.push(None, Some(&frame(7, true)));
        let samples = all(&mut recording);
        assert_eq!(samples.len(), 2 * 320);
        assert!(samples[..320].chunks(2).all(|pair| pair == [5, 0]));
        assert!(samples[320..].chunks(2).all(|pair| pair == [0, 7]));
    }

    #[test]
    fn one_channel_has_the_sum_within_its_range() {
        let settings = RecordingSettings { layout: RecordingLayout::Mono, ..SETTINGS };
        let mut recording = Recording::new(settings);
        recording.push(Some(&frame(5, true)), Some(&frame(7, true)));
        recording.push(Some(&frame(30_000, true)), Some(&frame(30_000, true)));
        let samples = all(&mut recording);
        assert!(samples[..160].iter().all(|sample| *sample == 12));
        assert!(samples[160..].iter().all(|sample| *sample == i16::MAX));
    }

    #[test]
    fn a_block_is_ready_every_200_ms() {
        let mut recording = Recording::new(SETTINGS);
        for n in 1..=25 {
            recording.push(Some(&frame(n, true)), None);
            assert_eq!(recording.poll().is_some(), n % 10 == 0, "after {n} frames");
        }
        assert_eq!(recording.rest().unwrap().at, 20 * 160);
        let end = RecordingEnd { reason: RecordingEndReason::Stopped, length: 25 * 160 };
        assert_eq!(recording.end(RecordingEndReason::Stopped), end);
    }

    #[test]
    fn a_limit_ends_it_exactly() {
        let settings = RecordingSettings { max_length: Duration::from_secs(2), ..SETTINGS };
        let mut recording = Recording::new(settings);
        let ends = (1..=200).find_map(|n| Some((n, recording.push(None, None)?)));
        let end = RecordingEnd { reason: RecordingEndReason::Limit, length: 16_000 };
        assert_eq!(ends, Some((100, end)));
    }

    #[test]
    fn silence_ends_it_and_voice_does_not() {
        let timeout = Some(Duration::from_secs(1));
        let mut recording =
            Recording::new(RecordingSettings { silence_timeout: timeout, ..SETTINGS });
        let speaks = |n: u64| n < 40 || (60..70).contains(&n);
        let ends =
            (0..500).find_map(|n| Some((n, recording.push(Some(&frame(1, speaks(n))), None)?)));
        let (n, end) = ends.unwrap();
        // The last voice is in frame 69; the 50th silent frame after it ends the recording.
        assert_eq!((n, end.reason), (119, RecordingEndReason::Silence));
    }

    #[test]
    fn time_in_which_nothing_is_received_is_no_silence() {
        let timeout = Some(Duration::from_secs(1));
        let mut recording =
            Recording::new(RecordingSettings { silence_timeout: timeout, ..SETTINGS });
        assert!((0..200).all(|_| recording.push(Some(&Frame::new(8_000)), None).is_none()));
        assert!((0..49).all(|_| recording.push(Some(&frame(1, false)), None).is_none()));
        assert!(recording.push(Some(&frame(1, false)), None).is_some());
    }

    #[test]
    fn the_key_that_ended_it_is_cut_off() {
        let mut recording = Recording::new(SETTINGS);
        (0..50).for_each(|_| assert_eq!(recording.push(Some(&frame(1, true)), None), None));
        assert_eq!(recording.stop(Duration::from_millis(300)).length, 35 * 160);
        assert_eq!(recording.stop(Duration::from_secs(9)).length, 0);
    }

    #[test]
    fn trimming_keeps_200_ms_around_voice() {
        let mut recording = Recording::new(RecordingSettings { trim: true, ..SETTINGS });
        for n in 0..200_i16 {
            recording.push(Some(&frame(n, (50..100).contains(&n))), None);
        }
        let end = recording.end(RecordingEndReason::Stopped);
        let samples = all(&mut recording);
        // From frame 40 to frame 109.
        assert_eq!((samples[0], end.length), (40, 70 * 160));
        assert_eq!(samples[end.length as usize * 2 - 2], 109);
        let mut silent = Recording::new(RecordingSettings { trim: true, ..SETTINGS });
        (0..200).for_each(|_| assert_eq!(silent.push(None, None), None));
        assert_eq!(silent.end(RecordingEndReason::Stopped).length, 0);
        assert_eq!(all(&mut silent), []);
    }

    #[test]
    fn a_pause_is_silence_or_is_cut_out() {
        for (mode, frames) in [(PauseMode::Silence, 30), (PauseMode::Skip, 20)] {
            let mut recording = Recording::new(SETTINGS);
            for n in 0..30 {
                match n {
                    10 => recording.pause(mode),
                    20 => recording.resume(),
                    _ => {}
                }
                recording.push(Some(&frame(9, true)), Some(&frame(9, true)));
            }
            let samples = all(&mut recording);
            assert_eq!(samples.len(), frames * 320);
            let paused = &samples[10 * 320..(frames - 10) * 320];
            assert!(paused.iter().all(|sample| *sample == 0));
        }
    }
}
