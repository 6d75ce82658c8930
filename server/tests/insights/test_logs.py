"""One line for each event, whatever a peer said."""

import json
import logging
from collections.abc import Iterator

import pytest
from offhook.insights.logs import Bounded, JsonLines, configure


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("offhook").setLevel(logging.NOTSET)


def line(**extra: object) -> str:
    record = logging.makeLogRecord(
        {
            "msg": "leg.answered",
            "name": "offhook.calls",
            "levelname": "INFO",
            "created": 0.0,
            **extra,
        }
    )
    return JsonLines().format(record)


def test_a_log_line_has_the_event_and_its_facts() -> None:
    reported = json.loads(line(leg="abc", after_ms=812, ok=True))
    assert reported == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "logger": "offhook.calls",
        "event": "leg.answered",
        "leg": "abc",
        "after_ms": 812,
        "ok": True,
    }


@pytest.mark.threat("stored-scripts")
def test_peer_text_cannot_forge_a_log_line() -> None:
    said = 'x\r\n{"event": "forged"}\u202e\x1b[2J' + "y" * 10_000
    text = line(agent=said)
    assert "\n" not in text
    assert "\r" not in text
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 3_000


def test_a_mistake_of_ours_keeps_its_trace_on_the_same_line() -> None:
    try:
        raise RuntimeError("oops")
    except RuntimeError as error:
        text = line(exc_info=(RuntimeError, error, error.__traceback__))
    assert "\n" not in text
    assert "oops" in json.loads(text)["trace"]


@pytest.mark.usefixtures("restored")
def test_info_of_other_loggers_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    logging.getLogger("offhook.calls").info("one")
    logging.getLogger("offhook.calls").debug("two")
    logging.getLogger("somebody").info("three")
    logging.getLogger("somebody").warning("four")
    events = [json.loads(text)["event"] for text in capsys.readouterr().err.splitlines()]
    assert events == ["one", "four"]


def test_names_and_addresses_of_people_are_not_kept() -> None:
    reported = json.loads(line(pii_name="carol", pii_address="192.0.2.1", code="bad-credentials"))
    assert reported["code"] == "bad-credentials"
    assert "carol" not in str(reported)
    assert "192.0.2.1" not in str(reported)


def test_a_url_is_kept_without_credentials_and_parameters() -> None:
    reported = json.loads(line(url="https://me:north@voice.example/a?token=south#x"))
    assert reported["url"] == "https://voice.example/a"
    assert json.loads(line(url="https://[::1/"))["url"] == "(no URL)"


def test_repeated_events_are_limited_and_counted() -> None:
    bounded = Bounded()

    def let_through(at: float, event: str) -> logging.LogRecord | None:
        record = logging.makeLogRecord({"msg": event, "name": "uvicorn.error", "created": at})
        return record if bounded.filter(record) else None

    written = [let_through(number / 1_000, "garbage") for number in range(9_000)]
    assert len([each for each in written if each]) == 20
    assert let_through(9.0, "something else")
    later = let_through(10.5, "garbage")
    assert later
    assert vars(later)["left_out"] == 8_980
    again = let_through(10.6, "garbage")
    assert again
    assert "left_out" not in vars(again)


def test_bounding_takes_no_more_memory_than_a_thousand_kinds() -> None:
    bounded = Bounded()
    for number in range(5_000):
        bounded.filter(logging.makeLogRecord({"msg": f"kind {number}", "created": 1.0}))
    assert len(bounded._windows) <= 1_000


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(("form", "terminal"), [("auto", False), ("auto", True), ("json", True)])
def test_text_on_a_terminal_and_json_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str, terminal: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configure("info", form)
    logging.getLogger("offhook.calls").warning("call.closed", extra={"call": "abc", "cause": "x"})
    said = capsys.readouterr().err
    if form == "auto" and terminal:
        assert "Call abc was in progress when the server stopped" in said
    else:
        assert json.loads(said)["call"] == "abc"
