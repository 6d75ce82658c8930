//! What can be raised, and how the layers' errors become that.

use std::time::Duration;

use offhook_core::codec::Complexity;
use offhook_core::{LegId, SdpError};
use offhook_netem::HostError;
use offhook_shell::{StartError, Stopped};
use offhook_sound::DecodeError;
use pyo3::exceptions::{PyKeyError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, PyResult, create_exception};

create_exception!(offhook_engine._native, SdpRefused, PyValueError);
create_exception!(offhook_engine._native, NoSuchLeg, PyKeyError);
create_exception!(offhook_engine._native, NotPlayable, PyValueError);

/// A description was refused: the reason's word, and a sentence that says what mends it.
pub(crate) fn refused(error: SdpError) -> PyErr {
    SdpRefused::new_err((error.reason.word(), error.sentence))
}

/// A file cannot be played: the reason's word, and a sentence that says what the file is.
pub(crate) fn not_playable(error: DecodeError) -> PyErr {
    NotPlayable::new_err((error.reason.word(), error.sentence))
}

/// The leg was closed or never opened.
pub(crate) fn no_such_leg(leg: LegId) -> PyErr {
    NoSuchLeg::new_err(leg.0)
}

/// The engine was shut down.
pub(crate) fn stopped(stopped: Stopped) -> PyErr {
    PyRuntimeError::new_err(stopped.to_string())
}

/// The engine cannot start.
pub(crate) fn not_started(error: StartError) -> PyErr {
    match error {
        StartError::Setting(sentence) => PyValueError::new_err(sentence),
        StartError::Identity(error) => PyRuntimeError::new_err(error.to_string()),
        // Keeps the class that Python has for the kind, such as `PermissionError`.
        StartError::System(error) => match error.raw_os_error() {
            Some(_) => PyErr::from(error),
            None => PyOSError::new_err(error.to_string()),
        },
    }
}

/// A simulated host cannot be added.
pub(crate) fn not_added(error: &HostError) -> PyErr {
    match error {
        HostError::Taken(_) => PyValueError::new_err(error.to_string()),
        HostError::Identity(_) => PyRuntimeError::new_err(error.to_string()),
    }
}

/// A length of time from a float that Python gave, 0 to a year.
pub(crate) fn duration(name: &str, seconds: f64) -> PyResult<Duration> {
    if (0.0..=31_536_000.0).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err(PyValueError::new_err(format!("{name} must be 0 to 31536000, not {seconds}")))
}

/// A share that Python gave.
pub(crate) fn share(name: &str, share: f64) -> PyResult<f64> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(PyValueError::new_err(format!("{name} must be 0.0 to 1.0, not {share}")))
}

/// The complexity of encoders that Python gave.
pub(crate) fn complexity(level: u8) -> PyResult<Complexity> {
    Complexity::with_level(level)
        .ok_or_else(|| PyValueError::new_err("complexity must be 0, 2 or 5"))
}

/// An IP address that Python gave.
pub(crate) fn address(name: &str, text: &str) -> PyResult<std::net::IpAddr> {
    text.parse().map_err(|_| {
        PyValueError::new_err(format!("{name} must be an IPv4 or IPv6 address, not {text:?}"))
    })
}
