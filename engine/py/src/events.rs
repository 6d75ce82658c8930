//! Events as Python reads them: tuples `(name, leg, at, *rest)`. `offhook_engine.events` names the parts.

use offhook_core::recorder::{RecordedFile, RecordingEndReason};
use offhook_core::{
    Event, MediaReport, PlayEnd, StreamReport, Time, TransportFault, TransportProtocol,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

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
            ("reported", leg.0, at, report_parts(*report)).into_pyobject(py)
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

type LevelParts = (f32, f32, bool, u64);
type StreamParts = (u64, u64, u64, u32, f64, Option<f32>, Option<LevelParts>);
type ReportParts = (String, StreamParts, StreamParts, Option<f64>, u64);

fn report_parts(report: MediaReport) -> ReportParts {
    let rtt = report.rtt.map(|rtt| rtt.as_secs_f64());
    (report.codec, parts(&report.received), parts(&report.sent), rtt, report.refused)
}

fn parts(stream: &StreamReport) -> StreamParts {
    let jitter = stream.jitter.as_secs_f64();
    let level = stream.level.map(|l| (l.last_dbov, l.mean_dbov, l.is_voice, l.voice_packets));
    (stream.packets, stream.bytes, stream.lost, stream.longest_loss, jitter, stream.mos, level)
}
