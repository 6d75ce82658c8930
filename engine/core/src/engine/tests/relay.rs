//! Media from one browser to another.

use std::time::Duration;

use super::lab::{Call, DELAY, Lab};
use crate::rtp::Header;
use crate::{AudioCodec, Command, Direction, Event, IceMode, LegId, OfferOptions, Time};

const SECOND: Duration = Duration::from_secs(1);
const SLOT: Duration = Duration::from_millis(20);

/// Two browsers in one call through the server; what the second hears is tapped.
fn bridged() -> (Lab, Call, Call) {
    let mut lab = Lab::with_browsers(2);
    let (a, b) = (lab.call(1), lab.call(2));
    lab.run(SECOND);
    assert!(lab.is_connected(1) && lab.is_connected(2));
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    lab.hosts[2].tap = Some(Vec::new());
    for host in 0..3 {
        lab.events(host);
    }
    (lab, a, b)
}

fn header(n: u32) -> Header {
    Header {
        marker: n == 0,
        payload_type: 111,
        sequence: 60_000_u16.wrapping_add(n as u16),
        timestamp: 0xffff_0000_u32.wrapping_add(n.wrapping_mul(960)),
        ssrc: 77,
    }
}

/// `count` packets from the first browser, 20 ms apart, that begin with number `first`.
fn talk(lab: &mut Lab, call: &Call, first: u32, count: u32) {
    for n in first..first + count {
        lab.speak(call.browser, header(n), &n.to_be_bytes());
        lab.run(SLOT);
    }
}

fn heard(lab: &Lab) -> Vec<(Header, u32)> {
    let tap = lab.hosts[2].tap.as_ref().unwrap();
    tap.iter()
        .map(|(_, incoming, payload)| {
            (incoming.packet.header, u32::from_be_bytes(payload[..].try_into().unwrap()))
        })
        .collect()
}

#[test]
fn ten_thousand_packets_arrive_as_one_unbroken_line() {
    let (mut lab, a, _) = bridged();
    talk(&mut lab, &a, 0, 10_000);
    lab.run(SECOND);
    let heard = heard(&lab);
    assert_eq!(heard.len(), 10_000);
    let first = heard[0].0;
    for (n, (header, payload)) in (0_u32..).zip(&heard) {
        assert_eq!(*payload, n);
        assert_eq!(header.sequence, first.sequence.wrapping_add(n as u16));
        assert_eq!(header.timestamp, first.timestamp.wrapping_add(n.wrapping_mul(960)));
        assert_eq!((header.ssrc, header.payload_type), (first.ssrc, 111));
        assert_eq!(header.marker, n == 0);
    }
    assert_ne!(first.ssrc, 77, "the peer's SSRC is not passed on");
    let tap = lab.hosts[2].tap.as_ref().unwrap();
    assert_eq!(tap[0].0, Time::ZERO + SECOND + 2 * DELAY);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
}

#[test]
fn lost_packets_are_gaps_and_late_ones_find_their_place() {
    let (mut lab, a, _) = bridged();
    for n in [0, 1, 2, 4, 3, 7, 6, 8] {
        lab.speak(a.browser, header(n), &n.to_be_bytes());
        lab.run(SLOT);
    }
    lab.run(SECOND);
    let heard = heard(&lab);
    let first = heard[0].0.sequence;
    let numbers: Vec<_> = heard.iter().map(|(h, p)| (h.sequence.wrapping_sub(first), *p)).collect();
    assert_eq!(numbers, [(0, 0), (1, 1), (2, 2), (4, 4), (3, 3), (7, 7), (6, 6), (8, 8)]);
}

#[test]
fn a_source_that_starts_over_goes_on_in_one_line() {
    let (mut lab, a, _) = bridged();
    talk(&mut lab, &a, 0, 50);
    for n in 0..50_u32 {
        let header =
            Header { ssrc: 99, sequence: 60_500 + n as u16, timestamp: n * 960, ..header(n) };
        lab.speak(a.browser, header, &(50 + n).to_be_bytes());
        lab.run(SLOT);
    }
    let heard = heard(&lab);
    assert_eq!(heard.len(), 100);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].0.ssrc, pair[0].0.ssrc);
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
        let step = pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp);
        assert!((960..=1_920).contains(&step), "{step}");
    }
}

#[test]
fn a_leg_that_takes_anothers_place_goes_on_in_its_line() {
    let (mut lab, a, _) = bridged();
    talk(&mut lab, &a, 0, 50);
    // The page was reloaded: another browser, with a certificate and numbers of its own.
    let host = lab.host(IceMode::Full, "198.51.100.9:6000");
    let again = lab.call(host);
    lab.command(0, Command::Close(LegId(1)));
    lab.run(SECOND);
    assert!(lab.is_connected(host));
    lab.command(0, Command::Bridge(again.server.1, LegId(2)));
    // What the old page still sends is dropped.
    lab.speak(a.browser, header(50), &[9; 4]);
    for n in 0..50_u32 {
        let header = Header { ssrc: 99, sequence: n as u16, timestamp: n * 960, ..header(n) };
        lab.speak(again.browser, header, &(50 + n).to_be_bytes());
        lab.run(SLOT);
    }
    let heard = heard(&lab);
    assert_eq!(heard.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    for pair in heard.windows(2) {
        assert_eq!(pair[1].0.ssrc, pair[0].0.ssrc);
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
    }
    // The pause is on the listener's clock: a second, and the slot that would have come next.
    let step = heard[50].0.timestamp.wrapping_sub(heard[49].0.timestamp);
    assert!((48_000..=50_000).contains(&step), "{step}");
    let steady =
        |pair: &[(Header, u32)]| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp) == 960;
    assert!(heard[..50].windows(2).all(steady) && heard[50..].windows(2).all(steady));
}

