"""What the person who started the server sees."""

import io
import logging
import sys
from typing import Any

import pytest
from offhook.insights.terminal import Terminal
from rich.console import Console


def shown(*, colours: bool = False, **facts: object) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=colours, highlight=False, markup=False, width=40)
    record = logging.makeLogRecord(
        {"msg": "login.refused", "levelno": logging.WARNING, "created": 0.0, **facts}
    )
    handler = Terminal(console)
    if handler.filter(record):
        handler.emit(record)
    return out.getvalue()


REFUSED: dict[str, Any] = {
    "code": "bad-credentials",
    "reason": "the password is wrong",
    "pii_name": "carol",
    "pii_address": "192.0.2.1",
}


def test_an_event_is_its_name_a_sentence_and_a_line_of_advice() -> None:
    first, second = shown(**REFUSED).splitlines()
    assert first.split("  ")[1] == "login.refused", "the name can be searched for"
    assert first.endswith("Login of carol from 192.0.2.1 refused: the password is wrong")
    assert second.strip().startswith("Set a new password: `offhook endpoint update carol")


def test_there_are_colours_on_a_terminal_only() -> None:
    assert "\x1b[" in shown(colours=True, **REFUSED)
    assert "\x1b" not in shown(**REFUSED)


@pytest.mark.threat("stored-scripts")
def test_peer_text_cannot_control_the_terminal_or_forge_a_line() -> None:
    name = "x\r\n12:00:00  server.stopped\x1b[2J\x9b1A\u202e[bold red]" + "y" * 5_000
    facts: dict[str, Any] = REFUSED | {"pii_name": name}
    text = shown(**facts)
    assert len(text.splitlines()) == 2
    assert text.replace("\n", "").isprintable()
    assert "[bold red]" in text, "markup of a peer is text"
    assert len(text) < 1_000


def test_credentials_and_parameters_of_a_url_are_not_shown() -> None:
    text = shown(
        msg="application.failed",
        application="hello",
        code="11205",
        reason="connect",
        url="https://me:north@voice.example:8443/answer?token=south",
    )
    assert "https://voice.example:8443/answer" in text
    assert "north" not in text
    assert "south" not in text


def test_omitted_lines_are_counted() -> None:
    assert "(and 312 more like it before)" in shown(**REFUSED, left_out=312)


def test_the_start_message_is_not_printed_twice() -> None:
    assert shown(msg="server.started", url="http://127.0.0.1:8480") == ""


@pytest.mark.parametrize("width", [20, 200])
def test_a_mistake_of_ours_is_shown_with_its_trace(width: int) -> None:
    try:
        raise RuntimeError("oops" * width)
    except RuntimeError:
        text = shown(msg="call.crashed", levelno=logging.ERROR, exc_info=sys.exc_info(), call="abc")
    assert "call=abc" in text
    assert "RuntimeError: oops" in text
