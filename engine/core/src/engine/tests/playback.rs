//! Playback to a leg before, during and after a bridge.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::lab::{Call, Lab};
use crate::dsp::purity_db;
use crate::dtmf::Payload;
use crate::rtp::Header;
use crate::{
    AudioCodec, Cadence, Command, Direction, Event, LegId, OfferOptions, PlayEnd, PlayId, Repeat,
    Source, Time, Tone,
};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);
const ONE: LegId = LegId(1);

fn tone(hz: f32, length: Duration) -> Source {
    Source::Tones(Cadence(vec![Tone { hz: [hz, 0.0], length, level_dbm0: -10.0 }]))
}

fn play(lab: &mut Lab, leg: LegId, number: u64, source: Source, repeat: Repeat) {
    let play = PlayId(number);
    lab.command(0, Command::Play { leg, play, source, repeat, stop_on_digit: false });
}

/// A server and browsers that keep what they hear.
fn keeping(browsers: u8) -> Lab {
    let mut lab = Lab::with_browsers(browsers);
    for host in &mut lab.hosts {
        host.config.capture = 5 * SECOND;
        host.engine = crate::Engine::new(host.config.clone());
    }
    lab
}

fn heard_db(lab: &Lab, browser: usize, hz: f32, seconds: f32) -> f32 {
    let heard = lab.hosts[browser].engine.captured(LegId(browser as u64), seconds);
    let (rate_hz, samples) = heard.unwrap();
    assert_eq!(samples.len(), (rate_hz as f32 * seconds) as usize);
    purity_db(&samples, rate_hz, hz)
}

fn ends(lab: &mut Lab) -> Vec<(LegId, u64, PlayEnd)> {
    let end = |event| match event {
        Event::PlayFinished(leg, play, end) => Some((leg, play.0, end)),
        _ => None,
    };
    lab.events(0).into_iter().filter_map(end).collect()
}

/// 20 ms packets from a browser, numbered on.
fn talk(lab: &mut Lab, call: &Call, numbers: std::ops::Range<u32>) {
    for n in numbers {
        let header = Header {
            marker: false,
            payload_type: 111,
            sequence: n as u16,
            timestamp: n * 960,
            ssrc: 7,
        };
        lab.speak(call.browser, header, &[0xf8, 0xff, 0xfe]);
        lab.run(SLOT);
    }
}

#[test]
fn a_tone_is_played_in_every_codec_and_its_end_is_reported() {
    for codec in AudioCodec::ALL {
        let mut lab = keeping(1);
        lab.called(1, &[codec]);
        lab.run(SECOND);
        play(&mut lab, ONE, 5, tone(440.0, 2 * SECOND), Repeat::Times(1));
        lab.run(Duration::from_millis(1_950));
        assert!(ends(&mut lab).is_empty());
        let purity = heard_db(&lab, 1, 440.0, 1.0);
        assert!(purity > 25.0, "{codec:?} {purity}");
        lab.run(SECOND);
        assert_eq!(ends(&mut lab), [(ONE, 5, PlayEnd::Finished)]);
    }
}

#[test]
fn an_early_play_waits_for_the_transport() {
    let mut lab = keeping(1);
    let mut call = Call {
        server: (0, ONE),
        browser: (1, ONE),
        at_server: lab.session(0, ONE),
        at_browser: lab.session(1, ONE),
    };
    let (offer, open) = call.at_server.offer(&OfferOptions::default()).unwrap();
    lab.command(0, open.unwrap());
    play(&mut lab, ONE, 1, tone(440.0, SECOND), Repeat::Times(1));
    lab.run(10 * SECOND);
    assert!(ends(&mut lab).is_empty());
    let (answer, agree) = call.at_browser.answer(&offer, Direction::SendRecv).unwrap();
    lab.command(1, agree);
    let agree = call.at_server.accept(&answer).unwrap();
    lab.command(0, agree);
    lab.run(3 * SECOND);
    assert_eq!(ends(&mut lab), [(ONE, 1, PlayEnd::Finished)]);
    let heard = lab.hosts[1].engine.captured(ONE, 5.0).unwrap();
    assert!(heard.1.len() as f32 > 0.98 * heard.0 as f32, "none of it was lost");
}

