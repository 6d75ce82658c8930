//! Session descriptions (RFC 8866) as far as one audio section over ICE and DTLS-SRTP needs them.

mod attribute;
mod parse;
mod read;
mod write;

pub(crate) use parse::{Description, parse};
pub(crate) use read::{PeerAudio, Setup, read_audio};
pub(crate) use write::{Audio, Origin, Other, TaggedSection, write};
