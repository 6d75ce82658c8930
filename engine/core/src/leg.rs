//! One leg: its way to the peer and its media.

mod bucket;
mod dialling;
mod feed;
mod media;
mod way;

use crate::negotiation::Agreement;
use crate::outbox::Outbox;
use crate::rtp::{HEADER_LENGTH, Header};
use crate::srtp::Unprotected;
use crate::{Config, LegId, MediaReport, PlayEnd, PlayId, Route, Time, WakeReason};

use dialling::Dialling;
pub(crate) use feed::{Feed, ROOM as FEED_ROOM};
pub(crate) use media::{Incoming, Media, MediaNews, Payload};
pub(crate) use way::{Way, WayNews};

/// Room for one compound RTCP packet: reports, a name, a goodbye.
const RTCP_ROOM: usize = 512;

/// One party's transport and media.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) way: Way,
    /// From the first agreement on.
    pub(crate) media: Option<Media>,
    /// Who hears this leg and is heard by it, by slot.
    pub(crate) partner: Option<usize>,
    /// What the table knows it by.
    pub(crate) fragments: Vec<String>,
    pub(crate) routes: Vec<Route>,
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
            partner: None,
            fragments: Vec::new(),
            routes: Vec::new(),
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

    /// Send one packet of our own making.
    pub(crate) fn send(&mut self, header: Header, payload: &[u8], out: &mut Outbox) {
        self.way.send_rtp(HEADER_LENGTH + payload.len(), out, |room| {
            let length = room.len();
            header.write(room);
            room.get_mut(HEADER_LENGTH..)?.copy_from_slice(payload);
            Some(length)
        });
    }

    /// Press keys for the peer.
    pub(crate) fn dial(&mut self, now: Time, play: PlayId, digits: &str) {
        let Some(media) = &mut self.media else { return };
        media.stop_dialling();
        let events = media.terms.events_sending;
        match Dialling::new(now, play, digits, events) {
            Ok(dialling) => media.dialling = Some(dialling),
            Err(sentence) => media.finished(play, PlayEnd::Unplayable(sentence)),
        }
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
            return;
        }
        self.press(now, out);
        if let Some(media) = &mut self.media
            && media.reports.due() <= now
        {
            let Media { reports, receiver, sender, .. } = media;
            self.way.send_rtcp(RTCP_ROOM, out, |room| reports.write(now, receiver, sender, room));
        }
    }

    /// Send the key events that are due.
    fn press(&mut self, now: Time, out: &mut Outbox) {
        while let Some(media) = &mut self.media
            && let Some(dialling) = &mut media.dialling
        {
            let Some((header, payload)) = dialling.poll(now, &mut media.sender) else {
                if dialling.is_done() {
                    let play = dialling.play;
                    media.dialling = None;
                    media.finished(play, PlayEnd::Finished);
                }
                return;
            };
            if media.terms.direction.sends() {
                self.send(header, &payload, out);
            }
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
        let silence = media.and_then(|media| media.silence_at(config.media_lost));
        let deadlines = [
            (sending.and_then(Media::slot_at), WakeReason::Media),
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
