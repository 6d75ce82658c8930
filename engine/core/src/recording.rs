//! What a recording is to be, and what comes of it.

use std::time::Duration;

use crate::{LegId, MixerId};

/// What to record, and when to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingSettings {
    /// Samples a second, 8,000 or 16,000.
    pub rate_hz: u32,
    /// One channel with both tracks, or one for each.
    pub layout: RecordingLayout,
    /// End when that much was recorded.
    pub max_length: Duration,
    /// End when neither track had voice for so long, counted from the beginning and from the last voice. Time
    /// in which nothing is received does not count.
    pub silence_timeout: Option<Duration>,
    /// Leave out the silence before the first voice and after the last one.
    pub trim: bool,
}

/// Whose audio is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordedSource {
    /// A leg's. The recording ends with it.
    Leg(LegId, Tracks),
    /// A conference's mix, from this worker's part of it.
    Conference(MixerId),
}

/// Which direction of a leg's audio, as the peer sends and receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tracks {
    /// What its peer sends.
    Inbound,
    /// What is sent to its peer by its bridge or its conference, not what is played to it.
    Outbound,
    /// Both.
    Both,
}

/// How the two tracks of a recording lie in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordingLayout {
    /// One channel: the sum of both.
    Mono,
    /// Two channels: inbound on the left, outbound on the right.
    Dual,
}

/// What becomes of the time while a recording is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PauseMode {
    /// Silence of that length.
    Silence,
    /// Nothing: it is cut out.
    Skip,
}

/// Samples for the file, in order; with two channels they alternate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedBlock {
    /// How many samples of each channel come before.
    pub at: u64,
    /// At the recording's rate.
    pub samples: Vec<i16>,
}

/// What is to be done with a recording's file, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedPart {
    /// Make it, with that name.
    Begin {
        /// As given by the command.
        name: String,
        /// Samples a second.
        rate_hz: u32,
        /// 1 or 2.
        channels: u16,
    },
    /// Append to it.
    Block(RecordedBlock),
    /// Finish it.
    End(RecordingEnd),
}

/// What became of a recording's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFile {
    /// Samples of each channel.
    pub length: u64,
    /// Its size.
    pub size_bytes: u64,
    /// Why it holds less than was recorded; empty if it holds all.
    pub error: String,
}

/// Why a recording ended, and how much of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingEnd {
    /// Why.
    pub reason: RecordingEndReason,
    /// Samples of each channel: the file is cut there.
    pub length: u64,
}

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordingEndReason {
    /// It was stopped, or its leg was closed.
    Stopped,
    /// [`RecordingSettings::max_length`].
    Limit,
    /// [`RecordingSettings::silence_timeout`].
    Silence,
}
