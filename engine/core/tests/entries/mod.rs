//! Everywhere bytes from the network come in, callable with any bytes: by fuzzers and by properties.

#![allow(unreachable_pub, reason = "public for the fuzz targets, which build this file too")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test may fail")]

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use offhook_core::receive::{AudioPacket, Frame, PacketFormat, Receiver};
use offhook_core::rtp::{AudioLevel, Elements, Header, Packet, RtcpPackets};
use offhook_core::{
    AudioCodec, Config, Direction, Engine, Event, HostAddress, IceMode, Identity, Input, LegId,
    OfferOptions, Route, Session, Time, TransportProtocol,
};

/// A description that comes as an offer and as an answer.
pub fn sdp(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let config = config(IceMode::Lite);
    let mut answering = Session::new(LegId(1), &config);
    if let Ok((answer, _)) = answering.answer(&text, Direction::SendRecv) {
        // What we say ourselves can be read.
        let mut peer = Session::new(LegId(2), &self::config(IceMode::Full));
        assert!(
            peer.answer(&answer.replace("setup:active", "setup:actpass"), Direction::SendRecv)
                .is_ok()
        );
        answering.offer(&OfferOptions::default()).unwrap();
        answering.withdraw();
    }
    let mut offering = Session::new(LegId(1), &config);
    offering.offer(&OfferOptions::default()).unwrap();
    let _ = offering.accept(&text);
}

/// A datagram that is said to be RTP.
pub fn rtp(bytes: &[u8]) {
    let Ok(packet) = Packet::parse(bytes) else { return };
    let header = Header { marker: true, payload_type: 127, sequence: 1, timestamp: 2, ssrc: 3 };
    let mut copy = bytes.to_vec();
    let payload = packet.payload(bytes).to_vec();
    let rewritten = packet.rewrite(&mut copy, header).to_vec();
    let again = Packet::parse(&rewritten).unwrap();
    assert_eq!((again.header, again.payload(&rewritten)), (header, &payload[..]));
}

/// An RTP packet with a header extension; the first octet is the identifier to look for.
pub fn extensions(bytes: &[u8]) {
    let Some((id, datagram)) = bytes.split_first() else { return };
    let mut octets = 0;
    for element in Elements::of(datagram) {
        assert!(element.id != 0);
        octets += 1 + element.data.len();
    }
    assert!(octets <= datagram.len());
    if let Some(level) = AudioLevel::read(datagram, *id) {
        let mut packet = vec![0x90; 12];
        packet.extend_from_slice(&level.write(*id));
        assert_eq!(AudioLevel::read(&packet, *id), Some(level));
    }
}

