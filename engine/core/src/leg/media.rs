//! A leg's media: what comes in, what goes out, and what is told about both.

use std::collections::VecDeque;
use std::time::Duration;

use super::feed::Feed;
use crate::codec::{Capture, Complexity};
use crate::dtmf::DigitReceiver;
use crate::negotiation::{Agreement, EventFormat, Format, Terms};
use crate::rate_limit::TokenBucket;
use crate::rtp::{Arrival, Origin, Packet, Receiver, Reports, Sender, StreamKey};
use crate::srtp::Unprotected;
use crate::{AudioCodec, Digit, LegId, MediaReport, Time};

/// Packets a second one peer may send: six times what 20 ms packets need, for 10 ms packets and the
/// burst after a stall.
const PACKETS: (u64, u64) = (300, 500);

/// Both directions of a leg's media.
#[derive(Debug)]
pub(crate) struct Media {
    leg: LegId,
    pub(crate) terms: Terms,
    pub(crate) receiver: Receiver,
    pub(crate) sender: Sender,
    pub(crate) reports: Reports,
    /// What the leg says is dropped.
    pub(crate) muted: bool,
    /// Keys the peer presses.
    pub(crate) digits: DigitReceiver,
    /// What the partner's voice goes through to be heard here.
    pub(crate) feed: Option<Feed>,
    /// How hard to try when what it hears is encoded.
    pub(crate) complexity: Complexity,
    /// How much of what is heard is kept, and what was.
    keep: Duration,
    heard: Option<(AudioCodec, Capture)>,
    bucket: TokenBucket,
    hearing: Hearing,
    news: VecDeque<MediaNews>,
}

/// Whether the peer is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    NotYet,
    Since(Time),
    Lost,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaNews {
    Started,
    Lost,
    Resumed,
    Digit(Digit),
}

/// A packet that was unprotected and found in order.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) packet: Packet,
    pub(crate) payload: Payload,
    /// The line its numbers belong to.
    pub(crate) stream: StreamKey,
}

/// What a payload type number stands for on this leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    Audio(Format),
    Event(EventFormat),
}

impl Media {
    /// Nothing sent or received yet; `start` is where numbers begin, at random.
    pub(crate) fn new(now: Time, agreement: Agreement, start: u64, keep: Duration) -> Self {
        let clock_hz = agreement.terms.sending.codec.clock_hz();
        Self {
            leg: agreement.leg,
            // SRTP vouches for every packet, so the first is trusted.
            receiver: Receiver::new(clock_hz, 1),
            // In the lower half: a receiver that misses the packets around an early wrap would guess
            // another rollover counter than ours and never hear us (RFC 3711 §3.3.1).
            sender: Sender::new(
                agreement.ssrc,
                clock_hz,
                start as u16 & 0x7fff,
                (start >> 16) as u32,
            ),
            reports: Reports::new(now, agreement.ssrc, &agreement.cname),
            terms: agreement.terms,
            muted: false,
            digits: DigitReceiver::new(),
            feed: None,
            complexity: Complexity::Full,
            keep,
            heard: None,
            bucket: TokenBucket::new(PACKETS.0, PACKETS.1),
            hearing: Hearing::NotYet,
            news: VecDeque::new(),
        }
    }

    /// Other terms hold from now on.
    pub(crate) fn agree(&mut self, now: Time, terms: Terms) {
        let clock_hz = terms.sending.codec.clock_hz();
        if clock_hz != self.terms.sending.codec.clock_hz() {
            self.sender.set_clock(clock_hz);
        }
        if terms.direction != self.terms.direction {
            self.interrupt();
            // Held until now: the silence was agreed on.
            if let Hearing::Since(last) = &mut self.hearing {
                *last = now;
            }
        }
        self.terms = terms;
    }

    /// Read an authentic packet.
    pub(crate) fn receive(&mut self, now: Time, plain: &[u8]) -> Result<Incoming, Unprotected> {
        if !self.bucket.take(now) {
            return Err(Unprotected::Flooded);
        }
        let packet = Packet::parse(plain).map_err(|_| Unprotected::Malformed)?;
        let payload = self.payload(packet.header.payload_type).ok_or(Unprotected::Malformed)?;
        if let Payload::Audio(format) = payload {
            self.receiver.set_clock(format.codec.clock_hz());
        }
        let arrival = self.receiver.receive(now, &packet.header, packet.payload_length());
        if !arrival.accepted() {
            return Err(Unprotected::Replayed);
        }
        self.hear(now);
        if arrival == Arrival::Started {
            self.digits.begin(now);
        }
        match payload {
            Payload::Audio(format) => self.keep(format.codec, arrival, &packet, plain),
            Payload::Event(event) => {
                let (timestamp, clock) = (packet.header.timestamp, event.clock_hz);
                self.digits.receive(now, timestamp, clock, packet.payload(plain));
                self.tell_digits();
            }
        }
        // Legs are numbered once and epochs count up, so no two lines share a key.
        let stream = StreamKey(self.leg.0 << 24 | self.receiver.epoch() & 0xff_ffff);
        Ok(Incoming { packet, payload, stream })
    }

