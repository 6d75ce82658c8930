//! What may be asked of the core about its legs.

use std::sync::Arc;
use std::time::Duration;

use crate::{Agreement, LegId, Opening, PlayId, Samples};

/// What may be asked of the core. `Open`, `Agree` and `Withdraw` come from the leg's `Session`; the
/// rest is plain.
#[derive(Debug, Clone)]
pub enum Command {
    /// Our offer went out: answer checks made with its credentials.
    Open(Box<Opening>),
    /// Offer and answer are complete.
    Agree(Box<Agreement>),
    /// Our offer was refused: its credentials are void.
    Withdraw(LegId),
    /// The two hear each other from now on. What is played to either stops, and a leg that was joined
    /// elsewhere is parted first.
    Join(LegId, LegId),
    /// The leg hears and reaches nobody.
    Part(LegId),
    /// Play to the leg, in place of whatever it hears now.
    Play {
        /// Who hears it.
        leg: LegId,
        /// Names it in `PlayFinished`.
        play: PlayId,
        /// What.
        source: Source,
        /// How often.
        repeat: Repeat,
    },
    /// Stop what is played; a joined leg hears its partner again.
    StopPlay(LegId),
    /// Send digits as RFC 4733 events: `0-9 * # A-D`, `w` waits 0.5 s, `W` 1 s.
    SendDigits {
        /// Who receives them.
        leg: LegId,
        /// Names it in `PlayFinished`.
        play: PlayId,
        /// The digits.
        digits: String,
    },
    /// Drop what the leg says.
    Mute {
        /// Who.
        leg: LegId,
        /// Whether to drop it.
        muted: bool,
    },
    /// Report on the leg's media now.
    Report(LegId),
    /// The leg is over: say so to its peer, report once more, forget it.
    Close(LegId),
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
