//! One leg: its way to the peer and its media.

mod dialling;
mod feed;
mod media;
mod playing;
mod sound;
mod way;

use crate::negotiation::Agreement;
use crate::outbox::Outbox;
use crate::rate_limit::TokenBucket;
use crate::srtp::Unprotected;
use crate::{Config, LegId, MediaReport, PlayId, Route, Time, WakeReason};

pub(crate) use feed::{Feed, ROOM as FEED_ROOM};
pub(crate) use media::{Incoming, Media, MediaNews, Payload};
pub(crate) use sound::Sound;
pub(crate) use way::{Way, WayNews};

/// Packets a second that are authenticated on routes of no leg: a peer that moved sends 50 or 100
/// before the next check; those of others are dropped.
const STRAYS: (u64, u64) = (100, 100);
/// Room for one compound RTCP packet: reports, a name, a goodbye.
const RTCP_ROOM: usize = 512;

/// One party's transport and media.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) way: Way,
    /// From the first agreement on.
    pub(crate) media: Option<Media>,
    /// What it is made to hear.
    pub(crate) sound: Sound,
    /// Who hears this leg and is heard by it, by slot.
    pub(crate) partner: Option<usize>,
    /// What the table knows it by.
    pub(crate) fragments: Vec<String>,
    pub(crate) routes: Vec<Route>,
    /// The stream its peer sends, once it is heard.
    pub(crate) ssrc: Option<u32>,
    /// Packets a second that may come by routes that are not its own.
    pub(crate) strays: TokenBucket,
    /// The deadline that waits among the timers.
    pub(crate) armed: Option<Time>,
    /// Datagrams that were dropped.
    pub(crate) refused: u64,
}

impl Leg {
    pub(crate) fn new(id: LegId, config: &Config, tie_breaker: u64) -> Self {
        Self {
            id,
            way: Way::new(config, tie_breaker),
            media: None,
            sound: Sound::default(),
            partner: None,
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
        out: &mut Outbox,
    ) {
        self.way.agree(now, &agreement, out);
        match &mut self.media {
            Some(media) => media.agree(now, agreement.terms),
            None => self.media = Some(Media::new(now, agreement, start, config.heard)),
        }
    }

    /// Whether it hears us and not its partner.
    pub(crate) fn is_busy(&self) -> bool {
        self.sound.is_busy()
    }

    /// Press keys for the peer.
    pub(crate) fn dial(&mut self, now: Time, play: PlayId, digits: &str) {
        self.sound.dial(now, play, digits, self.media.as_ref());
    }

    /// A protected RTP packet came: unprotect it where it lies and say what it is.
    pub(crate) fn receive_rtp(
        &mut self,
        now: Time,
        datagram: &mut [u8],
    ) -> Result<Incoming, Unprotected> {
        let length = self.way.open_rtp(datagram)?;
        let plain = datagram.get(..length).ok_or(Unprotected::Malformed)?;
        self.media.as_mut().ok_or(Unprotected::Malformed)?.receive(now, plain)
    }

    /// A protected RTCP packet came.
    pub(crate) fn receive_rtcp(
        &mut self,
        now: Time,
        datagram: &mut [u8],
    ) -> Result<(), Unprotected> {
        let length = self.way.open_rtcp(datagram)?;
        let plain = datagram.get(..length).ok_or(Unprotected::Malformed)?;
        self.media.as_mut().ok_or(Unprotected::Malformed)?.receive_reports(now, plain);
        Ok(())
    }

    /// Time has passed.
    pub(crate) fn timeout(&mut self, now: Time, config: &Config, out: &mut Outbox) {
        self.way.timeout(now, out);
        let Some(media) = &mut self.media else { return };
        media.watch(now, config.media_lost);
        if !self.way.is_open() {
            return self.sound.pause();
        }
        self.sound.send(now, self.id, media, &mut self.way, out);
        if media.reports.due() <= now {
            let Media { reports, receiver, sender, .. } = media;
            self.way.send_rtcp(RTCP_ROOM, out, |room| reports.write(now, receiver, sender, room));
        }
    }

    /// Say goodbye to the peer.
    pub(crate) fn close(&mut self, now: Time, out: &mut Outbox) {
        if let Some(media) = self.media.as_mut().filter(|media| media.sender.packets() > 0) {
            let Media { reports, receiver, sender, .. } = media;
            self.way
                .send_rtcp(RTCP_ROOM, out, |room| reports.write_bye(now, receiver, sender, room));
        }
        self.way.close(now, out);
    }

    /// When [`timeout`](Self::timeout) wants to be called, and why.
    pub(crate) fn wake(&mut self, now: Time, config: &Config) -> Option<(Time, WakeReason)> {
        let way = self.way.wake(now);
        let media = self.media.as_ref();
        let sending = media.filter(|_| self.way.is_open());
        let sound = sending.and_then(|_| self.sound.due(now, self.id));
        let silence = media.and_then(|media| media.silence_at(config.media_lost));
        let deadlines = [
            (sound, WakeReason::Media),
            (media.and_then(|media| media.digits.deadline()), WakeReason::Media),
            (silence, WakeReason::Silence),
            (sending.map(|media| media.reports.due()), WakeReason::Rtcp),
        ];
        let ours = deadlines.into_iter().filter_map(|(at, reason)| Some((at?, reason)));
        ours.chain(way).min_by_key(|(at, _)| *at)
    }

    /// Whether there is something to tell of its media.
    pub(crate) fn has_media_news(&self) -> bool {
        self.media.as_ref().is_some_and(Media::has_news)
    }

    /// How its media fares.
    pub(crate) fn report(&self) -> MediaReport {
        let none = || MediaReport { refused: self.refused, ..MediaReport::default() };
        self.media.as_ref().map_or_else(none, |media| media.report(self.refused))
    }
}
