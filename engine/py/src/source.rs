//! Something to play, checked where it is made.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use offhook_core as core;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::duration;

/// Bytes of a file to play.
const LARGEST: usize = 20_000_000;
/// Tones of one cadence.
const MOST_TONES: usize = 1_000;

/// Something to play.
#[pyclass(frozen, module = "offhook_engine._native")]
pub(crate) struct Source(pub(crate) core::Source);

#[pymethods]
impl Source {
    #[staticmethod]
    fn encoded(data: &[u8]) -> PyResult<Self> {
        check_length(data.len())?;
        Ok(Self(core::Source::Encoded(data.into())))
    }

    #[staticmethod]
    fn file(py: Python<'_>, path: &str) -> PyResult<Self> {
        let content = py.detach(|| {
            let mut content = Vec::new();
            // A file that grows, or a device, ends one byte beyond what is allowed.
            File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut content)?;
            Ok::<_, std::io::Error>(content)
        })?;
        check_length(content.len())?;
        Ok(Self(core::Source::Encoded(content.into())))
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

impl Source {
    /// What the core is given; an encoded file is shared, not copied.
    pub(crate) fn core(&self) -> core::Source {
        match &self.0 {
            core::Source::Encoded(content) => core::Source::Encoded(Arc::clone(content)),
            other => other.clone(),
        }
    }
}

fn check_length(bytes: usize) -> PyResult<()> {
    if bytes <= LARGEST {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("a sound must have at most {LARGEST} bytes; this has more")))
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
