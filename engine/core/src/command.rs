//! Commands to the core.

use std::sync::Arc;
use std::time::Duration;

use crate::recording::{PauseMode, RecordedSource, RecordingSettings};
use crate::{Agreement, LegId, LocalCredentials, MixerId, PlayId, RecordingId, Samples};

/// Commands to the core. `Open`, `Negotiated` and `Withdraw` are made by the leg's `Session`.
#[derive(Debug, Clone)]
pub enum Command {
    /// Our offer was sent: answer checks made with its credentials.
    Open(Box<LocalCredentials>),
    /// Offer and answer are complete.
    Negotiated(Box<Agreement>),
    /// Our offer was refused: its credentials are void.
    Withdraw(LegId),
    /// The two hear each other from now on. Playback to either stops, and earlier bridges of either end.
    Bridge(LegId, LegId),
    /// End the leg's bridge: neither leg hears the other any more.
    Unbridge(LegId),
    /// The leg is a member of a conference from now on, or has another role in it. Bridges and conferences
    /// that it was in before end for it.
    Join {
        /// The conference; it begins with its first member on this worker.
        mixer: MixerId,
        /// The member.
        leg: LegId,
        /// What it may say and hear.
        role: Role,
        /// Speakers that are mixed at once from now on, at least one.
        speakers: usize,
    },
    /// The leg is in no conference any more.
    Leave(LegId),
    /// The conference has members on other workers: the chosen speakers are sent there.
    Link {
        /// The conference.
        mixer: MixerId,
        /// Those workers, by number.
        workers: Vec<usize>,
    },
    /// Play to all members of a conference on this worker, beside the speakers.
    PlayToMembers {
        /// The conference.
        mixer: MixerId,
        /// Names it in `MixerPlayFinished`.
        play: PlayId,
        /// The sound.
        source: Source,
        /// How often.
        repeat: Repeat,
    },
    /// Stop such a playback.
    StopPlayToMembers(MixerId, PlayId),
    /// Play to the leg, in place of its partner or an earlier playback.
    Play {
        /// The leg whose peer hears it.
        leg: LegId,
        /// Names it in `PlayFinished`.
        play: PlayId,
        /// The sound.
        source: Source,
        /// How often.
        repeat: Repeat,
        /// Whether the first packet of a key that the peer presses stops it.
        stop_on_digit: bool,
    },
    /// Stop the playback; a bridged leg hears its partner again.
    StopPlay(LegId),
    /// Send digits as RFC 4733 events: `0-9 * # A-D`, `w` waits 0.5 s, `W` 1 s.
    SendDigits {
        /// The leg whose peer receives them.
        leg: LegId,
        /// Names it in `PlayFinished`.
        play: PlayId,
        /// The digits.
        digits: String,
    },
    /// Drop media received by the leg.
    Mute {
        /// The leg.
        leg: LegId,
        /// Whether to drop it.
        muted: bool,
    },
    /// Send the audio that the leg's peer sends, decoded, as `Tapped` events with that many frames of 20 ms each, 1 to
    /// 50; in place of an earlier tap.
    Tap {
        /// The leg.
        leg: LegId,
        /// Frames of one event.
        frames: usize,
    },
    /// End the leg's tap.
    Untap(LegId),
    /// Look for these in the audio of the leg's peer from now on, and for nothing else.
    Detect {
        /// The leg.
        leg: LegId,
        /// What to look for.
        wanted: Detection,
    },
    /// Record from now on; followed by `RecordingEnded` and `Recorded`.
    Record(Box<RecordCommand>),
    /// End a recording.
    StopRecording {
        /// The recording.
        recording: RecordingId,
        /// How much of its end is left out: the key that ended it, with its tone.
        cut: Duration,
    },
    /// Record no sound until it is resumed.
    PauseRecording(RecordingId, PauseMode),
    /// Record again after a pause.
    ResumeRecording(RecordingId),
    /// Report on the leg's media now.
    Report(LegId),
    /// Close the leg: end its RTP stream and DTLS association, report once more, remove it.
    Close(LegId),
}

/// What to record, and into which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCommand {
    /// Names it in all that follows.
    pub recording: RecordingId,
    /// Whose audio.
    pub source: RecordedSource,
    /// Names the file, for who writes it.
    pub name: String,
    /// How.
    pub settings: RecordingSettings,
}

/// What a member may say and hear.
#[allow(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Role {
    /// Others do not hear the member.
    pub muted: bool,
    /// The member receives silence.
    pub deaf: bool,
    /// Both, and prompts for the whole conference are not heard either.
    pub held: bool,
    /// Only these members hear this one.
    pub coaches: Option<Coached>,
    /// Coaches of all agents are heard by the member.
    pub agent: bool,
}

/// Whom a coach speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coached {
    /// That member.
    Member(LegId),
    /// All members that are agents.
    Agents,
}

impl Coached {
    /// Whether that member, in that role, hears the coach.
    pub(crate) fn is(self, leg: LegId, role: Role) -> bool {
        match self {
            Self::Member(member) => member == leg,
            Self::Agents => role.agent,
        }
    }
}

/// What to look for in a leg's audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Detection {
    /// DTMF tones (ITU-T Q.24), where the peer sends no telephone events.
    pub digits: bool,
    /// The beep of an answering machine.
    pub beep: bool,
    /// No voice for that long.
    pub silence: Option<Duration>,
}

/// How often something is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// That many times, at least once.
    Times(u32),
    /// Until it is stopped.
    Forever,
}

/// Something to play.
#[derive(Debug, Clone)]
pub enum Source {
    /// Decoded sound.
    Samples(Arc<Samples>),
    /// Tones that come and go.
    Tones(Cadence),
    /// Silence of that length.
    Silence(Duration),
}

/// A pattern of tones, such as a ring-back tone.
#[derive(Debug, Clone, PartialEq)]
pub struct Cadence(pub Vec<Tone>);

/// One or two frequencies for a while; no frequency is a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Frequencies in Hz; 0 is none.
    pub hz: [f32; 2],
    /// For how long.
    pub length: Duration,
    /// Level of each frequency in dBm0, at most 0; -13 is usual.
    pub level_dbm0: f32,
}
