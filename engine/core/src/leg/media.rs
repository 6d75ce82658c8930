//! A leg's media: received and sent RTP, its reports and its events.

use std::collections::VecDeque;
use std::time::Duration;

use super::incoming::{Incoming, Payload};
use super::level_meter::LevelMeter;
use super::transcoding::LegTranscoder;
use crate::codec::{Capture, Complexity};
use crate::dtmf::DigitReceiver;
use crate::negotiation::{Agreement, Format, MediaParams};
use crate::rate_limit::TokenBucket;
use crate::rtp::{Arrival, Packet, Receiver, Reports, Sender, StreamKey};
use crate::srtp::UnprotectError;
use crate::{AudioCodec, Digit, LegId, MediaReport, Time};

/// Packets a second one peer may send: six times what 20 ms packets need, for 10 ms packets and the
/// burst after a stall.
const PACKETS: (u64, u64) = (300, 500);

/// Comfort noise with a clock of 8,000 Hz (RFC 3551 §6).
const COMFORT_NOISE: u8 = 13;

/// Both directions of a leg's media.
#[derive(Debug)]
pub(crate) struct Media {
    leg: LegId,
    pub(crate) params: MediaParams,
    pub(crate) receiver: Receiver,
    pub(crate) sender: Sender,
    pub(crate) reports: Reports,
    /// Received media is dropped.
    pub(crate) muted: bool,
    /// Telephone events of the peer.
    pub(crate) digits: DigitReceiver,
    /// Transcodes the partner's media for this leg, where their codecs differ.
    pub(crate) transcoder: Option<LegTranscoder>,
    /// Of the encoders of media to this leg.
    pub(crate) complexity: Complexity,
    /// How much received audio is kept decoded, and that audio.
    capture_length: Duration,
    capture: Option<(AudioCodec, Capture)>,
    level_meter: LevelMeter,
    bucket: TokenBucket,
    activity: Activity,
    events: VecDeque<MediaEvent>,
}

/// Whether media is received from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    None,
    Since(Time),
    Lost,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaEvent {
    Started,
    Lost,
    Resumed,
    Digit(Digit),
}

impl Media {
    /// Nothing sent or received yet; `start` is where numbers begin, at random.
    pub(crate) fn new(
        now: Time,
        agreement: Agreement,
        start: u64,
        capture_length: Duration,
    ) -> Self {
        let clock_hz = agreement.params.sending.codec.clock_hz();
        Self {
            leg: agreement.leg,
            // SRTP authenticates every packet, so the first is trusted.
            receiver: Receiver::new(clock_hz, 1),
            // In the lower half: a receiver that misses the packets around an early wrap would guess
            // another rollover counter than ours and reject every packet (RFC 3711 §3.3.1).
            sender: Sender::new(
                agreement.ssrc,
                clock_hz,
                start as u16 & 0x7fff,
                (start >> 16) as u32,
            ),
            reports: Reports::new(now, agreement.ssrc, &agreement.cname),
            params: agreement.params,
            muted: false,
            digits: DigitReceiver::new(),
            transcoder: None,
            complexity: Complexity::Full,
            capture_length,
            capture: None,
            level_meter: LevelMeter::default(),
            bucket: TokenBucket::new(PACKETS.0, PACKETS.1),
            activity: Activity::None,
            events: VecDeque::new(),
        }
    }

    /// Other parameters apply from now on.
    pub(crate) fn agree(&mut self, now: Time, params: MediaParams) {
        let clock_hz = params.sending.codec.clock_hz();
        if clock_hz != self.params.sending.codec.clock_hz() {
            self.sender.set_clock(clock_hz);
        }
        if params.direction != self.params.direction {
            self.interrupt();
            // The leg was on hold until now: no media was expected.
            if let Activity::Since(last) = &mut self.activity {
                *last = now;
            }
        }
        self.params = params;
    }

    /// Part of [`Leg::read_ahead`](super::Leg::read_ahead).
    pub(crate) fn read_ahead(&self) -> u64 {
        let receiving = self.params.receiving.first().map_or(0, |format| format.payload_type);
        self.receiver.packets() ^ self.sender.packets() ^ u64::from(receiving) ^ self.leg.0
    }

