//! Recordings of legs, bridges and conferences.

use std::time::Duration;

use super::lab::{Call, Lab};
use crate::codec::Law;
use crate::dsp::{dbov, purity_db};
use crate::recorder::{
    PauseMode, RecordedPart, RecordedSource, RecordingEnd, RecordingEndReason, RecordingLayout,
    RecordingSettings, Tracks,
};
use crate::rtp::Header;
use crate::{
    AudioCodec, Command, Event, LegId, MixerId, OfferOptions, PlayId, RecordCommand, RecordingId,
    Repeat, Role, Source,
};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);
const ALICE: LegId = LegId(1);
const BOB: LegId = LegId(2);
const ID: RecordingId = RecordingId(7);
const SETTINGS: RecordingSettings = RecordingSettings {
    rate_hz: 8_000,
    layout: RecordingLayout::Dual,
    max_length: Duration::from_secs(3_600),
    silence_timeout: None,
    trim: false,
};

/// Two callers with PCMU at a server.
struct Pair {
    lab: Lab,
    calls: [Call; 2],
    sent: u32,
}

impl Pair {
    fn new() -> Self {
        let mut lab = Lab::with_browsers(2);
        let calls = [1, 2].map(|host| {
            let leg = LegId(host as u64);
            let mut call = Call {
                server: (0, leg),
                browser: (host, leg),
                at_server: lab.session(0, leg),
                at_browser: lab.session(host, leg),
            };
            let options =
                OfferOptions { prefer: vec![AudioCodec::Pcmu], ..OfferOptions::default() };
            lab.negotiate(&mut call, &options, |sdp| sdp);
            call
        });
        lab.run(SECOND);
        lab.events(0);
        Self { lab, calls, sent: 0 }
    }

    fn bridged() -> Self {
        let mut pair = Self::new();
        pair.lab.command(0, Command::Bridge(ALICE, BOB));
        pair
    }

    fn record(&mut self, source: RecordedSource, settings: RecordingSettings) {
        let name = "one.wav".to_owned();
        let command = RecordCommand { recording: ID, source, name, settings };
        self.lab.command(0, Command::Record(Box::new(command)));
    }

    fn both(&mut self, settings: RecordingSettings) {
        self.record(RecordedSource::Leg(ALICE, Tracks::Both), settings);
    }

    /// That many packets of 20 ms from each, with a sound of each caller.
    fn talk(&mut self, packets: u32, sound: impl Fn(usize, u32) -> i16) {
        for _ in 0..packets {
            let n = self.sent;
            self.sent += 1;
            for (side, call) in self.calls.iter().enumerate() {
                let at = n * 160;
                let payload: Vec<u8> =
                    (at..at + 160).map(|at| Law::Mu.encode(sound(side, at))).collect();
                let header = Header {
                    marker: n == 0,
                    payload_type: 0,
                    sequence: n as u16,
                    timestamp: at,
                    ssrc: 70 + side as u32,
                };
                self.lab.speak(call.browser, header, &payload);
            }
            self.lab.run(SLOT);
        }
    }

    /// The file that comes of what is to be written: its channels, and the end.
    fn file(&mut self) -> (Vec<Vec<i16>>, RecordingEnd) {
        let parts = std::mem::take(&mut self.lab.hosts[0].recorded);
        let (mut samples, mut channels, mut end) = (Vec::new(), 0, None);
        for (recording, part) in parts {
            assert_eq!(recording, ID);
            match part {
                RecordedPart::Begin { name, channels: count, .. } => {
                    assert_eq!(name, "one.wav");
                    channels = usize::from(count);
                }
                RecordedPart::Block(block) => {
                    assert_eq!(block.at as usize * channels, samples.len());
                    samples.extend(block.samples);
                }
                RecordedPart::End(why) => assert_eq!(end.replace(why), None),
            }
        }
        let end = end.unwrap();
        samples.truncate(end.length as usize * channels);
        let channel = |n| samples.iter().skip(n).step_by(channels).copied().collect();
        ((0..channels).map(channel).collect(), end)
    }

    fn stop(&mut self) {
        self.lab.command(0, Command::StopRecording { recording: ID, cut: Duration::ZERO });
    }

    fn ended(&mut self) -> Vec<RecordingEnd> {
        let end = |event| match event {
            Event::RecordingEnded(ID, end) => Some(end),
            _ => None,
        };
        self.lab.events(0).into_iter().filter_map(end).collect()
    }

    fn uses_nothing(&self) -> bool {
        let table = &self.lab.hosts[0].engine.table;
        let legs = [ALICE, BOB].map(|leg| table.slot(leg).and_then(|slot| table.get(slot)));
        legs.into_iter().flatten().all(|leg| leg.reception.is_none())
    }
}

fn tone(hz: f32, at: u32) -> i16 {
    let seconds = (at % 8_000) as f32 / 8_000.0;
    (8_000.0 * (seconds * hz * std::f32::consts::TAU).sin()) as i16
}

