"""One line for each event, whatever a peer said."""

import json
import logging
from collections.abc import Iterator

import pytest
from offhook.insights.logs import JsonLines, configure


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


def test_a_line_has_the_event_and_what_is_known() -> None:
    told = json.loads(line(leg="abc", after_ms=812, ok=True))
    assert told == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "room": "offhook.calls",
        "event": "leg.answered",
        "leg": "abc",
        "after_ms": 812,
        "ok": True,
    }


def test_nothing_a_peer_said_looks_like_a_line() -> None:
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
def test_the_level_is_ours_others_speak_when_it_matters(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    logging.getLogger("offhook.calls").info("one")
    logging.getLogger("offhook.calls").debug("two")
    logging.getLogger("somebody").info("three")
    logging.getLogger("somebody").warning("four")
    events = [json.loads(text)["event"] for text in capsys.readouterr().err.splitlines()]
    assert events == ["one", "four"]
