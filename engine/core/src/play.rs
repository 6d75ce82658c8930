//! Something to play to one leg: samples, tones and silence, a 20 ms frame at a time.

mod cadence;
mod player;
mod playout;
mod tape;
#[cfg(test)]
mod tests;

pub use player::{FRAMES_A_SECOND, Player};
pub use playout::{Played, Playout};
pub use tape::Unplayable;
