//! One leg's offers and answers: pure, and on the caller's thread.

use crate::negotiation::{Credentials, EventFormat, Format, LevelFormat, MediaParams, Peer};
use crate::rng::Rng;
use crate::sdp::{self, Description, Origin, Other, PeerAudio, Setup, TaggedSection};
use crate::{
    Agreement, AudioCodec, Command, Config, Direction, IceMode, LegId, LocalCredentials, SdpError,
    SdpErrorReason, TransportProtocol,
};

/// One leg's offers and answers (RFC 3264, RFC 9429). Pass each command that it returns to the engine
/// of the same [`Config`], in order.
#[derive(Debug)]
pub struct Session {
    leg: LegId,
    config: Config,
    rng: Rng,
    origin: Origin,
    ssrc: u32,
    cname: String,
    /// Whether the engine knows the leg.
    opened: bool,
    /// Our m= line, and the other m= lines of the description.
    m_line: MLine,
    /// Codecs and events under the numbers they keep for the leg's life (RFC 3264 §8.3.2).
    formats: Vec<Format>,
    events: Vec<EventFormat>,
    /// The audio level likewise, from our side.
    level: Option<LevelFormat>,
    agreed: Option<Agreed>,
    pending: Option<Pending>,
}

/// Options of an offer.
#[derive(Debug, Clone, Default)]
pub struct OfferOptions {
    /// Codecs to put first, in that order; the others follow.
    pub prefer: Vec<AudioCodec>,
    /// Which side sends.
    pub direction: Direction,
    /// Ask for new ICE credentials (RFC 8839 §4.4.1).
    pub restart: bool,
}

#[derive(Debug)]
struct MLine {
    index: usize,
    mid: Option<String>,
    bundled: bool,
    protocol: String,
    others: Vec<Other>,
}

/// The last complete offer and answer.
#[derive(Debug)]
struct Agreed {
    local: Credentials,
    peer: Peer,
    codec: AudioCodec,
}

/// Our offer, as long as it has no answer.
#[derive(Debug)]
struct Pending {
    local: Credentials,
    direction: Direction,
    formats: Vec<Format>,
}

impl Session {
    /// A leg without offer or answer.
    pub fn new(leg: LegId, config: &Config) -> Self {
        let mut rng = Rng::new(&config.seed, "session", leg.0);
        Self {
            leg,
            config: config.clone(),
            // RFC 9429 §5.2.1: the identifier is a positive 63-bit number.
            origin: Origin { id: rng.next_u64() >> 2, version: 0 },
            ssrc: rng.next_u64() as u32,
            cname: rng.ice_chars(16),
            rng,
            opened: false,
            m_line: MLine {
                index: 0,
                mid: Some("0".to_owned()),
                bundled: true,
                protocol: "UDP/TLS/RTP/SAVPF".to_owned(),
                others: Vec::new(),
            },
            formats: our_formats(),
            events: our_events(),
            level: Some(LevelFormat { id: 1, direction: Direction::SendRecv, vad: true }),
            agreed: None,
            pending: None,
        }
    }

    /// Our offer, first or later, and the command for the leg's worker, if there is one.
    ///
    /// # Errors
    /// [`SdpErrorReason::WrongState`] while an earlier offer has no answer: `withdraw` first.
    pub fn offer(&mut self, options: &OfferOptions) -> Result<(String, Option<Command>), SdpError> {
        self.check_no_offer()?;
        let kept = self.agreed.as_ref().filter(|_| !options.restart).map(|a| a.local.clone());
        let fresh = kept.is_none();
        let local = kept.unwrap_or_else(|| self.credentials());
        let rank = |codec| options.prefer.iter().position(|preferred| *preferred == codec);
        let mut formats = self.formats.clone();
        formats.sort_by_key(|f| rank(f.codec).unwrap_or(options.prefer.len()));
        let text =
            self.describe(&local, "actpass", options.direction, &formats, &self.events.clone());
        let opening = LocalCredentials { leg: self.leg, local: local.clone() };
        self.pending = Some(Pending { local, direction: options.direction, formats });
        self.opened |= fresh;
        Ok((text, fresh.then(|| Command::Open(Box::new(opening)))))
    }

