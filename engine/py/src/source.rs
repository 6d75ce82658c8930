//! Something to play, checked where it is made.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use offhook_core as core;
use offhook_sound::{DecodeError, Hint, Limits, MAX_FILE_BYTES, decode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rustix::time::{ClockId, clock_gettime};

use crate::errors::{duration, not_playable};

/// Tones of one cadence.
const MOST_TONES: usize = 1_000;
/// Processor time of one file. Twenty minutes of MP3 take four seconds.
const LONGEST_DECODING: Duration = Duration::from_secs(10);

/// Something to play.
#[pyclass(frozen, module = "offhook_engine._native")]
pub(crate) struct Source(pub(crate) core::Source);

#[pymethods]
impl Source {
    #[staticmethod]
    #[pyo3(signature = (data, content_type = "", name = "", most_hz = 48_000))]
    fn encoded(
        py: Python<'_>,
        data: &[u8],
        content_type: &str,
        name: &str,
        most_hz: u32,
    ) -> PyResult<Self> {
        let hint = Hint { content_type, name };
        let decoded = py.detach(|| decoded(data, hint, most_hz));
        Ok(Self(decoded.map_err(not_playable)?))
    }

    #[staticmethod]
    fn file(py: Python<'_>, path: &str) -> PyResult<Self> {
        let content = py.detach(|| {
            let mut content = Vec::new();
            // A file that grows, or a device, ends one byte beyond what is allowed.
            File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut content)?;
            Ok::<_, std::io::Error>(content)
        })?;
        Self::encoded(py, &content, "", path, 48_000)
    }

    #[getter]
    fn seconds(&self) -> Option<f64> {
        let core::Source::Samples(samples) = &self.0 else { return None };
        Some(samples.len() as f64 / f64::from(samples.rate_hz().max(1)))
    }

    #[getter]
    fn size_bytes(&self) -> usize {
        let core::Source::Samples(samples) = &self.0 else { return 0 };
        samples.size_bytes()
    }

    #[staticmethod]
    fn tones(cadence: Vec<(f32, f32, f64, f32)>) -> PyResult<Self> {
        if !(1..=MOST_TONES).contains(&cadence.len()) {
            let count = cadence.len();
            return Err(PyValueError::new_err(format!(
                "cadence must have 1 to {MOST_TONES} tones, not {count}"
            )));
        }
        let tones = cadence.into_iter().map(tone).collect::<PyResult<Vec<_>>>()?;
        Ok(Self(core::Source::Tones(core::Cadence(tones))))
    }

    #[staticmethod]
    fn silence(seconds: f64) -> PyResult<Self> {
        Ok(Self(core::Source::Silence(duration("seconds", seconds)?)))
    }
}

/// Decode a file, for as long as it may take this thread.
fn decoded(data: &[u8], hint: Hint<'_>, most_hz: u32) -> Result<core::Source, DecodeError> {
    let end = spent() + LONGEST_DECODING;
    let go_on = || spent() < end;
    let limits = Limits { most_hz, go_on: &go_on, ..Limits::default() };
    let samples = decode(data, hint, limits)?;
    // Here rather than in the worker that plays it.
    samples.digest();
    Ok(core::Source::Samples(Arc::new(samples)))
}

/// Processor time of this thread: a busy machine does not count.
fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

fn tone((first, second, seconds, level): (f32, f32, f64, f32)) -> PyResult<core::Tone> {
    let wrong = |sentence: String| Err(PyValueError::new_err(sentence));
    if let Some(hz) = [first, second].into_iter().find(|hz| !(0.0..=20_000.0).contains(hz)) {
        return wrong(format!("a tone must be 0 to 20000 Hz, not {hz}"));
    }
    if !(-90.0..=0.0).contains(&level) {
        return wrong(format!("a tone's level must be -90 to 0 dBm0, not {level}"));
    }
    let length = duration("a tone's length", seconds)?;
    if length.is_zero() {
        return wrong("a tone's length must be more than 0 seconds".into());
    }
    Ok(core::Tone { hz: [first, second], length, level_dbm0: level })
}
