//! What voice is packed in: G.711, Opus, the way from one to the other, and repair of what was lost.

mod conceal;
mod ear;
mod g711;
mod heard;
mod opus;
#[cfg(test)]
mod tests;
mod transcoder;
mod turn;

pub use conceal::Concealer;
pub use ear::{Ear, Jump};
pub use g711::Law;
pub use heard::Heard;
pub use opus::{Effort, OpusDecoder, OpusEncoder, OpusFault, OpusSettings};
pub use transcoder::{Kind, Spoken, Transcoded, Transcoder};
