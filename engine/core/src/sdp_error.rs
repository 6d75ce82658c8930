//! Why a description cannot be used: a reason for programs and a sentence for people.

use std::fmt;

/// A description that cannot be used; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdpError {
    /// The kind of error.
    pub reason: SdpErrorReason,
    /// What is wrong and how to fix it.
    pub sentence: String,
}

/// The kinds of errors of a description. `spec/sdp/reasons.toml` lists their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SdpErrorReason {
    /// Not SDP as RFC 8866 writes it.
    Malformed,
    /// Longer, or with more lines or sections, than we read.
    TooLarge,
    /// No audio section, or a rejected one.
    NoAudio,
    /// No codec we know.
    NoCommonCodec,
    /// No `a=ice-ufrag` or `a=ice-pwd`.
    NoIce,
    /// Both sides are ICE-lite, so neither would send checks.
    BothLite,
    /// Not DTLS-SRTP.
    NotEncrypted,
    /// No `a=fingerprint` of SHA-256 or better.
    NoFingerprint,
    /// `a=setup` is missing or does not answer ours.
    BadSetup,
    /// No `a=rtcp-mux`.
    NoRtcpMux,
    /// An answer that does not fit the offer.
    Mismatch,
    /// An answer without an offer, or an offer while ours is open.
    WrongState,
}

impl SdpErrorReason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::Malformed,
        Self::TooLarge,
        Self::NoAudio,
        Self::NoCommonCodec,
        Self::NoIce,
        Self::BothLite,
        Self::NotEncrypted,
        Self::NoFingerprint,
        Self::BadSetup,
        Self::NoRtcpMux,
        Self::Mismatch,
        Self::WrongState,
    ];

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::NoAudio => "no-audio",
            Self::NoCommonCodec => "no-common-codec",
            Self::NoIce => "no-ice",
            Self::BothLite => "both-lite",
            Self::NotEncrypted => "not-encrypted",
            Self::NoFingerprint => "no-fingerprint",
            Self::BadSetup => "bad-setup",
            Self::NoRtcpMux => "no-rtcp-mux",
            Self::Mismatch => "mismatch",
            Self::WrongState => "wrong-state",
        }
    }

    /// An error for this reason.
    pub(crate) fn because(self, sentence: impl Into<String>) -> SdpError {
        SdpError { reason: self, sentence: sentence.into() }
    }
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.word(), self.sentence)
    }
}

impl std::error::Error for SdpError {}
