//! What we send to a peer ourselves: playback and DTMF.

use std::collections::VecDeque;

use super::dtmf_sender::DtmfSender;
use super::media::Media;
use super::output::Output;
use super::playback::Playback;
use super::transport::Transport;
use crate::rtp::Header;
use crate::transmit::TransmitQueue;
use crate::{LegId, PlayEnd, PlayId, Time};

/// The largest packet of a playback.
const MAX_PACKET: usize = 1_275;

/// DTMF that is being sent, and the playbacks and digits that ended. A playback in progress is the leg's
/// [`Output`].
#[derive(Debug, Default)]
pub(crate) struct LocalSource {
    dtmf: Option<DtmfSender>,
    ended: VecDeque<(PlayId, PlayEnd)>,
}

impl LocalSource {
    /// Play something, in place of an earlier playback.
    pub(crate) fn play(&mut self, output: &mut Output, playback: Playback) {
        self.stop(output);
        output.start(playback);
    }

    /// The peer has pressed a key: stop a playback that a key stops.
    pub(crate) fn stop_on_digit(&mut self, output: &mut Output) {
        if output.playback().is_some_and(|playback| playback.stop_on_digit)
            && let Some(playback) = output.stop()
        {
            self.ended.push_back((playback.play, PlayEnd::Interrupted));
        }
    }

    /// Stop the playback.
    pub(crate) fn stop(&mut self, output: &mut Output) {
        if let Some(playback) = output.stop() {
            self.ended.push_back((playback.play, PlayEnd::Stopped));
        }
    }

    /// Send digits, in place of those that were being sent.
    pub(crate) fn send_digits(
        &mut self,
        now: Time,
        play: PlayId,
        digits: &str,
        media: Option<&Media>,
    ) {
        self.stop_digits();
        let events = media.and_then(|media| media.params.events_sending);
        match DtmfSender::new(now, play, digits, events) {
            Ok(dtmf) => self.dtmf = Some(dtmf),
            Err(sentence) => self.ended.push_back((play, PlayEnd::Unplayable(sentence))),
        }
    }

    /// Send no more digits.
    pub(crate) fn stop_digits(&mut self) {
        if let Some(dtmf) = self.dtmf.take() {
            self.ended.push_back((dtmf.play, PlayEnd::Stopped));
        }
    }

    /// While a key is down nothing else is sent (RFC 4733 §2.5.1.1: the tone replaces the voice).
    pub(crate) fn is_pressing(&self) -> bool {
        self.dtmf.as_ref().is_some_and(DtmfSender::is_pressing)
    }

    /// When [`send`](Self::send) is due, if the transport is open.
    pub(crate) fn due(&self, output: &mut Output, now: Time, leg: LegId) -> Option<Time> {
        let playback = output.playback().map(|playback| playback.due(now, leg));
        let dtmf = self.dtmf.as_ref().and_then(DtmfSender::due);
        [playback, dtmf].into_iter().flatten().min()
    }

    /// Send all packets that are due.
    pub(crate) fn send(
        &mut self,
        output: &mut Output,
        now: Time,
        leg: LegId,
        media: &mut Media,
        transport: &mut Transport,
        out: &mut TransmitQueue,
    ) {
        self.send_tones(now, media, transport, out);
        while output.playback().is_some_and(|playback| playback.due(now, leg) <= now) {
            self.send_frame(output, now, media, transport, out);
        }
    }

    fn send_tones(
        &mut self,
        now: Time,
        media: &mut Media,
        transport: &mut Transport,
        out: &mut TransmitQueue,
    ) {
        while let Some(dtmf) = &mut self.dtmf {
            let Some((header, payload)) = dtmf.poll(now, &mut media.sender) else { break };
            send_packet(header, &payload, media, transport, out);
        }
        if let Some(dtmf) = self.dtmf.take_if(|dtmf| dtmf.is_done()) {
            self.ended.push_back((dtmf.play, PlayEnd::Finished));
        }
    }

    fn send_frame(
        &mut self,
        output: &mut Output,
        now: Time,
        media: &mut Media,
        transport: &mut Transport,
        out: &mut TransmitQueue,
    ) {
        let pressing = self.is_pressing();
        let Some(playback) = output.playback() else { return };
        let mut buffer = [0; MAX_PACKET];
        let end = match playback.packet(now, &media.params, media.complexity, &mut buffer) {
            // The playback advances while it is not sent.
            Ok(Some(_)) if pressing || !media.params.direction.sends() => {
                return media.sender.interrupt();
            }
            Ok(Some(packet)) => {
                if let Some(header) = media.sender.rewrite(now, packet) {
                    let payload = buffer.get(..packet.payload_length).unwrap_or_default();
                    send_packet(header, payload, media, transport, out);
                }
                return;
            }
            Ok(None) => PlayEnd::Finished,
            Err(error) => PlayEnd::Unplayable(error.to_string()),
        };
        if let Some(playback) = output.stop() {
            self.ended.push_back((playback.play, end));
        }
    }

    /// The playback or digits that ended first and were not polled yet.
    pub(crate) fn poll(&mut self) -> Option<(PlayId, PlayEnd)> {
        self.ended.pop_front()
    }
}

fn send_packet(
    header: Header,
    payload: &[u8],
    media: &Media,
    transport: &mut Transport,
    out: &mut TransmitQueue,
) {
    if media.params.direction.sends() {
        transport.send_packet(header, payload, out);
    }
}
