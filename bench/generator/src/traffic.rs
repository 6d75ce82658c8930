//! Sound both ways for a while, and what became of it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Failure;
use crate::delays::Delays;
use crate::party::{Parties, Party};
use crate::socket::Socket;
use crate::sound::Codec;

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
/// RTP's fixed header, and what marks a payload that carries the moment it was sent.
const HEADER: usize = 12;
const MARK: [u8; 4] = *b"tick";

/// What one `run` saw.
struct Tally {
    delays: Delays,
    sent: u64,
    received: u64,
    /// Sampled packets that did not authenticate.
    forged: u64,
    /// Slots begun more than 20 ms late: the generator itself was too slow.
    late: u64,
    counting: bool,
    /// Packets arrive as they were sent, so that their delay can be read.
    timed: bool,
    begin: Instant,
}

/// What the parties say, by codec.
struct Frames {
    opus: Vec<Vec<u8>>,
    pcmu: Vec<Vec<u8>>,
}

impl Parties {
    /// Sound for `warm`, then for `length` with everything counted.
    pub(crate) fn run(
        &mut self,
        length: Duration,
        warm: Duration,
        pid: u64,
        timed: bool,
    ) -> Result<Value, Failure> {
        let frames = Frames { opus: Codec::Opus.frames()?, pcmu: Codec::Pcmu.frames()? };
        let mut tally = Tally::new(timed);
        self.send_all(warm, &frames, &mut tally)?;
        tally.counting = true;
        let unsent = self.socket.unsent;
        let (own, cpu, begin) =
            (cpu_seconds("self")?, cpu_seconds(&pid.to_string())?, Instant::now());
        self.send_all(length, &frames, &mut tally)?;
        let (cpu, wall) = (cpu_seconds(&pid.to_string())? - cpu, begin.elapsed().as_secs_f64());
        let own = cpu_seconds("self")? - own;
        // What is still in the engine arrives now.
        let rest = Instant::now();
        while rest.elapsed() < Duration::from_millis(200) {
            self.receive(&mut tally)?;
            self.socket.rest(SLOT);
        }
        Ok(json!({
            "sent": tally.sent,
            "received": tally.received,
            "unsent": self.socket.unsent - unsent,
            "forged": tally.forged,
            "late_slots": tally.late,
            "cpu_s": cpu,
            "own_cpu_s": own,
            "wall_s": wall,
            "delay_p50_ms": tally.delays.quantile_ms(0.5),
            "delay_p99_ms": tally.delays.quantile_ms(0.99),
        }))
    }

    fn send_all(
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
        let count = self.socket.receive(|n, bytes| {
            let Some(party) = all.get_mut(n) else { return };
            match bytes.first() {
                Some(0..=3) => checks.push((n, bytes.to_vec())),
                // RTP; the types 64 to 95 are RTCP's (RFC 5761 §4).
                Some(128..=191) if bytes.get(1).is_some_and(|two| !(192..=223).contains(two)) => {
                    party.receive(bytes, tally);
                }
                _ => {}
            }
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
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.codec.ticks());
        self.sent += 1;
        let frames = if self.codec == Codec::Opus { &frames.opus } else { &frames.pcmu };
        let frame = frames.get((self.sent as usize + n * 37) % frames.len()).ok_or("no sound")?;
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

    fn receive(&mut self, bytes: &[u8], tally: &mut Tally) {
        tally.received += u64::from(tally.counting);
        let Some(two) = bytes.get(2..4).and_then(|two| <[u8; 2]>::try_from(two).ok()) else {
            return;
        };
        // The engine may renumber packets, but the marked ones stay 16 apart.
        let position = u64::from(u16::from_be_bytes(two)) % SAMPLE;
        if self.marked.is_some_and(|marked| marked != position) || !tally.timed && position != 0 {
            return;
        }
        let now = tally.begin.elapsed().as_nanos() as u64;
        let packet = self.keys.as_mut().and_then(|keys| keys.into.decrypt_rtp(bytes).ok());
        let Some(packet) = packet else {
            tally.forged += u64::from(tally.counting);
            return;
        };
        let payload = packet.get(HEADER..).unwrap_or_default();
        let moment = payload.strip_prefix(&MARK).and_then(|rest| rest.first_chunk());
        self.marked = moment.map(|_| position);
        if let Some(moment) = moment.filter(|_| tally.counting) {
            tally.delays.add(now.saturating_sub(u64::from_be_bytes(*moment)));
        }
    }
}

impl Tally {
    fn new(timed: bool) -> Self {
        Self {
            delays: Delays::new(),
            sent: 0,
            received: 0,
            forged: 0,
            late: 0,
            counting: false,
            timed,
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
