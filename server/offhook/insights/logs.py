"""Writes the log: one JSON object a line, in which nothing a peer said can look like a line."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

_OURS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LONGEST: Final = 2_000


class JsonLines(logging.Formatter):
    """Formats a record as one line of ASCII: control and bidirectional characters are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": record.name,
            "event": record.getMessage()[:_LONGEST],
        }
        extra = {name: value for name, value in vars(record).items() if name not in _OURS}
        told.update({name: _bounded(value) for name, value in extra.items()})
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=True)


def _bounded(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_LONGEST]


def configure(level: str) -> None:
    """Log to standard error from `level` (`debug`, `info`, `warning`, `error`) upwards."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.WARNING)
    logging.getLogger("offhook").setLevel(level.upper())
