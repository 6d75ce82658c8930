//! Sound both ways for a while, and what became of it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Failure;
use crate::delays::Delays;
use crate::key::KeyPacket;
use crate::party::{Parties, Party};
use crate::rtp::{Arrived, HEADER, Head, TELEPHONE_EVENT, payload};
use crate::scene::{Frame, Scene};
use crate::socket::Socket;
use crate::timeline::{SentFrames, since_latest};

/// Parties speak in turn: each has one of these milliseconds of every 20.
const SLOTS: usize = 20;
const SLOT: Duration = Duration::from_millis(1);
/// Packets made before they are sent: the first should not wait long for the last, for that would be
/// taken for the engine's delay.
const TOGETHER: usize = 8;
/// One in so many packets is decrypted and its delay taken.
const SAMPLE: u64 = 16;
/// Consent is asked for this often (RFC 7675 §5.1), in slots.
const CONSENT: usize = 5_000;
/// After the last packet was sent, what is still in the engine arrives.
const REST: Duration = Duration::from_millis(200);
/// What marks a payload that carries the moment it was sent.
const MARK: [u8; 4] = *b"tick";

/// What to measure.
pub(crate) struct Run {
    pub(crate) length: Duration,
    pub(crate) warm: Duration,
    /// The engine's process.
    pub(crate) pid: u64,
    pub(crate) timing: Timing,
    /// Parties whose sound is decoded, too.
    pub(crate) listen: Vec<usize>,
}

/// How it is known when a packet that arrives should have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Packets arrive as they were sent; some carry the moment of that.
    Marked,
    /// Each can be matched with one of the partner's.
    Matched,
    /// The same, but silence is left out.
    Sparse,
    /// The engine makes a stream of its own, whose timestamps say when.
    Own,
}

/// What one `run` saw.
pub(crate) struct Tally {
    delays: Delays,
    sent: u64,
    received: u64,
    /// Sampled packets that did not authenticate.
    forged: u64,
    /// Slots begun more than 20 ms late: the generator itself was too slow.
    late: u64,
    counting: bool,
    timing: Timing,
    begin: Instant,
}

impl Parties {
    /// Sound for a while, then with everything counted.
    pub(crate) fn run(&mut self, run: &Run, scene: &Scene) -> Result<Value, Failure> {
        let Run { length, warm, pid, timing, ref listen } = *run;
        let mut tally = Tally::new(timing);
        self.send_all(warm, scene, &mut tally)?;
        tally.counting = true;
        for n in listen {
            if let Some(party) = self.all.get_mut(*n) {
                party.record = Some(Vec::new());
            }
        }
        let (unsent, dropped) = (self.socket.unsent, dropped_by_system()?);
        let pid = pid.to_string();
        let (own, cpu, begin) = (cpu_seconds("self")?, cpu_seconds(&pid)?, Instant::now());
        self.send_all(length, scene, &mut tally)?;
        // A stream of its own does not end with what was sent.
        tally.counting = timing != Timing::Own;
        let (cpu, wall) = (cpu_seconds(&pid)? - cpu, begin.elapsed().as_secs_f64());
        let own = cpu_seconds("self")? - own;
        // What comes after the speakers have ended is silence.
        let (received_dbov, silent_share) = self.sound_of(listen)?;
        self.receive_for(REST, &mut tally)?;
        let mut held: Vec<_> =
            self.all.iter().filter_map(|party| party.received_frames.least()).collect();
        held.sort_unstable();
        let held = held.get(held.len() / 2).map(|nanos| *nanos as f64 / 1e6);
        Ok(json!({
            "received_dbov": received_dbov,
            "silent_share": silent_share,
            "sent": tally.sent,
            "received": tally.received,
            "unsent": self.socket.unsent - unsent,
            "gaps": self.all.iter().map(|party| party.gaps.missing()).sum::<u64>(),
            "dropped_by_system": dropped_by_system()? - dropped,
            "forged": tally.forged,
            "late_slots": tally.late,
            "cpu_s": cpu,
            "own_cpu_s": own,
            "wall_s": wall,
            "delay_p50_ms": tally.delays.quantile_ms(0.5),
            "held_back_ms": held,
            "delay_p99_ms": tally.delays.quantile_ms(0.99),
        }))
    }

    /// Receives for a while without sending.
    pub(crate) fn receive_for(
        &mut self,
        length: Duration,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let begin = Instant::now();
        while begin.elapsed() < length {
            self.receive(tally)?;
            self.socket.rest(SLOT);
        }
        Ok(())
    }

