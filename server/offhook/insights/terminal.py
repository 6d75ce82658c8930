"""Shows the log to the person who started the server: sentences in colour, and what to do."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from offhook.base.web import without_login
from offhook.insights.facts import facts_of, trace_of
from offhook.insights.sentences import SAID_BEFORE, sentence

_LONGEST_SHOWN: Final = 300
_STYLES: Final[Mapping[int, str]] = {
    logging.DEBUG: "dim",
    logging.INFO: "cyan",
    logging.WARNING: "yellow",
    logging.ERROR: "bold red",
}
_EVENT_WIDTH: Final = 18


def on_standard_error() -> logging.Handler:
    """A handler for the terminal of this process."""
    return Terminal(Console(stderr=True, highlight=False, markup=False))


class Terminal(logging.Handler):
    """Shows records to the person who started the server: what happened, and what to do."""

    def __init__(self, console: Console) -> None:
        """A handler for a terminal.

        Args:
            console: The terminal, with or without colours.
        """
        super().__init__()
        self._console = console
        self.addFilter(lambda record: record.getMessage() not in SAID_BEFORE)

    def emit(self, record: logging.LogRecord) -> None:
        """Show one record."""
        try:
            # Not wrapped: a line that is copied, or searched for, stays one line.
            self._console.print(self.text(record), soft_wrap=True)
        except Exception:  # noqa: BLE001  (as every handler: a line that fails must not end a call)
            self.handleError(record)

    def text(self, record: logging.LogRecord) -> Text:
        """The record as it is shown."""
        event = _shown(without_login(record.getMessage()))
        facts = {name: _shown(value) for name, value in facts_of(record).items()}
        said, hint = sentence(event, facts)
        at = datetime.fromtimestamp(record.created).astimezone()
        shown = Text()
        shown.append(f"{at:%H:%M:%S}  ", "dim")
        shown.append(f"{event:<{_EVENT_WIDTH}}  ", _STYLES.get(record.levelno, ""))
        shown.append(said)
        if left_out := facts.get("left_out"):
            shown.append(f" (and {left_out} more like it before)")
        if trace := trace_of(record):
            lines = (_printable(line) for line in trace.splitlines())
            shown.append("\n" + "\n".join(f"    {line}" for line in lines), "dim")
        if hint:
            shown.append(f"\n{'':<{_EVENT_WIDTH + 12}}{hint}", "dim")
        return shown


def _shown(value: object) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return _printable(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _printable(text: str) -> str:
    # Text of a peer must neither look like a log line nor control the terminal.
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
