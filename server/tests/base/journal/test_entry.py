"""What of an entry people read, and what is only ever written sealed."""

from offhook.base.causes import Cause
from offhook.base.ids import LegId
from offhook.base.journal.call_entries import (
    CallStarted,
    ControlAccepted,
    LegsBridged,
    LegStarted,
)
from offhook.base.journal.entry import Entry, UnknownEntry, details, field_names, secrets
from offhook.base.journal.script_entries import DocumentRequested


def test_secrets_and_details_are_apart() -> None:
    body = ControlAccepted(id="r1", kind="redirect", secret_action={"url": "https://a.example/"})
    assert details(body) == {"id": "r1", "kind": "redirect"}
    assert secrets(body) == {"secret_action": {"url": "https://a.example/"}}


def test_what_is_absent_is_left_out_and_an_empty_value_is_not() -> None:
    body = LegStarted(direction="inbound", pii_peer="")
    assert details(body) == {"direction": "inbound", "pii_peer": ""}
    assert details(LegStarted(direction="inbound", pii_peer="", target=0))["target"] == 0


def test_words_of_python_have_their_plain_names_in_json() -> None:
    assert details(LegsBridged(with_="b")) == {"with": "b"}
    assert field_names(LegsBridged) == {"with": "with_"}


def test_logins_of_urls_are_not_shown_and_stay_in_secrets() -> None:
    url = "https://joe:pass@a.example/x"
    body = DocumentRequested(
        purpose="answer", method="POST", pii_url=url, nonce="1", secret_question={"url": url}
    )
    assert details(body)["pii_url"] == "https://a.example/x"
    assert secrets(body) == {"secret_question": {"url": url}}


def test_a_word_of_a_list_is_shown_as_text() -> None:
    body = LegStarted(direction="inbound", pii_peer=Cause.BUSY)
    assert type(details(body)["pii_peer"]) is str


def test_secrets_of_the_first_entry_are_never_shown() -> None:
    body = CallStarted(
        account="MA1",
        application="a",
        dialect="twilio",
        direction="inbound",
        at="2026-01-01T00:00:00+00:00",
        pii_caller="client:alice",
        pii_callee="bob",
        secret_parameters={"plan": "gold"},
    )
    assert "plan" not in str(details(body))
    assert set(secrets(body)) == {"secret_parameters"}, "what is absent is not sealed either"


def test_an_entry_has_the_event_and_details_of_its_body() -> None:
    entry = Entry(number=3, at=1.5, body=UnknownEntry(name="new", json={"a": 1}), leg=LegId("l"))
    assert (entry.event, entry.details, entry.input) == ("new", {"a": 1}, None)