    /// Read an authentic packet.
    pub(crate) fn receive(&mut self, now: Time, plain: &[u8]) -> Result<Incoming, UnprotectError> {
        if !self.bucket.take(now) {
            return Err(UnprotectError::RateLimited);
        }
        let packet = Packet::parse(plain).map_err(|_| UnprotectError::Malformed)?;
        let payload = self.payload(packet.header.payload_type).ok_or(UnprotectError::Malformed)?;
        if let Payload::Audio(format) = payload {
            self.receiver.set_clock(format.codec.clock_hz());
        }
        let arrival = self.receiver.receive(now, &packet.header, packet.payload_length());
        if !arrival.accepted() {
            return Err(UnprotectError::Replayed);
        }
        self.note_activity(now);
        if arrival == Arrival::Started {
            self.digits.begin(now);
        }
        let mut level = None;
        match payload {
            Payload::Audio(format) => {
                level = self.level_meter.record(self.params.level, plain);
                self.capture_packet(format.codec, arrival, &packet, plain);
            }
            Payload::ComfortNoise => {}
            Payload::Event(event) => {
                let (timestamp, clock) = (packet.header.timestamp, event.clock_hz);
                self.digits.receive(now, timestamp, clock, packet.payload(plain));
                self.queue_digits();
            }
        }
        // Leg numbers are unique and epochs count up, so no two streams share a key.
        let stream = StreamKey(self.leg.0 << 24 | self.receiver.epoch() & 0xff_ffff);
        Ok(Incoming { packet, payload, stream, level })
    }

    /// Read an authentic RTCP packet.
    pub(crate) fn receive_reports(&mut self, now: Time, plain: &[u8]) {
        self.reports.handle(now, plain, &self.receiver, &self.sender);
        if let (Some(transcoder), Some(loss)) = (&mut self.transcoder, self.reports.remote_loss()) {
            transcoder.expect_loss(loss);
        }
    }

    /// Keep received audio decoded, if the configuration wants it.
    fn capture_packet(
        &mut self,
        codec: AudioCodec,
        arrival: Arrival,
        packet: &Packet,
        plain: &[u8],
    ) {
        if self.capture_length.is_zero() {
            return;
        }
        if !self.capture.as_ref().is_some_and(|(captured, _)| *captured == codec) {
            let capture = Capture::new(codec, self.capture_length);
            self.capture = capture.ok().map(|capture| (codec, capture));
        }
        let Some((_, capture)) = &mut self.capture else { return };
        if arrival == Arrival::Started {
            capture.begin();
        }
        let header = packet.header;
        capture.push(header.sequence, header.timestamp, packet.payload(plain));
    }

    /// Rate in Hz and the last `seconds` of received audio, if it is kept.
    pub(crate) fn captured(&self, seconds: f32) -> Option<(u32, Vec<i16>)> {
        self.capture.as_ref().map(|(_, capture)| capture.last(seconds))
    }

    fn queue_digits(&mut self) {
        while let Some(digit) = self.digits.poll() {
            self.events.push_back(MediaEvent::Digit(digit));
        }
    }

    fn payload(&self, payload_type: u8) -> Option<Payload> {
        let audio = self.params.receiving.iter().find(|f| f.payload_type == payload_type);
        let event = self.params.events_receiving.iter().find(|e| e.payload_type == payload_type);
        let known = audio.map(|f| Payload::Audio(*f)).or(event.map(|e| Payload::Event(*e)));
        known.or(self.takes_noise(payload_type).then_some(Payload::ComfortNoise))
    }

    /// Whether it is the static type of comfort noise. Gateways send that beside G.711, negotiated or not; as a packet
    /// that cannot be read it would count as lost.
    fn takes_noise(&self, payload_type: u8) -> bool {
        let is_g711 = |format: &Format| format.codec != AudioCodec::Opus;
        payload_type == COMFORT_NOISE && self.params.receiving.iter().any(is_g711)
    }

    fn note_activity(&mut self, now: Time) {
        match self.activity {
            Activity::None => self.events.push_back(MediaEvent::Started),
            Activity::Lost => self.events.push_back(MediaEvent::Resumed),
            Activity::Since(_) => {}
        }
        self.activity = Activity::Since(now);
    }

    /// Report the loss of media when nothing was received for `limit`.
    pub(crate) fn check_silence(&mut self, now: Time, limit: Duration) {
        self.digits.handle_timeout(now);
        self.queue_digits();
        if self.silence_at(limit).is_some_and(|at| at <= now) {
            self.activity = Activity::Lost;
            self.events.push_back(MediaEvent::Lost);
        }
    }

    /// When media will count as lost, if it is expected.
    pub(crate) fn silence_at(&self, limit: Duration) -> Option<Time> {
        match self.activity {
            Activity::Since(last) if self.params.direction.receives() => Some(last + limit),
            _ => None,
        }
    }

    /// Whether received media is passed on.
    pub(crate) fn is_audible(&self) -> bool {
        !self.muted && self.params.direction.receives()
    }

    /// Sending pauses; numbers that the source skips meanwhile are no loss.
    pub(crate) fn interrupt(&mut self) {
        self.sender.interrupt();
        if let Some(transcoder) = &mut self.transcoder {
            transcoder.pause();
        }
    }

    /// Whether [`poll`](Self::poll) has an event.
    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// The oldest event, if there is any.
    pub(crate) fn poll(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// A report on both directions.
    pub(crate) fn report(&self, refused: u64) -> MediaReport {
        let codec = self.params.sending.codec;
        let mut report = self.reports.figures(codec, &self.receiver, &self.sender, refused);
        report.received.level = self.level_meter.report();
        report
    }
}
