//! How a recording is asked for, checked.

use offhook_core::recorder::{RecordingLayout, RecordingSettings, Sides};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::duration;

/// The sides of a leg by their word.
pub(crate) fn sides_named(word: &str) -> PyResult<Sides> {
    match word {
        "said" => Ok(Sides::Said),
        "heard" => Ok(Sides::Heard),
        "both" => Ok(Sides::Both),
        _ => Err(PyValueError::new_err(format!("sides must be said, heard or both, not {word:?}"))),
    }
}

/// Settings of a recording.
pub(crate) fn settings(
    dual: bool,
    rate_hz: u32,
    most_s: f64,
    silence_s: Option<f64>,
    trim: bool,
) -> PyResult<RecordingSettings> {
    if !matches!(rate_hz, 8_000 | 16_000) {
        return Err(PyValueError::new_err(format!("rate_hz must be 8000 or 16000, not {rate_hz}")));
    }
    Ok(RecordingSettings {
        rate_hz,
        layout: if dual { RecordingLayout::Dual } else { RecordingLayout::Mono },
        max_length: duration("most_s", most_s)?,
        silence_timeout: silence_s.map(|length| duration("silence_s", length)).transpose()?,
        trim,
    })
}
