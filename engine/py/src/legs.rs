//! Operations on legs, the same for real and simulated engines. Negotiation happens here, on the
//! caller's thread, so that an offer never waits for a worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use offhook_core::recorder::{PauseMode, RecordedSource, RecordingSettings};
use offhook_core::{
    AudioCodec, Coached, Command, Config, Detection, Direction, LegId, MixerId, OfferOptions,
    PlayId, RecordCommand, RecordingId, Repeat, Role, Session, offered,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{duration, no_such_leg, refused};
use crate::recording;
use crate::source::Source;

/// Frames of 20 ms in one batch of a tap.
const MAX_TAP_FRAMES: usize = 50;
/// Characters of one `digits`.
const MOST_DIGITS: usize = 200;

/// Where legs run: worker threads, or a simulated world.
pub(crate) trait Backend: Send + Sync {
    /// How many workers there are.
    fn workers(&self) -> usize;
    /// The configuration for negotiations on that worker.
    fn config(&self, worker: usize) -> PyResult<Config>;
    /// Sends a command to that worker.
    fn send(&self, worker: usize, command: Command) -> PyResult<()>;
}

/// A leg as the caller's thread keeps it.
struct Entry {
    worker: usize,
    session: Session,
}

#[derive(Default)]
struct LegRegistry {
    legs: HashMap<LegId, Entry>,
    last_leg: u64,
    last_play: u64,
    last_recording: u64,
    /// Where each recording runs.
    recordings: HashMap<RecordingId, usize>,
}

/// Operations on legs, the same for real and simulated engines.
#[pyclass(frozen, subclass, module = "offhook_engine._native")]
pub(crate) struct Legs {
    backend: Arc<dyn Backend>,
    registry: Mutex<LegRegistry>,
}

impl Legs {
    pub(crate) fn on(backend: Arc<dyn Backend>) -> Self {
        Self { backend, registry: Mutex::default() }
    }

    fn registry(&self) -> MutexGuard<'_, LegRegistry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self, leg: u64) -> PyResult<usize> {
        Ok(self.registry().entry(leg)?.worker)
    }

    fn send(&self, leg: u64, command: Command) -> PyResult<()> {
        self.backend.send(self.worker(leg)?, command)
    }

    /// The leg's worker and the number of its next play.
    fn next_play(&self, leg: u64) -> PyResult<(usize, PlayId)> {
        let mut registry = self.registry();
        let worker = registry.entry(leg)?.worker;
        registry.last_play += 1;
        Ok((worker, PlayId(registry.last_play)))
    }
}

impl Legs {
    fn start_recording(
        &self,
        worker: usize,
        source: RecordedSource,
        name: String,
        settings: RecordingSettings,
    ) -> PyResult<u64> {
        let recording = {
            let mut registry = self.registry();
            registry.last_recording += 1;
            let recording = RecordingId(registry.last_recording);
            registry.recordings.insert(recording, worker);
            recording
        };
        let command = RecordCommand { recording, source, name, settings };
        self.backend.send(worker, Command::Record(Box::new(command)))?;
        Ok(recording.0)
    }

    /// A recording that has ended takes no commands.
    fn send_recording(&self, recording: RecordingId, command: Command) -> PyResult<()> {
        let worker = self.registry().recordings.get(&recording).copied();
        worker.map_or(Ok(()), |worker| self.backend.send(worker, command))
    }
}

impl LegRegistry {
    fn entry(&mut self, leg: u64) -> PyResult<&mut Entry> {
        self.legs.get_mut(&LegId(leg)).ok_or_else(|| no_such_leg(LegId(leg)))
    }
}

#[pymethods]
impl Legs {
    #[pyo3(signature = (worker = 0))]
    fn open(&self, worker: usize) -> PyResult<u64> {
        let workers = self.backend.workers();
        if worker >= workers {
            return Err(PyValueError::new_err(format!(
                "worker must be less than {workers}, not {worker}"
            )));
        }
        let config = self.backend.config(worker)?;
        let mut registry = self.registry();
        registry.last_leg += 1;
        let leg = LegId(registry.last_leg);
        registry.legs.insert(leg, Entry { worker, session: Session::new(leg, &config) });
        Ok(leg.0)
    }

    #[pyo3(signature = (leg, prefer = Vec::new(), direction = "sendrecv", restart = false))]
    #[allow(clippy::needless_pass_by_value, reason = "extracted from Python as an owned list")]
    fn offer(
        &self,
        leg: u64,
        prefer: Vec<String>,
        direction: &str,
        restart: bool,
    ) -> PyResult<String> {
        let prefer = prefer.iter().map(|name| codec_named(name)).collect::<PyResult<_>>()?;
        let terms = OfferOptions { prefer, direction: direction_named(direction)?, restart };
        let mut registry = self.registry();
        let entry = registry.entry(leg)?;
        let (offer, command) = entry.session.offer(&terms).map_err(refused)?;
        command.map_or(Ok(()), |command| self.backend.send(entry.worker, command))?;
        Ok(offer)
    }

