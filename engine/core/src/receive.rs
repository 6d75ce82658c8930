//! Received audio of one leg on a time line of its own, for mixers, recorders and taps.

mod frame;

pub use crate::jitter::{AudioPacket, PacketFormat};
pub use frame::{ArrivalLevel, Frame, FrameKind, MAX_FRAME};
