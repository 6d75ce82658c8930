//! What a peer's description says about its audio section, or why we cannot use it.

use super::attribute::{
    audio_level, by_payload_type, candidate, extension_id, fingerprint, is_ice_word, parameter,
    payload_type,
};
use super::parse::{Attribute, Description, Section};
use crate::negotiation::{
    Credentials, EventFormat, Fingerprint, Format, LevelFormat, PeerCandidate,
};
use crate::{AudioCodec, Direction, SdpError, SdpErrorReason};

/// Candidates of one peer we look at; the rest is passed over.
const MAX_CANDIDATES: usize = 32;
/// Fingerprints of one peer we look at.
const MAX_FINGERPRINTS: usize = 8;

/// A peer's audio section.
#[derive(Debug, Clone)]
pub(crate) struct PeerAudio {
    /// Which of the sections it is.
    pub(crate) index: usize,
    pub(crate) protocol: String,
    pub(crate) mid: Option<String>,
    /// Whether the peer groups it (RFC 9143).
    pub(crate) bundled: bool,
    /// The section of the group whose transport it uses, when that is not its own.
    pub(crate) tagged: Option<usize>,
    /// From the peer's side.
    pub(crate) direction: Direction,
    pub(crate) credentials: Credentials,
    pub(crate) lite: bool,
    pub(crate) candidates: Vec<PeerCandidate>,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Setup,
    /// Codecs we know, in the peer's order; at least one.
    pub(crate) formats: Vec<Format>,
    pub(crate) events: Vec<EventFormat>,
    /// From the peer's side.
    pub(crate) level: Option<LevelFormat>,
}

/// Who may begin the DTLS handshake (RFC 5763 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    Active,
    Passive,
    Either,
}

/// The first audio section that is not rejected.
pub(crate) fn read_audio(description: &Description<'_>) -> Result<PeerAudio, SdpError> {
    let mut sections = description.sections.iter().enumerate();
    let found = sections.find(|(_, section)| is_usable_audio(description, section));
    let Some((index, section)) = found else { return Err(no_audio(description)) };
    let tagged = tagged(description, section);
    let look =
        Look { section, tagged: tagged.map(|(_, tagged)| tagged), above: &description.attributes };
    look.check_protocol()?;
    if look.of_transport("rtcp-mux").is_none() {
        return Err(SdpErrorReason::NoRtcpMux
            .because("RTCP has no port of its own here: add a=rtcp-mux to the audio section"));
    }
    let mid = section.mid().map(str::to_owned);
    let bundled = mid.as_deref().is_some_and(|mid| group_of(description, mid).is_some());
    Ok(PeerAudio {
        index,
        protocol: section.protocol.to_owned(),
        bundled,
        tagged: tagged.map(|(index, _)| index),
        mid,
        direction: look.direction(),
        credentials: look.credentials()?,
        lite: description.attributes.iter().any(|a| a.name == "ice-lite"),
        candidates: look.candidates(),
        fingerprints: look.fingerprints()?,
        setup: look.setup()?,
        formats: look.formats()?,
        events: look.events(),
        level: look.level(),
    })
}

fn no_audio(description: &Description<'_>) -> SdpError {
    let alone = description.sections.iter().any(|s| s.kind == "audio" && s.is_bundle_only());
    SdpErrorReason::NoAudio.because(if alone {
        "the audio section is bundle-only and no section of its group has a port: list both in \
         a=group:BUNDLE and give the first one a port"
    } else {
        "there is no audio section to use: add an m=audio line with a port"
    })
}

/// A port of 0 rejects a section, unless it is bundle-only: then it is sent over the transport of
/// its group (RFC 9143 §6).
fn is_usable_audio(description: &Description<'_>, section: &Section<'_>) -> bool {
    let over_another = || section.is_bundle_only() && tagged(description, section).is_some();
    section.kind == "audio" && (section.port != 0 || over_another())
}

/// The mids of the first BUNDLE group that has this one.
fn group_of<'a>(
    description: &Description<'a>,
    mid: &str,
) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
    let mut groups = description.attributes.iter().filter(|a| a.name == "group");
    let group = groups.find(|group| {
        let mut words = group.value.split_ascii_whitespace();
        words.next() == Some("BUNDLE") && words.any(|word| word == mid)
    })?;
    Some(group.value.split_ascii_whitespace().skip(1))
}