    pub(crate) fn send_all(
        &mut self,
        length: Duration,
        scene: &Scene,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let begin = Instant::now();
        let slots = length.as_millis() as usize;
        for slot in 0..slots {
            let due = begin + SLOT * slot as u32;
            while Instant::now() < due {
                if self.receive(tally)? == 0 {
                    self.socket.rest(due.saturating_duration_since(Instant::now()));
                }
            }
            tally.late += u64::from(due.elapsed() > SLOT * SLOTS as u32);
            let speakers = (slot % SLOTS..self.all.len()).step_by(SLOTS);
            for (position, n) in speakers.enumerate() {
                let Some(party) = self.all.get_mut(n) else { continue };
                party.send(n, scene, tally, &mut self.socket)?;
                if (slot / SLOTS + n).is_multiple_of(CONSENT / SLOTS) {
                    party.check(n, &mut self.socket)?;
                }
                if position % TOGETHER == TOGETHER - 1 {
                    self.socket.flush();
                }
            }
            self.send_keys(slot, tally)?;
            self.socket.flush();
            self.receive(tally)?;
        }
        Ok(())
    }

    /// Keys are pressed in other milliseconds than those in which the parties' frames are sent, for an engine may
    /// send to them in a fixed order, too: seven times those of the frames.
    fn send_keys(&mut self, slot: usize, tally: &mut Tally) -> Result<(), Failure> {
        for n in (3 * slot % SLOTS..self.all.len()).step_by(SLOTS) {
            let Some(party) = self.all.get_mut(n) else { continue };
            let now = tally.begin.elapsed().as_nanos() as u64;
            let Party { key, sent_frames, timestamp, codec, .. } = party;
            let key = key.as_mut();
            let due =
                key.and_then(|key| key.packet(sent_frames.count(), *timestamp, codec.ticks(), now));
            if let Some(KeyPacket { payload, timestamp, first }) = due {
                let (packet, length) =
                    party.packet(TELEPHONE_EVENT, first, timestamp, &payload, None);
                let packet = packet.get(..length).unwrap_or_default();
                party.protect(n, packet, tally, &mut self.socket)?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, tally: &mut Tally) -> Result<usize, Failure> {
        let mut checks = Vec::new();
        let all = &mut self.all;
        let count = self.socket.receive(|n, bytes| match bytes.first() {
            Some(0..=3) => checks.push((n, bytes.to_vec())),
            // RTP; the types 64 to 95 are RTCP's (RFC 5761 §4).
            Some(128..=191) if bytes.get(1).is_some_and(|two| !(192..=223).contains(two)) => {
                if tally.timing == Timing::Own {
                    if let Some(party) = all.get_mut(n) {
                        party.receive(bytes, None, tally);
                    }
                // Parties are made two a call.
                } else if let Ok([party, partner]) = all.get_disjoint_mut([n, n ^ 1]) {
                    party.receive(bytes, Some(&partner.sent_frames), tally);
                }
            }
            _ => {}
        });
        for (n, bytes) in checks {
            if let Some(party) = self.all.get_mut(n) {
                party.receive_stun(n, &bytes, &mut self.socket)?;
            }
        }
        Ok(count)
    }
}

impl Party {
    fn send(
        &mut self,
        n: usize,
        scene: &Scene,
        tally: &mut Tally,
        socket: &mut Socket,
    ) -> Result<(), Failure> {
        if self.keys.is_none() {
            return Ok(());
        }
        let turn = self.sent_frames.count() as usize;
        let frame = scene.frame(n, self.codec, turn).ok_or("no sound")?;
        let now = tally.begin.elapsed().as_nanos() as u64;
        self.sent_frames.note(now);
        self.timestamp = self.timestamp.wrapping_add(self.codec.ticks());
        if frame.payload.is_empty()
            || self.key.is_some_and(|key| key.is_down(self.sent_frames.count()))
        {
            return Ok(());
        }
        if frame.onset {
            self.onsets.push(now);
        }
        let Frame { payload, level, .. } = frame;
        let level = self.announces_level.then_some(*level);
        let type_of = self.codec.payload_type();
        let (mut packet, length) = self.packet(type_of, false, self.timestamp, payload, level);
        if tally.timing == Timing::Marked && self.sent.is_multiple_of(SAMPLE) {
            let moment = (tally.begin.elapsed().as_nanos() as u64).to_be_bytes();
            let stamp = MARK.into_iter().chain(moment);
            packet.iter_mut().skip(HEADER).zip(stamp).for_each(|(to, from)| *to = from);
        }
        self.protect(n, packet.get(..length).unwrap_or_default(), tally, socket)
    }

    /// The next packet of this party's stream, and its length.
    fn packet(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
        level: Option<u8>,
    ) -> ([u8; 1_200], usize) {
        self.sequence = self.sequence.wrapping_add(1);
        self.sent += 1;
        let (sequence, ssrc) = (self.sequence, self.ssrc);
        let mut packet = [0; 1_200];
        let head = Head { payload_type, marker, sequence, timestamp, ssrc, level };
        let length = head.write(payload, &mut packet);
        (packet, length)
    }

    fn protect(
        &mut self,
        n: usize,
        packet: &[u8],
        tally: &mut Tally,
        socket: &mut Socket,
    ) -> Result<(), Failure> {
        let (Some(remote), Some(keys)) = (self.remote(), &mut self.keys) else { return Ok(()) };
        let protected = keys.out.encrypt_rtp(packet)?;
        socket.send(n, remote, &protected);
        tally.sent += u64::from(tally.counting);
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], partner: Option<&SentFrames>, tally: &mut Tally) {
        tally.received += u64::from(tally.counting);
        let Some(&[_, _, s0, s1, t0, t1, t2, t3]) = bytes.first_chunk() else { return };
        let (sequence, timestamp) =
            (u16::from_be_bytes([s0, s1]), u32::from_be_bytes([t0, t1, t2, t3]));
        let now = tally.begin.elapsed().as_nanos() as u64;
        let (frames, ticks) = (&mut self.received_frames, self.codec.ticks());
        let delay = match (tally.timing, partner) {
            (Timing::Sparse, Some(partner)) => since_latest(partner, now),
            (Timing::Matched, Some(partner)) => frames.delay(timestamp, ticks, partner, now),
            (Timing::Own, _) => Some(frames.lateness(timestamp, ticks, now)),
            _ => None,
        };
        let beyond = delay.map(|delay| frames.beyond_least(delay));
        if let Some(beyond) = beyond.filter(|_| tally.counting) {
            tally.delays.add(beyond);
        }
        if tally.counting {
            self.gaps.note(sequence);
        }
        // The engine may renumber packets, but the marked ones stay 16 apart.
        let position = u64::from(sequence) % SAMPLE;
        let skipped = self.marked.is_some_and(|marked| marked != position)
            || tally.timing != Timing::Marked && position != 0;
        if skipped && self.record.is_none() {
            return;
        }
        let packet = self.keys.as_mut().and_then(|keys| keys.into.decrypt_rtp(bytes).ok());
        let Some(packet) = packet else {
            tally.forged += u64::from(tally.counting);
            return;
        };
        let payload = payload(&packet);
        if let Some(record) = &mut self.record {
            return record.push(Arrived { at: now, timestamp, payload: payload.to_vec() });
        }
        let moment = payload.strip_prefix(&MARK).and_then(|rest| rest.first_chunk());
        self.marked = moment.map(|_| position);
        if let Some(moment) = moment.filter(|_| tally.counting) {
            tally.delays.add(now.saturating_sub(u64::from_be_bytes(*moment)));
        }
    }
}

impl Tally {
    pub(crate) fn new(timing: Timing) -> Self {
        Self {
            delays: Delays::new(),
            sent: 0,
            received: 0,
            forged: 0,
            late: 0,
            counting: false,
            timing,
            begin: Instant::now(),
        }
    }
}

/// CPU time of a process, user and system, in seconds.
fn cpu_seconds(pid: &str) -> Result<f64, Failure> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before it may hold anything; fields 14 and 15 count from the process's number as 1.
    let (_, fields) = stat.rsplit_once(')').ok_or("cannot read /proc")?;
    let ticks: u64 = fields
        .split_ascii_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    Ok(ticks as f64 / 100.0)
}

/// Datagrams that the system dropped because a socket of any process was full.
fn dropped_by_system() -> Result<u64, Failure> {
    let text = fs::read_to_string("/proc/net/snmp")?;
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, values) = lines.next().zip(lines.next()).ok_or("cannot read /proc")?;
    let column = names.split(' ').position(|name| name == "RcvbufErrors").ok_or("no such count")?;
    let value = values.split(' ').nth(column).ok_or("cannot read /proc")?;
    Ok(value.parse()?)
}
