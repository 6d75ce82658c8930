//! One leg's offers and answers, apart from its transport: pure, and on the caller's thread.

use crate::{AudioCodec, Command, Config, Direction, LegId, Refusal, RefusalReason};

/// One leg's offers and answers (RFC 3264, RFC 9429). Whoever holds it hands each command that it
/// returns to the engine of the same [`Config`], in order.
#[derive(Debug)]
pub struct Session {
    leg: LegId,
    config: Config,
}

/// What an offer should say.
#[derive(Debug, Clone, Default)]
pub struct OfferTerms {
    /// Codecs to put first, in that order; the others follow.
    pub prefer: Vec<AudioCodec>,
    /// Who shall send.
    pub direction: Direction,
    /// Ask for new ICE credentials (RFC 8839 §4.4.1).
    pub restart: bool,
}

impl Session {
    /// A leg nobody has spoken about yet.
    pub fn new(leg: LegId, config: &Config) -> Self {
        Self { leg, config: config.clone() }
    }

    /// Our offer, first or later, and what its worker must know, if anything.
    ///
    /// # Errors
    /// [`RefusalReason::WrongState`] while an earlier offer has no answer: `withdraw` first.
    pub fn offer(&mut self, terms: &OfferTerms) -> Result<(String, Option<Command>), Refusal> {
        let _ = (terms, self.leg, &self.config);
        Err(RefusalReason::WrongState.because("not built yet"))
    }

    /// Our answer to the peer's offer, first or later, and what its worker must know.
    ///
    /// # Errors
    /// When the offer cannot be used; then nothing has changed.
    pub fn answer(
        &mut self,
        offer: &str,
        direction: Direction,
    ) -> Result<(String, Command), Refusal> {
        let _ = (offer, direction);
        Err(RefusalReason::WrongState.because("not built yet"))
    }

    /// Take the peer's answer to our offer.
    ///
    /// # Errors
    /// When the answer cannot be used or there is no offer; then nothing has changed.
    pub fn accept(&mut self, answer: &str) -> Result<Command, Refusal> {
        let _ = answer;
        Err(RefusalReason::WrongState.because("not built yet"))
    }

    /// Our offer was refused: go on as before it.
    pub fn withdraw(&mut self) -> Option<Command> {
        None
    }

    /// What we send, once it is agreed.
    pub fn codec(&self) -> Option<AudioCodec> {
        None
    }
}
