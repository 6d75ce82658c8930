//! Encoded packets, shared by all who hear the same sound: a prompt is encoded once for all listeners, whenever
//! each of them begins.
//!
//! A decoder takes what its encoder makes from the first packet on; so each listener gets all packets from the first
//! one on, and it does not matter to any of them when they were made. A sound that is repeated is encoded twice, one
//! time right after the other; from then on the second time is repeated, whose begin follows on its end.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::encoded::Encoded;
use super::{FRAMES_A_SECOND, PlayError};
use crate::codec::{Complexity, OpusSettings};
use crate::{AudioCodec, Cadence, Repeat, Source};

/// Octets that are kept.
const CAPACITY: usize = 16 << 20;
/// The largest packet.
const MAX_PACKET: usize = 1_275;
/// What a packet takes beside its payload.
const OVERHEAD: usize = size_of::<u32>();
/// Opus spends more than its mean on what is loud and changes.
const SPARE: (usize, usize) = (5, 4);
/// What a frequency may miss of whole periods, in periods, to be the same each time.
const SAME_PHASE: f64 = 1e-3;

/// The packets that one worker has encoded. Clones are the same cache.
#[derive(Debug, Clone)]
pub struct PacketCache(Arc<Mutex<Entries>>);

/// Whose packets are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    content: Content,
    codec: AudioCodec,
    /// Of Opus: bits a second, and whether there is FEC.
    opus: Option<(u32, bool)>,
    /// The end of what is heard once is filled up with silence.
    repeated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Content {
    Samples([u8; 32]),
    /// Both frequencies and the level as bits.
    Tones(Vec<([u32; 3], Duration)>),
    Silence(Duration),
}

#[derive(Debug)]
struct Entries {
    capacity: usize,
    kept: HashMap<Key, Kept>,
    /// Octets that all of them may take.
    reserved: usize,
    /// Counts what was asked for.
    clock: u64,
}

#[derive(Debug)]
struct Kept {
    packets: Arc<Mutex<Packets>>,
    reserved: usize,
    /// When it was asked for last.
    used: u64,
}

/// The packets of one sound, as far as anybody has heard it.
#[derive(Debug)]
struct Packets {
    /// Until all is encoded.
    source: Option<Encoded>,
    octets: Vec<u8>,
    ends: Vec<usize>,
}

/// One listener's way through shared packets.
#[derive(Debug)]
pub(super) struct Track {
    packets: Arc<Mutex<Packets>>,
    at: usize,
    /// Packets of one pass, if there are several.
    pass: Option<usize>,
    /// Packets in all, if it does not go on for ever; otherwise the packets say when they are over.
    end: Option<usize>,
}

impl Default for PacketCache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl PacketCache {
    /// One that keeps about that many octets.
    pub fn with_capacity(capacity: usize) -> Self {
        let entries = Entries { capacity, kept: HashMap::new(), reserved: 0, clock: 0 };
        Self(Arc::new(Mutex::new(entries)))
    }

    /// The packets of all who play the same; nothing where it is too long to be kept, or is repeated and does not end
    /// with a packet.
    ///
    /// # Errors
    /// As [`Encoded::open`].
    pub(super) fn track(
        &self,
        source: &Source,
        repeat: Repeat,
        codec: AudioCodec,
        settings: OpusSettings,
    ) -> Result<Option<Track>, PlayError> {
        let Some((pass, end, most)) = extent(source, repeat) else { return Ok(None) };
        let opus = (codec == AudioCodec::Opus).then_some((settings.bit_rate, settings.fec));
        let key = Key { content: Content::of(source), codec, opus, repeated: pass.is_some() };
        let reserved = most.saturating_mul(size(codec, settings));
        let open = || {
            let repeat = if pass.is_some() { Repeat::Forever } else { repeat };
            Encoded::open(source, repeat, codec, settings)
        };
        let packets = lock(&self.0).take(key, reserved, open)?;
        Ok(packets.map(|packets| Track { packets, at: 0, pass, end }))
    }

    /// Packets that are kept.
    #[cfg(test)]
    pub(crate) fn packets(&self) -> usize {
        lock(&self.0).kept.values().map(|kept| lock(&kept.packets).ends.len()).sum()
    }
}

impl Entries {
    /// The packets under that key, begun if they are not there; nothing if there is no space for them.
    fn take(
        &mut self,
        key: Key,
        reserved: usize,
        open: impl FnOnce() -> Result<Encoded, PlayError>,
    ) -> Result<Option<Arc<Mutex<Packets>>>, PlayError> {
        self.clock += 1;
        if let Some(kept) = self.kept.get_mut(&key) {
            kept.used = self.clock;
            return Ok(Some(Arc::clone(&kept.packets)));
        }
        if !self.make_space(reserved) {
            return Ok(None);
        }
        let packets = Packets { source: Some(open()?), octets: Vec::new(), ends: Vec::new() };
        let packets = Arc::new(Mutex::new(packets));
        self.reserved += reserved;
        let kept = Kept { packets: Arc::clone(&packets), reserved, used: self.clock };
        self.kept.insert(key, kept);
        Ok(Some(packets))
    }

