//! Adaptive playout of packets that arrive irregularly, out of order, twice or never.

mod packet;

pub use packet::{AudioPacket, PacketFormat};
