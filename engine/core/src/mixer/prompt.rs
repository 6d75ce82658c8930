//! A prompt that the whole conference hears.

use crate::play::{PlayError, Player};
use crate::{AudioCodec, PlayEnd, PlayId, Repeat, Source};

use super::participant::{LINES, Voice};

/// One sound on its way into a conference.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) play: PlayId,
    player: Player,
    pub(super) voice: Voice,
}

impl Prompt {
    /// # Errors
    /// When the source cannot be played.
    pub(super) fn open(play: PlayId, source: &Source, repeat: Repeat) -> Result<Self, PlayError> {
        // Opened as for Opus: at the smallest rate that holds the source.
        let player = Player::open(source, repeat, AudioCodec::Opus)?;
        Ok(Self { play, player, voice: Voice::default() })
    }

    /// This tick's samples; why it ended, if it has.
    pub(super) fn step(&mut self, rates: [u32; LINES]) -> Option<PlayEnd> {
        let rate_hz = self.player.rate_hz();
        match self.player.frame() {
            Ok(Some(frame)) => {
                self.voice.push(frame, rate_hz, rates, 1.0);
                None
            }
            Ok(None) => Some(PlayEnd::Finished),
            Err(error) => Some(PlayEnd::Unplayable(error.to_string())),
        }
    }
}