#[test]
fn a_play_ends_in_one_of_the_ways_there_are() {
    let mut lab = keeping(2);
    lab.call(1);
    lab.call(2);
    lab.run(SECOND);
    lab.events(0);
    play(&mut lab, ONE, 1, tone(440.0, SECOND), Repeat::Forever);
    lab.run(5 * SECOND);
    play(&mut lab, ONE, 2, tone(880.0, SECOND), Repeat::Times(3));
    assert_eq!(ends(&mut lab), [(ONE, 1, PlayEnd::Stopped)]);
    lab.run(Duration::from_millis(2_900));
    assert!(ends(&mut lab).is_empty());
    lab.run(Duration::from_millis(200));
    assert_eq!(ends(&mut lab), [(ONE, 2, PlayEnd::Finished)]);
    play(&mut lab, ONE, 3, Source::Silence(SECOND), Repeat::Forever);
    lab.command(0, Command::StopPlay(ONE));
    assert_eq!(ends(&mut lab), [(ONE, 3, PlayEnd::Stopped)]);
    play(&mut lab, ONE, 4, tone(440.0, SECOND), Repeat::Forever);
    lab.command(0, Command::Bridge(ONE, LegId(2)));
    assert_eq!(ends(&mut lab), [(ONE, 4, PlayEnd::Stopped)]);
    let junk = Source::Samples(Arc::new(crate::Samples::new(8_000)));
    play(&mut lab, ONE, 5, junk, Repeat::Times(1));
    lab.run(SLOT);
    let reported = ends(&mut lab);
    assert!(matches!(&reported[..], [(ONE, 5, PlayEnd::Unplayable(why))] if !why.is_empty()));
    play(&mut lab, ONE, 6, tone(440.0, SECOND), Repeat::Forever);
    lab.command(0, Command::Close(ONE));
    let events = lab.events(0);
    let stopped = Event::PlayFinished(ONE, PlayId(6), PlayEnd::Stopped);
    assert!(events.starts_with(&[stopped]), "{events:?}");
    assert_eq!(events.last(), Some(&Event::Closed(ONE)));
}

#[test]
fn play_and_bridge_share_one_unbroken_timeline() {
    let mut lab = Lab::with_browsers(2);
    let (a, _) = (lab.call(1), lab.call(2));
    lab.run(SECOND);
    lab.hosts[2].tap = Some(Vec::new());
    let two = LegId(2);
    play(&mut lab, two, 1, tone(440.0, SECOND), Repeat::Forever);
    lab.run(SECOND);
    lab.command(0, Command::Bridge(ONE, two));
    talk(&mut lab, &a, 0..50);
    play(&mut lab, two, 2, tone(440.0, SECOND), Repeat::Times(1));
    // The partner keeps talking and is not heard.
    talk(&mut lab, &a, 50..120);
    lab.run(SECOND);
    let tap = lab.hosts[2].tap.take().unwrap();
    let payloads: HashSet<_> = tap.iter().map(|(_, _, payload)| payload.len() == 3).collect();
    assert_eq!(payloads.len(), 2, "both were heard");
    let mut switches = 0;
    for pair in tap.windows(2) {
        let ((at, before, _), (then, after, _)) = (&pair[0], &pair[1]);
        let (before, after) = (&before.packet.header, &after.packet.header);
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let step = after.timestamp.wrapping_sub(before.timestamp);
        let passed = then.since(*at).as_millis() as u32 * 48;
        assert!(step >= 960 && step.abs_diff(passed) <= 960, "{step} {passed}");
        switches += u32::from(after.marker);
    }
    assert_eq!(switches, 3, "play, partner, play, partner");
}

#[test]
fn a_prompt_is_encoded_once_for_all_who_hear_it() {
    let mut lab = keeping(3);
    for browser in 1..=3 {
        lab.call(browser);
    }
    lab.run(SECOND);
    for n in 1..=3 {
        play(&mut lab, LegId(n), n, tone(440.0, 2 * SECOND), Repeat::Times(1));
        lab.run(Duration::from_millis(330));
    }
    lab.run(Duration::from_millis(1_270));
    for browser in 1..=3 {
        let purity = heard_db(&lab, browser, 440.0, 1.0);
        assert!(purity > 25.0, "{browser}: {purity}");
    }
    assert_eq!(lab.hosts[0].engine.played.packets(), 100);
    lab.run(2 * SECOND);
    assert_eq!(ends(&mut lab).len(), 3);
}