    /// Read an authentic RTCP packet.
    pub(crate) fn receive_reports(&mut self, now: Time, plain: &[u8]) {
        self.reports.handle(now, plain, &self.receiver, &self.sender);
        if let (Some(feed), Some(loss)) = (&mut self.feed, self.reports.remote_loss()) {
            feed.expect_loss(loss);
        }
    }

    /// Keep what is heard decoded, if it was asked for.
    fn keep(&mut self, codec: AudioCodec, arrival: Arrival, packet: &Packet, plain: &[u8]) {
        if self.keep.is_zero() {
            return;
        }
        if !self.heard.as_ref().is_some_and(|(kept, _)| *kept == codec) {
            self.heard = Capture::new(codec, self.keep).ok().map(|heard| (codec, heard));
        }
        let Some((_, heard)) = &mut self.heard else { return };
        if arrival == Arrival::Started {
            heard.begin();
        }
        let header = packet.header;
        heard.push(header.sequence, header.timestamp, packet.payload(plain));
    }

    /// Rate in Hz and the last `seconds` of what was heard, if it is kept.
    pub(crate) fn heard(&self, seconds: f32) -> Option<(u32, Vec<i16>)> {
        self.heard.as_ref().map(|(_, heard)| heard.last(seconds))
    }

    fn tell_digits(&mut self) {
        while let Some(digit) = self.digits.poll() {
            self.news.push_back(MediaNews::Digit(digit));
        }
    }

    fn payload(&self, payload_type: u8) -> Option<Payload> {
        let audio = self.terms.receiving.iter().find(|f| f.payload_type == payload_type);
        let event = self.terms.events_receiving.iter().find(|e| e.payload_type == payload_type);
        audio.map(|f| Payload::Audio(*f)).or(event.map(|e| Payload::Event(*e)))
    }

    fn hear(&mut self, now: Time) {
        match self.hearing {
            Hearing::NotYet => self.news.push_back(MediaNews::Started),
            Hearing::Lost => self.news.push_back(MediaNews::Resumed),
            Hearing::Since(_) => {}
        }
        self.hearing = Hearing::Since(now);
    }

    /// Tell if the peer has been silent for too long.
    pub(crate) fn watch(&mut self, now: Time, limit: Duration) {
        self.digits.handle_timeout(now);
        self.tell_digits();
        if self.silence_at(limit).is_some_and(|at| at <= now) {
            self.hearing = Hearing::Lost;
            self.news.push_back(MediaNews::Lost);
        }
    }

    /// When silence will have lasted too long, if it counts.
    pub(crate) fn silence_at(&self, limit: Duration) -> Option<Time> {
        match self.hearing {
            Hearing::Since(last) if self.terms.direction.receives() => Some(last + limit),
            _ => None,
        }
    }

    /// Whether what the peer says is passed on.
    pub(crate) fn speaks(&self) -> bool {
        !self.muted && self.terms.direction.receives()
    }

    /// What is sent falls silent for a while; what its source skips is no loss.
    pub(crate) fn interrupt(&mut self) {
        self.sender.interrupt();
        if let Some(feed) = &mut self.feed {
            feed.pause();
        }
    }

    /// Where a packet that came on `from`'s line goes on ours, under that payload type.
    pub(crate) fn origin(incoming: &Incoming, payload_type: u8) -> Origin {
        let header = incoming.packet.header;
        Origin {
            stream: incoming.stream,
            marker: header.marker,
            sequence: header.sequence,
            timestamp: header.timestamp,
            payload_type,
            payload_length: incoming.packet.payload_length(),
        }
    }

    /// Whether [`poll`](Self::poll) has something to tell.
    pub(crate) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// The oldest news, if there is any.
    pub(crate) fn poll(&mut self) -> Option<MediaNews> {
        self.news.pop_front()
    }

    /// How it fares.
    pub(crate) fn report(&self, refused: u64) -> MediaReport {
        self.reports.figures(self.terms.sending.codec, &self.receiver, &self.sender, refused)
    }
}
