//! Audio levels of packets: reported, and relayed to the partner (RFC 6464).

use std::time::Duration;

use super::lab::{Call, Lab};
use crate::negotiation::AUDIO_LEVEL;
use crate::rtp::Header;
use crate::{Command, Event, LegId, LevelReport, OfferOptions};

const SLOT: Duration = Duration::from_millis(20);
/// The V bit and -30 dBov.
const VOICE_30: u8 = 158;
/// No voice, -90 dBov.
const NOISE_90: u8 = 90;

/// Alice, whose packets carry the level under 5, bridged to bob, whose descriptions `bend` changes.
fn lab(vad: bool, bend: impl Fn(String) -> String) -> (Lab, Call) {
    let mut lab = Lab::with_browsers(2);
    let mut start = |browser, bend: &dyn Fn(String) -> String| {
        let leg = LegId(browser as u64);
        let mut call = Call {
            server: (0, leg),
            browser: (browser, leg),
            at_server: lab.session(0, leg),
            at_browser: lab.session(browser, leg),
        };
        lab.negotiate(&mut call, &OfferOptions::default(), bend);
        call
    };
    let hers = |sdp: String| {
        let sdp = if vad { sdp } else { without_vad(sdp) };
        if sdp.contains("setup:actpass") {
            sdp.replace("a=extmap:1 ", "a=extmap:5 ")
        } else {
            sdp.replace("a=extmap:5 ", "a=extmap:1 ")
        }
    };
    let alice = start(1, &hers);
    start(2, &bend);
    lab.run(Duration::from_secs(1));
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    (lab, alice)
}

/// An offer whose sender does not use the V bit; an answer to it says so itself.
fn without_vad(sdp: String) -> String {
    if sdp.contains("setup:actpass") {
        sdp.replace(AUDIO_LEVEL, &format!("{AUDIO_LEVEL} vad=off"))
    } else {
        sdp
    }
}

fn speak(lab: &mut Lab, alice: &Call, n: u16, level: u8) {
    let header = Header {
        marker: false,
        payload_type: 111,
        sequence: n,
        timestamp: u32::from(n) * 960,
        ssrc: 70,
    };
    let engine = &mut lab.hosts[1].engine;
    let slot = engine.table.slot(alice.browser.1).unwrap();
    let transport = &mut engine.table.get_mut(slot).unwrap().transport;
    // One-byte form: the identifier and a length of one, the level, padding.
    let extension = [0xbe, 0xde, 0, 1, 0x50, level, 0, 0];
    transport.send_extended(header, extension, &[n as u8; 80], &mut engine.transmits);
    lab.flush(1);
    lab.run(SLOT);
}

fn report(lab: &mut Lab, leg: LegId) -> Option<LevelReport> {
    lab.command(0, Command::Report(leg));
    let events = lab.events(0);
    let mut reports = events.into_iter().filter_map(|event| match event {
        Event::Reported(_, report) => Some(report.received.level),
        _ => None,
    });
    reports.next_back().unwrap()
}

#[test]
fn a_level_is_reported_and_reaches_the_partner_under_the_partners_identifier() {
    let (mut lab, alice) = lab(true, |sdp| sdp);
    assert_eq!(report(&mut lab, LegId(1)), None);
    lab.hosts[2].tap = Some(Vec::new());
    for n in 0..4 {
        speak(&mut lab, &alice, n, if n < 3 { VOICE_30 } else { NOISE_90 });
    }
    let heard = lab.hosts[2].tap.take().unwrap();
    let levels: Vec<_> = heard
        .iter()
        .map(|(_, incoming, payload)| {
            assert_eq!(payload.len(), 80);
            let level = incoming.level.unwrap();
            (level.minus_dbov(), level.is_voice())
        })
        .collect();
    assert_eq!(levels, [(30, true), (30, true), (30, true), (90, false)]);
    let expected =
        LevelReport { last_dbov: -90.0, mean_dbov: -45.0, is_voice: false, voice_packets: 3 };
    assert_eq!(report(&mut lab, LegId(1)), Some(expected));
    assert_eq!(report(&mut lab, LegId(2)), None);
}

#[test]
fn a_partner_that_agreed_on_no_level_gets_no_extension() {
    let without = |sdp: String| {
        let kept = sdp.split_inclusive("\r\n").filter(|line| !line.starts_with("a=extmap"));
        kept.collect::<String>()
    };
    let only_to_the_server = |sdp: String| sdp.replace("a=extmap:1 ", "a=extmap:1/sendonly ");
    let lengths = |bend: &dyn Fn(String) -> String| {
        let (mut lab, alice) = lab(true, bend);
        let tapped = super::scene::tap(&mut lab);
        speak(&mut lab, &alice, 0, VOICE_30);
        let (server, bob) = (lab.hosts[0].address, lab.hosts[2].address);
        let all = tapped.borrow();
        let hers = all.iter().filter(|(from, to, bytes)| {
            *from == server && *to == bob && super::scene::is_media(bytes) && bytes[1] & 127 == 111
        });
        hers.map(|(.., bytes)| bytes.len()).collect::<Vec<_>>()
    };
    let (with, without) = (lengths(&|sdp| sdp), lengths(&without));
    assert_eq!((with.len(), without.len()), (1, 1));
    assert_eq!(with[0], without[0] + 8);
    let offers = |sdp: String| {
        if sdp.contains("setup:actpass") { only_to_the_server(sdp) } else { sdp }
    };
    assert_eq!(lengths(&offers), without);
}

#[test]
fn a_v_bit_that_is_not_in_use_is_ignored_and_not_relayed_as_in_use() {
    let heard = |alice_vad: bool, bob_vad: bool| {
        let bend = |sdp| if bob_vad { sdp } else { without_vad(sdp) };
        let (mut lab, alice) = lab(alice_vad, bend);
        lab.hosts[2].tap = Some(Vec::new());
        speak(&mut lab, &alice, 0, VOICE_30);
        let heard = lab.hosts[2].tap.take().unwrap();
        let level = heard[0].1.level.map(|level| (level.minus_dbov(), level.is_voice()));
        let report = report(&mut lab, LegId(1)).unwrap();
        assert!((report.last_dbov + 30.0).abs() < 0.1);
        (report.is_voice, report.voice_packets, level)
    };
    assert_eq!(heard(true, true), (true, 1, Some((30, true))));
    // The receiver ignores the bit.
    assert_eq!(heard(true, false), (true, 1, Some((30, false))));
    assert_eq!(heard(false, false), (false, 0, Some((30, false))));
    // The receiver would take the missing bit for silence.
    assert_eq!(heard(false, true), (false, 0, None));
}
