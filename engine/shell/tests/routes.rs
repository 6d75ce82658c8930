//! Forged and captured checks on real sockets: a stranger gets no media, and takes none away.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may break off anywhere")]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Dtls, DtlsCertificate, Output};
use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use offhook_core::{
    Cadence, Command, Direction, Event, IceMode, LegId, PlayId, Repeat, Session, Source, Tone,
    TransportFault,
};
use offhook_shell::{Settings, Shell};

const LIMIT: Duration = Duration::from_secs(30);
/// How long it is looked at who gets what.
const WATCHED: Duration = Duration::from_millis(1_500);
const PASSWORD: &str = "0123456789012345678901";

fn shell(listen: IpAddr) -> Shell {
    let settings = Settings {
        workers: 1,
        listen: vec![listen],
        port: 0,
        announce: Vec::new(),
        tcp: true,
        ice: IceMode::Lite,
        media_lost: Duration::from_secs(5),
        max_legs: 10,
        complexity: None,
    };
    Shell::start(&settings).unwrap()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}

fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap()
}

/// A socket that speaks to the server's media port, by UDP or by framed TCP (RFC 4571).
enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

impl Wire {
    fn new(server: SocketAddr, tcp: bool) -> Self {
        let pause = Some(Duration::from_millis(5));
        if tcp {
            let stream = TcpStream::connect(server).unwrap();
            stream.set_read_timeout(pause).unwrap();
            return Self::Tcp(stream, Vec::new());
        }
        let socket = UdpSocket::bind((server.ip(), 0)).unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(pause).unwrap();
        Self::Udp(socket)
    }

    fn send(&mut self, datagram: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(datagram).unwrap(), datagram.len()),
            Self::Tcp(stream, _) => {
                let length = (datagram.len() as u16).to_be_bytes();
                stream.write_all(&[&length[..], datagram].concat()).unwrap();
            }
        }
    }

    /// The next datagram, or nothing within a few milliseconds.
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; 4_096];
        match self {
            Self::Udp(socket) => {
                socket.recv(&mut buffer).ok().map(|count| buffer[..count].to_vec())
            }
            Self::Tcp(stream, held) => {
                let whole = |held: &[u8]| {
                    let length = usize::from(u16::from_be_bytes([*held.first()?, *held.get(1)?]));
                    (held.len() >= 2 + length).then_some(2 + length)
                };
                if whole(held).is_none() {
                    match stream.read(&mut buffer) {
                        Ok(count) => held.extend_from_slice(&buffer[..count]),
                        Err(error) => assert!(
                            matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                            "{error}"
                        ),
                    }
                }
                let frame: Vec<u8> = held.drain(..whole(held)?).collect();
                Some(frame[2..].to_vec())
            }
        }
    }
}

/// The far end of a leg.
struct Peer {
    wire: Wire,
    dtls: Dtls,
    ufrag: String,
    username: String,
    server_password: String,
    connected: bool,
    /// RTP packets that came.
    media: usize,
}

impl Peer {
    fn new(shell: &Shell, wire: Wire, leg: LegId) -> Self {
        let certificate = generate_self_signed_certificate().unwrap();
        let ufrag = format!("pee{}", leg.0);
        let mut session = Session::new(leg, shell.config(0).unwrap());
        let offer = offer(&ufrag, &certificate);
        let (answer, agree) = session.answer(&offer, Direction::SendRecv).unwrap();
        shell.send(0, agree).unwrap();
        let config = dimpl::Config::builder().use_server_cookie(false).build().unwrap();
        Self {
            wire,
            dtls: Dtls::new_12(Arc::new(config), certificate, Instant::now()),
            username: format!("{}:{ufrag}", value(&answer, "ice-ufrag")),
            ufrag,
            server_password: value(&answer, "ice-pwd").to_owned(),
            connected: false,
            media: 0,
        }
    }

    /// A new check that nominates.
    fn check(&self) -> Vec<u8> {
        let check =
            StunMessage::binding_request(&self.username, TransId::new(), true, 1, 1_000, true);
        bytes(&check, &self.server_password)
    }

    /// Takes the next datagram, if one comes soon, and does what an agent does with it.
    fn step(&mut self) {
        self.dtls.handle_timeout(Instant::now()).unwrap();
        if let Some(datagram) = self.wire.receive() {
            match datagram[0] {
                0..=3 => self.stun(&datagram),
                20..=63 => self.dtls.handle_packet(&datagram).unwrap(),
                128..=191 if !(192..=223).contains(&datagram[1]) => self.media += 1,
                _ => {}
            }
        }
        self.flush();
    }

    fn stun(&mut self, datagram: &[u8]) {
        let message = StunMessage::parse(datagram).unwrap();
        let names = message.split_username();
        // What asks for another agent is not ours to answer.
        if message.is_binding_request() && names.is_some_and(|(ours, _)| ours == self.ufrag) {
            assert!(message.verify(PASSWORD.as_bytes(), hmac));
            let seen = "192.0.2.9:9".parse().unwrap();
            let answer = StunMessage::binding_reply(message.trans_id(), seen);
            self.wire.send(&bytes(&answer, PASSWORD));
        }
    }

    fn flush(&mut self) {
        let mut buffer = [0; 2_048];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(record) => self.wire.send(record),
                Output::Connected => self.connected = true,
                Output::Timeout(_) => break,
                _ => {}
            }
        }
    }

    /// Connects, and is played something from then on.
    fn connect(&mut self, shell: &Shell, leg: LegId) {
        let check = self.check();
        self.wire.send(&check);
        let begin = Instant::now();
        while !self.connected && begin.elapsed() < LIMIT {
            self.step();
        }
        assert!(self.connected);
        let tone = Tone { hz: [440.0, 0.0], length: Duration::from_secs(1), level_dbm0: -13.0 };
        let source = Source::Tones(Cadence(vec![tone]));
        let play = PlayId(1);
        shell
            .send(
                0,
                Command::Play { leg, play, source, repeat: Repeat::Forever, stop_on_digit: false },
            )
            .unwrap();
        while self.media < 10 && begin.elapsed() < LIMIT {
            self.step();
        }
        assert!(self.media >= 10);
    }
}

