"""`<Record>` and its kin are read with the vendor's defaults, and what is wrong is said."""

import pytest
from offhook.base.recordings import RecordingSource, RecordingState, Tracks
from offhook.base.web import WebReply
from offhook.dialects.base import Document
from offhook.dialects.twilio.dialect import Twilio
from offhook.verbs.base import Purpose
from offhook.verbs.dial import Dial
from offhook.verbs.record import Record, RecordInBackground

URL = "https://app.example/calls/answer"


def parsed(inner: str) -> Document:
    body = f"<Response>{inner}</Response>".encode()
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    return Twilio().parse(reply, Purpose.ANSWER)


def record(attributes: str = "") -> Record:
    (verb,) = parsed(f"<Record {attributes}/>").verbs
    assert isinstance(verb, Record)
    return verb


def test_the_defaults_are_the_vendors() -> None:
    verb = record()
    terms = verb.request.terms
    assert (terms.silence_s, terms.most_s, terms.trim) == (5.0, 3_600.0, True)
    assert (terms.tracks, terms.channels) == (Tracks.INBOUND, 1)
    assert (verb.end_keys, verb.beeps) == ("1234567890*#", True)
    assert verb.then is not None
    assert (verb.then.url, verb.then.method, verb.then.replaces) == (URL, "POST", True)
    assert verb.request.notice is None


def test_relative_urls_are_those_of_the_document() -> None:
    verb = record('action="done" recordingStatusCallback="/status"')
    assert verb.then is not None
    assert verb.then.url == "https://app.example/calls/done"
    assert verb.request.notice is not None
    assert verb.request.notice.url == "https://app.example/status"
    assert RecordingState.COMPLETED in verb.request.notice.states
    assert RecordingState.IN_PROGRESS not in verb.request.notice.states


@pytest.mark.parametrize(
    "words", ["in-progress completed", "in-progress,completed", "['in-progress', 'completed']"]
)
def test_lists_of_states_are_read_as_both_libraries_write_them(words: str) -> None:
    verb = record(f'recordingStatusCallback="/status" recordingStatusCallbackEvent="{words}"')
    assert verb.request.notice is not None
    assert RecordingState.IN_PROGRESS in verb.request.notice.states
    assert RecordingState.ABSENT not in verb.request.notice.states


@pytest.mark.parametrize(
    "attribute", ['timeout="soon"', 'finishOnKey="x"', 'trim="a bit"', 'transcribe="true"']
)
def test_what_cannot_be_obeyed_is_said_and_the_default_holds(attribute: str) -> None:
    document = parsed(f"<Record {attribute}/>")
    assert len(document.warnings) == 1
    assert document.verbs == (record(),)


def test_a_dial_is_recorded_with_both_sides() -> None:
    (verb,) = parsed('<Dial record="record-from-ringing-dual"><Client>bob</Client></Dial>').verbs
    assert isinstance(verb, Dial)
    assert verb.records_ringing
    assert verb.recording is not None
    assert (verb.recording.source, verb.recording.terms.channels) == (RecordingSource.DIAL_VERB, 2)
    (plain,) = parsed("<Dial><Client>bob</Client></Dial>").verbs
    assert isinstance(plain, Dial)
    assert plain.recording is None


def test_a_start_without_a_recording_starts_nothing() -> None:
    document = parsed("<Start><Siprec/></Start><Start><Recording/></Start>")
    (verb,) = document.verbs
    assert isinstance(verb, RecordInBackground)
    assert [warning.message.partition(":")[0] for warning in document.warnings] == [
        "<Siprec> in line 1"
    ]
