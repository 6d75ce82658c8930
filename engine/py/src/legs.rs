//! What may be asked about legs, the same for real and simulated engines. Negotiation happens here, on
//! the caller's thread, so that an offer never waits for a worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use offhook_core::{
    AudioCodec, Command, Config, Direction, LegId, OfferTerms, PlayId, Repeat, Session, offered,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{no_such_leg, refused};
use crate::source::Source;

/// Keys pressed by one `digits`.
const MOST_DIGITS: usize = 200;

/// The engines that legs live on: threads, or a simulated world.
pub(crate) trait Ground: Send + Sync {
    /// How many places there are to put a leg.
    fn workers(&self) -> usize;
    /// What to make a negotiation with on that worker.
    fn config(&self, worker: usize) -> PyResult<Config>;
    /// Asks that worker for something.
    fn ask(&self, worker: usize, command: Command) -> PyResult<()>;
}

/// A leg as its owner's thread knows it.
struct Entry {
    worker: usize,
    session: Session,
}

#[derive(Default)]
struct Book {
    legs: HashMap<LegId, Entry>,
    last_leg: u64,
    last_play: u64,
}

/// What may be asked about legs, of real and simulated engines alike.
#[pyclass(frozen, subclass, module = "offhook_engine._native")]
pub(crate) struct Legs {
    ground: Arc<dyn Ground>,
    book: Mutex<Book>,
}

impl Legs {
    pub(crate) fn on(ground: Arc<dyn Ground>) -> Self {
        Self { ground, book: Mutex::default() }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self, leg: u64) -> PyResult<usize> {
        Ok(self.book().entry(leg)?.worker)
    }

    fn ask(&self, leg: u64, command: Command) -> PyResult<()> {
        self.ground.ask(self.worker(leg)?, command)
    }

    /// Names what will be played to the leg.
    fn next_play(&self, leg: u64) -> PyResult<(usize, PlayId)> {
        let mut book = self.book();
        let worker = book.entry(leg)?.worker;
        book.last_play += 1;
        Ok((worker, PlayId(book.last_play)))
    }
}

impl Book {
    fn entry(&mut self, leg: u64) -> PyResult<&mut Entry> {
        self.legs.get_mut(&LegId(leg)).ok_or_else(|| no_such_leg(LegId(leg)))
    }
}

#[pymethods]
impl Legs {
    #[pyo3(signature = (worker = 0))]
    fn open(&self, worker: usize) -> PyResult<u64> {
        let workers = self.ground.workers();
        if worker >= workers {
            return Err(PyValueError::new_err(format!(
                "worker must be less than {workers}, not {worker}"
            )));
        }
        let config = self.ground.config(worker)?;
        let mut book = self.book();
        book.last_leg += 1;
        let leg = LegId(book.last_leg);
        book.legs.insert(leg, Entry { worker, session: Session::new(leg, &config) });
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
        let terms = OfferTerms { prefer, direction: direction_named(direction)?, restart };
        let mut book = self.book();
        let entry = book.entry(leg)?;
        let (offer, command) = entry.session.offer(&terms).map_err(refused)?;
        command.map_or(Ok(()), |command| self.ground.ask(entry.worker, command))?;
        Ok(offer)
    }

    #[pyo3(signature = (leg, offer, direction = "sendrecv"))]
    fn answer(&self, leg: u64, offer: &str, direction: &str) -> PyResult<String> {
        let direction = direction_named(direction)?;
        let mut book = self.book();
        let entry = book.entry(leg)?;
        let (answer, command) = entry.session.answer(offer, direction).map_err(refused)?;
        self.ground.ask(entry.worker, command)?;
        Ok(answer)
    }

    fn offered(&self, offer: &str) -> PyResult<Vec<&'static str>> {
        let ice = self.ground.config(0)?.ice;
        let codecs = offered(ice, offer).map_err(refused)?;
        Ok(codecs.into_iter().map(AudioCodec::rtpmap).collect())
    }

    fn accept(&self, leg: u64, answer: &str) -> PyResult<()> {
        let mut book = self.book();
        let entry = book.entry(leg)?;
        let command = entry.session.accept(answer).map_err(refused)?;
        self.ground.ask(entry.worker, command)
    }

    fn withdraw(&self, leg: u64) -> PyResult<()> {
        let mut book = self.book();
        let entry = book.entry(leg)?;
        entry.session.withdraw().map_or(Ok(()), |command| self.ground.ask(entry.worker, command))
    }

    fn codec(&self, leg: u64) -> PyResult<&'static str> {
        Ok(self.book().entry(leg)?.session.codec().map_or("", AudioCodec::rtpmap))
    }

    fn join(&self, a: u64, b: u64) -> PyResult<()> {
        let (worker, other) = (self.worker(a)?, self.worker(b)?);
        if worker != other {
            return Err(PyValueError::new_err(format!(
                "cannot join legs of two workers: {a} is on {worker}, {b} is on {other}"
            )));
        }
        self.ground.ask(worker, Command::Join(LegId(a), LegId(b)))
    }

    fn part(&self, leg: u64) -> PyResult<()> {
        self.ask(leg, Command::Part(LegId(leg)))
    }

    #[pyo3(signature = (leg, source, times = 1))]
    fn play(&self, leg: u64, source: &Source, times: u32) -> PyResult<u64> {
        let (worker, play) = self.next_play(leg)?;
        let repeat = if times == 0 { Repeat::Forever } else { Repeat::Times(times) };
        let command = Command::Play { leg: LegId(leg), play, source: source.0.clone(), repeat };
        self.ground.ask(worker, command)?;
        Ok(play.0)
    }

    fn stop(&self, leg: u64) -> PyResult<()> {
        self.ask(leg, Command::StopPlay(LegId(leg)))
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
        self.ground.ask(worker, Command::SendDigits { leg: LegId(leg), play, digits })?;
        Ok(play.0)
    }

    fn mute(&self, leg: u64, muted: bool) -> PyResult<()> {
        self.ask(leg, Command::Mute { leg: LegId(leg), muted })
    }

    fn report(&self, leg: u64) -> PyResult<()> {
        self.ask(leg, Command::Report(LegId(leg)))
    }

    fn close(&self, leg: u64) -> PyResult<()> {
        let worker = self.worker(leg)?;
        self.book().legs.remove(&LegId(leg));
        self.ground.ask(worker, Command::Close(LegId(leg)))
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
