"""Replays documents of `spec/xml` through a dialect."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, cast

from offhook.base.address import Address
from offhook.base.media import Tones
from offhook.base.web import WebReply
from offhook.dialects.base import Dialect, DocumentError
from offhook.verbs.base import Purpose, verb_name

URL = "https://app.example.com/voice/answer"


def documents(folder: Path) -> Sequence[Path]:
    """All documents in `folder`."""
    return sorted(folder.glob("*.xml"))


def replay(dialect: Dialect, document: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a document means to the dialect, cut down to what is expected of it, and that.

    Returns:
        Found and expected; equal when all is well.
    """
    expected = tomllib.loads(document.with_suffix(".toml").read_text("utf-8"))
    reply = WebReply(
        url=URL,
        status=200,
        content_type=expected.pop("content_type", "text/xml"),
        body=document.read_bytes(),
        took_ms=1,
        charset=expected.pop("charset", ""),
    )
    purpose = Purpose(expected.pop("purpose", "answer"))
    try:
        script = dialect.parse(reply, purpose)
    except DocumentError as error:
        return {"error": error.code}, expected
    expected.setdefault("warnings", [])
    found = {
        "verbs": [{"verb": verb_name(verb), **_plain(verb)} for verb in script.verbs],
        "warnings": [warning.code for warning in script.warnings],
    }
    return cast("dict[str, Any]", _like(found, expected)), expected


def _plain(value: Any) -> Any:  # noqa: ANN401  (any value a verb may hold)
    if isinstance(value, Tones):
        return value.name
    if isinstance(value, Address):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in cast("tuple[Any, ...]", value)]
    return value


def _like(found: Any, expected: Any) -> Any:  # noqa: ANN401  (any value of a TOML file)
    """`found` without what `expected` does not name."""
    if isinstance(found, dict) and isinstance(expected, dict):
        known = cast("dict[str, Any]", found)
        wanted = cast("dict[str, Any]", expected)
        # Custom parameters and headers are named whole: one too many is a mistake.
        return {
            name: value if name in ("parameters", "headers") else _like(value, wanted[name])
            for name, value in known.items()
            if name in wanted
        }
    if isinstance(found, list) and isinstance(expected, list):
        parts, wanted_parts = cast("list[Any]", found), cast("list[Any]", expected)
        if len(parts) == len(wanted_parts):
            return [_like(part, wanted) for part, wanted in zip(parts, wanted_parts, strict=True)]
    return cast("object", found)
