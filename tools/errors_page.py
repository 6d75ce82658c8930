#!/usr/bin/env python3
"""Writes docs/reference/errors.md from spec/errors.toml, spec/causes.toml and the server's own tables."""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from offhook.base.web import WebFailure, WebFault
from offhook.dialects.registry import plugins
from offhook.insights.sentences import HINTS
from offhook.verbs.base import Purpose

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "errors.md"


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield "# Errors, and what to do about them"
    yield ""
    yield "Generated from `spec/errors.toml` and `spec/causes.toml` by `tools/errors_page.py`."
    yield ""
    yield "## Codes of errors"
    yield ""
    yield (
        "In answers of the API (`code`, with its HTTP status), refused log-ins (`denied`) and errors "
        "of the SDK (`error.code`)."
    )
    yield ""
    yield "| code | status | what it says | what to do |"
    yield "|---|---|---|---|"
    for code, row in sorted(_spec("errors").items()):
        yield f"| `{code}` | {row.get('status', '')} | {_cell(row['message'])} | {_cell(row['hint'])} |"
    yield ""
    yield "## When an application could not be used"
    yield ""
    yield "`application.failed` in the log, `document-failed` in a call's journal."
    yield ""
    dialects = {name: plugin.dialect for name, plugin in sorted(plugins().items())}
    yield f"| reason | {' | '.join(f'code, {name}' for name in dialects)} | what to do |"
    yield "|---" * (len(dialects) + 2) + "|"
    for fault in WebFault:
        hint = HINTS[fault].replace("{host}", "HOST").replace("{application}", "NAME")
        failure = WebFailure(fault, "")
        codes = [each.failure_code(failure, Purpose.ANSWER) for each in dialects.values()]
        yield f"| `{fault}` | {' | '.join(codes)} | {_cell(hint)} |"
    yield ""
    yield "## Why a call ended"
    yield ""
    yield "| cause | what people read | SIP | Q.850 |"
    yield "|---|---|---|---|"
    for cause, row in sorted(_spec("causes").items()):
        yield f"| `{cause}` | {_cell(row['sentence'])} | {row['sip']} | {row['q850']} |"


def _spec(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / "spec" / f"{name}.toml").read_text())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def pages() -> Mapping[Path, str]:
    """The page with its text."""
    return {PAGE: "\n".join(lines()) + "\n"}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)} written\n")
