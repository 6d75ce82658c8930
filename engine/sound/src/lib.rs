//! Decodes the files that people put behind a URL to play, whole and before anything of them is played: a
//! file is input from a stranger, so its parser runs outside the media threads and within limits.

#![allow(clippy::similar_names, reason = "a decoder and what was decoded; a resampler and samples")]

mod adpcm;
mod aiff;
mod au;
mod container;
mod decode;
mod error;
mod format;
mod gsm;
mod headerless;
mod iff;
mod mpeg;
mod ogg;
mod output;
mod pcm;
#[cfg(test)]
mod tests;
mod wav;

pub use decode::{MAX_FILE_BYTES, decode};
pub use error::{DecodeError, Reason};
pub use headerless::Hint;
pub use output::{Limits, MAX_SECONDS};
