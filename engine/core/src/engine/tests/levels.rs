//! Audio levels of packets: reported, and relayed to the partner (RFC 6464).

use std::time::Duration;

use super::lab::{Call, Lab};
use crate::negotiation::AUDIO_LEVEL;
use crate::rtp::Header;
use crate::{AudioCodec, Command, Event, LegId, LevelReport, MixerId, OfferOptions, Role};

const SLOT: Duration = Duration::from_millis(20);
/// The V bit and -30 dBov.
const VOICE_30: u8 = 158;
/// No voice, -90 dBov.
const NOISE_90: u8 = 90;

/// Alice, whose packets carry the level under 5, bridged to bob, whose descriptions `bend` changes.
fn lab(vad: bool, bend: impl Fn(String) -> String) -> (Lab, Call) {
    lab_with(5, vad, &[], bend)
}

/// The same with another identifier of hers and codecs of his.
fn lab_with(
    id: u8,
    vad: bool,
    codecs: &[AudioCodec],
    bend: impl Fn(String) -> String,
) -> (Lab, Call) {
    let mut lab = Lab::with_browsers(2);
    let mut start = |browser, codecs: &[AudioCodec], bend: &dyn Fn(String) -> String| {
        let leg = LegId(browser as u64);
        let mut call = Call {
            server: (0, leg),
            browser: (browser, leg),
            at_server: lab.session(0, leg),
            at_browser: lab.session(browser, leg),
        };
        let options = OfferOptions { prefer: codecs.to_vec(), ..OfferOptions::default() };
        lab.negotiate(&mut call, &options, bend);
        call
    };
    let alice = start(1, &[], &|sdp: String| under(id)(if vad { sdp } else { without_vad(sdp) }));
    start(2, codecs, &bend);
    lab.run(Duration::from_secs(1));
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    (lab, alice)
}

/// Offer and answer with another identifier than the engine's own, which is 1.
fn under(id: u8) -> impl Fn(String) -> String {
    move |sdp| {
        let (ours, theirs) = ("a=extmap:1 ".to_owned(), format!("a=extmap:{id} "));
        if sdp.contains("setup:actpass") {
            sdp.replace(&ours, &theirs)
        } else {
            sdp.replace(&theirs, &ours)
        }
    }
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
    // One-byte form: the identifier and a length of one, the level, padding.
    send(lab, alice, n, [0xbe, 0xde, 0, 1, 0x50, level, 0, 0], &[n as u8; 80]);
}

fn send(lab: &mut Lab, alice: &Call, n: u16, extension: [u8; 8], payload: &[u8]) {
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
    transport.send_extended(header, extension, payload, &mut engine.transmits);
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
fn a_level_is_reported_and_relayed_with_the_partners_identifier() {
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
fn an_identifier_above_14_takes_the_two_byte_form() {
    // RFC 8285 section 4.3, from and to either form.
    for (hers, his) in [(5, 16), (200, 1), (200, 16)] {
        let (mut lab, alice) = lab_with(hers, true, &[], under(his));
        let tapped = super::scene::tap(&mut lab);
        let extension = match hers {
            5 => [0xbe, 0xde, 0, 1, 0x50, VOICE_30, 0, 0],
            id => [0x10, 0, 0, 1, id, 1, VOICE_30, 0],
        };
        send(&mut lab, &alice, 0, extension, &[7; 80]);
        assert!((report(&mut lab, LegId(1)).unwrap().last_dbov + 30.0).abs() < 0.1);
        // A header extension is authenticated and not encrypted (RFC 3711 section 3.1).
        let expected = match his {
            1 => [0xbe, 0xde, 0, 1, 0x10, VOICE_30, 0, 0],
            id => [0x10, 0, 0, 1, id, 1, VOICE_30, 0],
        };
        let bob = lab.hosts[2].address;
        let all = tapped.borrow();
        let relayed = all.iter().find(|(_, to, bytes)| {
            *to == bob && super::scene::is_media(bytes) && bytes[1] & 127 == 111
        });
        assert_eq!(&relayed.unwrap().2[12..20], expected, "{hers} {his}");
    }
}

#[test]
fn a_transcoded_packet_has_the_level_of_the_decoded_audio() {
    let (mut lab, alice) = lab_with(5, true, &[AudioCodec::Pcmu], |sdp| sdp);
    lab.hosts[2].tap = Some(Vec::new());
    // The header says -30 dBov; the packets are silence.
    for n in 0..10 {
        send(&mut lab, &alice, n, [0xbe, 0xde, 0, 1, 0x50, VOICE_30, 0, 0], &[0xf8, 0xff, 0xfe]);
    }
    let received = lab.hosts[2].tap.take().unwrap();
    assert!(received.len() >= 8, "{}", received.len());
    for (_, incoming, payload) in received {
        assert_eq!(payload.len(), 160);
        let level = incoming.level.unwrap();
        assert_eq!((level.minus_dbov(), level.is_voice()), (127, true));
    }
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
fn a_v_bit_that_is_not_in_use_is_not_relayed_as_in_use() {
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

#[test]
fn a_mix_has_the_level_of_what_is_heard_in_it() {
    let (mut lab, alice) = lab(true, |sdp| sdp);
    let role = Role::default();
    for leg in [LegId(1), LegId(2)] {
        lab.command(0, Command::Join { mixer: MixerId(1), leg, role, speakers: 3 });
    }
    lab.run(Duration::from_millis(500));
    lab.hosts[2].tap = Some(Vec::new());
    // She announces voice; her packets are silence.
    for n in 0..25 {
        send(&mut lab, &alice, n, [0xbe, 0xde, 0, 1, 0x50, VOICE_30, 0, 0], &[0xf8, 0xff, 0xfe]);
    }
    let received = lab.hosts[2].tap.take().unwrap();
    assert!(received.len() >= 20, "{}", received.len());
    for (_, incoming, _) in received {
        assert!(incoming.level.is_some_and(|level| level.minus_dbov() > 50));
    }
}
