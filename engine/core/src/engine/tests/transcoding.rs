//! Voices in different codecs, and keys.

use std::f32::consts::TAU;
use std::time::Duration;

use super::lab::{Call, Lab};
use crate::codec::{Complexity, Law, OpusEncoder, OpusSettings};
use crate::dsp::purity_db;
use crate::dtmf::Payload;
use crate::rtp::Header;
use crate::{AudioCodec, Command, Digit, Event, LegId, PlayEnd, PlayId};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);

/// Two browsers in one call, the second in that codec; what the second hears is kept.
fn bridged(codec: AudioCodec) -> (Lab, Call, Call) {
    let mut lab = Lab::with_browsers(2);
    for host in &mut lab.hosts {
        host.config.capture = 3 * SECOND;
        host.engine = crate::Engine::new(host.config.clone());
    }
    let (a, b) = (lab.call(1), lab.called(2, &[codec]));
    lab.run(SECOND);
    assert!(lab.is_connected(1) && lab.is_connected(2));
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    for host in 0..3 {
        lab.events(host);
    }
    (lab, a, b)
}

/// A voice that sings one tone.
struct Singer {
    hz: f32,
    encoder: Option<OpusEncoder>,
    law: Law,
    n: u32,
}

impl Singer {
    fn opus(hz: f32) -> Self {
        let encoder = OpusEncoder::new(OpusSettings::speech(48_000)).unwrap();
        Self { hz, encoder: Some(encoder), law: Law::Mu, n: 0 }
    }

    fn g711(hz: f32, law: Law) -> Self {
        Self { hz, encoder: None, law, n: 0 }
    }

    fn packet(&mut self) -> (Header, Vec<u8>) {
        let rate = if self.encoder.is_some() { 48_000 } else { 8_000 };
        let frame = rate / 50;
        let sample = |at: u32| {
            let turns = (at as f32 * self.hz / rate as f32).fract();
            ((turns * TAU).sin() * 8_000.0) as i16
        };
        let samples: Vec<i16> = (self.n * frame..(self.n + 1) * frame).map(sample).collect();
        let mut payload = Vec::new();
        let payload_type = match (&mut self.encoder, self.law) {
            (Some(encoder), _) => {
                payload.resize(1_275, 0);
                let length = encoder.encode(&samples, &mut payload).unwrap();
                payload.truncate(length);
                111
            }
            (None, law) => {
                law.encode_into(&samples, &mut payload);
                if law == Law::Mu { 0 } else { 8 }
            }
        };
        let header = Header {
            marker: self.n == 0,
            payload_type,
            sequence: self.n as u16,
            timestamp: self.n * frame,
            ssrc: 7,
        };
        self.n += 1;
        (header, payload)
    }
}

fn sing(lab: &mut Lab, call: &Call, singer: &mut Singer, packets: u32) {
    for _ in 0..packets {
        let (header, payload) = singer.packet();
        lab.speak(call.browser, header, &payload);
        lab.run(SLOT);
    }
}

/// How much louder than everything else that tone is in what the browser heard last.
fn heard_db(lab: &Lab, browser: usize, hz: f32) -> f32 {
    let heard = lab.hosts[browser].engine.captured(LegId(browser as u64), 1.0);
    let (rate_hz, samples) = heard.unwrap();
    assert_eq!(samples.len(), rate_hz as usize);
    purity_db(&samples, rate_hz, hz)
}

#[test]
fn every_codec_is_transcoded_to_every_other() {
    for codec in AudioCodec::ALL {
        let (mut lab, a, b) = bridged(codec);
        let mut alice = Singer::opus(440.0);
        let mut bob = match codec {
            AudioCodec::Opus => Singer::opus(700.0),
            AudioCodec::Pcmu => Singer::g711(700.0, Law::Mu),
            AudioCodec::Pcma => Singer::g711(700.0, Law::A),
        };
        for _ in 0..100 {
            sing(&mut lab, &a, &mut alice, 1);
            let (header, payload) = bob.packet();
            lab.speak(b.browser, header, &payload);
        }
        lab.run(SLOT);
        let (at_bob, at_alice) = (heard_db(&lab, 2, 440.0), heard_db(&lab, 1, 700.0));
        assert!(at_bob > 20.0 && at_alice > 20.0, "{codec:?}: {at_bob} {at_alice}");
    }
}

#[test]
fn every_complexity_transmits_voice_and_encodes_differently() {
    let mut said = Vec::new();
    for complexity in [Complexity::Full, Complexity::Reduced, Complexity::Minimal] {
        let (mut lab, a, b) = bridged(AudioCodec::Pcmu);
        let mut bob = Singer::g711(700.0, Law::Mu);
        // An encoder that runs already changes too.
        sing(&mut lab, &b, &mut bob, 50);
        lab.hosts[0].engine.set_complexity(complexity);
        assert_eq!(lab.hosts[0].engine.complexity(), complexity);
        lab.hosts[1].tap = Some(Vec::new());
        sing(&mut lab, &b, &mut bob, 100);
        let heard = heard_db(&lab, a.browser.0, 700.0);
        assert!(heard > 20.0, "{complexity:?}: {heard}");
        let tap = lab.hosts[1].tap.take().unwrap();
        assert!(tap.len() >= 99);
        said.push(tap.into_iter().map(|(_, _, payload)| payload).collect::<Vec<_>>());
    }
    assert_ne!(said[0], said[1]);
    assert_ne!(said[1], said[2]);
}