    /// Our answer to the peer's offer, first or later, and the command for the leg's worker.
    ///
    /// # Errors
    /// When the offer cannot be used; then nothing has changed.
    pub fn answer(
        &mut self,
        offer: &str,
        direction: Direction,
    ) -> Result<(String, Command), SdpError> {
        self.check_no_offer()?;
        let description = sdp::parse(offer)?;
        let audio = sdp::read_audio(&description)?;
        check_not_both_lite(self.config.ice, &audio)?;
        let keep = self.agreed.as_ref().filter(|agreed| {
            agreed.peer.credentials == audio.credentials
                && agreed.peer.fingerprints == audio.fingerprints
        });
        let kept = keep.map(|agreed| agreed.local.clone());
        let local = kept.unwrap_or_else(|| self.credentials());
        let we_are_client = self.role_for_offer(&audio);
        let sending = self.choose(&audio)?;
        let events: Vec<_> = event_for(&audio.events, sending.codec).into_iter().collect();
        let wanted = audio.direction.reversed();
        let direction = Direction::of(
            direction.sends() && wanted.sends(),
            direction.receives() && wanted.receives(),
        );
        self.m_line = m_line_of(&description, &audio);
        self.formats.clone_from(&audio.formats);
        self.events.clone_from(&audio.events);
        // An answer keeps the offer's identifier and its `vad` (RFC 8285 §7, RFC 6464 §4).
        self.level = audio.level.map(LevelFormat::reversed);
        let setup = if we_are_client { "active" } else { "passive" };
        let text = self.describe(&local, setup, direction, &[sending], &events);
        let params = MediaParams {
            direction,
            sending,
            receiving: vec![sending],
            events_sending: events.first().copied(),
            events_receiving: events,
            level: self.level,
        };
        let controlling = audio.lite;
        Ok((text, self.agree(local, audio, we_are_client, controlling, params)))
    }

    /// Take the peer's answer to our offer.
    ///
    /// # Errors
    /// When the answer cannot be used or there is no offer; then nothing has changed.
    pub fn accept(&mut self, answer: &str) -> Result<Command, SdpError> {
        let Some(pending) = &self.pending else {
            return Err(SdpErrorReason::WrongState
                .because("there is no offer to answer: make one before accepting an answer"));
        };
        let description = sdp::parse(answer)?;
        let audio = sdp::read_audio(&description)?;
        check_not_both_lite(self.config.ice, &audio)?;
        self.check_shape(&description, &audio)?;
        let we_are_client = role_for_answer(&audio)?;
        let params = params_of_answer(pending, &self.events, self.level, &audio)?;
        let local = pending.local.clone();
        self.pending = None;
        Ok(self.agree(local, audio, we_are_client, true, params))
    }

    /// Our offer was refused: return to the parameters before it.
    pub fn withdraw(&mut self) -> Option<Command> {
        let pending = self.pending.take()?;
        let kept = self.agreed.as_ref().is_some_and(|agreed| agreed.local == pending.local);
        (!kept).then_some(Command::Withdraw(self.leg))
    }

    /// What we send, once it is agreed.
    pub fn codec(&self) -> Option<AudioCodec> {
        self.agreed.as_ref().map(|agreed| agreed.codec)
    }

    fn credentials(&mut self) -> Credentials {
        Credentials { ufrag: self.rng.ice_chars(12), password: self.rng.ice_chars(24) }
    }

    fn check_no_offer(&self) -> Result<(), SdpError> {
        if self.pending.is_none() {
            return Ok(());
        }
        Err(SdpErrorReason::WrongState
            .because("our own offer waits for its answer: accept that or withdraw the offer"))
    }

