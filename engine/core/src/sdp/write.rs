//! Our own descriptions, as text.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::parse::Section;
use crate::negotiation::{AUDIO_LEVEL, Credentials, EventFormat, Format, LevelFormat};
use crate::{AudioCodec, Direction, HostAddress, TransportProtocol};

/// Who says it and how often it was said before (RFC 8866 §5.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) id: u64,
    pub(crate) version: u64,
}

/// Our audio section.
#[derive(Debug)]
pub(crate) struct Audio<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) mid: Option<&'a str>,
    pub(crate) bundled: bool,
    pub(crate) direction: Direction,
    pub(crate) lite: bool,
    pub(crate) credentials: &'a Credentials,
    pub(crate) fingerprint: &'a str,
    /// `actpass`, `active` or `passive`.
    pub(crate) setup: &'a str,
    pub(crate) addresses: &'a [HostAddress],
    pub(crate) formats: &'a [Format],
    pub(crate) events: &'a [EventFormat],
    pub(crate) level: Option<LevelFormat>,
    pub(crate) ssrc: u32,
    pub(crate) cname: &'a str,
}

/// A section of the peer's that we must repeat (RFC 3264 §6). It is rejected, unless the audio uses
/// its transport.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    pub(crate) kind: String,
    pub(crate) protocol: String,
    pub(crate) formats: String,
    pub(crate) mid: Option<String>,
    pub(crate) tagged: Option<TaggedSection>,
}

/// What is repeated of the section whose transport the audio uses. To reject the tagged section of a
/// group would reject the group with it (RFC 9143 §7.3.3); so it stays, without media.
#[derive(Debug, Clone)]
pub(crate) struct TaggedSection {
    /// Its first format.
    format: String,
    /// What says which codec that is: the names and values of attributes.
    attributes: Vec<(&'static str, String)>,
}

impl TaggedSection {
    pub(crate) fn of(section: &Section<'_>) -> Self {
        let format = section.formats.first().copied().unwrap_or_default();
        let is_of_it = |value: &str| value.split_ascii_whitespace().next() == Some(format);
        let find = |name: &'static str, wanted: &dyn Fn(&str) -> bool| {
            let mut all = section.attributes.iter().filter(|a| a.name == name);
            all.find(|a| wanted(a.value)).map(|a| (name, a.value.to_owned()))
        };
        let kept =
            [find("rtpmap", &is_of_it), find("fmtp", &is_of_it), find("sctp-port", &|_| true)];
        Self { format: format.to_owned(), attributes: kept.into_iter().flatten().collect() }
    }
}

/// The whole description: our audio at `index` among the rejected others.
pub(crate) fn write(origin: Origin, audio: &Audio<'_>, index: usize, others: &[Other]) -> String {
    let mut text = String::with_capacity(1_500);
    let Origin { id, version } = origin;
    // The o= address identifies no host here (RFC 8866 §5.2, RFC 9429 §5.2.1).
    line(&mut text, format_args!("v=0"));
    line(&mut text, format_args!("o=- {id} {version} IN IP4 127.0.0.1"));
    line(&mut text, format_args!("s=-"));
    line(&mut text, format_args!("t=0 0"));
    if let (true, Some(mid)) = (audio.bundled, audio.mid) {
        // The tagged section comes first (RFC 9143 §7.3.1).
        let tagged = others.iter().filter(|other| other.tagged.is_some());
        let tagged = tagged.filter_map(|other| other.mid.as_deref());
        let mids: Vec<_> = tagged.chain([mid]).collect();
        line(&mut text, format_args!("a=group:BUNDLE {}", mids.join(" ")));
    }
    if audio.lite {
        line(&mut text, format_args!("a=ice-lite"));
    }
    let (before, after) = others.split_at_checked(index).unwrap_or((others, &[]));
    for other in before {
        repeat(&mut text, audio, other);
    }
    section(&mut text, audio);
    for other in after {
        repeat(&mut text, audio, other);
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
    text.push_str("\r\n");
}

impl Audio<'_> {
    /// Where media is sent that knows nothing of ICE.
    fn default_address(&self) -> Option<SocketAddr> {
        let udp = self.addresses.iter().find(|a| a.transport == TransportProtocol::Udp);
        udp.or(self.addresses.first()).map(|a| a.announced)
    }

    fn port(&self) -> u16 {
        self.default_address().map_or(9, |address| address.port())
    }
}

