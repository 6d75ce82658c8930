//! One leg: its transport to the peer, its media, and what the peer hears.

mod dtmf_sender;
mod incoming;
mod level_meter;
mod listener;
mod local_source;
mod media;
mod output;
mod playback;
mod reception;
mod transcoding;
mod transport;

use crate::negotiation::Agreement;
use crate::rate_limit::TokenBucket;
use crate::srtp::UnprotectError;
use crate::transmit::TransmitQueue;
use crate::{Config, Event, LegId, MediaReport, PlayId, Route, Time, WakeReason};

pub(crate) use incoming::{Incoming, Payload};
pub(crate) use listener::Listener;
pub(crate) use local_source::LocalSource;
pub(crate) use media::{Media, MediaEvent};
pub(crate) use output::{Output, Party};
pub(crate) use playback::Playback;
pub(crate) use reception::{AudioUser, Reception};
pub(crate) use transcoding::{LegTranscoder, MAX_PACKET};
pub(crate) use transport::{Transport, TransportEvent};

/// Packets a second that are authenticated on routes of no leg: a peer that moved sends 50 or 100
/// before the next check; those of others are dropped.
const STRAYS: (u64, u64) = (100, 100);
/// The largest compound RTCP packet: reports, a name, a goodbye.
const MAX_RTCP: usize = 512;

/// One party's transport and media.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) transport: Transport,
    /// From the first agreement on.
    pub(crate) media: Option<Media>,
    /// What its peer hears.
    pub(crate) output: Output,
    /// What we send to its peer ourselves.
    pub(crate) local_source: LocalSource,
    /// The peer's decoded audio, while anything uses it.
    pub(crate) reception: Option<Box<Reception>>,
    /// Its tap and its detectors.
    pub(crate) listener: Option<Box<Listener>>,
    /// The user fragments under which the table has it.
    pub(crate) fragments: Vec<String>,
    pub(crate) routes: Vec<Route>,
    /// The stream its peer sends, from its first packet on.
    pub(crate) ssrc: Option<u32>,
    /// Limits packets by routes that are not its own.
    pub(crate) strays: TokenBucket,
    /// Its deadline among the timers.
    pub(crate) armed: Option<Time>,
    /// Datagrams that were dropped.
    pub(crate) refused: u64,
}

impl Leg {
    pub(crate) fn new(id: LegId, config: &Config, tie_breaker: u64) -> Self {
        Self {
            id,
            transport: Transport::new(config, tie_breaker),
            media: None,
            output: Output::default(),
            local_source: LocalSource::default(),
            reception: None,
            listener: None,
            fragments: Vec::new(),
            routes: Vec::new(),
            ssrc: None,
            strays: TokenBucket::new(STRAYS.0, STRAYS.1),
            armed: None,
            refused: 0,
        }
    }

    /// Offer and answer are complete.
    pub(crate) fn agree(
        &mut self,
        now: Time,
        agreement: Agreement,
        start: u64,
        config: &Config,
        out: &mut TransmitQueue,
    ) {
        self.transport.agree(now, &agreement, out);
        match &mut self.media {
            Some(media) => media.agree(now, agreement.params),
            None => self.media = Some(Media::new(now, agreement, start, config.capture)),
        }
    }

    /// Whether the partner is sent to the peer now: no playback, and no key is pressed.
    pub(crate) fn outputs_partner(&self) -> bool {
        matches!(self.output, Output::Party(Party::Partner(_))) && !self.local_source.is_pressing()
    }

    /// Whether its conference is sent to the peer now: no playback, and no key is pressed.
    pub(crate) fn outputs_mixer(&self) -> bool {
        matches!(self.output, Output::Party(Party::Mixer(..))) && !self.local_source.is_pressing()
    }

    /// Whether a packet of its conference can be sent to the peer now. Numbers that are skipped are no loss.
    pub(crate) fn is_due_for_mix(&mut self) -> bool {
        let (outputs, open) = (self.outputs_mixer(), self.transport.is_open());
        let Some(media) = &mut self.media else { return false };
        let sends = outputs && open && media.params.direction.sends();
        if !sends && !matches!(self.output, Output::Source(..)) {
            media.sender.interrupt();
        }
        sends
    }

    /// Play to the peer, in place of an earlier playback.
    pub(crate) fn play(&mut self, playback: Playback) {
        self.local_source.play(&mut self.output, playback);
    }

    /// Stop the playback.
    pub(crate) fn stop_play(&mut self) {
        self.local_source.stop(&mut self.output);
    }

    /// Send digits to the peer.
    pub(crate) fn send_digits(&mut self, now: Time, play: PlayId, digits: &str) {
        self.local_source.send_digits(now, play, digits, self.media.as_ref());
    }

    /// Reads something in each line of memory that handling a packet needs; see [`Engine::read_ahead`].
    ///
    /// [`Engine::read_ahead`]: crate::Engine::read_ahead
    pub(crate) fn read_ahead(&self) -> u64 {
        let media = self.media.as_ref().map_or(0, Media::read_ahead);
        self.transport.read_ahead() ^ media ^ self.refused
    }

