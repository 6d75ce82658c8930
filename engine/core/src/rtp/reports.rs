//! A leg's RTCP: when to report, what the peer reports, and both as figures for people.

use std::time::Duration;

use super::ntp::{long, short};
use super::{
    Block, Compound, Conditions, Ntp, Receiver, Rtcp, RtcpPackets, Sender, SenderReport,
    mean_opinion_score, write_bye, write_report,
};
use crate::{AudioCodec, MediaReport, StreamReport, Time};

/// Between two reports (RFC 3550 §6.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// To the first one: round-trip time and loss shall be known early.
const FIRST: Duration = Duration::from_secs(1);
/// Fewer packets than this say nothing about quality.
const ENOUGH: u64 = 50;

/// A leg's RTCP state.
#[derive(Debug)]
pub struct Reports {
    cname: String,
    due: Time,
    /// Draws the spread of the reports of many legs (RFC 3550 §6.2).
    rng: u32,
    /// Packets sent by the last report: without new ones we are a mere receiver.
    told_packets: u64,
    /// The peer's last sender report and when it came.
    last_sender_report: Option<(u32, Time)>,
    rtt: Option<Duration>,
    remote: Option<Remote>,
}

/// What the peer reports about our stream.
#[derive(Debug, Clone, Copy)]
struct Remote {
    lost: i32,
    jitter: u32,
    /// Smoothed over the last reports, 0 to 1.
    loss: f32,
}

impl Reports {
    /// A leg begins. `cname` is the same for all legs of one call's peer, at random (RFC 7022).
    pub fn new(now: Time, ssrc: u32, cname: &str) -> Self {
        let mut reports = Self {
            cname: cname.to_owned(),
            due: now,
            rng: ssrc | 1,
            told_packets: 0,
            last_sender_report: None,
            rtt: None,
            remote: None,
        };
        reports.due = now + reports.spread(FIRST);
        reports
    }

    /// When [`write`](Self::write) wants to be called.
    pub fn due(&self) -> Time {
        self.due
    }

    /// Round-trip time by the newest report that had it.
    pub fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// Which fraction of our packets the peer misses, 0 to 1: what an encoder should expect.
    pub fn remote_loss(&self) -> Option<f32> {
        self.remote.map(|remote| remote.loss)
    }

    /// Write the report that is due; its length, or `None` when `buffer` is too small.
    pub fn write(
        &mut self,
        now: Time,
        receiver: &mut Receiver,
        sender: &Sender,
        buffer: &mut [u8],
    ) -> Option<usize> {
        self.due = now + self.spread(INTERVAL);
        let block = self.block(now, receiver);
        let compound = self.compound(now, sender, block);
        let length = write_report(&compound, buffer);
        self.told_packets = sender.packets();
        length
    }

    /// Write a last report and that the stream is over.
    pub fn write_bye(
        &mut self,
        now: Time,
        receiver: &mut Receiver,
        sender: &Sender,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let block = self.block(now, receiver);
        write_bye(&self.compound(now, sender, block), buffer)
    }

    /// Take in a decrypted RTCP datagram. `true` when the peer says that its stream is over.
    pub fn handle(
        &mut self,
        now: Time,
        datagram: &[u8],
        receiver: &Receiver,
        sender: &Sender,
    ) -> bool {
        let mut over = false;
        for packet in RtcpPackets::new(datagram) {
            match packet {
                Rtcp::Report { ssrc, sender: theirs, blocks } => {
                    if let Some(theirs) = theirs.filter(|_| receiver.ssrc() == Some(ssrc)) {
                        self.last_sender_report = Some((theirs.ntp.middle(), now));
                    }
                    let about_us = blocks.iter().find(|block| block.ssrc == sender.ssrc());
                    if let Some(block) = about_us {
                        self.handle_block(now, block);
                    }
                }
                Rtcp::Bye(gone) => over |= receiver.ssrc().is_some_and(|ssrc| gone.contains(&ssrc)),
                Rtcp::Name { .. } | Rtcp::Other { .. } => {}
            }
        }
        over
    }

    /// Figures of both directions.
    pub fn figures(
        &self,
        codec: AudioCodec,
        receiver: &Receiver,
        sender: &Sender,
        refused: u64,
    ) -> MediaReport {
        MediaReport {
            codec: codec.rtpmap().to_owned(),
            received: self.received(codec, receiver),
            sent: self.sent(codec, sender),
            rtt: self.rtt,
            refused,
        }
    }

    fn received(&self, codec: AudioCodec, receiver: &Receiver) -> StreamReport {
        let conditions = Conditions {
            loss: receiver.lost() as f32 / receiver.expected().max(1) as f32,
            burst_ratio: receiver.burst_ratio(),
            rtt: self.rtt.unwrap_or_default(),
            jitter: receiver.jitter(),
        };
        StreamReport {
            mos: (receiver.packets() >= ENOUGH).then(|| mean_opinion_score(codec, conditions)),
            ..receiver.report()
        }
    }

    fn sent(&self, codec: AudioCodec, sender: &Sender) -> StreamReport {
        let mut report = StreamReport {
            packets: sender.packets(),
            bytes: sender.bytes(),
            ..StreamReport::default()
        };
        if let Some(remote) = self.remote {
            let nanos = u64::from(remote.jitter) * 1_000_000_000 / u64::from(codec.clock_hz());
            report.lost = u64::from(remote.lost.max(0).unsigned_abs());
            report.jitter = Duration::from_nanos(nanos);
            let conditions = Conditions {
                loss: report.lost as f32 / sender.packets().max(1) as f32,
                burst_ratio: 1.0,
                rtt: self.rtt.unwrap_or_default(),
                jitter: report.jitter,
            };
            let enough = sender.packets() >= ENOUGH;
            report.mos = enough.then(|| mean_opinion_score(codec, conditions));
        }
        report
    }

