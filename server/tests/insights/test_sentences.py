"""Each event that needs somebody to act is a sentence with what to do."""

import re
from pathlib import Path

import offhook
import pytest
from offhook.base.web import WebFault
from offhook.insights.sentences import HINTS, SENTENCES, sentence


def test_a_failing_application_is_named_with_url_reason_and_hint() -> None:
    said, hint = sentence(
        "application.failed",
        {
            "application": "hello",
            "url": "http://10.0.0.9:8000/answer",
            "code": "11210",
            "reason": "forbidden-address",
        },
    )
    for part in ("hello", "http://10.0.0.9:8000/answer", "11210", "forbidden-address"):
        assert part in said
    assert "--allow-webhook 10.0.0.9" in hint


@pytest.mark.parametrize("fault", list(WebFault))
def test_every_application_failure_has_a_hint(fault: WebFault) -> None:
    reason = f"{fault} 503" if fault is WebFault.STATUS else str(fault)
    _, hint = sentence("application.failed", {"application": "a", "url": "", "reason": reason})
    assert hint


def test_a_refused_party_is_named_with_a_hint() -> None:
    said, hint = sentence(
        "login.refused",
        {
            "code": "bad-credentials",
            "reason": "the name or the password is wrong",
            "pii_name": "carol",
            "pii_address": "192.0.2.1",
        },
    )
    assert said == "Login of carol from 192.0.2.1 refused: the name or the password is wrong"
    assert "offhook endpoint update carol --new-password" in hint


def test_an_event_without_a_sentence_is_shown_with_its_facts() -> None:
    assert sentence("voice.unknown", {"voice": "x", "pii_who": "y"}) == ("voice=x who=y", "")


def test_a_fact_that_is_missing_does_not_hide_the_event() -> None:
    assert sentence("callback.abandoned", {}) == (
        "A callback failed for good after ? attempts: ?",
        SENTENCES["callback.abandoned"].hint,
    )


def test_peer_text_is_not_used_as_a_template() -> None:
    said, _ = sentence("callback.failed", {"reason": "{pii_name}{0}", "again_in_s": "1.0"})
    assert "{pii_name}{0}" in said


def test_commands_in_hints_exist() -> None:
    texts = [*HINTS.values(), *(each.hint for each in SENTENCES.values())]
    words = {match for text in texts for match in re.findall(r"`offhook (\w+)", text)}
    assert words == {"application", "callbacks", "doctor", "endpoint", "key", "serve"}


def test_every_sentence_is_of_an_event_that_the_server_logs() -> None:
    sources = Path(offhook.__file__).parent.rglob("*.py")
    code = "".join(each.read_text() for each in sources if each.name != "sentences.py")
    logged = set(re.findall(r"log\.\w+\(\s*\"([a-z.-]+)\"", code))
    assert set(SENTENCES) <= logged
