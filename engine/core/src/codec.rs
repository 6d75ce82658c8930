//! Audio codecs: G.711, Opus, transcoding between them, and packet loss concealment.

mod capture;
mod g711;
mod opus;
mod packet;
mod pcm_transcoder;
mod plc;
mod stream_decoder;
#[cfg(test)]
mod tests;
mod transcoder;

pub use capture::Capture;
pub use g711::Law;
pub use opus::{Complexity, OpusDecoder, OpusEncoder, OpusError, OpusSettings};
pub use packet::{InputPacket, OutputPacket, PayloadKind};
pub use plc::Plc;
pub use stream_decoder::{Gap, StreamDecoder};
pub use transcoder::Transcoder;
