//! Taps and detectors beside a bridge.

use std::time::Duration;

use super::lab::{Call, Lab};
use crate::codec::Law;
use crate::dsp::purity_db;
use crate::rtp::Header;
use crate::{
    AudioCodec, Command, Detection, Digit, Event, LegId, OfferOptions, PlayEnd, PlayId, Repeat,
    Source, TapBatch,
};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);
const ALICE: LegId = LegId(1);

/// Alice, with PCMU and as `bend` wants it, bridged to bob.
fn bridged(bend: impl Fn(String) -> String) -> (Lab, Call) {
    let mut lab = Lab::with_browsers(2);
    let mut alice = Call {
        server: (0, ALICE),
        browser: (1, ALICE),
        at_server: lab.session(0, ALICE),
        at_browser: lab.session(1, ALICE),
    };
    let options = OfferOptions { prefer: vec![AudioCodec::Pcmu], ..OfferOptions::default() };
    lab.negotiate(&mut alice, &options, bend);
    lab.called(2, &[AudioCodec::Pcmu]);
    lab.run(SECOND);
    lab.command(0, Command::Bridge(ALICE, LegId(2)));
    lab.hosts[2].tap = Some(Vec::new());
    lab.events(0);
    (lab, alice)
}

#[allow(clippy::needless_pass_by_value, reason = "descriptions are bent by value")]
fn without_events(sdp: String) -> String {
    let lines = sdp.lines().filter(|line| !line.contains(":110 ") && !line.contains(":126 "));
    let kept: Vec<String> = lines
        .map(|line| {
            if line.starts_with("m=") {
                line.replace(" 110", "").replace(" 126", "")
            } else {
                line.to_owned()
            }
        })
        .collect();
    kept.join("\r\n") + "\r\n"
}

/// 20 ms packets with those frequencies, numbered on.
fn speak(lab: &mut Lab, call: &Call, numbers: std::ops::Range<u32>, hz: [f32; 2]) {
    for n in numbers {
        let wave = |hz: f32, at: u32| (at as f32 * hz / 8_000.0 * std::f32::consts::TAU).sin();
        let sample = |at: u32| (4_000.0 * (wave(hz[0], at) + wave(hz[1], at))) as i16;
        let payload: Vec<u8> =
            (n * 160..(n + 1) * 160).map(|at| Law::Mu.encode(sample(at % 8_000))).collect();
        let header = Header {
            marker: n == 0,
            payload_type: 0,
            sequence: n as u16,
            timestamp: n * 160,
            ssrc: 7,
        };
        lab.speak(call.browser, header, &payload);
        lab.run(SLOT);
    }
}

fn tapped(events: Vec<Event>) -> Vec<TapBatch> {
    let batch = |event| match event {
        Event::Tapped(ALICE, batch) => Some(*batch),
        _ => None,
    };
    events.into_iter().filter_map(batch).collect()
}

#[test]
fn a_tap_gives_16_khz_audio_with_its_rtp_time_beside_an_unchanged_relay() {
    let (mut lab, alice) = bridged(|sdp| sdp);
    lab.command(0, Command::Tap { leg: ALICE, frames: 5 });
    speak(&mut lab, &alice, 0..150, [500.0, 0.0]);
    let batches = tapped(lab.events(0));
    assert!(batches.len() >= 29, "{}", batches.len());
    assert!(batches.iter().all(|batch| batch.samples.len() == 5 * 320 && batch.dropped == 0));
    let times: Vec<u32> = batches[15..].iter().map(|batch| batch.rtp_time).collect();
    assert!(times.windows(2).all(|pair| pair[1].abs_diff(pair[0] + 800) <= 40), "{times:?}");
    let samples: Vec<i16> = batches[10..].iter().flat_map(|b| b.samples.clone()).collect();
    assert!(purity_db(&samples, 16_000, 500.0) > 25.0);
    assert_eq!(lab.hosts[2].tap.as_ref().unwrap().len(), 150);
    lab.command(0, Command::Untap(ALICE));
    speak(&mut lab, &alice, 150..170, [500.0, 0.0]);
    assert_eq!(tapped(lab.events(0)), []);
    assert!(leg_has_no_receiver(&lab));
}

fn leg_has_no_receiver(lab: &Lab) -> bool {
    let table = &lab.hosts[0].engine.table;
    let leg = table.slot(ALICE).and_then(|slot| table.get(slot)).unwrap();
    leg.reception.is_none() && leg.listener.is_none()
}

#[test]
fn a_muted_leg_is_tapped_as_silence_and_a_closed_one_no_more() {
    let (mut lab, alice) = bridged(|sdp| sdp);
    lab.command(0, Command::Tap { leg: ALICE, frames: 1 });
    speak(&mut lab, &alice, 0..50, [500.0, 0.0]);
    lab.command(0, Command::Mute { leg: ALICE, muted: true });
    speak(&mut lab, &alice, 50..100, [500.0, 0.0]);
    let batches = tapped(lab.events(0));
    let loudest = |batch: &TapBatch| batch.samples.iter().map(|s| s.abs()).max().unwrap();
    assert!(batches[20..45].iter().all(|batch| loudest(batch) > 3_000));
    assert!(batches[70..].iter().all(|batch| loudest(batch) < 50));
    lab.command(0, Command::Close(ALICE));
    lab.events(0);
    lab.run(SECOND);
    assert_eq!(tapped(lab.events(0)), []);
    assert_eq!(lab.hosts[0].engine.ticks.wake().at, None);
}

