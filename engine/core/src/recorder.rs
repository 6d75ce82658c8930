//! Recordings: which samples belong into a file, and the header of the file. Its owner writes it to a disk.

mod mix_reader;
mod recording;
mod wav;

pub use crate::recording::{
    PauseMode, RecordedBlock, RecordedFile, RecordedPart, RecordedSource, RecordingEnd,
    RecordingEndReason, RecordingLayout, RecordingSettings, Tracks,
};
pub(crate) use mix_reader::MixReader;
pub use recording::Recording;
pub use wav::{WAV_HEADER_BYTES, wav_header};
