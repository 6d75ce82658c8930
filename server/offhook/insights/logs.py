"""Writes the log: how much of it, in which form, and one JSON object a line for programs."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from offhook.base.web import without_login
from offhook.insights.facts import facts_of, trace_of

_LONGEST: Final = 2_000
_PERSONAL: Final = "pii_"
_WINDOW_S: Final = 10.0
_MOST_IN_WINDOW: Final = 20
_KINDS: Final = 1_000


class JsonLines(logging.Formatter):
    """Formats a record as one line of ASCII: control and bidirectional characters are escaped.

    Names and addresses of people (facts that begin with `pii_`) are left out: files are kept and copied.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": without_login(record.getMessage())[:_LONGEST],
        }
        facts = {k: v for k, v in facts_of(record).items() if not k.startswith(_PERSONAL)}
        line.update({name: _bounded(value) for name, value in facts.items()})
        if trace := trace_of(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=True)


class Bounded(logging.Filter):
    """Limits how many records of a kind are logged in ten seconds: a client must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[tuple[str, str], tuple[float, int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; the first of the next window says how many were left out."""
        kind = (record.name, str(record.msg)[:100])
        began, count, left_out = self._windows.get(kind, (record.created, 0, 0))
        if not 0 <= record.created - began < _WINDOW_S:
            if left_out:
                record.left_out = left_out
            began, count, left_out = record.created, 0, 0
        good = count < _MOST_IN_WINDOW
        if len(self._windows) >= _KINDS and kind not in self._windows:
            self._windows.clear()
        self._windows[kind] = (began, count + good, left_out + (not good))
        return good


def _bounded(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_LONGEST]


def configure(level: str, form: str = "json") -> None:
    """Log to standard error.

    Args:
        level: `debug`, `info`, `warning` or `error`, and what is worse.
        form: `text` for people, `json` for programs; `auto` is text on a terminal.
    """
    if form == "text" or (form == "auto" and sys.stderr.isatty()):
        # Imported for a terminal only: it takes as long as the rest of a short command.
        from offhook.insights.terminal import on_standard_error

        handler = on_standard_error()
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
    handler.addFilter(Bounded())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("offhook").setLevel(level.upper())
