//! Playback to one leg: samples, tones and silence, in frames of 20 ms.

mod cadence;
mod player;
mod playout;
mod source;
mod status;
#[cfg(test)]
mod tests;

pub use player::{FRAMES_A_SECOND, Player};
pub use playout::{Played, Playout};
pub use status::PlayError;
