//! Events as Python reads them: tuples `(name, leg, at, *rest)`. `offhook_engine.events` names the parts.

use offhook_core::recorder::{RecordedFile, RecordingEndReason};
use offhook_core::{
    Event, Figure, LevelReport, MediaReport, PlayEnd, StreamReport, Time, TransportFault,
    TransportProtocol,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

/// All of `events` as a list of tuples, in order.
pub(crate) fn as_list(py: Python<'_>, events: Vec<(Time, Event)>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for (at, event) in events {
        list.append(as_tuple(py, at, event)?)?;
    }
    Ok(list)
}

/// Seconds since the engine was made.
pub(crate) fn seconds(at: Time) -> f64 {
    at.since(Time::ZERO).as_secs_f64()
}

fn as_tuple(py: Python<'_>, at: Time, event: Event) -> PyResult<Bound<'_, PyTuple>> {
    let at = seconds(at);
    match event {
        Event::Connected { leg, transport, remote, profile } => {
            ("connected", leg.0, at, word(transport), remote.to_string(), profile).into_pyobject(py)
        }
        Event::MediaStarted(leg) => ("media_started", leg.0, at).into_pyobject(py),
        Event::MediaLost(leg) => ("media_lost", leg.0, at).into_pyobject(py),
        Event::MediaResumed(leg) => ("media_resumed", leg.0, at).into_pyobject(py),
        Event::Failed(leg, fault) => ("failed", leg.0, at, fault_word(fault)).into_pyobject(py),
        Event::PathChanged { leg, transport, remote } => {
            ("path_changed", leg.0, at, word(transport), remote.to_string()).into_pyobject(py)
        }
        Event::Digit(leg, digit) => {
            let held = digit.length.as_secs_f64();
            ("digit", leg.0, at, digit.digit, held).into_pyobject(py)
        }
        Event::Beep(leg, beep) => {
            ("beep", leg.0, at, beep.hz, beep.length.as_secs_f64()).into_pyobject(py)
        }
        Event::Silence(leg, length) => {
            ("silence", leg.0, at, length.as_secs_f64()).into_pyobject(py)
        }
        Event::Tapped(leg, batch) => {
            let octets: Vec<u8> = batch.samples.iter().flat_map(|s| s.to_le_bytes()).collect();
            let samples = PyBytes::new(py, &octets);
            ("tapped", leg.0, at, batch.rtp_time, samples, batch.voice, batch.dropped)
                .into_pyobject(py)
        }
        Event::PlayFinished(leg, play, end) => {
            let (end, detail) = ending(end);
            ("play_finished", leg.0, at, play.0, end, detail).into_pyobject(py)
        }
        Event::Speaking(leg, speaking) => ("speaking", leg.0, at, speaking).into_pyobject(py),
        Event::MixerPlayFinished(mixer, play, end) => {
            let (end, detail) = ending(end);
            ("mixer_play_finished", 0, at, mixer.0, play.0, end, detail).into_pyobject(py)
        }
        Event::Reported(leg, report) => {
            ("reported", leg.0, at, report_parts(py, *report)?).into_pyobject(py)
        }
        Event::RecordingEnded(recording, end) => {
            let reason = match end.reason {
                RecordingEndReason::Stopped => "stopped",
                RecordingEndReason::Limit => "limit",
                RecordingEndReason::Silence => "silence",
            };
            ("recording_ended", 0, at, recording.0, reason, end.length).into_pyobject(py)
        }
        Event::Recorded(recording, file) => {
            let RecordedFile { length, size_bytes, error } = file;
            ("recorded", 0, at, recording.0, length, size_bytes, error).into_pyobject(py)
        }
        Event::Closed(leg) => ("closed", leg.0, at).into_pyobject(py),
    }
}

fn ending(end: PlayEnd) -> (&'static str, String) {
    match end {
        PlayEnd::Finished => ("finished", String::new()),
        PlayEnd::Stopped => ("stopped", String::new()),
        PlayEnd::Interrupted => ("interrupted", String::new()),
        PlayEnd::Unplayable(why) => ("unplayable", why),
    }
}

const fn word(transport: TransportProtocol) -> &'static str {
    match transport {
        TransportProtocol::Udp => "udp",
        TransportProtocol::Tcp => "tcp",
    }
}

const fn fault_word(fault: TransportFault) -> &'static str {
    match fault {
        TransportFault::IceTimeout => "ice-timeout",
        TransportFault::ConsentExpired => "consent-expired",
        TransportFault::Dtls => "dtls",
        TransportFault::Fingerprint => "fingerprint",
        TransportFault::Profile => "profile",
        TransportFault::PeerClosed => "peer-closed",
    }
}

type ReportParts<'py> = (String, Bound<'py, PyDict>, Bound<'py, PyDict>, Option<f64>, u64);

fn report_parts(py: Python<'_>, report: MediaReport) -> PyResult<ReportParts<'_>> {
    let (received, sent) = (by_name(py, &report.received)?, by_name(py, &report.sent)?);
    Ok((report.codec, received, sent, report.rtt.map(|rtt| rtt.as_secs_f64()), report.refused))
}

fn by_name<'py>(py: Python<'py>, stream: &StreamReport) -> PyResult<Bound<'py, PyDict>> {
    let named = PyDict::new(py);
    for (name, figure) in stream.figures() {
        match figure {
            Figure::Count(count) => named.set_item(name, count)?,
            Figure::Length(length) => named.set_item(name, length.as_secs_f64())?,
            Figure::Score(score) => named.set_item(name, score)?,
            Figure::Level(level) => {
                let parts =
                    |l: LevelReport| (l.last_dbov, l.mean_dbov, l.is_voice, l.voice_packets);
                named.set_item(name, level.map(parts))?;
            }
        }
    }
    Ok(named)
}
