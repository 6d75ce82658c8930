//! Sound both ways for a while, and what became of it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Failure;
use crate::delays::Delays;
use crate::party::{Parties, Party};
use crate::socket::Socket;
use crate::speech::{Codec, Talk};
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
/// RTP's fixed header, and what marks a payload that carries the moment it was sent.
const HEADER: usize = 12;
const MARK: [u8; 4] = *b"tick";

/// What to measure.
pub(crate) struct Run {
    pub(crate) length: Duration,
    pub(crate) warm: Duration,
    /// The engine's process.
    pub(crate) pid: u64,
    pub(crate) marked: bool,
    pub(crate) talk: Talk,
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
    /// Packets arrive as they were sent, so that the moment can be read that some of them carry.
    timed: bool,
    /// Silence is left out.
    sparse: bool,
    begin: Instant,
}

/// What the parties say, by codec.
pub(crate) struct Frames {
    pub(crate) opus: Vec<Vec<u8>>,
    pub(crate) pcmu: Vec<Vec<u8>>,
    /// How many frames later each party begins than the one before it.
    pub(crate) stagger: usize,
}

impl Parties {
    /// Sound for a while, then with everything counted.
    pub(crate) fn run(&mut self, run: &Run) -> Result<Value, Failure> {
        let Run { length, warm, pid, marked, talk } = *run;
        let (opus, pcmu) = (Codec::Opus.frames(talk)?, Codec::Pcmu.frames(talk)?);
        let frames = Frames { opus, pcmu, stagger: 37 };
        let mut tally = Tally::new(marked);
        tally.sparse = talk == Talk::Conversation;
        self.send_all(warm, &frames, &mut tally)?;
        tally.counting = true;
        let (unsent, dropped) = (self.socket.unsent, dropped_by_system()?);
        let pid = pid.to_string();
        let (own, cpu, begin) = (cpu_seconds("self")?, cpu_seconds(&pid)?, Instant::now());
        self.send_all(length, &frames, &mut tally)?;
        let (cpu, wall) = (cpu_seconds(&pid)? - cpu, begin.elapsed().as_secs_f64());
        let own = cpu_seconds("self")? - own;
        self.receive_for(REST, &mut tally)?;
        let mut held: Vec<_> =
            self.all.iter().filter_map(|party| party.received_frames.least()).collect();
        held.sort_unstable();
        let held = held.get(held.len() / 2).map(|nanos| *nanos as f64 / 1e6);
        Ok(json!({
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
        frames: &Frames,
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
                party.send(n, frames, tally, &mut self.socket)?;
                if (slot / SLOTS + n).is_multiple_of(CONSENT / SLOTS) {
                    party.check(n, &mut self.socket)?;
                }
                if position % TOGETHER == TOGETHER - 1 {
                    self.socket.flush();
                }
            }
            self.socket.flush();
            self.receive(tally)?;
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
                // Parties are made two a call.
                if let Ok([party, partner]) = all.get_disjoint_mut([n, n ^ 1]) {
                    party.receive(bytes, &partner.sent_frames, tally);
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
        frames: &Frames,
        tally: &mut Tally,
        socket: &mut Socket,
    ) -> Result<(), Failure> {
        let (Some(remote), Some(keys)) = (self.remote(), &mut self.keys) else { return Ok(()) };
        let stagger = frames.stagger;
        let frames = if self.codec == Codec::Opus { &frames.opus } else { &frames.pcmu };
        let turn = self.sent_frames.count() as usize + n * stagger;
        let frame = frames.get(turn % frames.len()).ok_or("no sound")?;
        self.sent_frames.note(tally.begin.elapsed().as_nanos() as u64);
        self.timestamp = self.timestamp.wrapping_add(self.codec.ticks());
        if frame.is_empty() {
            return Ok(());
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.sent += 1;
        let mut packet = [0; 1_200];
        let head = [0x80, self.codec.payload_type()]
            .into_iter()
            .chain(self.sequence.to_be_bytes())
            .chain(self.timestamp.to_be_bytes())
            .chain(self.ssrc.to_be_bytes());
        packet.iter_mut().zip(head.chain(frame.iter().copied())).for_each(|(to, from)| *to = from);
        if tally.timed && self.sent.is_multiple_of(SAMPLE) {
            let moment = (tally.begin.elapsed().as_nanos() as u64).to_be_bytes();
            let stamp = MARK.into_iter().chain(moment);
            packet.iter_mut().skip(HEADER).zip(stamp).for_each(|(to, from)| *to = from);
        }
        let packet = packet.get(..HEADER + frame.len()).unwrap_or_default();
        let protected = keys.out.encrypt_rtp(packet)?;
        socket.send(n, remote, &protected);
        tally.sent += u64::from(tally.counting);
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], partner: &SentFrames, tally: &mut Tally) {
        tally.received += u64::from(tally.counting);
        let Some(&[_, _, s0, s1, t0, t1, t2, t3]) = bytes.first_chunk() else { return };
        let (sequence, timestamp) =
            (u16::from_be_bytes([s0, s1]), u32::from_be_bytes([t0, t1, t2, t3]));
        if !tally.timed {
            let now = tally.begin.elapsed().as_nanos() as u64;
            let delay = if tally.sparse {
                since_latest(partner, now)
            } else {
                self.received_frames.delay(timestamp, self.codec.ticks(), partner, now)
            };
            let beyond = delay.map(|delay| self.received_frames.beyond_least(delay));
            if let Some(beyond) = beyond.filter(|_| tally.counting) {
                tally.delays.add(beyond);
            }
        }
        if tally.counting {
            self.gaps.note(sequence);
        }
        // The engine may renumber packets, but the marked ones stay 16 apart.
        let position = u64::from(sequence) % SAMPLE;
        let skipped =
            self.marked.is_some_and(|marked| marked != position) || !tally.timed && position != 0;
        if skipped && self.record.is_none() {
            return;
        }
        let now = tally.begin.elapsed().as_nanos() as u64;
        let packet = self.keys.as_mut().and_then(|keys| keys.into.decrypt_rtp(bytes).ok());
        let Some(packet) = packet else {
            tally.forged += u64::from(tally.counting);
            return;
        };
        let payload = packet.get(HEADER..).unwrap_or_default();
        if let Some(record) = &mut self.record {
            return record.push((timestamp, payload.to_vec()));
        }
        let moment = payload.strip_prefix(&MARK).and_then(|rest| rest.first_chunk());
        self.marked = moment.map(|_| position);
        if let Some(moment) = moment.filter(|_| tally.counting) {
            tally.delays.add(now.saturating_sub(u64::from_be_bytes(*moment)));
        }
    }
}

impl Tally {
    pub(crate) fn new(timed: bool) -> Self {
        Self {
            delays: Delays::new(),
            sent: 0,
            received: 0,
            forged: 0,
            late: 0,
            counting: false,
            timed,
            sparse: false,
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
