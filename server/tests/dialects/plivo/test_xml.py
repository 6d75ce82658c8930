"""Plivo XML is read as in `spec/xml/plivo`, and hostile documents do no harm."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.base import DocumentError
from offhook.dialects.plivo.dialect import Plivo
from offhook.testing.documents import URL, documents, replay
from offhook.verbs.base import Purpose

SPEC = Path(__file__).parents[4] / "spec" / "xml" / "plivo"


@pytest.mark.parametrize("document", documents(SPEC), ids=lambda path: path.stem)
def test_a_document_parses_to_its_expected_verbs(document: Path) -> None:
    found, expected = replay(Plivo(Hosts.of(["voice.example.com"])), document)
    assert found == expected


def test_there_are_documents_enough() -> None:
    assert len(documents(SPEC)) >= 40


def _code(body: bytes, purpose: Purpose) -> str:
    """What is wrong with it; empty if it was understood."""
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    try:
        Plivo().parse(reply, purpose)
    except DocumentError as error:
        return error.code
    return ""


@given(st.binary(max_size=2_000), st.sampled_from(Purpose))
def test_arbitrary_bytes_do_not_raise(body: bytes, purpose: Purpose) -> None:
    assert _code(body, purpose) in ("", "8011", "8012", "8014")


_WORDS = st.sampled_from(["Speak", "Dial", "User", "Number", "Play", "Wait", "DTMF", "Hangup", "x"])
_NAMES = st.sampled_from(["loop", "timeout", "length", "sipHeaders", "action", "schedule", "async"])
_TEXTS = st.text(max_size=20).map(
    lambda t: "".join(c for c in t if c.isprintable() and c not in '<&"')
)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(_WORDS)
    attributes = draw(st.dictionaries(_NAMES, _TEXTS, max_size=4))
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    inner = draw(_TEXTS)
    if depth:
        inner += "".join(draw(st.lists(_elements(depth=depth - 1), max_size=3)))
    return f"<{name}{written}>{inner}</{name}>"


@given(_elements())
def test_any_well_formed_document_is_parsed(element: str) -> None:
    assert _code(f"<Response>{element}</Response>".encode(), Purpose.ANSWER) in ("", "8011")