/// The tagged section of the group, when `section` is another and has no transport of its own: it
/// is bundle-only, says nothing about ICE, or repeats the other's user fragment. The tagged section
/// is the first of the group that is not rejected (RFC 9143 §7.3.1).
fn tagged<'a, 'b>(
    description: &'b Description<'a>,
    section: &Section<'a>,
) -> Option<(usize, &'b Section<'a>)> {
    const ENCRYPTED: [&str; 6] = [
        "UDP/TLS/RTP/SAVPF",
        "UDP/TLS/RTP/SAVP",
        "TCP/DTLS/RTP/SAVPF",
        "TCP/DTLS/RTP/SAVP",
        "UDP/DTLS/SCTP",
        "TCP/DTLS/SCTP",
    ];
    let tagged = group_of(description, section.mid()?)?.find_map(|mid| {
        let mut all = description.sections.iter().enumerate();
        all.find(|(_, other)| other.port != 0 && other.mid() == Some(mid))
    });
    let (index, tagged) = tagged.filter(|(_, other)| ENCRYPTED.contains(&other.protocol))?;
    let (own, theirs) = (section.value("ice-ufrag"), tagged.value("ice-ufrag"));
    let shared = section.port == 0 || own.is_none() || own == theirs;
    (shared && tagged.mid() != section.mid()).then_some((index, tagged))
}

/// The audio section together with what holds for all sections.
struct Look<'a> {
    section: &'a Section<'a>,
    /// See [`PeerAudio::tagged`].
    tagged: Option<&'a Section<'a>>,
    above: &'a [Attribute<'a>],
}