    #[pyo3(signature = (leg, offer, direction = "sendrecv"))]
    fn answer(&self, leg: u64, offer: &str, direction: &str) -> PyResult<String> {
        let direction = direction_named(direction)?;
        let mut registry = self.registry();
        let entry = registry.entry(leg)?;
        let (answer, command) = entry.session.answer(offer, direction).map_err(refused)?;
        self.backend.send(entry.worker, command)?;
        Ok(answer)
    }

    fn offered(&self, offer: &str) -> PyResult<Vec<&'static str>> {
        let ice = self.backend.config(0)?.ice;
        let codecs = offered(ice, offer).map_err(refused)?;
        Ok(codecs.into_iter().map(AudioCodec::rtpmap).collect())
    }

    fn accept(&self, leg: u64, answer: &str) -> PyResult<()> {
        let mut registry = self.registry();
        let entry = registry.entry(leg)?;
        let command = entry.session.accept(answer).map_err(refused)?;
        self.backend.send(entry.worker, command)
    }

    fn withdraw(&self, leg: u64) -> PyResult<()> {
        let mut registry = self.registry();
        let entry = registry.entry(leg)?;
        entry.session.withdraw().map_or(Ok(()), |command| self.backend.send(entry.worker, command))
    }

    fn codec(&self, leg: u64) -> PyResult<&'static str> {
        Ok(self.registry().entry(leg)?.session.codec().map_or("", AudioCodec::rtpmap))
    }

    fn bridge(&self, a: u64, b: u64) -> PyResult<()> {
        let (worker, other) = (self.worker(a)?, self.worker(b)?);
        if worker != other {
            return Err(PyValueError::new_err(format!(
                "cannot bridge legs of two workers: {a} is on {worker}, {b} is on {other}"
            )));
        }
        self.backend.send(worker, Command::Bridge(LegId(a), LegId(b)))
    }

    #[pyo3(signature = (
        mixer,
        leg,
        *,
        muted = false,
        deaf = false,
        held = false,
        coaches = None,
        coaches_agents = false,
        agent = false,
        speakers = 3,
    ))]
    #[allow(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keywords in Python"
    )]
    fn join(
        &self,
        mixer: u64,
        leg: u64,
        muted: bool,
        deaf: bool,
        held: bool,
        coaches: Option<u64>,
        coaches_agents: bool,
        agent: bool,
        speakers: usize,
    ) -> PyResult<()> {
        let member = coaches.map(|leg| Coached::Member(LegId(leg)));
        let coaches = if coaches_agents { Some(Coached::Agents) } else { member };
        let role = Role { muted, deaf, held, coaches, agent };
        self.send(leg, Command::Join { mixer: MixerId(mixer), leg: LegId(leg), role, speakers })
    }

    fn leave(&self, leg: u64) -> PyResult<()> {
        self.send(leg, Command::Leave(LegId(leg)))
    }

    fn link(&self, mixer: u64, worker: usize, others: Vec<usize>) -> PyResult<()> {
        self.backend.send(worker, Command::Link { mixer: MixerId(mixer), workers: others })
    }

    #[pyo3(signature = (mixer, worker, source, times = 1))]
    fn play_to_members(
        &self,
        mixer: u64,
        worker: usize,
        source: &Source,
        times: u32,
    ) -> PyResult<u64> {
        let play = {
            let mut registry = self.registry();
            registry.last_play += 1;
            PlayId(registry.last_play)
        };
        let repeat = if times == 0 { Repeat::Forever } else { Repeat::Times(times) };
        let (mixer, source) = (MixerId(mixer), source.0.clone());
        self.backend.send(worker, Command::PlayToMembers { mixer, play, source, repeat })?;
        Ok(play.0)
    }

    fn stop_to_members(&self, mixer: u64, worker: usize, play: u64) -> PyResult<()> {
        self.backend.send(worker, Command::StopPlayToMembers(MixerId(mixer), PlayId(play)))
    }

    fn unbridge(&self, leg: u64) -> PyResult<()> {
        self.send(leg, Command::Unbridge(LegId(leg)))
    }

    #[pyo3(signature = (leg, source, times = 1, stop_on_digit = false))]
    fn play(&self, leg: u64, source: &Source, times: u32, stop_on_digit: bool) -> PyResult<u64> {
        let (worker, play) = self.next_play(leg)?;
        let repeat = if times == 0 { Repeat::Forever } else { Repeat::Times(times) };
        let (leg, source) = (LegId(leg), source.0.clone());
        let command = Command::Play { leg, play, source, repeat, stop_on_digit };
        self.backend.send(worker, command)?;
        Ok(play.0)
    }

    fn stop(&self, leg: u64) -> PyResult<()> {
        self.send(leg, Command::StopPlay(LegId(leg)))
    }

    fn digits(&self, leg: u64, digits: &str) -> PyResult<u64> {
        let wrong = |c: &char| !matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | 'w' | 'W');
        if let Some(wrong) = digits.chars().find(wrong) {
            return Err(PyValueError::new_err(format!(
                "digits must be of 0-9 * # A-D w W, not {wrong:?}"
            )));
        }
        if !(1..=MOST_DIGITS).contains(&digits.len()) {
            let count = digits.len();
            return Err(PyValueError::new_err(format!(
                "digits must be 1 to {MOST_DIGITS}, not {count}"
            )));
        }
        let (worker, play) = self.next_play(leg)?;
        let digits = digits.to_owned();
        self.backend.send(worker, Command::SendDigits { leg: LegId(leg), play, digits })?;
        Ok(play.0)
    }

    fn mute(&self, leg: u64, muted: bool) -> PyResult<()> {
        self.send(leg, Command::Mute { leg: LegId(leg), muted })
    }

    #[pyo3(signature = (leg, frames = 5))]
    fn tap(&self, leg: u64, frames: usize) -> PyResult<()> {
        if !(1..=MAX_TAP_FRAMES).contains(&frames) {
            return Err(PyValueError::new_err(format!(
                "frames must be 1 to {MAX_TAP_FRAMES}, not {frames}"
            )));
        }
        self.send(leg, Command::Tap { leg: LegId(leg), frames })
    }

    fn untap(&self, leg: u64) -> PyResult<()> {
        self.send(leg, Command::Untap(LegId(leg)))
    }

    #[pyo3(signature = (leg, *, digits = false, beep = false, silence_s = None))]
    fn detect(&self, leg: u64, digits: bool, beep: bool, silence_s: Option<f64>) -> PyResult<()> {
        let silence = silence_s.map(|length| duration("silence_s", length)).transpose()?;
        let wanted = Detection { digits, beep, silence };
        self.send(leg, Command::Detect { leg: LegId(leg), wanted })
    }

    #[pyo3(signature = (
        leg,
        path,
        *,
        tracks = "inbound",
        dual = false,
        rate_hz = 8_000,
        most_s = 3_600.0,
        silence_s = None,
        trim = false,
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn record(
        &self,
        leg: u64,
        path: String,
        tracks: &str,
        dual: bool,
        rate_hz: u32,
        most_s: f64,
        silence_s: Option<f64>,
        trim: bool,
    ) -> PyResult<u64> {
        let tracks = recording::tracks_named(tracks)?;
        let settings = recording::settings(dual, rate_hz, most_s, silence_s, trim)?;
        let source = RecordedSource::Leg(LegId(leg), tracks);
        self.start_recording(self.worker(leg)?, source, path, settings)
    }

    #[pyo3(signature = (mixer, worker, path, *, rate_hz = 16_000, most_s = 3_600.0, trim = false))]
    fn record_mixer(
        &self,
        mixer: u64,
        worker: usize,
        path: String,
        rate_hz: u32,
        most_s: f64,
        trim: bool,
    ) -> PyResult<u64> {
        let settings = recording::settings(false, rate_hz, most_s, None, trim)?;
        self.start_recording(worker, RecordedSource::Conference(MixerId(mixer)), path, settings)
    }

    #[pyo3(signature = (recording, cut_s = 0.0))]
    fn stop_recording(&self, recording: u64, cut_s: f64) -> PyResult<()> {
        let (recording, cut) = (RecordingId(recording), duration("cut_s", cut_s)?);
        self.send_recording(recording, Command::StopRecording { recording, cut })
    }

    #[pyo3(signature = (recording, skip = false))]
    fn pause_recording(&self, recording: u64, skip: bool) -> PyResult<()> {
        let recording = RecordingId(recording);
        let mode = if skip { PauseMode::Skip } else { PauseMode::Silence };
        self.send_recording(recording, Command::PauseRecording(recording, mode))
    }

    fn resume_recording(&self, recording: u64) -> PyResult<()> {
        let recording = RecordingId(recording);
        self.send_recording(recording, Command::ResumeRecording(recording))
    }

    fn forget_recording(&self, recording: u64) {
        self.registry().recordings.remove(&RecordingId(recording));
    }

    fn report(&self, leg: u64) -> PyResult<()> {
        self.send(leg, Command::Report(LegId(leg)))
    }

    fn close(&self, leg: u64) -> PyResult<()> {
        let worker = self.worker(leg)?;
        self.registry().legs.remove(&LegId(leg));
        self.backend.send(worker, Command::Close(LegId(leg)))
    }
}

/// A codec by its name, as `opus` or as [`Legs::codec`] says it, `opus/48000/2`.
fn codec_named(name: &str) -> PyResult<AudioCodec> {
    let encoding = name.split_once('/').map_or(name, |(encoding, _)| encoding);
    AudioCodec::from_name(encoding).ok_or_else(|| {
        PyValueError::new_err(format!("prefer must be of opus, PCMU and PCMA, not {name:?}"))
    })
}

fn direction_named(word: &str) -> PyResult<Direction> {
    Direction::from_word(word).ok_or_else(|| {
        PyValueError::new_err(format!(
            "direction must be sendrecv, sendonly, recvonly or inactive, not {word:?}"
        ))
    })
}