    fn handle_block(&mut self, now: Time, block: &Block) {
        if block.last_report != 0 {
            let away = Ntp::at(now).middle().wrapping_sub(block.last_report);
            // Longer than 30 s is a report about something we never sent.
            self.rtt = away
                .checked_sub(block.delay)
                .map(long)
                .filter(|rtt| *rtt < Duration::from_secs(30))
                .or(self.rtt);
        }
        let fraction = f32::from(block.fraction_lost) / 256.0;
        let loss = self.remote.map_or(fraction, |before| f32::midpoint(before.loss, fraction));
        self.remote = Some(Remote { lost: block.cumulative_lost, jitter: block.jitter, loss });
    }

    fn block(&self, now: Time, receiver: &mut Receiver) -> Option<Block> {
        let block = receiver.block()?;
        let Some((last_report, at)) = self.last_sender_report else { return Some(block) };
        Some(Block { last_report, delay: short(now.since(at)), ..block })
    }

    fn compound(&self, now: Time, sender: &Sender, block: Option<Block>) -> Compound<'_> {
        let active = sender.packets() > self.told_packets;
        let report = sender.clock(now).filter(|_| active).map(|(ntp, timestamp)| SenderReport {
            ntp,
            timestamp,
            packets: sender.packets() as u32,
            bytes: sender.bytes() as u32,
        });
        Compound { ssrc: sender.ssrc(), sender: report, block, cname: &self.cname }
    }

    /// Half to one and a half times that long (RFC 3550 §6.3.1), so that legs do not report in step.
    fn spread(&mut self, length: Duration) -> Duration {
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 17;
        self.rng ^= self.rng << 5;
        length / 2 + length.mul_f64(f64::from(self.rng) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Header, SourcePacket, StreamKey};
    use super::*;

    struct End {
        sender: Sender,
        receiver: Receiver,
        reports: Reports,
    }

    fn end(ssrc: u32) -> End {
        End {
            sender: Sender::new(ssrc, 8_000, 65_000, 99),
            receiver: Receiver::new(8_000, 1),
            reports: Reports::new(Time::ZERO, ssrc, "x"),
        }
    }

    fn speak(from: &mut End, n: u64) -> (Time, Header) {
        let now = Time::from_millis(20 * n);
        let source_packet = SourcePacket {
            stream: StreamKey(0),
            marker: false,
            sequence: n as u16,
            timestamp: 160 * n as u32,
            payload_type: 0,
            payload_length: 160,
        };
        (now, from.sender.rewrite(now, source_packet).unwrap())
    }

    #[test]
    fn two_ends_learn_round_trip_time_and_loss() {
        let (mut a, mut b) = (end(1), end(2));
        let way = Duration::from_millis(40);
        let mut flying: Vec<(Time, bool, Vec<u8>)> = Vec::new();
        for n in 0..1_000 {
            let (now, header) = speak(&mut a, n);
            if n % 10 != 4 {
                b.receiver.receive(now + way, &header, 160);
            }
            let (_, header) = speak(&mut b, n);
            a.receiver.receive(now + way, &header, 160);
            for (to_b, end) in [(true, &mut a), (false, &mut b)] {
                if now >= end.reports.due() {
                    let mut buffer = [0; 340];
                    let End { sender, receiver, reports } = end;
                    let length = reports.write(now, receiver, sender, &mut buffer).unwrap();
                    flying.push((now + way, to_b, buffer[..length].to_vec()));
                }
            }
            flying.retain(|(at, to_b, datagram)| {
                if *at <= now {
                    let to = if *to_b { &mut b } else { &mut a };
                    assert!(!to.reports.handle(*at, datagram, &to.receiver, &to.sender));
                }
                *at > now
            });
        }
        for reports in [&a.reports, &b.reports] {
            let rtt = reports.rtt().unwrap().as_micros();
            assert!((79_900..80_100).contains(&rtt), "{rtt}");
        }
        assert!((0.07..0.13).contains(&a.reports.remote_loss().unwrap()));
        let figures = b.reports.figures(AudioCodec::Pcmu, &b.receiver, &b.sender, 0);
        assert_eq!((figures.received.lost, figures.received.longest_loss), (100, 1));
        let clean = figures.sent.mos.unwrap();
        assert!(figures.received.mos.unwrap() < clean - 0.5 && clean > 4.3);
        let mut buffer = [0; 348];
        let now = Time::from_millis(20_000);
        let length = a.reports.write_bye(now, &mut a.receiver, &a.sender, &mut buffer).unwrap();
        assert!(b.reports.handle(now, &buffer[..length], &b.receiver, &b.sender));
    }

    #[test]
    fn the_first_report_comes_early_and_a_silent_leg_only_receives() {
        let mut leg = end(77);
        assert!((500..1_500).contains(&leg.reports.due().since(Time::ZERO).as_millis()));
        let mut buffer = [0; 340];
        let now = leg.reports.due();
        let length = leg.reports.write(now, &mut leg.receiver, &leg.sender, &mut buffer).unwrap();
        assert_eq!(buffer[1], 201);
        assert_eq!(RtcpPackets::new(&buffer[..length]).count(), 2);
        let wait = leg.reports.due().since(now).as_millis();
        assert!((2_500..=7_500).contains(&wait), "{wait}");
        speak(&mut leg, 200);
        leg.reports.write(now, &mut leg.receiver, &leg.sender, &mut buffer).unwrap();
        assert_eq!(buffer[1], 200);
    }
}
