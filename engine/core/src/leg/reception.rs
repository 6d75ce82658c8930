//! The decoded audio of a leg's peer, for mixers, recordings and taps: pulled once each tick for all of them.

use super::incoming::{Incoming, Payload};
use crate::Time;
use crate::dsp::Resampler;
use crate::receive::{ArrivalLevel, AudioPacket, Frame, PacketFormat, Receiver};

/// Who uses a leg's decoded audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AudioUser {
    /// The leg's tap and its detectors.
    Listener,
    /// A recording, by a number of its own.
    Recording(u64),
    /// A mixer, by a number of its own.
    Mixer(u64),
}

/// One leg's receiver and its users.
#[derive(Debug)]
pub(crate) struct Reception {
    receiver: Receiver,
    users: Vec<(AudioUser, u32)>,
    tick: Option<u64>,
    frame: Frame,
    /// The same frame at lower rates, for users of those.
    lower: Vec<Lower>,
}

#[derive(Debug)]
struct Lower {
    tick: u64,
    frame: Frame,
    resampler: Resampler,
    samples: Vec<i16>,
}

impl Reception {
    /// For that user, who wants frames at `rate_hz`: 8,000, 16,000 or 48,000.
    pub(crate) fn new(user: AudioUser, rate_hz: u32) -> Self {
        let mut receiver = Receiver::new(rate_hz);
        receiver.fill_pauses(true);
        Self {
            receiver,
            users: vec![(user, rate_hz)],
            tick: None,
            frame: Frame::new(rate_hz),
            lower: Vec::new(),
        }
    }

    /// Another user, or another rate for one. The receiver has the highest rate of all.
    pub(crate) fn add(&mut self, user: AudioUser, rate_hz: u32) {
        self.users.retain(|(known, _)| *known != user);
        self.users.push((user, rate_hz));
        self.set_rate();
    }

    /// A user is gone. Returns whether there is none left.
    pub(crate) fn remove(&mut self, user: AudioUser) -> bool {
        self.users.retain(|(known, _)| *known != user);
        self.set_rate();
        self.users.is_empty()
    }

    fn set_rate(&mut self) {
        if let Some(rate_hz) = self.users.iter().map(|(_, rate_hz)| *rate_hz).max() {
            self.receiver.set_rate_hz(rate_hz);
        }
        let users = &self.users;
        let is_used = |lower: &Lower| users.iter().any(|(_, rate)| *rate == lower.frame.rate_hz());
        self.lower.retain(is_used);
    }

    /// An authentic packet arrived.
    pub(crate) fn packet(&mut self, now: Time, incoming: &Incoming, datagram: &[u8]) {
        let header = incoming.packet.header;
        let packet = AudioPacket {
            format: match incoming.payload {
                Payload::Audio(format) => PacketFormat::Audio(format.codec),
                Payload::ComfortNoise => PacketFormat::ComfortNoise,
                Payload::Event(event) => PacketFormat::Event(event.clock_hz),
            },
            ssrc: header.ssrc,
            sequence: header.sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: incoming.packet.payload(datagram),
        };
        self.receiver.packet(now, &packet, incoming.level);
    }

    /// Loudness of the packet that arrived last.
    pub(crate) fn level(&self) -> Option<ArrivalLevel> {
        self.receiver.level()
    }

    /// The frame of a tick at the highest rate that a user wants. Where ticks were left out, what was due then
    /// is skipped.
    pub(crate) fn frame(&mut self, now: Time, tick: u64) -> &Frame {
        if self.tick != Some(tick) {
            if self.tick.is_some_and(|last| tick != last + 1) {
                self.receiver.resume();
            }
            self.tick = Some(tick);
            self.receiver.pull(now, &mut self.frame);
        }
        &self.frame
    }

    /// The same at that rate, if a user wants it.
    pub(crate) fn frame_at(&mut self, now: Time, tick: u64, rate_hz: u32) -> &Frame {
        self.frame(now, tick);
        if self.frame.rate_hz() == rate_hz {
            return &self.frame;
        }
        let (frame, lower) = (&self.frame, &mut self.lower);
        let known = lower.iter().position(|lower| lower.frame.rate_hz() == rate_hz);
        let at = known.unwrap_or_else(|| {
            lower.push(Lower::new(frame.rate_hz(), rate_hz));
            lower.len() - 1
        });
        let Some(lower) = lower.get_mut(at) else { return frame };
        lower.fill(tick, frame);
        &lower.frame
    }
}

