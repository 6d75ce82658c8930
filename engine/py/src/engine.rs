//! The engine on threads and sockets, for Python.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use offhook_core::{Command, Config, IceMode};
use offhook_shell::{Counts, Settings, Shell, Stopped};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors::{self, address, duration, not_started, stopped};
use crate::events;
use crate::legs::{Backend, Legs};

/// Threads, behind a lock that only `shutdown` takes for itself.
struct Threads(RwLock<Shell>);

impl Threads {
    fn shell(&self) -> RwLockReadGuard<'_, Shell> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Threads {
    fn workers(&self) -> usize {
        self.shell().workers()
    }

    fn config(&self, worker: usize) -> PyResult<Config> {
        self.shell().config(worker).cloned().ok_or_else(|| stopped(Stopped))
    }

    fn send(&self, worker: usize, command: Command) -> PyResult<()> {
        self.shell().send(worker, command).map_err(stopped)
    }
}

/// Worker threads, each with its own UDP and TCP port.
#[pyclass(extends = Legs, frozen, module = "offhook_engine._native")]
pub(crate) struct Engine(Arc<Threads>);

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (
        *,
        workers = 1,
        listen = vec!["127.0.0.1".to_owned()],
        port = 0,
        announce = Vec::new(),
        tcp = true,
        media_lost_s = 5.0,
        max_legs = 20_000,
        lite = true,
        complexity = None,
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    #[allow(clippy::needless_pass_by_value, reason = "extracted from Python as owned lists")]
    fn new(
        py: Python<'_>,
        workers: usize,
        listen: Vec<String>,
        port: u16,
        announce: Vec<String>,
        tcp: bool,
        media_lost_s: f64,
        max_legs: usize,
        lite: bool,
        complexity: Option<u8>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let settings = Settings {
            workers,
            listen: listen.iter().map(|ip| address("listen", ip)).collect::<PyResult<_>>()?,
            port,
            announce: announce.iter().map(|ip| address("announce", ip)).collect::<PyResult<_>>()?,
            tcp,
            media_lost: duration("media_lost_s", media_lost_s)?,
            max_legs,
            ice: if lite { IceMode::Lite } else { IceMode::Full },
            complexity: complexity.map(errors::complexity).transpose()?,
        };
        let shell = py.detach(|| Shell::start(&settings)).map_err(not_started)?;
        let threads = Arc::new(Threads(RwLock::new(shell)));
        let legs = Legs::on(Arc::clone(&threads) as Arc<dyn Backend>);
        Ok(PyClassInitializer::from(legs).add_subclass(Self(threads)))
    }

    #[getter]
    fn workers(&self) -> usize {
        self.0.workers()
    }

    #[getter]
    fn fingerprint(&self) -> String {
        self.0.shell().fingerprint().to_owned()
    }

    #[getter]
    fn ports(&self) -> Vec<u16> {
        self.0.shell().ports()
    }

    fn fileno(&self) -> i32 {
        self.0.shell().as_fd().as_raw_fd()
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let events = self.0.shell().events();
        events::as_list(py, events)
    }

    fn statistics(&self) -> BTreeMap<&'static str, u64> {
        let mut sum = BTreeMap::new();
        for (name, count) in self.0.shell().counts().iter().flat_map(Counts::by_name) {
            *sum.entry(name).or_default() += count;
        }
        sum
    }

    fn shutdown(&self, py: Python<'_>) {
        py.detach(|| self.0.0.write().unwrap_or_else(PoisonError::into_inner).shutdown());
    }
}
