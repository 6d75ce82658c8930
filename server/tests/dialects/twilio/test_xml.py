"""TwiML is read as in `spec/xml/twilio`, and hostile documents do no harm."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.base import DocumentError
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.documents import URL, documents, replay
from offhook.verbs.base import Purpose

SPEC = Path(__file__).parents[4] / "spec" / "xml" / "twilio"


@pytest.mark.parametrize("document", documents(SPEC), ids=lambda path: path.stem)
def test_a_document_parses_to_its_expected_verbs(document: Path) -> None:
    found, expected = replay(Twilio(Hosts.of(["voice.example.com"])), document)
    assert found == expected


def test_there_are_documents_enough() -> None:
    assert len(documents(SPEC)) >= 60


def _code(body: bytes) -> str:
    """What is wrong with it; empty if it was understood."""
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    try:
        Twilio().parse(reply, Purpose.ANSWER)
    except DocumentError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("status", "content_type", "body", "sentence"),
    [
        (204, "", b"", "the answer is empty (HTTP 204)"),
        (200, "", b"", "the answer is empty (HTTP 200)"),
        (200, "", b"<Response/>", "names no content type"),
        (200, "application/json", b"{}", "'application/json'"),
    ],
)
def test_a_response_that_is_no_document_is_reported(
    status: int, content_type: str, body: bytes, sentence: str
) -> None:
    reply = WebReply(url=URL, status=status, content_type=content_type, body=body, took_ms=1)
    with pytest.raises(DocumentError, match=re.escape(sentence)) as failed:
        Twilio().parse(reply, Purpose.ANSWER)
    assert failed.value.code == "12300"


@given(st.binary(max_size=2_000))
def test_arbitrary_bytes_do_not_raise(body: bytes) -> None:
    assert _code(body) in ("", "11770", "12100", "12102")


_WORDS = st.sampled_from(
    ["Response", "Say", "Dial", "Client", "Number", "Play", "Pause", "Redirect", "Parameter", "x"]
)
_NAMES = st.sampled_from(["loop", "timeout", "length", "callerId", "action", "method", "name", "y"])
_TEXTS = st.text(max_size=20).map(
    lambda t: "".join(c for c in t if c.isprintable() and c not in '<&"')
)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(_WORDS)
    attributes = draw(st.dictionaries(_NAMES, _TEXTS, max_size=4))
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    inner = draw(_TEXTS)
    if depth:
        inner += "".join(draw(st.lists(_elements(depth=depth - 1), max_size=3)))
    return f"<{name}{written}>{inner}</{name}>"


@given(_elements())
def test_any_well_formed_document_is_parsed(element: str) -> None:
    assert _code(f"<Response>{element}</Response>".encode()) == ""