/// A tone of each side, a click of both in each tenth second.
fn clicks(side: usize, at: u32) -> i16 {
    match at % 80_000 {
        40_000..40_080 => 30_000,
        39_200..41_000 => 0,
        _ => tone([400.0, 700.0][side], at) / 8,
    }
}

/// Where clicks begin.
fn found(samples: &[i16]) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        if *sample > 15_000 && found.last().is_none_or(|last| at - last > 8_000) {
            found.push(at);
        }
    }
    found
}

#[test]
fn each_side_has_its_channel_for_ten_minutes() {
    let mut pair = Pair::bridged();
    pair.both(SETTINGS);
    pair.talk(50 * 600, clicks);
    pair.stop();
    let (channels, end) = pair.file();
    assert_eq!(end.reason, RecordingEndReason::Stopped);
    assert_eq!(pair.ended(), [end]);
    let length_ms = end.length / 8;
    assert!(length_ms.abs_diff(600_000) <= 50, "{length_ms}");
    for (channel, hz) in channels.iter().zip([400.0, 700.0]) {
        let purity = purity_db(&channel[80_000..88_000], 8_000, hz);
        assert!(purity > 20.0, "{hz}: {purity}");
    }
    let [left, right] = [found(&channels[0]), found(&channels[1])];
    assert_eq!((left.len(), right.len()), (60, 60));
    for (left, right) in left.iter().zip(&right) {
        assert!(left.abs_diff(*right) <= 160, "{left} {right}");
    }
    let apart: Vec<usize> = left.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(apart.iter().all(|apart| apart.abs_diff(80_000) <= 400), "{apart:?}");
    assert!(pair.uses_nothing());
    pair.talk(5, clicks);
    assert_eq!(pair.lab.hosts[0].engine.ticks.wake().at, None);
}

#[test]
fn gaps_of_one_side_shift_nothing() {
    let mut pair = Pair::bridged();
    pair.both(SETTINGS);
    let mut n = 0_u32;
    // Every seventh to ninth packet of one side is lost on its way.
    pair.lab.tamper = Box::new(move |bytes, route| {
        let media = (128..192).contains(&bytes[0]) && route.local.port() == 6_000;
        n += u32::from(media && route.local.ip().to_string().ends_with(".1"));
        !media || !matches!(n % 40, 7..9)
    });
    pair.talk(50 * 60, clicks);
    pair.stop();
    let (channels, _) = pair.file();
    assert_eq!(channels[0].len(), channels[1].len());
    let [left, right] = [found(&channels[0]), found(&channels[1])];
    assert_eq!((left.len(), right.len()), (6, 6));
    for (left, right) in left.iter().zip(&right) {
        assert!(left.abs_diff(*right) <= 160, "{left} {right}");
    }
}

#[test]
fn the_other_channel_is_silent_until_the_bridge() {
    let mut pair = Pair::new();
    pair.both(SETTINGS);
    pair.talk(100, |side, at| tone([400.0, 700.0][side], at));
    pair.lab.command(0, Command::Bridge(ALICE, BOB));
    pair.talk(100, |side, at| tone([400.0, 700.0][side], at));
    pair.lab.command(0, Command::Close(ALICE));
    let (channels, end) = pair.file();
    assert!((end.length / 8).abs_diff(4_000) <= 50);
    assert!(channels[1][..15_900].iter().all(|sample| *sample == 0));
    assert!(purity_db(&channels[1][20_000..28_000], 8_000, 700.0) > 20.0);
    assert!(purity_db(&channels[0][8_000..30_000], 8_000, 400.0) > 20.0);
    assert!(pair.uses_nothing());
}

#[test]
fn a_leg_alone_or_what_it_hears_alone_has_one_channel() {
    let mono = RecordingSettings { layout: RecordingLayout::Mono, ..SETTINGS };
    for (tracks, hz) in [(Tracks::Inbound, 400.0), (Tracks::Outbound, 700.0)] {
        let mut pair = Pair::bridged();
        pair.record(RecordedSource::Leg(ALICE, tracks), mono);
        pair.talk(150, |side, at| tone([400.0, 700.0][side], at));
        pair.stop();
        let (channels, _) = pair.file();
        assert_eq!(channels.len(), 1);
        assert!(purity_db(&channels[0][8_000..], 8_000, hz) > 20.0, "{tracks:?}");
        assert!(pair.uses_nothing());
    }
}

#[test]
fn a_paused_recording_holds_nothing_that_was_said_meanwhile() {
    for (mode, length_ms) in [(PauseMode::Silence, 6_000), (PauseMode::Skip, 4_000)] {
        let mut pair = Pair::bridged();
        pair.both(SETTINGS);
        // The pause begins before what is not to be kept is said, and ends after it.
        pair.talk(100, |_, at| tone(400.0, at));
        pair.lab.command(0, Command::PauseRecording(ID, mode));
        pair.talk(100, |_, at| tone(1_700.0, at));
        pair.lab.command(0, Command::ResumeRecording(ID));
        pair.talk(100, |_, at| tone(400.0, at));
        pair.stop();
        let (channels, end) = pair.file();
        assert!((end.length / 8).abs_diff(length_ms) <= 50, "{mode:?}: {}", end.length / 8);
        for channel in &channels {
            let middle = channel[16_000..].iter().take(15_900);
            let silent = mode == PauseMode::Skip || middle.into_iter().all(|sample| *sample == 0);
            assert!(silent, "{mode:?}");
            assert!(purity_db(&channel[4_000..15_000], 8_000, 400.0) > 20.0);
            let tail = &channel[channel.len() - 12_000..];
            assert!(purity_db(tail, 8_000, 400.0) > 20.0, "{mode:?}");
        }
    }
}