fn bytes(message: &StunMessage<'_>, password: &str) -> Vec<u8> {
    let mut buffer = vec![0; 512];
    let length = message.to_bytes(Some(password.as_bytes()), &mut buffer, hmac).unwrap();
    buffer.truncate(length);
    buffer
}

fn offer(ufrag: &str, certificate: &DtlsCertificate) -> String {
    let lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=rtpmap:0 PCMU/8000",
        &format!("a=ice-ufrag:{ufrag}"),
        &format!("a=ice-pwd:{PASSWORD}"),
        "a=setup:actpass",
        &format!("a=fingerprint:sha-256 {}", certificate.fingerprint_str()),
        "",
    ];
    lines.join("\r\n")
}

/// For each family and transport: a server, alice who is played something, and her first check.
fn each(run: impl Fn(&Shell, Peer, &[u8], SocketAddr, bool)) {
    for listen in ["127.0.0.1", "::1"] {
        for tcp in [false, true] {
            let listen: IpAddr = listen.parse().unwrap();
            let shell = shell(listen);
            let server = SocketAddr::new(listen, shell.ports()[0]);
            let mut alice = Peer::new(&shell, Wire::new(server, tcp), LegId(1));
            alice.connect(&shell, LegId(1));
            let captured = alice.check();
            alice.wire.send(&captured);
            run(&shell, alice, &captured, server, tcp);
        }
    }
}

/// What a stranger's socket got meanwhile: how many datagrams, and how many of them no STUN.
fn watch(alice: &mut Peer, stranger: &mut Wire, mut act: impl FnMut(&mut Wire)) -> (usize, usize) {
    let (mut all, mut other) = (0, 0);
    let begin = Instant::now();
    let mut next = begin;
    while begin.elapsed() < WATCHED {
        if Instant::now() >= next {
            act(stranger);
            next += Duration::from_millis(100);
        }
        alice.step();
        while let Some(datagram) = stranger.receive() {
            all += 1;
            other += usize::from(datagram[0] > 3);
        }
    }
    (all, other)
}

// Threat: stun-replay
#[test]
fn a_replayed_check_from_another_address_is_not_answered() {
    each(|shell, mut alice, captured, server, tcp| {
        let mut stranger = Wire::new(server, tcp);
        let before = alice.media;
        let got = watch(&mut alice, &mut stranger, |stranger| stranger.send(captured));
        assert_eq!(got, (0, 0), "{server} {tcp}");
        assert!(alice.media > before + 10, "{server} {tcp}: {}", alice.media - before);
        assert!(shell.counts()[0].core.replayed > 0);
    });
}

// Threat: amplification
#[test]
fn a_check_moves_no_media_where_the_peer_does_not_answer() {
    each(|_shell, mut alice, _, server, tcp| {
        let mut stranger = Wire::new(server, tcp);
        let before = alice.media;
        let checks: Vec<_> = (0..50).map(|_| alice.check()).collect();
        let mut next = checks.iter();
        let got = watch(&mut alice, &mut stranger, |stranger| {
            if let Some(check) = next.next() {
                stranger.send(check);
            }
        });
        // Answers and requests, and nothing else.
        assert!(got.0 > 0 && got.1 == 0, "{server} {tcp}: {got:?}");
        assert!(alice.media > before + 10, "{server} {tcp}: {}", alice.media - before);
    });
}

// Threat: route-theft
#[test]
fn a_check_of_another_leg_takes_no_route_from_its_owner() {
    each(|shell, mut alice, _, server, tcp| {
        let mallory = Peer::new(shell, Wire::new(server, tcp), LegId(2));
        let before = alice.media;
        let begin = Instant::now();
        let mut next = begin;
        while begin.elapsed() < WATCHED {
            if Instant::now() >= next {
                // Alice's own socket stands for a forged source.
                alice.wire.send(&mallory.check());
                next += Duration::from_millis(100);
            }
            alice.step();
        }
        assert!(alice.media > before + 10, "{server} {tcp}: {}", alice.media - before);
        // What comes from there is still alice's: her goodbye, say.
        alice.dtls.close().unwrap();
        alice.flush();
        let mut events = Vec::new();
        let closed = Event::Failed(LegId(1), TransportFault::PeerClosed);
        while !events.contains(&closed) && begin.elapsed() < LIMIT {
            events.extend(shell.events().into_iter().map(|(_, event)| event));
            alice.step();
        }
        assert!(events.contains(&closed), "{server} {tcp}: {events:?}");
    });
}

#[test]
fn a_peer_that_moves_is_followed_when_it_answers_there() {
    each(|shell, mut alice, _, server, tcp| {
        // Its old socket is dead, its new one answers.
        let old = std::mem::replace(&mut alice.wire, Wire::new(server, tcp));
        let check = alice.check();
        alice.wire.send(&check);
        let begin = Instant::now();
        let before = alice.media;
        while alice.media < before + 10 && begin.elapsed() < LIMIT {
            alice.step();
        }
        assert!(alice.media >= before + 10, "{server} {tcp}");
        let moved = |event: &Event| matches!(event, Event::PathChanged { leg: LegId(1), .. });
        assert!(shell.events().iter().any(|(_, event)| moved(event)));
        drop(old);
    });
}
