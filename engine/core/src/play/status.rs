//! The results of reading from a source, and why one cannot be played.

use std::fmt;

/// A source that cannot be played, and why, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayError(String);

/// Whether a source has more samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadStatus {
    /// There may be more.
    More,
    /// The end was reached, and the next read begins at the start.
    Ended,
}

impl PlayError {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlayError {}
