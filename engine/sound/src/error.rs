//! Why a file cannot be played.

use std::fmt;

/// The kind of a failure, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The file is not audio: an HTML page, an image, nothing at all.
    NotAudio,
    /// It is audio of a format, or in a shape, that is not decoded.
    Unsupported,
    /// Its format is known, but its content breaks the rules of the format.
    Damaged,
    /// It is larger or longer than what is played, or takes too much computation.
    TooLarge,
}

impl Reason {
    /// The name of the kind.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAudio => "not-audio",
            Self::Unsupported => "unsupported",
            Self::Damaged => "damaged",
            Self::TooLarge => "too-large",
        }
    }
}

/// A file that cannot be played, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The kind.
    pub reason: Reason,
    /// What the file is and what mends it, for its owner.
    pub sentence: String,
}

impl DecodeError {
    pub(crate) fn not_audio(sentence: impl Into<String>) -> Self {
        Self { reason: Reason::NotAudio, sentence: sentence.into() }
    }

    pub(crate) fn unsupported(sentence: impl Into<String>) -> Self {
        Self { reason: Reason::Unsupported, sentence: sentence.into() }
    }

    pub(crate) fn damaged(sentence: impl Into<String>) -> Self {
        Self { reason: Reason::Damaged, sentence: sentence.into() }
    }

    pub(crate) fn too_large(sentence: impl Into<String>) -> Self {
        Self { reason: Reason::TooLarge, sentence: sentence.into() }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for DecodeError {}
