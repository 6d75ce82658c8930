//! Offers and answers between two negotiations of ours.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::negotiation::{AUDIO_LEVEL, LevelFormat};
use crate::{
    AudioCodec, Command, Config, Direction, HostAddress, IceMode, Identity, LegId, OfferOptions,
    SdpErrorReason, Session, TransportProtocol, offered,
};

#[allow(clippy::disallowed_methods, reason = "any moment will do as the first of a test")]
pub(super) fn config(ice: IceMode) -> Config {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    let host = |transport, address: &str| {
        let address = address.parse().unwrap();
        HostAddress { transport, bound: address, announced: address }
    };
    Config {
        epoch: Instant::now(),
        identity: IDENTITY.get_or_init(|| Identity::generate(None).unwrap()).clone(),
        addresses: Arc::new([
            host(TransportProtocol::Udp, "192.0.2.1:5000"),
            host(TransportProtocol::Tcp, "192.0.2.1:5000"),
            host(TransportProtocol::Udp, "[2001:db8::1]:5000"),
        ]),
        ice,
        seed: if ice == IceMode::Lite { [1; 32] } else { [2; 32] },
        media_lost: Duration::from_secs(5),
        max_legs: 10,
        capture: Duration::ZERO,
    }
}

pub(super) fn lite() -> Session {
    Session::new(LegId(1), &config(IceMode::Lite))
}

fn full() -> Session {
    Session::new(LegId(2), &config(IceMode::Full))
}

fn value<'a>(text: &'a str, prefix: &str) -> &'a str {
    text.lines()
        .find_map(|line| line.strip_prefix(prefix))
        .unwrap_or_else(|| panic!("no line {prefix}… in\n{text}"))
}