    /// An answer has the offer's sections in the offer's order (RFC 3264 §6).
    fn check_shape(
        &self,
        description: &Description<'_>,
        audio: &PeerAudio,
    ) -> Result<(), SdpError> {
        let same = description.sections.len() == self.m_line.others.len() + 1
            && audio.index == self.m_line.index
            && (audio.mid.is_none() || audio.mid == self.m_line.mid);
        if same {
            return Ok(());
        }
        Err(SdpErrorReason::Mismatch
            .because("the answer has other sections than the offer: answer each m= line in order"))
    }

    /// Whether we begin DTLS after the peer's offer. Roles stay while the certificate stays
    /// (RFC 8842 §5.3); else we begin where we may, which saves half a round trip.
    fn role_for_offer(&self, audio: &PeerAudio) -> bool {
        let same = |agreed: &&Agreed| agreed.peer.fingerprints == audio.fingerprints;
        let kept = self.agreed.as_ref().filter(same).map(|agreed| agreed.peer.we_are_client);
        match audio.setup {
            Setup::Active => false,
            Setup::Passive => true,
            Setup::Either => kept.unwrap_or(true),
        }
    }

    /// The codec of our answer: what was agreed before if it is still there, else the peer's first.
    fn choose(&self, audio: &PeerAudio) -> Result<Format, SdpError> {
        let kept = audio.formats.iter().find(|f| Some(f.codec) == self.codec());
        kept.or(audio.formats.first()).copied().ok_or_else(|| {
            SdpErrorReason::NoCommonCodec.because("no codec in common: offer Opus, PCMU or PCMA")
        })
    }

    fn describe(
        &mut self,
        local: &Credentials,
        setup: &str,
        direction: Direction,
        formats: &[Format],
        events: &[EventFormat],
    ) -> String {
        self.origin.version += 1;
        // A full agent checks over UDP only, see `ice::full`.
        let lite = self.config.ice == IceMode::Lite;
        let addresses = self.config.addresses.iter().copied();
        let addresses: Vec<_> =
            addresses.filter(|a| lite || a.transport == TransportProtocol::Udp).collect();
        let audio = sdp::Audio {
            protocol: &self.m_line.protocol,
            mid: self.m_line.mid.as_deref(),
            bundled: self.m_line.bundled,
            direction,
            lite,
            credentials: local,
            fingerprint: self.config.identity.fingerprint(),
            setup,
            addresses: &addresses,
            formats,
            events,
            level: self.level,
            ssrc: self.ssrc,
            cname: &self.cname,
        };
        sdp::write(self.origin, &audio, self.m_line.index, &self.m_line.others)
    }

    fn agree(
        &mut self,
        local: Credentials,
        audio: PeerAudio,
        we_are_client: bool,
        controlling: bool,
        params: MediaParams,
    ) -> Command {
        let peer = Peer {
            credentials: audio.credentials,
            candidates: audio.candidates,
            fingerprints: audio.fingerprints,
            we_are_client,
        };
        let codec = params.sending.codec;
        self.agreed = Some(Agreed { local: local.clone(), peer: peer.clone(), codec });
        let opens = !std::mem::replace(&mut self.opened, true);
        Command::Negotiated(Box::new(Agreement {
            leg: self.leg,
            opens,
            local,
            peer,
            controlling,
            params,
            ssrc: self.ssrc,
            cname: self.cname.clone(),
        }))
    }
}

/// The codecs of an offer that we could answer with, in the offer's order; at least one.
///
/// # Errors
/// Those of [`Session::answer`] for a leg without offer or answer.
pub fn offered(ice: IceMode, offer: &str) -> Result<Vec<AudioCodec>, SdpError> {
    let audio = sdp::read_audio(&sdp::parse(offer)?)?;
    check_not_both_lite(ice, &audio)?;
    Ok(audio.formats.iter().map(|format| format.codec).collect())
}

