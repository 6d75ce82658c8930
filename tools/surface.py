"""Turns a vendor's reference page, saved as text, into the rows that a facade promises.

The page itself is the vendor's and stays outside of the repository; what is kept are names and
short facts: what a value may be, what it is by default, what a function is given. No sentence is
taken over.

    tools/surface.py PAGE.txt NAME > spec/surface/NAME.toml
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

HEAD: Final = (
    "# The public surface of a vendor's SDK as its reference page lists it:"
    " what `offhook/{name}` answers to.\n"
    "# A row is a name and a short fact. tests/browser/{name}.test.ts exercises each row.\n"
    "# Made by tools/surface.py from the page; do not edit.\n"
)
SECTIONS: Final = (
    "Configuration parameters",
    "Variables",
    "Methods",
    "Methods in Audio Device API",
    "Objects in Audio Device API",
    "Events",
    "CallInfo object",
    "Examples",
)
LONGEST: Final = 160
"""Letters of a fact: more would be prose."""

Rows = dict[str, str]

_CALL: Final = re.compile(r"^(\w+)(?:\((.*)\))?$", re.DOTALL)
_METRIC: Final = re.compile(r"^(\w+)\s*:[^{}]*\{(.*?)\}", re.DOTALL | re.MULTILINE)
_FIELD: Final = re.compile(r"^(group|type|desc|stream)\s*:\s*(.*?),?\s*(?://.*)?$", re.MULTILINE)
_QUOTED: Final = re.compile("[\u2018\u2019'`]([^\u2018\u2019'`]+)")
_ERROR: Final = re.compile(r"^[A-Z]+(?:_[A-Z]+)+$", re.MULTILINE)
_ISSUES: Final = re.compile(r"(?:[A-Z_]{2,}, )+[A-Z_]{2,}")
_WORD: Final = re.compile(r"[A-Z_]+")
_CHOICE: Final = re.compile(r"\b(?:be|either|being) ([\w.]+) or (\w+)")
_STATE: Final = re.compile(r"^\d+\. ([a-z]+)$", re.MULTILINE)


class NotThePageError(Exception):
    """The text is not the page, or the page is another one by now."""


def surface(page: str) -> dict[str, Rows]:
    """The rows of every table, by the table's name.

    Raises:
        NotThePageError: a table is missing, or a row of it cannot be read.
    """
    parts = _sections(page)
    methods = list(_table(parts["Methods"], 2))
    events = list(_table(parts["Events"], 2))
    metrics = _cell(events, "mediaMetrics")
    kinds: dict[str, Rows] = {
        "option": dict(_options(parts["Configuration parameters"])),
        "variable": {name: "variable" for name, _ in _table(parts["Variables"], 2)},
        "method": dict(_call(cell) for cell, _ in methods),
        "issue": _names(_WORD, _list(_ISSUES, _cell(methods, "submitCallQualityFeedback"))),
        "audio-method": dict(_call(c) for c, _ in _table(parts["Methods in Audio Device API"], 2)),
        "audio-object": dict(_objects(parts["Objects in Audio Device API"])),
        "event": dict(_call(cell) for cell, _ in events),
        "login-error": _names(_ERROR, _cell(events, "onCallFailed")),
        "metric": dict(_metrics(metrics)),
        "call-info": dict(_properties(parts["CallInfo object"])),
        "call-state": _names(_STATE, parts["CallInfo object"].rpartition("state\n|")[2]),
    }
    empty = [kind for kind, rows in kinds.items() if not rows]
    if empty:
        raise NotThePageError(f"nothing was found for: {', '.join(empty)}")
    return kinds


def written(kinds: Mapping[str, Rows], name: str) -> str:
    """The rows as the small part of TOML that the tests read."""
    tables = [
        f"\n[{kind}]\n" + "".join(f"{_key(name)} = {_text(fact)}\n" for name, fact in rows.items())
        for kind, rows in kinds.items()
    ]
    return HEAD.format(name=name) + "".join(tables)


def _key(name: str) -> str:
    return _text(name) if "." in name else name


def _text(fact: str) -> str:
    short = fact if len(fact) <= LONGEST else fact[: LONGEST - 1] + "…"
    return json.dumps(short, ensure_ascii=False)


def _sections(page: str) -> dict[str, str]:
    """The text between the headings, each of which is a line of its own."""
    lines = page.splitlines()
    found: dict[str, str] = {}
    for heading, following in pairwise(SECTIONS):
        # A contents list may name a heading before: the last of that name counts.
        begins = [at for at, line in enumerate(lines) if line.strip() == heading]
        ends = [at for at, line in enumerate(lines) if line.strip() == following]
        if not begins or not ends or ends[-1] < begins[-1]:
            raise NotThePageError(f"there is no part {heading!r} before {following!r}")
        found[heading] = "\n".join(lines[begins[-1] + 1 : ends[-1]])
    return found


def _table(part: str, columns: int) -> Iterator[Sequence[str]]:
    """The rows of a table, whose cells end with a bar; notes between them are no cells."""
    cells = [cell.strip() for cell in part.replace("||", "or").split("|")]
    # What stands after the last bar is no cell.
    kept = [cell for cell in cells[:-1] if not cell.startswith("Note:")]
    rows = [kept[at : at + columns] for at in range(0, len(kept), columns)]
    if not rows or len(rows[-1]) < columns:
        raise NotThePageError(f"a row of {columns} cells is broken: {kept[-columns:]!r}")
    # The first row names the columns.
    return iter(rows[1:])


def _cell(rows: Sequence[Sequence[str]], name: str) -> str:
    for first, second in rows:
        if re.match(rf"{name}\b", first):
            return second
    raise NotThePageError(f"there is no row {name}")


def _call(cell: str) -> tuple[str, str]:
    """`login(username, password)` by its name and what it is given."""
    match = _CALL.match(cell.strip())
    if match is None:
        raise NotThePageError(f"neither a name nor a call: {cell!r}")
    name, given = match.groups()
    return name, f"({given})" if given is not None else "no arguments"


def _options(part: str) -> Iterator[tuple[str, str]]:
    for name, _, allowed, default in _table(part, 4):
        yield name, f"{_line(allowed)}; default {_line(default)}"


def _objects(part: str) -> Iterator[tuple[str, str]]:
    for name, members, _ in _table(part, 3):
        for member in members.splitlines():
            called, given = _call(member)
            yield f"{name}.{called}", given


def _metrics(cell: str) -> Iterator[tuple[str, str]]:
    for name, body in _METRIC.findall(cell):
        fields = {key: " or ".join(_words(value)) for key, value in _FIELD.findall(body)}
        yield name, "; ".join(f"{key} {value}" for key, value in fields.items())


def _words(value: str) -> list[str]:
    return [word.strip() for word in _QUOTED.findall(value) if word.strip() not in ("or", "")] or [
        value
    ]


def _properties(part: str) -> Iterator[tuple[str, str]]:
    table = part[part.index("Property |") :] if "Property |" in part else part
    for name, told in _table(table, 2):
        choice = _CHOICE.search(told)
        yield name, " or ".join(choice.groups()) if choice else "a property"


def _names(pattern: re.Pattern[str], text: str) -> Rows:
    return dict.fromkeys(pattern.findall(text), "one of the list")


def _list(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _line(cell: str) -> str:
    return re.sub(r"\s+", " ", cell).strip()


def main(arguments: Sequence[str]) -> int:
    """Write the rows of a page to the standard output."""
    if len(arguments) != 2:
        print("usage: tools/surface.py PAGE.txt NAME", file=sys.stderr)
        return 2
    page, name = arguments
    try:
        print(written(surface(Path(page).read_text(encoding="utf-8")), name), end="")
    except NotThePageError as error:
        print(f"{page}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