#[test]
fn an_offer_is_answered_and_the_answer_accepted() {
    let (mut server, mut browser) = (lite(), full());
    let (offer, open) = browser.offer(&OfferOptions::default()).unwrap();
    assert!(matches!(open, Some(Command::Open(_))));
    assert_eq!(value(&offer, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 111 0 8 110 126");
    let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
    assert!(matches!(agree, Command::Negotiated(_)));
    assert_eq!(value(&answer, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 111 110");
    assert!(answer.contains("a=ice-lite\r\n") && answer.contains("a=setup:active\r\n"));
    assert!(answer.contains("a=group:BUNDLE 0\r\n") && answer.contains("a=mid:0\r\n"));
    assert!(answer.contains(" 192.0.2.1 5000 typ host tcptype passive\r\n"));
    browser.accept(&answer).unwrap();
    assert_eq!(server.codec(), Some(AudioCodec::Opus));
    assert_eq!(browser.codec(), Some(AudioCodec::Opus));
}

#[test]
fn preferred_codecs_come_first_and_win() {
    let (mut server, mut browser) = (lite(), full());
    let prefer = vec![AudioCodec::Pcma, AudioCodec::Pcmu];
    let (offer, _) = server.offer(&OfferOptions { prefer, ..OfferOptions::default() }).unwrap();
    assert_eq!(value(&offer, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 8 0 111 110 126");
    let (answer, _) = browser.answer(&offer, Direction::SendRecv).unwrap();
    assert_eq!(value(&answer, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 8 126");
    server.accept(&answer).unwrap();
    assert_eq!(server.codec(), Some(AudioCodec::Pcma));
}

#[test]
fn offered_lists_the_codecs_in_the_offers_order() {
    let prefer = vec![AudioCodec::Pcma, AudioCodec::Pcmu];
    let (offer, _) = full().offer(&OfferOptions { prefer, ..OfferOptions::default() }).unwrap();
    let codecs = offered(IceMode::Lite, &offer).unwrap();
    assert_eq!(codecs, [AudioCodec::Pcma, AudioCodec::Pcmu, AudioCodec::Opus]);
}

#[test]
fn an_offer_that_cannot_be_answered_has_no_codecs() {
    let (offer, _) = lite().offer(&OfferOptions::default()).unwrap();
    let reason = |offer: &str| offered(IceMode::Lite, offer).unwrap_err().reason;
    assert_eq!(reason(&offer), SdpErrorReason::BothLite);
    let unknown = full().offer(&OfferOptions::default()).unwrap().0.replace("111 0 8", "96 97");
    assert_eq!(reason(&unknown), SdpErrorReason::NoCommonCodec);
    assert_eq!(
        reason("v=0\r\n"),
        lite().answer("v=0\r\n", Direction::SendRecv).unwrap_err().reason
    );
}

#[test]
fn credentials_change_with_a_restart_and_only_then() {
    let (mut server, mut browser) = (lite(), full());
    let mut exchange = |restart| {
        let options = OfferOptions { restart, ..OfferOptions::default() };
        let (offer, open) = browser.offer(&options).unwrap();
        let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
        browser.accept(&answer).unwrap();
        (offer, answer, open.is_some())
    };
    let (first, second, third) = (exchange(false), exchange(false), exchange(true));
    let ufrags = |(offer, answer, _): &(String, String, bool)| {
        (value(offer, "a=ice-ufrag:").to_owned(), value(answer, "a=ice-ufrag:").to_owned())
    };
    assert_eq!(ufrags(&first), ufrags(&second));
    assert_ne!(ufrags(&second).0, ufrags(&third).0);
    assert_ne!(ufrags(&second).1, ufrags(&third).1);
    assert_eq!((first.2, second.2, third.2), (true, false, true));
    // Versions count up, the rest of the o= line stays (RFC 3264 §8).
    let origin = |text: &str| value(text, "o=").split(' ').take(3).collect::<Vec<_>>().join(" ");
    let (a, b) = (origin(&first.1), origin(&second.1));
    assert_eq!(a.strip_suffix(" 1"), b.strip_suffix(" 2"));
}

#[test]
fn hold_is_a_direction_seen_from_the_other_side() {
    let (mut server, mut browser) = (lite(), full());
    let hold = OfferOptions { direction: Direction::SendOnly, ..OfferOptions::default() };
    let (offer, _) = browser.offer(&hold).unwrap();
    let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
    assert!(answer.contains("a=recvonly\r\n"), "{answer}");
    browser.accept(&answer).unwrap();
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
    assert!(answer.contains("a=sendrecv\r\n"), "{answer}");
}

#[test]
fn payload_types_and_mids_are_the_peers_when_it_offered_first() {
    let (mut server, mut browser) = (lite(), full());
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let theirs = offer
        .replace("UDP/TLS/RTP/SAVPF 111", "UDP/TLS/RTP/SAVPF 109")
        .replace("map:111 ", "map:109 ")
        .replace("fmtp:111 ", "fmtp:109 ")
        .replace("mid:0", "mid:sound")
        .replace("BUNDLE 0", "BUNDLE sound");
    let (answer, _) = server.answer(&theirs, Direction::SendRecv).unwrap();
    assert_eq!(value(&answer, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 109 110");
    let (again, _) = server.offer(&OfferOptions::default()).unwrap();
    assert_eq!(value(&again, "m="), "audio 5000 UDP/TLS/RTP/SAVPF 109 0 8 110 126");
    assert_eq!(value(&again, "a=mid:"), "sound");
}

fn level(command: &Command) -> Option<LevelFormat> {
    let Command::Negotiated(agreement) = command else { panic!("{command:?}") };
    agreement.params.level
}

#[test]
fn the_audio_level_keeps_the_offers_identifier_and_vad() {
    let ours = format!("a=extmap:1 {AUDIO_LEVEL}\r\n");
    let offers = [
        ("", None, ""),
        ("7 vad=on", Some((7, Direction::SendRecv, true)), "7"),
        ("7 vad=off", Some((7, Direction::SendRecv, false)), "7 vad=off"),
        ("7/sendonly", Some((7, Direction::RecvOnly, true)), "7/recvonly"),
        ("200/inactive vad=off", Some((200, Direction::Inactive, false)), "200/inactive vad=off"),
    ];
    for (theirs, expected, answered) in offers {
        let line = |words: &str| match words.split_once(' ') {
            _ if words.is_empty() => String::new(),
            Some((id, vad)) => format!("a=extmap:{id} {AUDIO_LEVEL} {vad}\r\n"),
            None => format!("a=extmap:{words} {AUDIO_LEVEL}\r\n"),
        };
        let (mut server, mut browser) = (lite(), full());
        let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
        let offer = offer.replace(&ours, &line(theirs));
        let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
        let agreed = level(&agree).map(|level| (level.id, level.direction, level.vad));
        assert_eq!(agreed, expected, "{theirs}");
        let (again, _) = server.offer(&OfferOptions::default()).unwrap();
        for text in [&answer, &again] {
            assert_eq!(text.matches("a=extmap").count(), usize::from(expected.is_some()));
            assert!(text.contains(&line(answered)), "{theirs}: {text}");
        }
    }
}

#[test]
fn an_answer_only_narrows_the_audio_level_of_the_offer() {
    let ours = format!("a=extmap:1 {AUDIO_LEVEL}\r\n");
    let answers = [
        (String::new(), None),
        (ours.clone(), Some((Direction::SendRecv, true))),
        (ours.replace("map:1", "map:2"), None),
        (ours.replace("map:1", "map:1/recvonly"), Some((Direction::SendOnly, true))),
        (ours.replace("level", "level vad=off"), Some((Direction::SendRecv, false))),
    ];
    for (theirs, expected) in answers {
        let (mut server, mut browser) = (lite(), full());
        let (offer, _) = server.offer(&OfferOptions::default()).unwrap();
        assert!(offer.contains(&ours), "{offer}");
        let (answer, _) = browser.answer(&offer, Direction::SendRecv).unwrap();
        let agree = server.accept(&answer.replace(&ours, &theirs)).unwrap();
        let agreed = level(&agree).map(|level| (level.direction, level.vad));
        assert_eq!(agreed, expected, "{theirs}");
    }
    // What was offered as received only is not sent, whatever the answer says.
    let (mut server, mut browser) = (lite(), full());
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let offer = offer.replace("extmap:1 ", "extmap:1/sendonly ");
    server.answer(&offer, Direction::SendRecv).unwrap();
    let (offer, _) = server.offer(&OfferOptions::default()).unwrap();
    assert!(offer.contains("extmap:1/recvonly "), "{offer}");
    let (answer, _) = full().answer(&offer, Direction::SendRecv).unwrap();
    let agree = server.accept(&answer.replace("extmap:1/sendonly ", "extmap:1 ")).unwrap();
    assert_eq!(level(&agree).map(|level| level.direction), Some(Direction::RecvOnly));
}

#[test]
fn other_sections_are_rejected_in_their_place() {
    let (mut server, mut browser) = (lite(), full());
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let (head, audio) = offer.split_once("m=audio").unwrap();
    let video = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v\r\n";
    let offer =
        format!("{head}{video}m=audio{audio}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
    let media: Vec<_> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(media[0], "m=video 0 UDP/TLS/RTP/SAVPF 96 97");
    assert!(media[1].starts_with("m=audio 5000 "), "{answer}");
    assert_eq!(media[2], "m=application 0 UDP/DTLS/SCTP webrtc-datachannel");
    let (again, _) = server.offer(&OfferOptions::default()).unwrap();
    assert_eq!(again.lines().filter(|line| line.starts_with("m=")).count(), 3);
}

#[test]
fn a_refused_description_changes_nothing() {
    let (mut server, mut browser) = (lite(), full());
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let without = |prefix: &str| -> String {
        let kept = offer.split_inclusive('\n').filter(|line| !line.starts_with(prefix));
        kept.collect()
    };
    let cases = [
        (without("a=fingerprint"), SdpErrorReason::NoFingerprint),
        (without("a=ice-pwd"), SdpErrorReason::NoIce),
        (without("a=setup"), SdpErrorReason::BadSetup),
        (without("a=rtcp-mux"), SdpErrorReason::NoRtcpMux),
        (without("m="), SdpErrorReason::NoAudio),
        (offer.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), SdpErrorReason::NotEncrypted),
        (offer.replace("s=-\r\n", "s=-\r\na=ice-lite\r\n"), SdpErrorReason::BothLite),
        (offer.replace("SAVPF 111 0 8", "SAVPF 96 97"), SdpErrorReason::NoCommonCodec),
        (offer.replace("m=audio 5000", "m=audio 0"), SdpErrorReason::NoAudio),
        (String::new(), SdpErrorReason::Malformed),
    ];
    for (text, reason) in cases {
        let error = server.answer(&text, Direction::SendRecv).unwrap_err();
        assert_eq!(error.reason, reason, "{error}\n{text}");
        assert_eq!(server.codec(), None);
    }
    let (answer, agree) = server.answer(&offer, Direction::SendRecv).unwrap();
    assert!(answer.contains("o=- ") && matches!(agree, Command::Negotiated(_)));
}

#[test]
fn an_answer_must_fit_its_offer() {
    let (mut server, mut browser) = (lite(), full());
    let nothing = browser.accept("v=0\r\n").unwrap_err();
    assert_eq!(nothing.reason, SdpErrorReason::WrongState);
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let glare = browser.answer(&offer, Direction::SendRecv).unwrap_err();
    assert_eq!(glare.reason, SdpErrorReason::WrongState);
    let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
    let undecided = answer.replace("setup:active", "setup:actpass");
    assert_eq!(browser.accept(&undecided).unwrap_err().reason, SdpErrorReason::BadSetup);
    let extra = format!("{answer}m=video 0 UDP/TLS/RTP/SAVPF 96\r\n");
    assert_eq!(browser.accept(&extra).unwrap_err().reason, SdpErrorReason::Mismatch);
    browser.accept(&answer).unwrap();
}

#[test]
fn a_withdrawn_offer_leaves_what_was_agreed() {
    let (mut server, mut browser) = (lite(), full());
    let (offer, _) = browser.offer(&OfferOptions::default()).unwrap();
    let (answer, _) = server.answer(&offer, Direction::SendRecv).unwrap();
    browser.accept(&answer).unwrap();
    let options = OfferOptions { restart: true, ..OfferOptions::default() };
    browser.offer(&options).unwrap();
    assert!(matches!(browser.withdraw(), Some(Command::Withdraw(LegId(2)))));
    let (again, open) = browser.offer(&OfferOptions::default()).unwrap();
    assert_eq!(value(&again, "a=ice-ufrag:"), value(&offer, "a=ice-ufrag:"));
    assert!(open.is_none() && browser.withdraw().is_none());
}