fn section(text: &mut String, audio: &Audio<'_>) {
    let numbers = audio.formats.iter().map(|f| f.payload_type);
    let numbers = numbers.chain(audio.events.iter().map(|e| e.payload_type));
    let mut media = format!("m=audio {} {}", audio.port(), audio.protocol);
    for number in numbers {
        let _ = write!(media, " {number}");
    }
    line(text, format_args!("{media}"));
    line(text, format_args!("c=IN {}", Connection(audio.default_address())));
    if let Some(mid) = audio.mid {
        line(text, format_args!("a=mid:{mid}"));
    }
    line(text, format_args!("a={}", audio.direction.word()));
    line(text, format_args!("a=rtcp-mux"));
    transport(text, audio);
    codecs(text, audio);
    if let Some(LevelFormat { id, direction, vad }) = audio.level {
        let direction = match direction {
            Direction::SendRecv => String::new(),
            other => format!("/{}", other.word()),
        };
        // Nothing stands for `vad=on` (RFC 6464 §4).
        let vad = if vad { "" } else { " vad=off" };
        line(text, format_args!("a=extmap:{id}{direction} {AUDIO_LEVEL}{vad}"));
    }
    if audio.direction.sends() {
        line(text, format_args!("a=msid:offhook audio"));
    }
    line(text, format_args!("a=ssrc:{} cname:{}", audio.ssrc, audio.cname));
    candidates(text, audio);
}

fn candidates(text: &mut String, audio: &Audio<'_>) {
    for (index, address) in audio.addresses.iter().enumerate() {
        line(text, format_args!("a=candidate:{}", candidate(index, *address)));
    }
    line(text, format_args!("a=end-of-candidates"));
}

fn transport(text: &mut String, audio: &Audio<'_>) {
    line(text, format_args!("a=ice-ufrag:{}", audio.credentials.ufrag));
    line(text, format_args!("a=ice-pwd:{}", audio.credentials.password));
    // A lite agent learns the peer's addresses from its checks, whenever they come (RFC 8838).
    let options = if audio.lite { "ice2 trickle" } else { "ice2" };
    line(text, format_args!("a=ice-options:{options}"));
    line(text, format_args!("a=fingerprint:sha-256 {}", audio.fingerprint));
    line(text, format_args!("a=setup:{}", audio.setup));
}

fn codecs(text: &mut String, audio: &Audio<'_>) {
    for Format { payload_type, codec, .. } in audio.formats {
        line(text, format_args!("a=rtpmap:{payload_type} {}", codec.rtpmap()));
        if *codec == AudioCodec::Opus {
            line(text, format_args!("a=fmtp:{payload_type} minptime=10;useinbandfec=1"));
        }
    }
    for EventFormat { payload_type, clock_hz } in audio.events {
        line(text, format_args!("a=rtpmap:{payload_type} telephone-event/{clock_hz}"));
        line(text, format_args!("a=fmtp:{payload_type} 0-15"));
    }
    line(text, format_args!("a=ptime:20"));
}

/// The value of an `a=candidate` for one of our addresses (RFC 8839 §5.1, RFC 6544 §4.5).
fn candidate(index: usize, address: HostAddress) -> String {
    let HostAddress { transport, announced, .. } = address;
    let (name, preference, kind) = match transport {
        TransportProtocol::Udp => ("udp", 65_535, ""),
        // RFC 6544 §4.2: a direction preference of 4 for passive, and less than any UDP.
        TransportProtocol::Tcp => ("tcp", 4 << 13, " tcptype passive"),
    };
    // RFC 8445 §5.1.2.1: type preference 126 of hosts, our order, component 1.
    let local = preference - u32::try_from(index).unwrap_or(0).min(1_000);
    let priority = (126 << 24) | (local << 8) | 255;
    let (ip, port) = (announced.ip(), announced.port());
    format!("{} 1 {name} {priority} {ip} {port} typ host{kind}", index + 1)
}

fn repeat(text: &mut String, audio: &Audio<'_>, other: &Other) {
    let Other { kind, protocol, formats, mid, tagged } = other;
    let port = if tagged.is_some() { audio.port() } else { 0 };
    let formats = tagged.as_ref().map_or(formats, |tagged| &tagged.format);
    line(text, format_args!("m={kind} {port} {protocol} {formats}"));
    let address = audio.default_address().filter(|_| tagged.is_some());
    line(text, format_args!("c=IN {}", Connection(address)));
    if let Some(mid) = mid {
        line(text, format_args!("a=mid:{mid}"));
    }
    line(text, format_args!("a=inactive"));
    let Some(tagged) = tagged else { return };
    if kind != "application" {
        line(text, format_args!("a=rtcp-mux"));
    }
    transport(text, audio);
    for (name, value) in &tagged.attributes {
        line(text, format_args!("a={name}:{value}"));
    }
    candidates(text, audio);
}

/// The value of a `c=` line after `IN`.
struct Connection(Option<SocketAddr>);

impl std::fmt::Display for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.map(|address| address.ip()) {
            Some(IpAddr::V4(ip)) => write!(f, "IP4 {ip}"),
            Some(IpAddr::V6(ip)) => write!(f, "IP6 {ip}"),
            None => write!(f, "IP4 0.0.0.0"),
        }
    }
}
