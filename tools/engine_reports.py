"""Writes the package's classes of media reports from the structs of the engine's core."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "engine/core/src/event.rs"
PAGE: Final = ROOT / "engine/py/python/offhook_engine/reports.py"
CLASSES: Final = ("LevelReport", "StreamReport")
TYPES: Final[Mapping[str, tuple[str, str]]] = {
    # What is appended to the name, and the type.
    "u64": ("", "int"),
    "u32": ("", "int"),
    "f32": ("", "float"),
    "bool": ("", "bool"),
    "Duration": ("_s", "float"),
    "Option<f32>": ("", "float | None"),
    "Option<LevelReport>": ("", "LevelReport | None = None"),
}


def pages() -> Mapping[Path, str]:
    """The module, whole."""
    source = SOURCE.read_text()
    head = (
        '"""Reports on a leg\'s media. Generated from `engine/core/src/event.rs`; '
        'lengths are in seconds."""\n\nfrom __future__ import annotations\n\n'
        "from dataclasses import dataclass\n"
    )
    return {
        PAGE: head + "".join("\n\n" + "\n".join(_lines(source, name)) + "\n" for name in CLASSES)
    }


def _lines(source: str, name: str) -> Iterator[str]:
    pattern = rf"((?:^///.*\n)+)(?:^#.*\n)*^pub struct {name} {{\n((?: .*\n)+)}}"
    found = re.search(pattern, source, re.MULTILINE)
    if found is None:
        raise ValueError(f"{SOURCE} has no struct {name}")
    summary, body = found.groups()
    fields = [
        (field + TYPES[kind][0], TYPES[kind][1], _text(said))
        for said, field, kind in re.findall(r"((?: +///.*\n)+) +pub (\w+): (.+),\n", body)
    ]
    yield "@dataclass(frozen=True, slots=True)"
    yield f"class {name}:"
    yield f'    """{_text(summary)}'
    yield ""
    yield "    Attributes:"
    for field, _, said in fields:
        yield from textwrap.wrap(
            f"{field}: {said}", 108, initial_indent=" " * 8, subsequent_indent=" " * 12
        )
    yield '    """'
    yield ""
    yield from (f"    {field}: {kind}" for field, kind, _ in fields)


def _text(comment: str) -> str:
    return " ".join(line.strip().removeprefix("///").strip() for line in comment.splitlines())
