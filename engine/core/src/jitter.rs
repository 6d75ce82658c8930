//! Adaptive playout of packets that arrive irregularly, out of order, twice or never.

mod buffer;
mod packet;
mod playout_delay;
mod time_stretch;

pub use buffer::{JitterBuffer, JitterCounts, POSITION_HZ, WaitingPacket, to_position, to_us};
pub use packet::{AudioPacket, PacketFormat};
pub use playout_delay::{PlayoutDelay, micros};
pub use time_stretch::{Similarity, grow, shrink};