impl Lower {
    fn new(from_hz: u32, to_hz: u32) -> Self {
        let resampler = Resampler::primed(from_hz, to_hz);
        Self { tick: u64::MAX, frame: Frame::new(to_hz), resampler, samples: Vec::new() }
    }

    fn fill(&mut self, tick: u64, from: &Frame) {
        if self.tick == tick {
            return;
        }
        if self.resampler.from_hz() != from.rate_hz() {
            self.resampler = Resampler::primed(from.rate_hz(), self.frame.rate_hz());
        }
        self.tick = tick;
        self.samples.clear();
        self.resampler.push(from.samples(), &mut self.samples);
        self.frame.describe_as(from);
        for (to, sample) in self.frame.samples_mut().iter_mut().zip(&self.samples) {
            *to = *sample;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AudioCodec;
    use crate::codec::Law;
    use crate::dsp::purity_db;

    fn speak(reception: &mut Reception, now: Time, n: u16) {
        let wave = |at: u32| ((at * 500 % 8_000) as f32 / 8_000.0 * std::f32::consts::TAU).sin();
        let at = u32::from(n) * 160;
        let payload: Vec<u8> =
            (at..at + 160).map(|at| Law::Mu.encode((8_000.0 * wave(at)) as i16)).collect();
        let packet = AudioPacket {
            format: PacketFormat::Audio(AudioCodec::Pcmu),
            ssrc: 1,
            sequence: n,
            timestamp: at,
            marker: false,
            payload: &payload,
        };
        reception.receiver.packet(now, &packet, None);
    }

    #[test]
    fn all_users_share_one_frame_a_tick_at_their_rates() {
        let mut reception = Reception::new(AudioUser::Listener, 16_000);
        reception.add(AudioUser::Mixer(1), 48_000);
        reception.add(AudioUser::Recording(1), 8_000);
        let mut heard = [Vec::new(), Vec::new(), Vec::new()];
        for n in 0..100_u16 {
            let now = Time::from_millis(20 * u64::from(n));
            speak(&mut reception, now, n);
            for (rate_hz, heard) in [16_000, 8_000, 48_000].into_iter().zip(&mut heard) {
                for _ in 0..2 {
                    let frame = reception.frame_at(now, u64::from(n), rate_hz).clone();
                    assert_eq!(frame.rate_hz(), rate_hz);
                    heard.extend_from_slice(frame.samples());
                    heard.truncate((n as usize + 1) * rate_hz as usize / 50);
                }
            }
        }
        for (rate_hz, heard) in [16_000, 8_000, 48_000].into_iter().zip(&heard) {
            let purity = purity_db(&heard[rate_hz as usize..], rate_hz, 500.0);
            assert!(purity > 25.0, "{rate_hz}: {purity}");
        }
        assert!(!reception.remove(AudioUser::Mixer(1)));
        assert_eq!(reception.frame(Time::from_millis(2_000), 100).rate_hz(), 16_000);
        assert!(!reception.remove(AudioUser::Listener));
        assert!(reception.remove(AudioUser::Recording(1)));
    }

    #[test]
    fn after_ticks_that_were_left_out_it_goes_on_with_what_is_due() {
        let mut reception = Reception::new(AudioUser::Mixer(1), 8_000);
        let mut times = Vec::new();
        for n in 0..200_u16 {
            let now = Time::from_millis(20 * u64::from(n));
            speak(&mut reception, now, n);
            if !(50..150).contains(&n) {
                times.push((n, reception.frame(now, u64::from(n)).rtp_time));
            }
        }
        for (n, rtp_time) in times {
            let behind = u32::from(n).wrapping_mul(160).wrapping_sub(rtp_time) as i32;
            assert!(n < 10 || (0..=480).contains(&behind), "{n} {behind}");
        }
    }
}
