//! Simulated engines, for Python.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use offhook_core::{Command, Config, Event, IceMode, LegId, Time};
use offhook_netem::{Burst, Host, HostId, Path, World as Simulation};
use offhook_shell::{Counts, RecordingFiles, Stopped};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::errors::{self, address, duration, not_added, share, stopped};
use crate::events;
use crate::legs::{Backend, Legs};

type Shared = Arc<Mutex<Simulation>>;

fn locked(shared: &Shared) -> MutexGuard<'_, Simulation> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The latest moment that is so far into a second of the date. A DTLS hello names its second
/// (RFC 5246 §7.4.1.2): which hellos of a simulation name the same one must not depend on when it runs.
fn at_fixed_part_of_second() -> Instant {
    const PART: Duration = Duration::from_millis(377);
    const SECOND: u32 = 1_000_000_000;
    let (now, date) = (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH));
    let past = (date.unwrap_or_default().subsec_nanos() + SECOND - PART.subsec_nanos()) % SECOND;
    now.checked_sub(Duration::from_nanos(u64::from(past))).unwrap_or(now)
}

/// One host's engine: all commands go to it, at the world's time.
struct OneHost {
    world: Shared,
    host: HostId,
}

impl Backend for OneHost {
    fn workers(&self) -> usize {
        1
    }

    fn config(&self, _worker: usize) -> PyResult<Config> {
        locked(&self.world).config(self.host).cloned().ok_or_else(|| stopped(Stopped))
    }

    fn send(&self, _worker: usize, command: Command) -> PyResult<()> {
        locked(&self.world).send(self.host, command);
        Ok(())
    }
}

/// Whole engines joined by a virtual network, in virtual time.
#[pyclass(frozen, module = "offhook_engine._native")]
pub(crate) struct World(Shared);

#[pymethods]
impl World {
    #[new]
    #[pyo3(signature = (seed = 0))]
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Simulation::new(seed, at_fixed_part_of_second()))))
    }

    #[getter]
    fn now(&self) -> f64 {
        events::seconds(locked(&self.0).now())
    }

    #[pyo3(signature = (address, *, lite, media_lost_s = 5.0, tcp = false, capture_s = None, complexity = None))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn engine(
        &self,
        py: Python<'_>,
        address: &str,
        lite: bool,
        media_lost_s: f64,
        tcp: bool,
        capture_s: Option<f64>,
        complexity: Option<u8>,
    ) -> PyResult<Py<SimEngine>> {
        let capture = capture_s.unwrap_or(if lite { 0.0 } else { 10.0 });
        let host = Host {
            ip: errors::address("address", address)?,
            ice: if lite { IceMode::Lite } else { IceMode::Full },
            media_lost: duration("media_lost_s", media_lost_s)?,
            tcp,
            capture: duration("capture_s", capture)?,
            complexity: complexity.map(errors::complexity).transpose()?.unwrap_or_default(),
        };
        let host = locked(&self.0).add(host).map_err(|error| not_added(&error))?;
        let backend = OneHost { world: Arc::clone(&self.0), host };
        let engine = SimEngine { world: Arc::clone(&self.0), host, files: Mutex::default() };
        let legs = Legs::on(Arc::new(backend));
        Py::new(py, PyClassInitializer::from(legs).add_subclass(engine))
    }

    #[pyo3(signature = (
        source,
        destination,
        *,
        loss = 0.0,
        burst = None,
        delay_ms = 10.0,
        jitter_ms = 0.0,
        reorder = 0.0,
        duplicate = 0.0,
        blocked = false,
        rate_kbps = None,
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn path(
        &self,
        source: &str,
        destination: &str,
        loss: f64,
        burst: Option<(f64, f64, f64)>,
        delay_ms: f64,
        jitter_ms: f64,
        reorder: f64,
        duplicate: f64,
        blocked: bool,
        rate_kbps: Option<f64>,
    ) -> PyResult<()> {
        let path = Path {
            loss: share("loss", loss)?,
            burst: burst.map(gilbert_elliott).transpose()?,
            delay: duration("delay_ms", delay_ms)? / 1_000,
            jitter: duration("jitter_ms", jitter_ms)? / 1_000,
            reorder: share("reorder", reorder)?,
            duplicate: share("duplicate", duplicate)?,
            blocked,
            rate_bps: rate_kbps.map(rate).transpose()?,
        };
        let (source, destination) =
            (address("source", source)?, address("destination", destination)?);
        locked(&self.0).path(source, destination, path);
        Ok(())
    }

    fn rebind(&self, host: &str) -> PyResult<()> {
        locked(&self.0).rebind(address("host", host)?);
        Ok(())
    }

    fn wake(&self) -> Option<f64> {
        locked(&self.0).wake().map(events::seconds)
    }

    fn advance(&self, py: Python<'_>, until: f64) -> PyResult<bool> {
        let until = Time::ZERO + duration("until", until)?;
        Ok(py.detach(|| locked(&self.0).advance(until)))
    }
}

fn gilbert_elliott((enter, leave, loss): (f64, f64, f64)) -> PyResult<Burst> {
    Ok(Burst {
        enter: share("burst's first", enter)?,
        leave: share("burst's second", leave)?,
        loss: share("burst's third", loss)?,
    })
}

fn rate(kbps: f64) -> PyResult<u64> {
    if (1.0..=10_000_000.0).contains(&kbps) {
        return Ok((kbps * 1_000.0) as u64);
    }
    Err(PyValueError::new_err(format!("rate_kbps must be 1 to 10000000, not {kbps}")))
}

/// One engine of a `World`.
#[pyclass(extends = Legs, frozen, module = "offhook_engine._native")]
pub(crate) struct SimEngine {
    world: Shared,
    host: HostId,
    /// Real files: their owner is not simulated.
    files: Mutex<RecordingFiles>,
}

#[pymethods]
impl SimEngine {
    #[getter]
    #[allow(clippy::unused_self, reason = "an attribute of the real engine too")]
    fn workers(&self) -> usize {
        1
    }

    #[getter]
    fn fingerprint(&self) -> String {
        let world = locked(&self.world);
        world.config(self.host).map(|c| c.identity.fingerprint().to_owned()).unwrap_or_default()
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut world = locked(&self.world);
        let (now, mut events) = (world.now(), world.events(self.host));
        let parts = world.recorded(self.host);
        drop(world);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        for (recording, part) in parts {
            let file = files.handle(recording, part);
            events.extend(file.map(|file| (now, Event::Recorded(recording, file))));
        }
        events::as_list(py, events)
    }

    fn statistics(&self) -> BTreeMap<&'static str, u64> {
        let core = locked(&self.world).counters(self.host).unwrap_or_default();
        Counts { core, ..Counts::default() }.by_name().into_iter().collect()
    }

    fn captured<'py>(&self, py: Python<'py>, leg: u64, seconds: f32) -> (u32, Bound<'py, PyBytes>) {
        let captured = locked(&self.world).captured(self.host, LegId(leg), seconds);
        let (rate_hz, samples) = captured.unwrap_or((48_000, Vec::new()));
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        (rate_hz, PyBytes::new(py, &bytes))
    }
}
