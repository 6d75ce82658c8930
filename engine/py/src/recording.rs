//! How a recording is asked for, checked.

use offhook_core::recorder::{RecordingLayout, RecordingSettings, Tracks};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::duration;

/// The tracks of a leg by their word.
pub(crate) fn tracks_named(word: &str) -> PyResult<Tracks> {
    match word {
        "inbound" => Ok(Tracks::Inbound),
        "outbound" => Ok(Tracks::Outbound),
        "both" => Ok(Tracks::Both),
        _ => Err(PyValueError::new_err(format!(
            "tracks must be inbound, outbound or both, not {word:?}"
        ))),
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