    /// Forget what no leg plays now, the longest unused first, until there is space for so many octets.
    fn make_space(&mut self, wanted: usize) -> bool {
        if wanted > self.capacity {
            return false;
        }
        while self.reserved + wanted > self.capacity {
            let idle = self.kept.iter().filter(|(_, kept)| Arc::strong_count(&kept.packets) == 1);
            let oldest = idle.min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| self.kept.remove(&key)) else { return false };
            self.reserved -= gone.reserved;
        }
        true
    }
}

impl Packets {
    /// Copy packet `n`, which is one that was asked for before or the one after those; its octets. Nothing when it is
    /// over.
    fn copy(
        &mut self,
        n: usize,
        last: Option<usize>,
        complexity: Complexity,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, PlayError> {
        if n >= self.ends.len() {
            let Some(source) = &mut self.source else { return Ok(None) };
            source.set_complexity(complexity);
            let mut packet = [0; MAX_PACKET];
            let Some(length) = source.next(&mut packet)? else {
                self.finish();
                return Ok(None);
            };
            self.octets.extend_from_slice(packet.get(..length).unwrap_or_default());
            self.ends.push(self.octets.len());
            if last == Some(n) {
                self.finish();
            }
        }
        let begin = n.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(n).copied().unwrap_or(begin);
        let packet = self.octets.get(begin..end).unwrap_or_default();
        Ok(Some(buffer.iter_mut().zip(packet).map(|(to, from)| *to = *from).count()))
    }

    /// All is encoded.
    fn finish(&mut self) {
        self.source = None;
        self.octets.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl Track {
    /// The next packet, written into `buffer`. Nothing when it is over.
    pub(super) fn next(
        &mut self,
        complexity: Complexity,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, PlayError> {
        if self.end.is_some_and(|end| self.at >= end) {
            return Ok(None);
        }
        let n = match self.pass {
            // The second pass is that of all later ones.
            Some(pass) if self.at >= 2 * pass => pass + self.at % pass,
            _ => self.at,
        };
        let last = self.pass.map(|pass| 2 * pass - 1);
        self.at += 1;
        lock(&self.packets).copy(n, last, complexity, buffer)
    }
}

impl Content {
    fn of(source: &Source) -> Self {
        match source {
            Source::Samples(samples) => Self::Samples(*samples.digest()),
            Source::Silence(length) => Self::Silence(*length),
            Source::Tones(Cadence(tones)) => {
                let bits = tones.iter().map(|tone| {
                    let [first, second] = tone.hz.map(f32::to_bits);
                    ([first, second, tone.level_dbm0.to_bits()], tone.length)
                });
                Self::Tones(bits.collect())
            }
        }
    }
}

/// Packets of one pass if there are several, packets in all if they are known, and the most that are kept. Nothing
/// where packets cannot be shared: where each pass begins within a packet, or with another phase.
fn extent(source: &Source, repeat: Repeat) -> Option<(Option<usize>, Option<usize>, usize)> {
    // In units of which each second has that many.
    let (length, rate) = match source {
        Source::Samples(samples) => (samples.len() as u64, u64::from(samples.rate_hz())),
        Source::Silence(length) => (length.as_millis() as u64, 1_000),
        Source::Tones(Cadence(tones)) => {
            let length: Duration = tones.iter().map(|tone| tone.length).sum();
            (length.as_millis() as u64, 1_000)
        }
    };
    if length == 0 || rate == 0 {
        return None;
    }
    let scaled = length * u64::from(FRAMES_A_SECOND);
    if repeat == Repeat::Times(1) || repeat == Repeat::Times(0) {
        return Some((None, None, scaled.div_ceil(rate) as usize + 1));
    }
    if !scaled.is_multiple_of(rate) || !is_same_each_time(source) {
        return None;
    }
    let pass = (scaled / rate) as usize;
    let end = match repeat {
        Repeat::Times(times) => Some(pass.saturating_mul(times as usize)),
        Repeat::Forever => None,
    };
    Some((Some(pass), end, 2 * pass))
}

/// Whether each pass is like the one before: the phase of tones goes on from pass to pass.
fn is_same_each_time(source: &Source) -> bool {
    let Source::Tones(Cadence(tones)) = source else { return true };
    let pass: Duration = tones.iter().map(|tone| tone.length).sum();
    let is_whole = |hz: f32| {
        let periods = f64::from(hz) * pass.as_secs_f64();
        (periods - periods.round()).abs() < SAME_PHASE
    };
    tones.iter().all(|tone| tone.length.subsec_nanos().is_multiple_of(1_000_000))
        && tones.iter().flat_map(|tone| tone.hz).all(is_whole)
}

/// Octets that a packet takes on average, at most.
fn size(codec: AudioCodec, settings: OpusSettings) -> usize {
    let payload = match codec {
        AudioCodec::Opus => (settings.bit_rate / 8 / FRAMES_A_SECOND) as usize * SPARE.0 / SPARE.1,
        AudioCodec::Pcmu | AudioCodec::Pcma => (codec.clock_hz() / FRAMES_A_SECOND) as usize,
    };
    payload + 2 * OVERHEAD
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // After a panic the packets are those that were complete.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