#[test]
fn a_transcoded_voice_is_one_unbroken_line_and_gaps_stay_gaps() {
    let (mut lab, a, _) = bridged(AudioCodec::Pcmu);
    lab.hosts[2].tap = Some(Vec::new());
    let mut alice = Singer::opus(440.0);
    sing(&mut lab, &a, &mut alice, 50);
    lab.command(0, Command::Mute { leg: LegId(1), muted: true });
    sing(&mut lab, &a, &mut alice, 50);
    lab.command(0, Command::Mute { leg: LegId(1), muted: false });
    sing(&mut lab, &a, &mut alice, 50);
    lab.run(SECOND);
    let tap = lab.hosts[2].tap.take().unwrap();
    assert_eq!(tap.len(), 100);
    for pair in tap.windows(2) {
        let (before, after) = (&pair[0].1.packet.header, &pair[1].1.packet.header);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let step = after.timestamp.wrapping_sub(before.timestamp);
        assert!(step == 160 || (after.marker && step > 7_900), "{step} {after:?}");
        assert_eq!((pair[0].2.len(), before.payload_type), (160, 0));
    }
}

fn press(lab: &mut Lab, call: &Call, first: u16, payload_type: u8, units: u16) {
    for n in 0..8_u16 {
        let event = Payload { event: 5, end: n >= 5, volume: 10, duration: units * n.min(5) };
        let header = Header {
            marker: n == 0,
            payload_type,
            sequence: first + n,
            timestamp: 960 * u32::from(first),
            ssrc: 7,
        };
        lab.speak(call.browser, header, &event.octets());
        lab.run(SLOT);
    }
}

#[test]
fn a_digit_is_reported_once_and_relayed_in_either_clock() {
    for codec in [AudioCodec::Opus, AudioCodec::Pcmu] {
        let (mut lab, a, _) = bridged(codec);
        let mut alice = Singer::opus(440.0);
        sing(&mut lab, &a, &mut alice, 10);
        lab.events(0);
        press(&mut lab, &a, 10, 110, 960);
        lab.run(SECOND);
        let pressed = Digit { digit: '5', length: Duration::from_millis(100) };
        assert_eq!(lab.events(0), [Event::Digit(LegId(1), pressed)], "{codec:?}");
        let events = lab.events(2);
        assert!(events.contains(&Event::Digit(LegId(2), pressed)), "{codec:?} {events:?}");
    }
}

#[test]
fn a_digit_whose_end_is_lost_is_reported() {
    let (mut lab, a, _) = bridged(AudioCodec::Opus);
    let header = Header { marker: true, payload_type: 110, sequence: 1, timestamp: 0, ssrc: 7 };
    let event = Payload { event: 11, end: false, volume: 10, duration: 1_920 };
    lab.speak(a.browser, header, &event.octets());
    lab.run(SECOND);
    let events = lab.events(0);
    assert!(
        matches!(
            events[..],
            [Event::MediaStarted(_), Event::Digit(LegId(1), Digit { digit: '#', .. })]
        ),
        "{events:?}"
    );
}

#[test]
fn keys_are_pressed_for_the_peer() {
    let (mut lab, a, _) = bridged(AudioCodec::Pcmu);
    let mut alice = Singer::opus(440.0);
    let digits = "12w#".to_owned();
    lab.command(0, Command::SendDigits { leg: LegId(2), play: PlayId(9), digits });
    sing(&mut lab, &a, &mut alice, 100);
    let reported: Vec<_> = lab
        .events(2)
        .into_iter()
        .filter_map(|event| match event {
            Event::Digit(LegId(2), digit) => Some((digit.digit, digit.length.as_millis())),
            _ => None,
        })
        .collect();
    assert_eq!(reported, [('1', 100), ('2', 100), ('#', 100)]);
    let end = Event::PlayFinished(LegId(2), PlayId(9), PlayEnd::Finished);
    assert!(lab.events(0).contains(&end));
    sing(&mut lab, &a, &mut alice, 60);
    assert!(heard_db(&lab, 2, 440.0) > 20.0, "the voice is back");
}

#[test]
fn digits_that_cannot_be_sent_say_why() {
    let (mut lab, _, _) = bridged(AudioCodec::Pcmu);
    let digits = "1x".to_owned();
    lab.command(0, Command::SendDigits { leg: LegId(2), play: PlayId(1), digits });
    let events = lab.events(0);
    let [Event::PlayFinished(LegId(2), PlayId(1), PlayEnd::Unplayable(why))] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(!why.is_empty());
}
