#!/usr/bin/env python3
"""Reads `spec/verbs`: the verbs of both dialects side by side, and the stories that show each attribute.

tools/verb_table.py          says how many rows there are
tools/verb_table.py --try    runs stories without their attribute, or with it renamed: they must fail
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
SPEC: Final = ROOT / "spec/verbs"
STORIES: Final = ROOT / "tests/stories"
DIALECTS: Final = ("twilio", "plivo")
_TITLES: Final = {"twilio": "TwiML", "plivo": "Plivo XML"}
_STORY: Final = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One attribute of one element, or one parameter of a dialect's requests.

    Attributes:
        element: Empty for a parameter.
        stories: Names of tests that show it.
    """

    dialect: str
    element: str
    name: str
    default: str
    stories: tuple[str, ...]

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"{self.dialect} {self.element or 'parameter'} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meaning, in each dialect that has it."""

    what: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One file of the table."""

    title: str
    about: str
    attributes: tuple[Row, ...]
    parameters: tuple[Row, ...]

    @property
    def cells(self) -> Iterator[Cell]:
        """All cells."""
        for row in (*self.attributes, *self.parameters):
            yield from row.cells


def read(folder: Path = SPEC) -> Sequence[Group]:
    """The whole table, by file."""
    return [
        _group(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))
    ]


def _group(value: Mapping[str, Any]) -> Group:
    return Group(
        title=value["title"],
        about=value["about"],
        attributes=tuple(_row(row, parameter=False) for row in value.get("attribute", ())),
        parameters=tuple(_row(row, parameter=True) for row in value.get("parameter", ())),
    )


def _row(value: Mapping[str, Any], *, parameter: bool) -> Row:
    cells: list[Cell] = []
    for dialect in DIALECTS:
        known = value.get(dialect, {})
        elements: Mapping[str, Any] = {"": known} if parameter and known else known
        for element, cell in elements.items():
            cells.append(
                Cell(
                    dialect=dialect,
                    element=element,
                    name=cell["name"],
                    default=cell.get("default", ""),
                    stories=tuple(cell["stories"]),
                )
            )
    return Row(what=value["what"], cells=tuple(cells))


def stories() -> Mapping[str, Path]:
    """Every story there is, with its file."""
    return {
        name: path
        for path in sorted(STORIES.glob("test_*.py"))
        for name in _STORY.findall(path.read_text("utf-8"))
    }


def page() -> str:
    """The page of the manual."""
    lines = [
        "# Verbs, side by side",
        "",
        "This page is generated from `spec/verbs` by `tools/reference_pages.py`: what an attribute means, "
        "its name and default in each dialect's elements, and the parameters of requests that follow. The "
        "pages on [TwiML](twiml.md) and [Plivo XML](plivo-xml.md) list all attributes of all elements.",
    ]
    for group in read():
        lines += ["", f"## {group.title}", "", group.about]
        for title, rows in (("attribute", group.attributes), ("parameter", group.parameters)):
            if rows:
                lines += [
                    "",
                    f"| {title} | {_TITLES['twilio']} | {_TITLES['plivo']} |",
                    "|---|---|---|",
                ]
                lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    shown = {
        dialect: "; ".join(_shown(cell) for cell in row.cells if cell.dialect == dialect)
        for dialect in DIALECTS
    }
    return f"| {row.what} | {shown['twilio']} | {shown['plivo']} |"


def _shown(cell: Cell) -> str:
    where = f"`<{cell.element}>` " if cell.element else ""
    default = f" ({cell.default})" if cell.default else ""
    return f"{where}`{cell.name}`{default}"


def attempt(cell: Cell, story: str, path: Path) -> bool:
    """Whether the story fails without the attribute, or with the parameter renamed."""
    what = f"{cell.dialect}:{cell.element}:{cell.name}"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            str(path),
            "-k",
            story,
        ],
        cwd=ROOT,
        env=os.environ | {"OFFHOOK_WITHOUT": what},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 1


def main(arguments: Sequence[str]) -> int:
    """Count the rows, or try them."""
    known = stories()
    cells = [cell for group in read() for cell in group.cells]
    if "--try" not in arguments:
        sys.stdout.write(f"{len(cells)} attributes and parameters\n")
        return 0
    empty = 0
    for cell in cells:
        # One of the stories must notice.
        if not any(attempt(cell, story, known[story]) for story in cell.stories):
            sys.stdout.write(f"{cell.title}: every story passes without it\n")
            empty += 1
    sys.stdout.write(f"{len(cells) - empty} of {len(cells)} are shown by a story\n")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