#[test]
fn silence_and_the_limit_end_a_recording_and_the_call_goes_on() {
    let mono = RecordingSettings { layout: RecordingLayout::Mono, ..SETTINGS };
    let silence = RecordingSettings { silence_timeout: Some(2 * SECOND), ..mono };
    let limit = RecordingSettings { max_length: 3 * SECOND, ..mono };
    let cases =
        [(silence, RecordingEndReason::Silence, 3_000), (limit, RecordingEndReason::Limit, 3_000)];
    for (settings, reason, length_ms) in cases {
        let mut pair = Pair::new();
        pair.record(RecordedSource::Leg(ALICE, Tracks::Inbound), settings);
        // A second of a voice, then nothing but packets.
        let voice = |at: u32| if at % 1_600 < 1_000 { tone(300.0, at) } else { 0 };
        pair.talk(300, |_, at| if at < 8_000 { voice(at) } else { 0 });
        let [end] = pair.ended().try_into().unwrap();
        assert_eq!(end.reason, reason);
        assert!((end.length / 8).abs_diff(length_ms) <= 400, "{}", end.length / 8);
        assert!(pair.uses_nothing());
    }
}

#[test]
fn a_conference_is_recorded_as_a_mix_of_its_speakers() {
    let mut pair = Pair::new();
    let mixer = MixerId(1);
    for leg in [ALICE, BOB] {
        pair.lab.command(0, Command::Join { mixer, leg, role: Role::default(), speakers: 3 });
    }
    let mono = RecordingSettings { layout: RecordingLayout::Mono, rate_hz: 16_000, ..SETTINGS };
    pair.record(RecordedSource::Conference(mixer), mono);
    // Each in turn, a second long.
    let turn = |side, at: u32| at / 8_000 % 2 == side as u32;
    let sound = |side: usize, at| if turn(side, at) { tone([400.0, 700.0][side], at) } else { 0 };
    pair.talk(400, sound);
    pair.stop();
    let (channels, end) = pair.file();
    assert!((end.length / 16).abs_diff(8_000) <= 50);
    let part = |second: usize| &channels[0][second * 16_000 + 6_000..second * 16_000 + 12_000];
    for second in 2..7 {
        let hz = [400.0, 700.0][second % 2];
        let purity = purity_db(part(second), 16_000, hz);
        assert!(purity > 10.0, "{second} {hz}: {purity}");
    }
    // A member's recording has the other members on the right.
    pair.both(SETTINGS);
    pair.talk(200, sound);
    pair.stop();
    let (channels, _) = pair.file();
    let loud = |channel: &[i16], second: usize| dbov(&channel[second * 8_000 + 3_000..][..3_000]);
    for second in 1..3 {
        let [speaks, listens] = [second % 2, 1 - second % 2];
        let levels = [loud(&channels[speaks], second), loud(&channels[listens], second)];
        assert!(levels[0] > levels[1] + 20.0, "{second}: {levels:?}");
    }
}

#[test]
fn what_is_played_to_the_caller_is_not_taken_for_its_partner() {
    let mut pair = Pair::bridged();
    pair.both(SETTINGS);
    pair.talk(50, |_, at| tone(400.0, at));
    let source = Source::Silence(SECOND);
    let (play, repeat) = (PlayId(1), Repeat::Times(1));
    pair.lab.command(0, Command::Play { leg: ALICE, play, source, repeat, stop_on_digit: false });
    pair.talk(50, |_, at| tone(400.0, at));
    pair.stop();
    let (channels, _) = pair.file();
    let during = &channels[1][9_000..15_000];
    assert!(during.iter().all(|sample| *sample == 0));
}

#[test]
fn a_recording_of_a_leg_that_is_gone_ends_at_once_and_a_number_is_taken_once() {
    let mut pair = Pair::new();
    pair.record(RecordedSource::Leg(LegId(99), Tracks::Both), SETTINGS);
    pair.lab.run(SLOT * 2);
    let end = RecordingEnd { reason: RecordingEndReason::Stopped, length: 0 };
    assert_eq!(pair.ended(), [end]);
    pair.lab.hosts[0].recorded.clear();
    pair.both(SETTINGS);
    pair.both(SETTINGS);
    pair.talk(50, clicks);
    pair.stop();
    pair.stop();
    assert_eq!(pair.ended().len(), 1);
    pair.file();
}