#[test]
fn tones_are_digits_for_a_peer_without_telephone_events_only() {
    for (has_events, expected) in [(true, 0), (false, 2)] {
        let (mut lab, alice) = bridged(|sdp| if has_events { sdp } else { without_events(sdp) });
        let wanted = Detection { digits: true, ..Detection::default() };
        lab.command(0, Command::Detect { leg: ALICE, wanted });
        speak(&mut lab, &alice, 0..20, [0.0, 0.0]);
        speak(&mut lab, &alice, 20..26, [770.0, 1_336.0]);
        speak(&mut lab, &alice, 26..40, [0.0, 0.0]);
        speak(&mut lab, &alice, 40..46, [941.0, 1_477.0]);
        speak(&mut lab, &alice, 46..60, [0.0, 0.0]);
        let digit = |event: &Event| match event {
            Event::Digit(ALICE, Digit { digit, length }) => Some((*digit, length.as_millis())),
            _ => None,
        };
        let digits: Vec<_> = lab.events(0).iter().filter_map(digit).collect();
        assert_eq!(digits.len(), expected, "{digits:?}");
        for ((digit, length), key) in digits.iter().zip(['5', '#']) {
            assert!(*digit == key && (100..=140).contains(length), "{digits:?}");
        }
    }
}

#[test]
fn a_tone_stops_a_playback_while_the_key_is_down() {
    let (mut lab, alice) = bridged(without_events);
    let wanted = Detection { digits: true, ..Detection::default() };
    lab.command(0, Command::Detect { leg: ALICE, wanted });
    let source = Source::Silence(10 * SECOND);
    let play = PlayId(1);
    let repeat = Repeat::Times(1);
    lab.command(0, Command::Play { leg: ALICE, play, source, repeat, stop_on_digit: true });
    speak(&mut lab, &alice, 0..20, [0.0, 0.0]);
    speak(&mut lab, &alice, 20..30, [770.0, 1_336.0]);
    let end = Event::PlayFinished(ALICE, play, PlayEnd::Interrupted);
    assert_eq!(lab.events(0).into_iter().find(|event| !is_state(event)), Some(end));
}

fn is_state(event: &Event) -> bool {
    matches!(event, Event::MediaStarted(_))
}

#[test]
fn a_beep_and_the_silence_after_it_are_reported_until_nothing_is_wanted() {
    let (mut lab, alice) = bridged(|sdp| sdp);
    let silence = Some(2 * SECOND);
    let wanted = Detection { beep: true, silence, ..Detection::default() };
    lab.command(0, Command::Detect { leg: ALICE, wanted });
    speak(&mut lab, &alice, 0..20, [0.0, 0.0]);
    speak(&mut lab, &alice, 20..45, [1_000.0, 0.0]);
    speak(&mut lab, &alice, 45..200, [0.0, 0.0]);
    let events = lab.events(0);
    let beep = events.iter().position(|event| {
        matches!(event, Event::Beep(ALICE, beep) if (beep.hz - 1_000.0).abs() < 10.0
            && beep.length.as_millis().abs_diff(500) <= 40)
    });
    let silence = events.iter().position(|event| *event == Event::Silence(ALICE, 2 * SECOND));
    assert!(beep.is_some() && beep < silence, "{events:?}");
    lab.command(0, Command::Detect { leg: ALICE, wanted: Detection::default() });
    assert!(leg_has_no_receiver(&lab));
}

#[test]
fn comfort_noise_is_no_loss_and_a_pause_for_the_partner() {
    let (mut lab, alice) = bridged(|sdp| sdp);
    speak(&mut lab, &alice, 0..10, [500.0, 0.0]);
    for n in 10..20 {
        let header = Header {
            marker: false,
            payload_type: 13,
            sequence: n,
            timestamp: 160 * u32::from(n),
            ssrc: 7,
        };
        lab.speak(alice.browser, header, &[60]);
        lab.run(SLOT);
    }
    speak(&mut lab, &alice, 20..30, [500.0, 0.0]);
    lab.command(0, Command::Report(ALICE));
    let reported = lab.events(0).into_iter().find_map(|event| match event {
        Event::Reported(ALICE, report) => Some(report),
        _ => None,
    });
    let received = reported.unwrap().received;
    assert_eq!((received.packets, received.lost), (30, 0));
    let heard = lab.hosts[2].tap.take().unwrap();
    let numbers: Vec<u16> =
        heard.iter().map(|(_, incoming, _)| incoming.packet.header.sequence).collect();
    assert_eq!(numbers.len(), 20);
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{numbers:?}");
}