/// Packets for a receiver that is pulled each 20 ms. Each begins with its length, the time before it, its format, and
/// what is added to SSRC, sequence number and timestamp.
pub fn jitter(bytes: &[u8]) {
    let formats = [
        PacketFormat::Audio(AudioCodec::Pcmu),
        PacketFormat::Audio(AudioCodec::Opus),
        PacketFormat::Audio(AudioCodec::Pcma),
        PacketFormat::ComfortNoise,
        PacketFormat::Event(8_000),
        PacketFormat::Event(48_000),
    ];
    let mut receiver = Receiver::new(16_000);
    let mut frame = Frame::new(16_000);
    let (mut now, mut next_pull) = (Time::ZERO, Time::ZERO);
    let (mut sequence, mut timestamp) = (0_u16, 0_u32);
    let mut rest = bytes;
    while let Some(([length, pause, format, ssrc, step, t0, t1, t2], tail)) =
        rest.split_first_chunk()
    {
        let (payload, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = tail;
        now += Duration::from_millis(u64::from(*pause));
        sequence = sequence.wrapping_add_signed(i16::from(*step as i8));
        timestamp = timestamp.wrapping_add(u32::from_be_bytes([*t0, *t1, *t2, 0]));
        while next_pull <= now {
            receiver.pull(next_pull, &mut frame);
            assert_eq!(frame.samples().len(), 320);
            next_pull += Duration::from_millis(20);
        }
        let format = formats[usize::from(*format) % formats.len()];
        let ssrc = u32::from(*ssrc % 3);
        let packet = AudioPacket { format, ssrc, sequence, timestamp, marker: false, payload };
        receiver.packet(now, &packet, None);
        assert!(receiver.waiting() <= 64);
    }
    let counts = receiver.counts().jitter;
    assert!(counts.late + counts.overflow <= counts.received + bytes.len() as u64);
}

/// A datagram that is said to be RTCP.
pub fn rtcp(bytes: &[u8]) {
    assert!(RtcpPackets::new(bytes).count() <= bytes.len());
}

/// A STUN message, by itself and for a leg that waits for checks.
pub fn stun(bytes: &[u8]) {
    if let Ok(message) = is::stun::StunMessage::parse(bytes) {
        let _ = message.split_username();
        assert!(!message.verify(b"an unknown password", |_, _| [0x5a; 20]));
    }
    let mut datagram = bytes.to_vec();
    if let Some(first) = datagram.first_mut() {
        *first &= 3;
    }
    with_engine(|engine, now| {
        engine.handle(now, Input::Datagram(route(0), &mut datagram));
        check_answers(engine, route(0), datagram.len());
    });
}

/// A run of datagrams and pauses, as a sender without the password could send them. Each begins with
/// its length, its source, and the time that passes before it.
pub fn engine(bytes: &[u8]) {
    with_engine(|engine, mut now| {
        let mut rest = bytes;
        while let Some(([length, from, pause], tail)) = rest.split_first_chunk() {
            let (datagram, tail) = tail.split_at(usize::from(*length).min(tail.len()));
            rest = tail;
            now += Duration::from_millis(u64::from(*pause));
            if engine.wake().at.is_some_and(|at| at <= now) {
                engine.handle(now, Input::Timeout);
            }
            let mut datagram = datagram.to_vec();
            engine.handle(now, Input::Datagram(route(from % 4), &mut datagram));
            check_answers(engine, route(from % 4), datagram.len());
            engine.sent();
        }
        // 30 s without an authentic check is all that can have happened.
        while let Some(event) = engine.poll_event() {
            assert!(matches!(event, Event::Failed(..)), "{event:?}");
        }
    });
}

/// DTLS records that reach the server with the page's address while they connect. The first octet says who calls;
/// each run after it begins with its length and its form.
pub fn dtls(bytes: &[u8]) {
    let Some((who, mut rest)) = bytes.split_first() else { return };
    let page_calls = who.is_multiple_of(2);
    let mut engines = call(page_calls);
    let mut connected = [false; 2];
    for ms in 1..400 {
        let now = Time::from_millis(ms);
        if let Some(([length, form, octets @ ..], tail)) = rest.split_first_chunk::<8>() {
            let (payload, tail) = tail.split_at(usize::from(*length).min(tail.len()));
            rest = tail;
            let mut datagram = forged(*form, *octets, payload);
            engines[0].handle(now, Input::Datagram(route(1), &mut datagram));
        }
        exchange(&mut engines, now);
        for (engine, connected) in engines.iter_mut().zip(&mut connected) {
            while let Some(event) = engine.poll_event() {
                // Only a ClientHello is not authenticated, and may end an attempt.
                let may_fail = !page_calls;
                assert!(may_fail || matches!(event, Event::Connected { .. }), "{event:?}");
                *connected |= matches!(event, Event::Connected { .. });
            }
        }
    }
    assert!(!page_calls || connected == [true; 2]);
}

/// Octets as they are, as a record, or as a handshake message in a record.
fn forged(
    form: u8,
    [kind, epoch, number, message, count, part]: [u8; 6],
    payload: &[u8],
) -> Vec<u8> {
    if form.is_multiple_of(4) {
        let mut datagram = payload.to_vec();
        if let Some(first) = datagram.first_mut() {
            *first = 20 + *first % 44;
        }
        return datagram;
    }
    let length = payload.len() as u8;
    let handshake = match form % 4 {
        1 => Vec::new(),
        // A whole one, or a fragment.
        2 => vec![message % 32, 0, 0, length, 0, count % 8, 0, 0, 0, 0, 0, length],
        _ => vec![message % 32, 0, 1, length, 0, count % 8, 0, 0, part, 0, 0, length],
    };
    let kind = if handshake.is_empty() { 20 + kind % 5 } else { 22 };
    let whole = (handshake.len() + payload.len()) as u16;
    let head = [kind, 254, 253, 0, epoch % 3, 0, 0, 0, 0, 0, number % 16];
    [&head[..], &whole.to_be_bytes(), &handshake, payload].concat()
}

/// A server and a page that are about to connect.
fn call(page_calls: bool) -> [Engine; 2] {
    let server = config(IceMode::Lite);
    let address = route(1).remote;
    let host =
        HostAddress { transport: TransportProtocol::Udp, bound: address, announced: address };
    let page = Config { addresses: Arc::new([host]), ..config(IceMode::Full) };
    let mut sessions = [Session::new(LegId(1), &server), Session::new(LegId(1), &page)];
    let mut engines = [Engine::new(server), Engine::new(page)];
    let (from, to) = if page_calls { (1, 0) } else { (0, 1) };
    let (offer, open) = sessions[from].offer(&OfferOptions::default()).unwrap();
    engines[from].handle(Time::ZERO, Input::Command(open.unwrap()));
    let (answer, agree) = sessions[to].answer(&offer, Direction::SendRecv).unwrap();
    engines[to].handle(Time::ZERO, Input::Command(agree));
    let agree = sessions[from].accept(&answer).unwrap();
    engines[from].handle(Time::ZERO, Input::Command(agree));
    engines
}

/// Deliver what both sent, and let their timers expire.
fn exchange(engines: &mut [Engine; 2], now: Time) {
    let flying = [0, 1].map(|from| {
        let engine = &mut engines[from];
        if engine.wake().at.is_some_and(|at| at <= now) {
            engine.handle(now, Input::Timeout);
        }
        let sent: Vec<_> = engine.outgoing().map(|one| (one.route, one.bytes.to_vec())).collect();
        engine.sent();
        sent
    });
    for (from, sent) in flying.into_iter().enumerate() {
        for (route, mut bytes) in sent {
            let arriving = Route { local: route.remote, remote: route.local, ..route };
            engines[1 - from].handle(now, Input::Datagram(arriving, &mut bytes));
        }
    }
}

/// Nothing unauthentic is answered, except Binding requests without credentials: those by one short
/// datagram to their source.
fn check_answers(engine: &Engine, from: Route, asked: usize) {
    let outgoing: Vec<_> = engine.outgoing().collect();
    assert!(outgoing.len() <= 1);
    for answer in outgoing {
        assert!(answer.to_unverified && answer.route == from);
        assert_eq!(answer.bytes[0], 1, "no check of a leg is answered without proof");
        assert!(answer.bytes.len() <= asked + 12, "{} to {asked}", answer.bytes.len());
    }
}

/// A lite engine with one leg that was agreed on and waits for its peer.
fn with_engine(test: impl FnOnce(&mut Engine, Time)) {
    thread_local! {
        static OFFER: RefCell<Option<String>> = const { RefCell::new(None) };
    }
    let offer = OFFER.with_borrow_mut(|offer| {
        let make = || {
            let mut peer = Session::new(LegId(1), &config(IceMode::Full));
            peer.offer(&OfferOptions::default()).unwrap().0
        };
        offer.get_or_insert_with(make).clone()
    });
    let config = config(IceMode::Lite);
    let mut session = Session::new(LegId(1), &config);
    let (_, agree) = session.answer(&offer, Direction::SendRecv).unwrap();
    let mut engine = Engine::new(config);
    engine.handle(Time::ZERO, Input::Command(agree));
    test(&mut engine, Time::from_millis(5));
}

fn route(from: u8) -> Route {
    let remote = format!("203.0.113.{from}:6000").parse().unwrap();
    Route { transport: TransportProtocol::Udp, local: "192.0.2.1:5000".parse().unwrap(), remote }
}

/// One certificate for all: making one takes longer than most inputs.
#[allow(clippy::disallowed_methods, reason = "any moment will do as the first of a test")]
fn config(ice: IceMode) -> Config {
    thread_local! {
        static IDENTITY: RefCell<Option<Arc<Identity>>> = const { RefCell::new(None) };
    }
    let identity = IDENTITY.with_borrow_mut(|identity| {
        identity.get_or_insert_with(|| Identity::generate(Some(1)).unwrap()).clone()
    });
    let address = "192.0.2.1:5000".parse().unwrap();
    Config {
        epoch: Instant::now(),
        identity,
        addresses: Arc::new([HostAddress {
            transport: TransportProtocol::Udp,
            bound: address,
            announced: address,
        }]),
        ice,
        seed: [7; 32],
        media_lost: Duration::from_secs(5),
        max_legs: 10,
        capture: Duration::ZERO,
    }
}
