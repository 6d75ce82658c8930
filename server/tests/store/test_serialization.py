"""What is written for the database is read back as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st
from offhook.base.ids import AccountId, CallId, LegId
from offhook.base.journal.call_entries import LegStarted
from offhook.base.journal.entry import Entry, UnknownEntry
from offhook.base.journal.script_entries import DocumentRequested
from offhook.base.media import MediaReport, StreamReport
from offhook.base.web import WebLimits, WebRequest
from offhook.store import serialization

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SECONDS = st.floats(0.1, 100)
LIMITS = st.builds(
    WebLimits,
    connect_s=SECONDS,
    read_s=SECONDS,
    total_s=SECONDS,
    retries=st.integers(0, 5),
    retry_on=st.frozensets(st.sampled_from(["connect", "read", "4xx", "5xx"])),
    redirects=st.integers(0, 10),
    body_bytes=st.integers(1, 10**7),
)
REQUESTS = st.builds(
    WebRequest,
    method=st.sampled_from(["GET", "POST"]),
    url=TEXT,
    form=st.lists(st.tuples(TEXT, TEXT), max_size=5).map(tuple),
    headers=st.dictionaries(TEXT, TEXT, max_size=3),
    limits=LIMITS,
    account=st.just(AccountId("MA1")),
    call=st.one_of(st.none(), st.just(CallId("ab" * 16))),
)


@given(REQUESTS)
def test_a_request_is_read_as_it_was_written(request: WebRequest) -> None:
    assert serialization.read_request(serialization.write_request(request)) == request


def test_a_journal_is_read_as_it_was_written() -> None:
    entries = (
        Entry(number=0, at=0.0, body=UnknownEntry(name="new", json={"at": "x", "n": [1, {}]})),
        Entry(
            number=1, at=1.25, body=LegStarted(direction="inbound", pii_peer="é"), leg=LegId("ab")
        ),
    )
    assert serialization.read_journal(serialization.write_journal(entries)) == entries


def test_secrets_are_not_in_a_row_of_a_journal() -> None:
    asked = DocumentRequested(
        purpose="answer",
        method="POST",
        pii_url="https://joe:password@a.example/",
        nonce="1",
        secret_question={"url": "https://joe:password@a.example/"},
    )
    other = UnknownEntry(name="new", json={"n": 1, "secret_x": "password"})
    entries = [Entry(number=n, at=0.0, body=body) for n, body in enumerate((asked, other))]
    rows = serialization.write_journal(entries)
    assert "password" not in json.dumps(rows)
    read = serialization.read_journal(rows)
    assert [(e.event, e.details) for e in read] == [(e.event, e.details) for e in entries]


def test_a_report_is_read_as_it_was_written() -> None:
    report = MediaReport(codec="opus/48000/2", received=StreamReport(packets=3, mos=4.1), rtt_ms=2)
    assert serialization.read_media(serialization.write_media(report)) == report  # type: ignore[arg-type]
    assert serialization.read_media(serialization.write_media(None)) is None  # type: ignore[arg-type]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
        lambda inner: st.one_of(
            st.lists(inner), st.dictionaries(st.text(), inner), st.tuples(inner, inner)
        ),
    )
)
def test_any_journal_value_becomes_valid_json(value: object) -> None:
    text = json.dumps(serialization.plain(value), allow_nan=False, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text
