"""Applications on the command line."""

from pathlib import Path
from typing import Any

import pytest
from offhook.store import directory

MADE = ("application", "create", "board", "--dialect", "plivo", "--answer-url")


def test_only_named_fields_change(run: Any, run_json: Any) -> None:
    run_json("init")
    made = run_json(*MADE, "https://a.example/", "--hangup-url", "https://a.example/end")
    changed = run_json("application", "update", "board", "--answer-url", "https://b.example/")
    assert changed == {**made, "answer_url": "https://b.example/"}
    cleared = run_json("application", "update", made["id"], "--hangup-url", "", "--name", "desk")
    assert (cleared["hangup_url"], cleared["name"]) == ("", "desk")
    assert run("application", "update", "board", "--dialect", "twilio").exit_code == 2


@pytest.mark.parametrize("word", ["create", "update"])
def test_a_private_answer_url_is_warned_about_with_its_cure(
    run: Any, run_json: Any, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_json("init")
    url = "http://10.0.0.9:8000/"
    if word == "create":
        result = run(*MADE, url)
    else:
        run_json(*MADE, "https://a.example/")
        result = run("application", "update", "board", "--answer-url", url)
    assert result.exit_code == 0
    assert "10.0.0.9" in result.stderr
    assert "--allow-webhook 10.0.0.9" in result.stderr
    monkeypatch.setenv("OFFHOOK_WEBHOOK_ALLOW", "10.0.0.0/8")
    allowed = run("application", "update", "board", "--answer-url", url)
    assert allowed.stderr == ""


def test_loopback_urls_are_allowed_on_a_loopback_server_only(
    run: Any, run_json: Any, tmp_path: Path
) -> None:
    run_json("init")
    assert run(*MADE, "http://localhost:9000/").stderr == ""
    with directory.locked(tmp_path / "d") as lock:
        lock.serves_at("https://203.0.113.7")
        warned = run("application", "update", "board", "--answer-url", "http://127.0.0.1:9000/")
    assert "--allow-webhook 127.0.0.1" in warned.stderr