impl<'a> Look<'a> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.section.attributes.iter().filter(move |a| a.name == name).map(|a| a.value)
    }

    fn here(&self, name: &'static str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// An attribute of the transport: from the section that has it, else from the session part. In
    /// a group only the tagged section has to repeat it (RFC 9143 §7.1.3).
    fn of_transport(&self, name: &'static str) -> Option<&'a str> {
        let tagged = self.tagged.and_then(|tagged| tagged.value(name));
        let above = || self.above.iter().find(|a| a.name == name).map(|a| a.value);
        tagged.or_else(|| self.here(name)).or_else(above)
    }

    fn candidates(&self) -> Vec<PeerCandidate> {
        let tagged = self.tagged.map_or(&[][..], |tagged| &tagged.attributes);
        let all = self.section.attributes.iter().chain(tagged).filter(|a| a.name == "candidate");
        all.filter_map(|a| candidate(a.value)).take(MAX_CANDIDATES).collect()
    }

    fn check_protocol(&self) -> Result<(), SdpError> {
        // RFC 9429 §5.1.2: browsers of all ages say one of these and mean DTLS-SRTP.
        const KNOWN: [&str; 6] = [
            "UDP/TLS/RTP/SAVPF",
            "UDP/TLS/RTP/SAVP",
            "TCP/DTLS/RTP/SAVPF",
            "TCP/DTLS/RTP/SAVP",
            "RTP/SAVPF",
            "RTP/SAVP",
        ];
        if KNOWN.contains(&self.section.protocol) {
            return Ok(());
        }
        Err(SdpErrorReason::NotEncrypted
            .because("the audio is not DTLS-SRTP: say UDP/TLS/RTP/SAVPF in the m=audio line"))
    }

    fn direction(&self) -> Direction {
        let of = |attributes: &[Attribute<'_>]| {
            attributes.iter().find_map(|a| Direction::from_word(a.name))
        };
        of(&self.section.attributes).or_else(|| of(self.above)).unwrap_or_default()
    }

    fn credentials(&self) -> Result<Credentials, SdpError> {
        let ufrag = self.of_transport("ice-ufrag").map(str::trim).filter(|w| is_ice_word(w, 4));
        let password = self.of_transport("ice-pwd").map(str::trim).filter(|w| is_ice_word(w, 22));
        let (Some(ufrag), Some(password)) = (ufrag, password) else {
            return Err(SdpErrorReason::NoIce.because(
                "there are no ICE credentials: add a=ice-ufrag (4 to 256 characters) and \
                 a=ice-pwd (22 to 256 characters)",
            ));
        };
        Ok(Credentials { ufrag: ufrag.to_owned(), password: password.to_owned() })
    }

    fn fingerprints(&self) -> Result<Vec<Fingerprint>, SdpError> {
        // A section with fingerprints of its own overrides the session's (RFC 8122 §5).
        let of = |attributes: &[Attribute<'_>]| -> Vec<_> {
            let all = attributes.iter().filter(|a| a.name == "fingerprint");
            all.filter_map(|a| fingerprint(a.value)).take(MAX_FINGERPRINTS).collect()
        };
        let sections = self.tagged.into_iter().chain([self.section]);
        let own =
            sections.map(|s| &s.attributes).find(|a| a.iter().any(|a| a.name == "fingerprint"));
        let found = of(own.map_or(self.above, |own| own));
        if found.is_empty() {
            return Err(SdpErrorReason::NoFingerprint.because(
                "nothing says which certificate to trust: add a=fingerprint with sha-256 or better",
            ));
        }
        Ok(found)
    }

    fn setup(&self) -> Result<Setup, SdpError> {
        match self.of_transport("setup").map(str::trim) {
            Some("active") => Ok(Setup::Active),
            Some("passive") => Ok(Setup::Passive),
            Some("actpass") => Ok(Setup::Either),
            _ => Err(SdpErrorReason::BadSetup.because(
                "nothing says who begins the DTLS handshake: add a=setup:actpass to an offer, \
                 a=setup:active or a=setup:passive to an answer",
            )),
        }
    }

    /// Payload types of the `m=` line with what `a=rtpmap` or RFC 3551 calls them.
    fn named(&self) -> impl Iterator<Item = (u8, &'a str)> {
        self.section.formats.iter().filter_map(|word| payload_type(word)).filter_map(|number| {
            let mapped = self.all("rtpmap").filter_map(by_payload_type);
            let named = mapped.into_iter().find(|(other, _)| *other == number);
            let fixed = match number {
                0 => Some((0, "PCMU/8000")),
                8 => Some((8, "PCMA/8000")),
                _ => None,
            };
            named.or(fixed)
        })
    }

    fn formats(&self) -> Result<Vec<Format>, SdpError> {
        let mut formats: Vec<Format> = Vec::new();
        for (number, name) in self.named() {
            let Some(codec) = AudioCodec::from_rtpmap(name) else { continue };
            if formats.iter().any(|f| f.codec == codec || f.payload_type == number) {
                continue;
            }
            formats.push(self.format(number, codec));
        }
        if formats.is_empty() {
            return Err(SdpErrorReason::NoCommonCodec
                .because("no codec in common: offer opus/48000/2, PCMU/8000 or PCMA/8000"));
        }
        Ok(formats)
    }

    fn format(&self, payload_type: u8, codec: AudioCodec) -> Format {
        let mut all = self.all("fmtp").filter_map(by_payload_type);
        let fmtp = all.find(|(number, _)| *number == payload_type).map_or("", |(_, fmtp)| fmtp);
        let max_bit_rate = parameter(fmtp, "maxaveragebitrate")
            .and_then(|word| word.parse().ok())
            .filter(|rate| (6_000..=510_000).contains(rate));
        let fec = parameter(fmtp, "useinbandfec") == Some("1");
        Format { payload_type, codec, fec, max_bit_rate }
    }

    /// The only header extension we support. An identifier that stands for two extensions is ambiguous:
    /// then there is none.
    fn level(&self) -> Option<LevelFormat> {
        let above = self.above.iter().filter(|a| a.name == "extmap").map(|a| a.value);
        let all = || self.all("extmap").chain(above.clone());
        let level = all().find_map(audio_level)?;
        let alone = all().filter(|value| extension_id(value) == Some(level.id)).count() == 1;
        alone.then_some(level)
    }

    fn events(&self) -> Vec<EventFormat> {
        let mut events: Vec<EventFormat> = Vec::new();
        for (payload_type, name) in self.named() {
            let lower = name.to_ascii_lowercase();
            // Firefox writes the number of channels too (RFC 8866 §6.6).
            let mono = lower.strip_suffix("/1").unwrap_or(&lower);
            let clock = mono.strip_prefix("telephone-event/").and_then(|rate| rate.parse().ok());
            let Some(clock_hz @ (8_000 | 48_000)) = clock else { continue };
            if events.iter().all(|e| e.clock_hz != clock_hz && e.payload_type != payload_type) {
                events.push(EventFormat { payload_type, clock_hz });
            }
        }
        events
    }
}
