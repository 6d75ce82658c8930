//! Events of the core's legs.

use std::net::SocketAddr;
use std::time::Duration;

use crate::recording::{RecordedFile, RecordingEnd};
use crate::{LegId, MixerId, PlayId, RecordingId, TransportProtocol};

/// An event of one leg.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// ICE selected a route and DTLS agreed on keys: media can flow.
    Connected {
        /// The leg.
        leg: LegId,
        /// The transport protocol of the route.
        transport: TransportProtocol,
        /// Where the peer is.
        remote: SocketAddr,
        /// The SRTP protection profile (RFC 5764 §4.1.2), as `AEAD_AES_128_GCM`.
        profile: &'static str,
    },
    /// The first RTP packet that could be authenticated has come.
    MediaStarted(LegId),
    /// No RTP came for the configured time.
    MediaLost(LegId),
    /// RTP comes again after `MediaLost`.
    MediaResumed(LegId),
    /// The transport failed; the leg stays until it is closed or ICE restarts.
    Failed(LegId, TransportFault),
    /// The peer moved, or ICE selected another route.
    PathChanged {
        /// The leg.
        leg: LegId,
        /// The transport protocol of the new route.
        transport: TransportProtocol,
        /// Where the peer is now.
        remote: SocketAddr,
    },
    /// A key was pressed; reported once, when it is released.
    Digit(LegId, Digit),
    /// A beep in the peer's audio ended; after `Command::Detect`.
    Beep(LegId, Beep),
    /// The peer has not spoken for that long; after `Command::Detect`.
    Silence(LegId, Duration),
    /// Decoded audio of the peer; after `Command::Tap`.
    Tapped(LegId, Box<TapBatch>),
    /// A playback or a string of digits ended.
    PlayFinished(LegId, PlayId, PlayEnd),
    /// A member of a conference began or stopped to speak.
    Speaking(LegId, bool),
    /// A playback to the members of a conference ended.
    MixerPlayFinished(MixerId, PlayId, PlayEnd),
    /// A report on the leg's media: after `Command::Report`, and once when the leg is closed.
    Reported(LegId, Box<MediaReport>),
    /// A recording ended; its file follows.
    RecordingEnded(RecordingId, RecordingEnd),
    /// A recording's file is complete, or could not be.
    Recorded(RecordingId, RecordedFile),
    /// The leg was removed; this is its last event.
    Closed(LegId),
}

/// Why a leg's transport does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportFault {
    /// No candidate pair worked in time (RFC 8445).
    IceTimeout,
    /// The peer stopped consenting to receive (RFC 7675).
    ConsentExpired,
    /// The DTLS handshake did not finish in time or broke.
    Dtls,
    /// The peer's certificate is not the one its SDP promised (RFC 5763 §6.7.1).
    Fingerprint,
    /// No SRTP profile in common (RFC 5764 §4.1.2).
    Profile,
    /// The peer closed DTLS.
    PeerClosed,
}

/// A pressed key, by telephone events (RFC 4733) or in-band (ITU-T Q.24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    /// `0-9 * # A-D`.
    pub digit: char,
    /// How long it was held.
    pub length: Duration,
}

/// A steady tone that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beep {
    /// Its frequency in Hz.
    pub hz: f32,
    /// How long it was.
    pub length: Duration,
}

/// Consecutive audio of a leg's peer, mono at 16,000 Hz.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TapBatch {
    /// RTP timestamp of the first sample in the stream's own clock.
    pub rtp_time: u32,
    /// Whether voice was found in any of it.
    pub voice: bool,
    /// Whole frames of 20 ms.
    pub samples: Vec<i16>,
    /// Batches of this leg before this one that were dropped because their reader was too slow.
    pub dropped: u64,
}

/// How a play ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlayEnd {
    /// To its end.
    Finished,
    /// Stopped, or another play took its place.
    Stopped,
    /// A key of the peer stopped it; the key is reported when it is released.
    Interrupted,
    /// It cannot be played; why.
    Unplayable(String),
}

/// Statistics of a leg's media, both directions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaReport {
    /// Agreed codec as in SDP, `opus/48000/2`; empty when none was agreed.
    pub codec: String,
    /// From the peer, as we received it.
    pub received: StreamReport,
    /// To the peer, as its receiver reports say (RFC 3550 §6.4.1).
    pub sent: StreamReport,
    /// Round-trip time from RTCP, if known.
    pub rtt: Option<Duration>,
    /// Datagrams that could not be authenticated or parsed.
    pub refused: u64,
}

/// One direction of a leg's media.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamReport {
    /// RTP packets.
    pub packets: u64,
    /// Their payload bytes.
    pub bytes: u64,
    /// Packets that never arrived (RFC 3550 A.3); negative counts of duplicates are shown as 0.
    pub lost: u64,
    /// Longest run of lost packets.
    pub longest_loss: u32,
    /// Interarrival jitter (RFC 3550 A.8).
    pub jitter: Duration,
    /// Mean opinion score, 1.0 to 4.5 (ITU-T G.107), if enough packets came.
    pub mos: Option<f32>,
    /// Audio level as its packets carry it (RFC 6464), if that was negotiated; of received streams only.
    pub level: Option<LevelReport>,
}

/// One value of a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// How many.
    Count(u64),
    /// How long.
    Length(Duration),
    /// How good, if that is known.
    Score(Option<f32>),
    /// How loud, if that is known.
    Level(Option<LevelReport>),
}

impl StreamReport {
    /// Every field under its name, for languages that read them by name; lengths are in seconds there.
    pub fn figures(&self) -> [(&'static str, Figure); 7] {
        // A new field does not compile before it is here.
        let Self { packets, bytes, lost, longest_loss, jitter, mos, level } = *self;
        [
            ("packets", Figure::Count(packets)),
            ("bytes", Figure::Count(bytes)),
            ("lost", Figure::Count(lost)),
            ("longest_loss", Figure::Count(longest_loss.into())),
            ("jitter_s", Figure::Length(jitter)),
            ("mos", Figure::Score(mos)),
            ("level", Figure::Level(level)),
        ]
    }
}

/// Audio level of a stream, as its sender measured it (RFC 6464).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelReport {
    /// Level of the newest packet in dBov: -127 (silence) to 0 (overload point).
    pub last_dbov: f32,
    /// Arithmetic mean over the levels of all packets, in dBov.
    pub mean_dbov: f32,
    /// Whether the V bit of the newest packet is set: voice activity.
    pub is_voice: bool,
    /// Packets with the V bit set.
    pub voice_packets: u64,
}
