"""`<Record>` is read with the vendor's defaults."""

import pytest
from offhook.base.recordings import Tracks
from offhook.base.web import WebReply
from offhook.dialects.base import Document
from offhook.dialects.plivo.dialect import Plivo
from offhook.verbs.base import Purpose
from offhook.verbs.record import Record, RecordInBackground


def parsed(attributes: str) -> Document:
    body = f"<Response><Record {attributes}/></Response>".encode()
    reply = WebReply(
        url="https://app.example", status=200, content_type="text/xml", body=body, took_ms=1
    )
    return Plivo().parse(reply, Purpose.ANSWER)


def test_the_defaults_are_the_vendors() -> None:
    (verb,) = parsed("").verbs
    assert isinstance(verb, Record)
    terms = verb.request.terms
    assert (terms.silence_s, terms.most_s, terms.trim) == (15.0, 60.0, False)
    assert (verb.end_keys, verb.beeps, verb.format) == ("#", True, "mp3")
    assert (verb.then, verb.request.notice) == (None, None)


@pytest.mark.parametrize(
    ("attributes", "when_bridged"),
    [('recordSession="true"', False), ('startOnDialAnswer="true"', True)],
)
def test_a_session_takes_no_notice_of_keys_silence_and_limit(
    attributes: str, when_bridged: bool
) -> None:
    (verb,) = parsed(f'{attributes} timeout="3" maxLength="9" finishOnKey="5"').verbs
    assert isinstance(verb, RecordInBackground)
    assert verb.when_bridged is when_bridged
    terms = verb.request.terms
    assert (terms.silence_s, terms.most_s) == (None, 86_400.0)
    assert (terms.tracks, terms.channels) == (Tracks.BOTH, 2)


def test_a_transcript_cannot_be_had_yet() -> None:
    (warning,) = parsed('transcriptionType="auto"').warnings
    assert warning.code == "unsupported"