fn check_not_both_lite(ice: IceMode, audio: &PeerAudio) -> Result<(), SdpError> {
    if !(audio.lite && ice == IceMode::Lite) {
        return Ok(());
    }
    Err(SdpErrorReason::BothLite
        .because("both sides are ICE-lite and neither would send checks: send no a=ice-lite"))
}

/// Whether we begin DTLS after the peer's answer.
fn role_for_answer(audio: &PeerAudio) -> Result<bool, SdpError> {
    match audio.setup {
        Setup::Active => Ok(false),
        Setup::Passive => Ok(true),
        Setup::Either => Err(SdpErrorReason::BadSetup
            .because("an answer must choose a side: say a=setup:active or a=setup:passive")),
    }
}

/// The codecs of our first offer, under the payload types that browsers use.
fn our_formats() -> Vec<Format> {
    let numbered = [(AudioCodec::Opus, 111), (AudioCodec::Pcmu, 0), (AudioCodec::Pcma, 8)];
    numbered
        .map(|(codec, payload_type)| Format { payload_type, codec, fec: true, max_bit_rate: None })
        .to_vec()
}

fn our_events() -> Vec<EventFormat> {
    [(110, 48_000), (126, 8_000)]
        .map(|(payload_type, clock_hz)| EventFormat { payload_type, clock_hz })
        .to_vec()
}

/// Events run on the clock of the audio they interrupt (RFC 4733 §2.1); some peers only have 8 kHz.
fn event_for(events: &[EventFormat], codec: AudioCodec) -> Option<EventFormat> {
    events.iter().find(|e| e.clock_hz == codec.clock_hz()).or(events.first()).copied()
}

fn m_line_of(description: &Description<'_>, audio: &PeerAudio) -> MLine {
    let sections = description.sections.iter().enumerate();
    let others =
        sections.filter(|(index, _)| *index != audio.index).map(|(index, section)| Other {
            kind: section.kind.to_owned(),
            protocol: section.protocol.to_owned(),
            formats: section.formats.join(" "),
            mid: section.mid().map(str::to_owned),
            tagged: (audio.tagged == Some(index)).then(|| TaggedSection::of(section)),
        });
    MLine {
        index: audio.index,
        mid: audio.mid.clone(),
        bundled: audio.bundled,
        protocol: audio.protocol.clone(),
        others: others.collect(),
    }
}

/// The media parameters after an answer to our offer. Numbers in the answer are those the peer wants to receive;
/// those of our offer are what it may send (RFC 3264 §5.1, §6.1).
fn params_of_answer(
    pending: &Pending,
    events: &[EventFormat],
    level: Option<LevelFormat>,
    audio: &PeerAudio,
) -> Result<MediaParams, SdpError> {
    let offered = |format: &Format| pending.formats.iter().find(|f| f.codec == format.codec);
    let Some(sending) = audio.formats.iter().find(|format| offered(format).is_some()) else {
        return Err(SdpErrorReason::NoCommonCodec
            .because("the answer has none of the codecs of the offer: answer with one of them"));
    };
    let receiving: Vec<_> = audio.formats.iter().filter_map(offered).copied().collect();
    let event_offered = |event: &EventFormat| events.iter().find(|e| e.clock_hz == event.clock_hz);
    let known: Vec<_> =
        audio.events.iter().filter(|e| event_offered(e).is_some()).copied().collect();
    let wanted = audio.direction.reversed();
    Ok(MediaParams {
        direction: Direction::of(
            pending.direction.sends() && wanted.sends(),
            pending.direction.receives() && wanted.receives(),
        ),
        sending: *sending,
        receiving,
        events_sending: event_for(&known, sending.codec),
        events_receiving: known.iter().filter_map(event_offered).copied().collect(),
        level: level.zip(audio.level).and_then(|(ours, theirs)| ours.answered(theirs)),
    })
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