    /// A protected RTP packet came: decrypt it in place and parse it.
    pub(crate) fn receive_rtp(
        &mut self,
        now: Time,
        datagram: &mut [u8],
    ) -> Result<Incoming, UnprotectError> {
        let length = self.transport.open_rtp(datagram)?;
        let plain = datagram.get(..length).ok_or(UnprotectError::Malformed)?;
        let media = self.media.as_mut().ok_or(UnprotectError::Malformed)?;
        let incoming = media.receive(now, plain)?;
        if let Some(reception) = self.reception.as_mut().filter(|_| media.is_audible()) {
            reception.packet(now, &incoming, plain);
        }
        if matches!(incoming.payload, Payload::Event(_)) && media.digits.take_begun() {
            self.local_source.stop_on_digit(&mut self.output);
        }
        Ok(incoming)
    }

    /// A user of the peer's decoded audio begins, or wants another rate.
    pub(crate) fn use_audio(&mut self, user: AudioUser, rate_hz: u32) {
        match &mut self.reception {
            Some(reception) => reception.add(user, rate_hz),
            None => self.reception = Some(Box::new(Reception::new(user, rate_hz))),
        }
    }

    /// A user of the peer's decoded audio is gone; without users there is no receiver.
    pub(crate) fn release_audio(&mut self, user: AudioUser) {
        if self.reception.as_mut().is_some_and(|reception| reception.remove(user)) {
            self.reception = None;
        }
    }

    /// A tick is due: its time and its number. Returns whether the leg wants more of them.
    pub(crate) fn listen(&mut self, tick: (Time, u64), send: impl FnMut(Event)) -> bool {
        let Self { id, reception, listener, local_source, output, .. } = self;
        let Some((reception, listener)) = reception.as_mut().zip(listener.as_mut()) else {
            return false;
        };
        listener.listen(*id, tick, reception, send);
        if listener.take_begun() {
            local_source.stop_on_digit(output);
        }
        true
    }

    /// A protected RTCP packet came.
    pub(crate) fn receive_rtcp(
        &mut self,
        now: Time,
        datagram: &mut [u8],
    ) -> Result<(), UnprotectError> {
        let length = self.transport.open_rtcp(datagram)?;
        let plain = datagram.get(..length).ok_or(UnprotectError::Malformed)?;
        self.media.as_mut().ok_or(UnprotectError::Malformed)?.receive_reports(now, plain);
        Ok(())
    }

    /// Time has passed.
    pub(crate) fn timeout(&mut self, now: Time, config: &Config, out: &mut TransmitQueue) {
        self.transport.timeout(now, out);
        let Some(media) = &mut self.media else { return };
        media.check_silence(now, config.media_lost);
        if !self.transport.is_open() {
            if let Some(playback) = self.output.playback() {
                playback.pause();
            }
            return;
        }
        let Self { id, transport, output, local_source, .. } = self;
        local_source.send(output, now, *id, media, transport, out);
        if media.reports.due() <= now {
            let Media { reports, receiver, sender, .. } = media;
            self.transport
                .send_rtcp(MAX_RTCP, out, |buffer| reports.write(now, receiver, sender, buffer));
        }
    }

    /// End the RTP stream and the DTLS association with the peer.
    pub(crate) fn close(&mut self, now: Time, out: &mut TransmitQueue) {
        if let Some(media) = self.media.as_mut().filter(|media| media.sender.packets() > 0) {
            let Media { reports, receiver, sender, .. } = media;
            self.transport.send_rtcp(MAX_RTCP, out, |buffer| {
                reports.write_bye(now, receiver, sender, buffer)
            });
        }
        self.transport.close(now, out);
    }

    /// When [`timeout`](Self::timeout) is due, and why.
    pub(crate) fn wake(&mut self, now: Time, config: &Config) -> Option<(Time, WakeReason)> {
        let transport = self.transport.wake(now);
        let media = self.media.as_ref();
        let sending = media.filter(|_| self.transport.is_open());
        let local_source =
            sending.and_then(|_| self.local_source.due(&mut self.output, now, self.id));
        let silence = media.and_then(|media| media.silence_at(config.media_lost));
        let deadlines = [
            (local_source, WakeReason::Media),
            (media.and_then(|media| media.digits.deadline()), WakeReason::Media),
            (silence, WakeReason::Silence),
            (sending.map(|media| media.reports.due()), WakeReason::Rtcp),
        ];
        let ours = deadlines.into_iter().filter_map(|(at, reason)| Some((at?, reason)));
        ours.chain(transport).min_by_key(|(at, _)| *at)
    }

    /// Whether its media has events.
    pub(crate) fn has_media_events(&self) -> bool {
        self.media.as_ref().is_some_and(Media::has_events)
    }

    /// A report on its media.
    pub(crate) fn report(&self) -> MediaReport {
        let none = || MediaReport { refused: self.refused, ..MediaReport::default() };
        self.media.as_ref().map_or_else(none, |media| media.report(self.refused))
    }
}
