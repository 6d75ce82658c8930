//! Results of a negotiation for the leg's worker: local credentials, then the agreed parameters.

use std::fmt;
use std::net::SocketAddr;

use crate::{LegId, TransportProtocol};

/// Who may send audio, seen from our side (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// Only we.
    SendOnly,
    /// Only the peer.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// Codecs that can be agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// RFC 6716, RFC 7587.
    Opus,
    /// G.711 mu-law (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law (RFC 3551 §4.5.14).
    Pcma,
}

/// A leg begins, or will restart ICE: checks with these credentials are answered from now on.
#[derive(Debug, Clone)]
pub struct LocalCredentials {
    pub(crate) leg: LegId,
    pub(crate) local: Credentials,
}

/// The transport and media that offer and answer agreed on.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub(crate) leg: LegId,
    /// Whether this is the leg's first command: no `LocalCredentials` came before.
    pub(crate) opens: bool,
    pub(crate) local: Credentials,
    pub(crate) peer: Peer,
    /// Whether we nominate, if we are a full agent (RFC 8445 §6.1.1).
    pub(crate) controlling: bool,
    pub(crate) params: MediaParams,
    /// Names our stream, as our description said (RFC 3550 §8).
    pub(crate) ssrc: u32,
    /// Names us in RTCP (RFC 7022).
    pub(crate) cname: String,
}

/// ICE credentials (RFC 8445 §5.3). The password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// The other end's transport, as its description says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) credentials: Credentials,
    pub(crate) candidates: Vec<PeerCandidate>,
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Whether we begin the DTLS handshake (RFC 5763 §5: `a=setup:active` is ours).
    pub(crate) we_are_client: bool,
}

/// Where the peer says it can be reached (RFC 8839 §5.1). Only a full agent uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerCandidate {
    pub(crate) transport: TransportProtocol,
    pub(crate) address: SocketAddr,
    /// The attribute's value, `candidate:…`.
    pub(crate) line: String,
}

/// The digest a peer's certificate must have (RFC 8122 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fingerprint {
    Sha256([u8; 32]),
    Sha384([u8; 48]),
    Sha512([u8; 64]),
}

/// The agreed media parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaParams {
    pub(crate) direction: Direction,
    /// What we send.
    pub(crate) sending: Format,
    /// What may arrive; holds the codec of `sending` too, perhaps under another number.
    pub(crate) receiving: Vec<Format>,
    /// How we send key presses, if at all (RFC 4733).
    pub(crate) events_sending: Option<EventFormat>,
    /// How key presses may arrive.
    pub(crate) events_receiving: Vec<EventFormat>,
    /// The audio level of packets (RFC 6464), if it was negotiated.
    pub(crate) level: Option<LevelFormat>,
}

/// A codec under its payload type number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) payload_type: u8,
    pub(crate) codec: AudioCodec,
    /// Opus: the receiver can use in-band FEC (RFC 7587 §6.1).
    pub(crate) fec: bool,
    /// Opus: most bits per second the receiver wants, if it said so.
    pub(crate) max_bit_rate: Option<u32>,
}

/// Telephone events under their payload type number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventFormat {
    pub(crate) payload_type: u8,
    pub(crate) clock_hz: u32,
}

/// URI of the audio level in `a=extmap`.
pub(crate) const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// The audio level under its identifier among the header extensions (RFC 8285 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LevelFormat {
    pub(crate) id: u8,
    /// Which side may send it, from the side that this value belongs to.
    pub(crate) direction: Direction,
    /// Whether the V bit, voice activity, is in use (RFC 6464 §4: `vad`).
    pub(crate) vad: bool,
}

impl LevelFormat {
    /// The same from the other side.
    #[must_use]
    pub(crate) const fn reversed(self) -> Self {
        Self { direction: self.direction.reversed(), ..self }
    }

    /// What remains of ours after an answer: nothing under another identifier (RFC 8285 §7).
    pub(crate) fn answered(self, answer: Self) -> Option<Self> {
        let theirs = answer.direction.reversed();
        let direction = Direction::of(
            self.direction.sends() && theirs.sends(),
            self.direction.receives() && theirs.receives(),
        );
        (self.id == answer.id).then_some(Self { direction, vad: self.vad && answer.vad, ..self })
    }

    /// Whether levels that we measure can be sent under `ours`: a receiver that relies on the V bit needs a
    /// source that has it.
    pub(crate) fn can_measure(theirs: Option<Self>, ours: Self) -> bool {
        let has_vad = || theirs.is_some_and(|theirs| theirs.vad && theirs.direction.receives());
        ours.direction.sends() && (!ours.vad || has_vad())
    }

    /// Whether levels of packets under `self` can be sent under `to`: not from a sender without the
    /// V bit to a receiver that relies on it (RFC 6464 §4).
    pub(crate) const fn can_relay_to(self, to: Self) -> bool {
        to.direction.sends() && (self.vad || !to.vad)
    }
}

impl Direction {
    /// Whether we may send.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether we want to receive.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The direction of that pair of rights.
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// The same, seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// The word SDP has for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The direction that word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.word() == word)
    }
}

impl AudioCodec {
    /// All of them, the preferred first.
    pub const ALL: [Self; 3] = [Self::Opus, Self::Pcmu, Self::Pcma];

    /// Name, clock rate in Hz and number of channels, as in `a=rtpmap`.
    pub const fn rtpmap(self) -> &'static str {
        match self {
            Self::Opus => "opus/48000/2",
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
        }
    }

    /// RTP clock rate in Hz.
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// The codec that the value of an `a=rtpmap` names, if its rate and channels are the right ones.
    pub(crate) fn from_rtpmap(value: &str) -> Option<Self> {
        let mono = value.strip_suffix("/1").unwrap_or(value);
        Self::ALL.into_iter().find(|codec| codec.rtpmap().eq_ignore_ascii_case(mono))
    }

    /// The codec of that encoding name, in any case (RFC 8866 §6.6): `opus`, `PCMU`, `PCMA`.
    pub fn from_name(name: &str) -> Option<Self> {
        let names = [(Self::Opus, "opus"), (Self::Pcmu, "PCMU"), (Self::Pcma, "PCMA")];
        names
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(codec, _)| codec)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}