#[test]
fn mute_hold_and_parting_silence_one_direction_without_a_gap() {
    let (mut lab, mut a, _) = bridged();
    let mut n = 0;
    let mut expect = |lab: &mut Lab, a: &Call, passes: bool| {
        let before = heard(lab).len();
        talk(lab, a, n, 10);
        n += 10;
        lab.run(2 * DELAY);
        assert_eq!(heard(lab).len() - before, if passes { 10 } else { 0 }, "before {n}");
    };
    expect(&mut lab, &a, true);
    lab.command(0, Command::Mute { leg: LegId(1), muted: true });
    expect(&mut lab, &a, false);
    lab.command(0, Command::Mute { leg: LegId(1), muted: false });
    expect(&mut lab, &a, true);
    let hold = OfferOptions { direction: Direction::RecvOnly, ..OfferOptions::default() };
    lab.negotiate(&mut a, &hold, |sdp| sdp);
    expect(&mut lab, &a, false);
    lab.negotiate(&mut a, &OfferOptions::default(), |sdp| sdp);
    expect(&mut lab, &a, true);
    lab.command(0, Command::Unbridge(LegId(2)));
    expect(&mut lab, &a, false);
    lab.command(0, Command::Bridge(LegId(2), LegId(1)));
    expect(&mut lab, &a, true);
    let heard = heard(&lab);
    for pair in heard.windows(2) {
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
    }
}

#[test]
fn silence_is_reported_once_and_so_is_its_end() {
    let (mut lab, a, _) = bridged();
    talk(&mut lab, &a, 0, 10);
    lab.run(20 * SECOND);
    talk(&mut lab, &a, 10, 10);
    lab.run(20 * SECOND);
    assert_eq!(
        lab.events(0),
        [
            Event::MediaStarted(LegId(1)),
            Event::MediaLost(LegId(1)),
            Event::MediaResumed(LegId(1)),
            Event::MediaLost(LegId(1)),
        ]
    );
}

#[test]
fn silence_on_hold_is_no_loss() {
    let (mut lab, mut a, _) = bridged();
    talk(&mut lab, &a, 0, 10);
    let hold = OfferOptions { direction: Direction::RecvOnly, ..OfferOptions::default() };
    lab.negotiate(&mut a, &hold, |sdp| sdp);
    lab.run(60 * SECOND);
    assert_eq!(lab.events(0), [Event::MediaStarted(LegId(1))]);
    lab.negotiate(&mut a, &OfferOptions::default(), |sdp| sdp);
    lab.run(4 * SECOND);
    assert_eq!(lab.events(0), []);
}

#[test]
fn other_numbers_for_the_same_codec_are_translated() {
    let mut lab = Lab::with_browsers(2);
    let (a, _) = (lab.call(1), lab.called(2, &[AudioCodec::Opus]));
    // The second leg was offered to, so it keeps our number; bend the first to another.
    lab.run(SECOND);
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    lab.hosts[2].tap = Some(Vec::new());
    let server = &mut lab.hosts[0].engine;
    let slot = server.table.slot(LegId(1)).unwrap();
    let media = server.table.get_mut(slot).unwrap().media.as_mut().unwrap();
    media.params.receiving[0].payload_type = 96;
    for n in 0..5 {
        let header = Header { payload_type: 96, ..header(n) };
        lab.speak(a.browser, header, &n.to_be_bytes());
        lab.run(SLOT);
    }
    lab.run(2 * DELAY);
    let numbers: Vec<_> = heard(&lab).iter().map(|(h, _)| h.payload_type).collect();
    assert_eq!(numbers, [111; 5]);
}

#[test]
fn reports_have_round_trip_and_loss() {
    let (mut lab, a, b) = bridged();
    lab.hosts[2].tap = None;
    for n in 0..1_000 {
        if n % 10 != 3 {
            lab.speak(a.browser, header(n), &n.to_be_bytes());
        }
        lab.speak(b.browser, Header { ssrc: 5, ..header(n) }, &n.to_be_bytes());
        lab.run(SLOT);
    }
    lab.events(0);
    lab.command(0, Command::Report(LegId(1)));
    let events = lab.events(0);
    let [Event::Reported(LegId(1), report)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(report.codec, "opus/48000/2");
    assert_eq!((report.received.packets, report.received.lost), (900, 100));
    assert_eq!(report.received.longest_loss, 1);
    assert_eq!(report.sent.packets, 1_000);
    assert_eq!(report.refused, 0);
    let rtt = report.rtt.unwrap().as_millis();
    assert!((19..=21).contains(&rtt), "{rtt}");
    assert!(report.received.mos.unwrap() < 4.4);
}
