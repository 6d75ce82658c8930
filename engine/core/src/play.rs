//! Playback to one leg: samples, tones and silence, in frames of 20 ms.

mod cache;
mod cadence;
mod encoded;
mod player;
mod playout;
mod source;
mod status;
#[cfg(test)]
mod tests;

pub use cache::PacketCache;
pub use player::{FRAMES_A_SECOND, Player};
pub use playout::{Played, Playout};
pub use status::PlayError;
