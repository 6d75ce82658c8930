//! Which Binding requests are answered, how, and how often.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;
use crate::transmit::TransmitQueue;
use crate::{Route, Time, TransportProtocol};

const ID: [u8; 12] = *b"twelve bytes";

/// A Binding request with those attributes, written by hand.
fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = (body.len() as u16).to_be_bytes();
    [&[0, 1][..], &length, &[0x21, 0x12, 0xa4, 0x42], &ID, &body].concat()
}

fn answer(request: &[u8], source: &str) -> Option<Vec<u8>> {
    let mut buffer = [0; MAX_RESPONSE];
    let request = BindingRequest::parse(request)?;
    let length = request.respond(source.parse().unwrap(), &mut buffer).unwrap();
    Some(buffer[..length].to_vec())
}

/// The address in a response, as a client reads it.
fn mapped(answer: &[u8]) -> SocketAddr {
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(usize::from(u16::from_be_bytes([answer[2], answer[3]])), answer.len() - 20);
    assert_eq!(answer[8..20], ID);
    assert_eq!(answer[20..22], [0, 0x20]);
    let mask = &answer[4..20];
    let port = u16::from_be_bytes([answer[26] ^ mask[0], answer[27] ^ mask[1]]);
    let octets: Vec<u8> = answer[28..].iter().zip(mask).map(|(a, b)| a ^ b).collect();
    match (answer[25], octets.len()) {
        (1, 4) => (<[u8; 4]>::try_from(octets).unwrap(), port).into(),
        (2, 16) => (<[u8; 16]>::try_from(octets).unwrap(), port).into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_mapped_address_is_the_source_of_the_request() {
    for source in ["203.0.113.7:50000", "[2001:db8::7]:443"] {
        let response = answer(&request(&[]), source).unwrap();
        assert_eq!(mapped(&response), source.parse().unwrap());
    }
}

#[test]
fn the_sample_of_the_standard_is_written_as_it_is_there() {
    // RFC 5769 §2.2 and §2.3, XOR-MAPPED-ADDRESS for that transaction.
    let id = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
    let request = BindingRequest { transaction: id, unknown: [None; MAX_UNKNOWN] };
    let mut buffer = [0; MAX_RESPONSE];
    request.respond("192.0.2.1:32853".parse().unwrap(), &mut buffer).unwrap();
    assert_eq!(buffer[20..32], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
    let v6 = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
    request.respond(v6, &mut buffer).unwrap();
    let wanted = [
        0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc,
        0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
    ];
    assert_eq!(buffer[20..44], wanted);
}

#[test]
fn comprehension_optional_attributes_are_ignored() {
    let software = request(&[(0x8022, b"somebody"), (0x8028, &[1, 2, 3, 4])]);
    assert_eq!(mapped(&answer(&software, "192.0.2.1:1").unwrap()).port(), 1);
}

#[test]
fn unknown_required_attributes_are_listed_in_the_error() {
    // CHANGE-REQUEST of RFC 5780, which asks for a response from another address.
    let error = answer(&request(&[(0x0003, &[0, 0, 0, 6])]), "192.0.2.1:1").unwrap();
    assert_eq!(error[..4], [1, 0x11, 0, 16]);
    assert_eq!(error[20..], [0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0, 3, 0, 0]);
    let many: Vec<_> = (0x70..0x90).map(|kind| (kind, &[][..])).collect();
    let refused = answer(&request(&many), "192.0.2.1:1").unwrap();
    assert_eq!(refused.len(), 40);
}

#[test]
fn a_check_of_a_leg_is_not_answered() {
    for kind in CHECK_ATTRIBUTES {
        assert_eq!(answer(&request(&[(0x8022, b"x"), (kind, b"")]), "192.0.2.1:1"), None);
    }
}

#[test]
fn only_whole_binding_requests_are_answered() {
    let whole = request(&[(0x8022, b"four")]);
    let bent = |at: usize, octet: u8| {
        let mut bytes = whole.clone();
        bytes[at] = octet;
        bytes
    };
    // An indication, an answer, another method, no cookie, a length that lies, an attribute that does.
    for bytes in [bent(1, 0x11), bent(0, 1), bent(1, 3), bent(5, 0), bent(3, 4), bent(23, 9)] {
        assert_eq!(answer(&bytes, "192.0.2.1:1"), None);
    }
    for length in 0..whole.len() {
        assert_eq!(answer(&whole[..length], "192.0.2.1:1"), None);
    }
}

fn outcome(
    server: &mut BindingServer,
    now: Time,
    source: &str,
    out: &mut TransmitQueue,
) -> Outcome {
    let local = "192.0.2.1:5000".parse().unwrap();
    let route = Route { transport: TransportProtocol::Udp, local, remote: source.parse().unwrap() };
    server.handle(now, route, &request(&[]), out)
}

#[test]
fn responses_are_limited_per_source() {
    let (mut server, mut out) =
        (BindingServer::new(&mut Rng::new(&[3; 32], "", 0)), TransmitQueue::default());
    let mut answered = 0;
    for ms in 0..10_000 {
        // A victim whose address is forged, with another port each time.
        let source = format!("203.0.113.7:{}", 1_000 + ms);
        let outcome = outcome(&mut server, Time::from_millis(ms), &source, &mut out);
        answered += usize::from(outcome == Outcome::Answered);
    }
    assert!((290..=300).contains(&answered), "{answered}");
    let later = Time::from_millis(10_000);
    assert_eq!(outcome(&mut server, later, "203.0.113.8:1", &mut out), Outcome::Answered);
    // All of an IPv6 site are one source.
    let mut answered_from = |n: u32| {
        outcome(&mut server, later, &format!("[2001:db8:7::{n:x}]:1"), &mut out)
            == Outcome::Answered
    };
    assert_eq!((1..=1_000).filter(|n| answered_from(*n)).count(), 100);
    let mut all = out.iter();
    assert!(all.all(|datagram| datagram.to_unverified && datagram.bytes.len() <= MAX_RESPONSE));
}

proptest! {
    #[test]
    fn a_response_is_never_much_longer_than_its_request(
        attributes in proptest::collection::vec(
            (any::<u16>(), proptest::collection::vec(any::<u8>(), 0..20)), 0..12),
        v6: bool,
    ) {
        let borrowed: Vec<_> = attributes.iter().map(|(kind, value)| (*kind, &value[..])).collect();
        let bytes = request(&borrowed);
        let source = if v6 { "[2001:db8::1]:9" } else { "192.0.2.9:9" };
        if let Some(response) = answer(&bytes, source) {
            let grown = if v6 { 24 } else { 12 };
            prop_assert!(response.len() <= bytes.len() + grown);
            prop_assert_eq!(&response[4..20], &bytes[4..20]);
        }
    }
}
