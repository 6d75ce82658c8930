//! ICE over TCP against a real listener: a browser behind a firewall, and those who only mean harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may break off anywhere")]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::certificate::generate_self_signed_certificate;
use dimpl::{Dtls, Output};
use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use offhook_core::{Direction, Event, IceMode, LegId, Session, TransportProtocol};
use offhook_shell::{Settings, Shell};

const LIMIT: Duration = Duration::from_secs(10);

fn shell() -> Shell {
    let settings = Settings {
        workers: 1,
        listen: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
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

fn connect(shell: &Shell) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", shell.ports()[0])).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn write_frame(stream: &mut TcpStream, bytes: &[u8]) {
    let mut frame = (bytes.len() as u16).to_be_bytes().to_vec();
    frame.extend_from_slice(bytes);
    // In two pieces, as TCP may.
    let (first, second) = frame.split_at(frame.len() / 2);
    stream.write_all(first).unwrap();
    stream.write_all(second).unwrap();
}

fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut prefix = [0; 2];
    stream.read_exact(&mut prefix).unwrap();
    let mut frame = vec![0; u16::from_be_bytes(prefix).into()];
    stream.read_exact(&mut frame).unwrap();
    frame
}

/// Whether the other end hangs up, as it should.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

fn eventually(mut what: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

fn offer(fingerprint: &str) -> String {
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
        "a=ice-ufrag:brow",
        "a=ice-pwd:0123456789012345678901",
        "a=setup:actpass",
        &format!("a=fingerprint:sha-256 {fingerprint}"),
        "",
    ];
    lines.join("\r\n")
}

fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap()
}

#[test]
fn a_browser_that_has_only_tcp_connects() {
    let shell = shell();
    let certificate = generate_self_signed_certificate().unwrap();
    let mut session = Session::new(LegId(1), shell.config(0).unwrap());
    let offer = offer(&certificate.fingerprint_str());
    let (answer, agree) = session.answer(&offer, Direction::SendRecv).unwrap();
    assert!(answer.contains("tcptype passive"), "{answer}");
    shell.send(0, agree).unwrap();

    let mut stream = connect(&shell);
    let username = format!("{}:brow", value(&answer, "ice-ufrag"));
    let check = StunMessage::binding_request(&username, TransId::new(), true, 1, 1_000, true);
    let mut bytes = [0; 256];
    let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
    let password = value(&answer, "ice-pwd").as_bytes();
    let length = check.to_bytes(Some(password), &mut bytes, hmac).unwrap();
    write_frame(&mut stream, &bytes[..length]);
    let answered = read_frame(&mut stream);
    let answered = StunMessage::parse(&answered).unwrap();
    assert!(answered.is_successful_binding_response());
    assert_eq!(answered.mapped_address(), Some(stream.local_addr().unwrap()));

    let config = dimpl::Config::builder().use_server_cookie(false).build().unwrap();
    let mut dtls = Dtls::new_12(Arc::new(config), certificate, Instant::now());
    let mut keyed = false;
    while !keyed {
        dtls.handle_timeout(Instant::now()).unwrap();
        let record = read_frame(&mut stream);
        dtls.handle_packet(&record).unwrap();
        let mut buffer = [0; 2_048];
        loop {
            match dtls.poll_output(&mut buffer) {
                Output::Packet(record) => write_frame(&mut stream, record),
                Output::Connected => keyed = true,
                Output::Timeout(_) => break,
                _ => {}
            }
        }
    }
    let mut events = Vec::new();
    assert!(eventually(|| {
        events.extend(shell.events());
        !events.is_empty()
    }));
    let remote = stream.local_addr().unwrap();
    assert!(
        matches!(events[0].1, Event::Connected { transport: TransportProtocol::Tcp, remote: at, .. } if at == remote),
        "{events:?}"
    );
    assert_eq!(shell.counts()[0].tcp_connections, 1);
    drop(stream);
    assert!(eventually(|| shell.counts()[0].tcp_connections == 0));
}

#[test]
fn a_stream_that_is_not_framed_ends() {
    let shell = shell();
    let mut stream = connect(&shell);
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(is_closed(&mut stream));
    assert!(eventually(|| shell.counts()[0].tcp_dropped == 1));
}

#[test]
fn one_address_cannot_hold_every_connection_without_proof() {
    let shell = shell();
    let mut streams: Vec<_> = (0..65).map(|_| connect(&shell)).collect();
    assert!(eventually(|| shell.counts()[0].tcp_refused == 1));
    assert!(is_closed(&mut streams[64]));
    assert_eq!(shell.counts()[0].tcp_connections, 64);
    // Those who hang up make room.
    streams.truncate(10);
    assert!(eventually(|| shell.counts()[0].tcp_connections == 10));
    let mut again = connect(&shell);
    again.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(!is_closed(&mut again) || shell.counts()[0].tcp_refused == 1);
    assert_eq!(shell.counts()[0].tcp_refused, 1);
}

/// Sends a Binding request and returns the mapped address.
fn mirrored(answer: &[u8], id: [u8; 12]) -> std::net::SocketAddr {
    assert_eq!((&answer[..4], &answer[8..20]), (&[1, 1, 0, 12][..], &id[..]));
    let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    let ip: Vec<u8> = answer[28..32].iter().zip(&answer[4..8]).map(|(a, b)| a ^ b).collect();
    (<[u8; 4]>::try_from(ip).unwrap(), port).into()
}

#[test]
fn binding_requests_are_answered_by_udp_and_tcp() {
    let shell = shell();
    let id = [7; 12];
    let question = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &id].concat();

    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket.send_to(&question, ("127.0.0.1", shell.ports()[0])).unwrap();
    let mut answer = [0; 64];
    let (length, _) = socket.recv_from(&mut answer).unwrap();
    assert_eq!((length, mirrored(&answer, id)), (32, socket.local_addr().unwrap()));

    let mut framed = connect(&shell);
    write_frame(&mut framed, &question);
    assert_eq!(mirrored(&read_frame(&mut framed), id), framed.local_addr().unwrap());

    let mut plain = connect(&shell);
    for _ in 0..2 {
        plain.write_all(&question).unwrap();
        let mut answer = [0; 32];
        plain.read_exact(&mut answer).unwrap();
        assert_eq!(mirrored(&answer, id), plain.local_addr().unwrap());
    }
    assert!(eventually(|| shell.counts()[0].core.stun_responses == 4));
    assert_eq!(shell.counts()[0].core.legs, 0);
}
