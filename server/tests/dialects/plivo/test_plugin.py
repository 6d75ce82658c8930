"""The demonstration's documents are ones that this dialect understands without a warning."""

import pytest
from offhook.base.web import WebReply
from offhook.dialects.registry import plugins
from offhook.verbs.base import Purpose

PLUGIN = plugins()["plivo"]


@pytest.mark.parametrize(
    ("page", "fields", "verbs"),
    [
        ("answer", {"To": "bob", "From": "client:alice"}, ["Dial"]),
        ("answer", {"To": "<&>\"'", "From": "client:alice"}, None),
        ("answer", {"To": "", "From": "client:alice"}, ["Speak"]),
        ("after", {"DialCallStatus": "completed", "DialStatus": "completed"}, ["Hangup"]),
        ("after", {"DialCallStatus": "busy", "DialStatus": "busy"}, ["Speak"]),
        ("after", {}, ["Speak"]),
        (
            "answer",
            {"To": "sip:voicemail@phone.plivo.com", "From": "client:alice"},
            ["Speak", "Record"],
        ),
        ("voicemail", {"RecordUrl": "http://127.0.0.1:5/RE1"}, ["Speak", "Play", "Speak"]),
    ],
)
def test_documents(page: str, fields: dict[str, str], verbs: list[str] | None) -> None:
    text = PLUGIN.demo(
        page,
        {
            **fields,
            "after_url": "http://127.0.0.1:5/after",
            "voicemail_url": "http://127.0.0.1:5/left",
        },
    )
    reply = WebReply(
        url="http://127.0.0.1:5/answer",
        status=200,
        content_type="text/xml",
        body=text.encode(),
        took_ms=1,
    )
    document = PLUGIN.dialect.parse(reply, Purpose.ANSWER)
    if verbs is not None:
        assert [type(verb).__name__ for verb in document.verbs] == verbs
        assert document.warnings == ()


def test_the_demonstration_dials_numbers() -> None:
    fields = {"To": "12025550101", "From": "client:alice", "after_url": "http://127.0.0.1:5/after"}
    document = PLUGIN.demo("answer", fields)
    assert "<Number>12025550101</Number>" in document
    assert 'callerId="anonymous"' in document
