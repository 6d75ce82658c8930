//! One leg: its way to the peer and its media.

mod bucket;
mod media;
mod way;

use crate::negotiation::Agreement;
use crate::outbox::Outbox;
use crate::srtp::Unprotected;
use crate::{Config, LegId, MediaReport, Route, Time, WakeReason};

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
    pub(crate) fn agree(&mut self, now: Time, agreement: Agreement, start: u64, out: &mut Outbox) {
        self.way.agree(now, &agreement, out);
        match &mut self.media {
            Some(media) => media.agree(now, agreement.terms),
            None => self.media = Some(Media::new(now, agreement, start)),
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
        let open = self.way.is_open();
        let Some(media) = &mut self.media else { return };
        media.watch(now, config.media_lost);
        if open && media.reports.due() <= now {
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
        let silence = media.and_then(|media| media.silence_at(config.media_lost));
        let reports = media.filter(|_| self.way.is_open()).map(|media| media.reports.due());
        let others =
            [silence.map(|at| (at, WakeReason::Silence)), reports.map(|at| (at, WakeReason::Rtcp))];
        others.into_iter().chain([way]).flatten().min_by_key(|(at, _)| *at)
    }

    /// How its media fares.
    pub(crate) fn report(&self) -> MediaReport {
        let none = || MediaReport { refused: self.refused, ..MediaReport::default() };
        self.media.as_ref().map_or_else(none, |media| media.report(self.refused))
    }
}
