//! Packets that go into a transcoder and come out of it.

/// A packet as its source numbered it.
#[derive(Debug, Clone, Copy)]
pub struct InputPacket<'a> {
    /// As the source counts.
    pub sequence: u16,
    /// In the source's clock.
    pub timestamp: u32,
    /// Begins a talk-spurt.
    pub marker: bool,
    /// In the source's codec.
    pub payload: &'a [u8],
}

/// A packet for the other side, in a sequence of the transcoder's own: give it a
/// [`StreamKey`](crate::rtp::StreamKey) that no relayed stream has, and a new one for each
/// [`Transcoder`](super::Transcoder).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputPacket {
    /// Voice or a key press.
    pub kind: PayloadKind,
    /// Begins a talk-spurt.
    pub marker: bool,
    /// Skips the numbers of losses that were not concealed.
    pub sequence: u16,
    /// In the target's clock.
    pub timestamp: u32,
    /// Octets that were written.
    pub length: usize,
    /// Of the decoded audio in dBov, where it was decoded.
    pub level_dbov: Option<f32>,
}

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadKind {
    /// In the target's codec.
    Voice,
    /// RFC 4733, in the target's clock.
    Event,
}
