//! Received audio of one leg on a time line of its own, for mixers, recorders and taps.

mod beep_detector;
mod comfort_noise;
mod decoder;
mod detectors;
mod dtmf_detector;
mod frame;
mod pipeline;
mod sample_queue;
mod vad;

pub use crate::jitter::{AudioPacket, JitterCounts, PacketFormat};
pub use detectors::{Detected, Detectors};
pub use dtmf_detector::DtmfDetector;
pub use frame::{ArrivalLevel, Frame, FrameKind, MAX_FRAME};
pub use pipeline::{ReceiveCounts, Receiver};
pub use vad::Vad;