#[test]
fn packets_of_many_legs_are_spread_over_the_slot() {
    let mut lab = Lab::with_browsers(10);
    for browser in 1..=10 {
        lab.call(browser);
    }
    lab.run(SECOND);
    for n in 1..=10 {
        lab.hosts[n].tap = Some(Vec::new());
        play(&mut lab, LegId(n as u64), 1, tone(440.0, SECOND), Repeat::Forever);
    }
    lab.run(SECOND);
    let phase = |at: &Time| at.as_nanos() / 1_000_000 % 20;
    let phases: HashSet<_> = lab.hosts[1..]
        .iter()
        .map(|host| {
            let tap = host.tap.as_ref().unwrap();
            assert!((48..=51).contains(&tap.len()), "{}", tap.len());
            let all: HashSet<_> = tap.iter().map(|(at, _, _)| phase(at)).collect();
            assert_eq!(all.len(), 1, "one leg keeps its slot");
            all.into_iter().next()
        })
        .collect();
    assert_eq!(phases.len(), 10);
}

#[test]
fn time_goes_on_while_a_leg_is_on_hold() {
    let mut lab = Lab::with_browsers(1);
    let mut call = lab.call(1);
    lab.run(SECOND);
    lab.events(0);
    play(&mut lab, ONE, 1, tone(440.0, 2 * SECOND), Repeat::Times(1));
    lab.run(SECOND);
    let hold = OfferOptions { direction: Direction::Inactive, ..OfferOptions::default() };
    lab.negotiate(&mut call, &hold, |sdp| sdp);
    lab.hosts[1].tap = Some(Vec::new());
    lab.run(Duration::from_millis(1_100));
    assert_eq!(ends(&mut lab), [(ONE, 1, PlayEnd::Finished)]);
    assert!(lab.hosts[1].tap.as_ref().unwrap().len() <= 1, "but for what was on its way");
}

#[test]
fn the_first_packet_of_a_key_stops_what_it_may_stop() {
    for stop_on_digit in [true, false] {
        let mut lab = keeping(1);
        let call = lab.call(1);
        lab.run(SECOND);
        let source = tone(440.0, SECOND);
        let (play, repeat) = (PlayId(1), Repeat::Forever);
        lab.command(0, Command::Play { leg: ONE, play, source, repeat, stop_on_digit });
        lab.run(SECOND);
        lab.events(0);
        let mut numbers = 0..;
        let mut press = |lab: &mut Lab, timestamp: u32, end: bool| {
            let sequence = numbers.next().unwrap();
            let header =
                Header { marker: sequence == 0, payload_type: 110, sequence, timestamp, ssrc: 7 };
            let event = Payload { event: 5, end, volume: 10, duration: 960 };
            lab.speak(call.browser, header, &event.octets());
            lab.run(SLOT);
        };
        press(&mut lab, 0, false);
        let expected = [(ONE, 1, PlayEnd::Interrupted)];
        assert_eq!(ends(&mut lab), if stop_on_digit { &expected[..] } else { &[] });
        // The rest of the same key stops nothing that begins meanwhile, and neither do its repeated ends.
        let (play, source) = (PlayId(2), tone(440.0, SECOND));
        lab.command(0, Command::Play { leg: ONE, play, source, repeat, stop_on_digit });
        ends(&mut lab);
        press(&mut lab, 0, false);
        press(&mut lab, 0, true);
        press(&mut lab, 0, true);
        assert_eq!(ends(&mut lab), []);
        // A key of which only the end came is one as well.
        press(&mut lab, 9_600, true);
        let expected = [(ONE, 2, PlayEnd::Interrupted)];
        assert_eq!(ends(&mut lab), if stop_on_digit { &expected[..] } else { &[] });
    }
}
