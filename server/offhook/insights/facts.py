"""The fields of a log record besides its event."""

import logging
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from offhook.base.web import without_login

_OURS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields besides its event. URLs are without credentials and parameters."""
    facts: dict[str, object] = {
        name: without_login(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _OURS
    }
    url = facts.get("url")
    if isinstance(url, str):
        facts["url"] = _public(url)
    return facts


def trace_of(record: logging.LogRecord) -> str:
    """The traceback of an exception, without credentials in it; empty without an exception."""
    if not record.exc_info:
        return ""
    return without_login(logging.Formatter().formatException(record.exc_info))


def _public(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(no URL)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
