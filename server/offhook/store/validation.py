"""Validates names, URLs and other fields before they are kept."""

import re
from typing import Final
from urllib.parse import urlsplit

from offhook.base.errors import UsageError

_LABEL: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,128}\Z")
_ENDPOINT: Final = re.compile(r"[A-Za-z0-9_\-.@+]{1,128}\Z")
_DIGITS: Final = re.compile(r"[1-9][0-9]{1,14}\Z")
_URL: Final = re.compile(r"[\x21-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]{1,4000}\Z")
_METHODS: Final = frozenset({"GET", "POST"})
_DIALECT: Final = re.compile(r"[a-z]{1,16}\Z")


def label(field: str, value: str) -> str:
    """A name for people: 1 to 128 characters, none of which controls a terminal or turns text.

    Raises:
        UsageError: it is not.
    """
    if not _LABEL.match(value) or not value.strip():
        raise UsageError(f"{field} must have 1 to 128 printable characters")
    return value


def optional_label(field: str, value: str) -> str:
    """A name for people, or nothing.

    Raises:
        UsageError: it is neither.
    """
    return label(field, value) if value else ""


def endpoint_name(value: str) -> str:
    """A name that others can dial.

    Raises:
        UsageError: it has other characters, or too many.
    """
    if not _ENDPOINT.match(value):
        raise UsageError("name must have 1 to 128 of A-Z a-z 0-9 _ - . @ +")
    return value


def digits(value: str) -> str:
    """A telephone number (E.164) without its `+`.

    Raises:
        UsageError: it is none.
    """
    bare = value.removeprefix("+")
    if not _DIGITS.match(bare):
        raise UsageError("number must be + and 2 to 15 digits, country code first")
    return bare


def url(field: str, value: str) -> str:
    """A URL of a user's web server, fragment included. Where it leads is checked when it is requested.

    Raises:
        UsageError: it is no absolute http or https URL.
    """
    try:
        parts = urlsplit(value)
        good = bool(_URL.match(value) and parts.hostname) and parts.scheme in ("http", "https")
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise UsageError(
            f"{field} must be an absolute http or https URL of at most 4000 characters"
        )
    return value


def optional_url(field: str, value: str) -> str:
    """A URL, or nothing.

    Raises:
        UsageError: it is neither.
    """
    return url(field, value) if value else ""


def method(field: str, value: str) -> str:
    """The HTTP method of a URL.

    Raises:
        UsageError: it is neither `GET` nor `POST`.
    """
    if value not in _METHODS:
        raise UsageError(f"{field} must be GET or POST")
    return value


def dialect(value: str, known: frozenset[str]) -> str:
    """The dialect of an application.

    Raises:
        UsageError: no dialect is called so.
    """
    if not _DIALECT.match(value) or (known and value not in known):
        raise UsageError(f"dialect must be one of {', '.join(sorted(known))}")
    return value
