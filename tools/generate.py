#!/usr/bin/env python3
"""Writes every file that is generated from `spec/`, from the server's code or from the tests.

tools/generate.py             all of them
tools/generate.py catalogs    only those of one generator
tools/generate.py --check     writes nothing; names the files that are out of date
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

import catalogs
import engine_reports
import errors_page
import reference_pages
from offhook.api.app import create_app
from offhook.base.config import Config
from offhook.base.journal.table import schema

if TYPE_CHECKING:
    from offhook.api.dependencies import ApiDependencies

ROOT: Final = Path(__file__).resolve().parent.parent
Pages = Mapping[Path, str]


def openapi() -> Pages:
    """The description of the native API, which the code makes of itself."""
    # Routes need nothing else before the first request.
    deps = cast("ApiDependencies", SimpleNamespace(config=Config()))
    text = json.dumps(create_app(deps).openapi(), indent=1, sort_keys=True) + "\n"
    return {ROOT / "spec/openapi.json": text}


def events() -> Pages:
    """The schema of the entries of a call's journal, from their classes."""
    text = json.dumps(schema(), indent=1, sort_keys=True) + "\n"
    return {ROOT / "spec/events.schema.json": text}


# In this order: pages of the manual are made from the catalogs and the description of the API.
GENERATORS: Final[Mapping[str, Callable[[], Pages]]] = {
    "catalogs": catalogs.pages,
    "openapi": openapi,
    "events": events,
    "reports": engine_reports.pages,
    "errors": errors_page.pages,
    "reference": reference_pages.pages,
}
# These write their files themselves; the tests beside them compare.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sdk": ("node", "sdk/scripts/tables.mjs"),
    "threats": (sys.executable, "tools/threats.py"),
}


def stale(pages: Pages) -> list[Path]:
    """The files whose text is not what the generator makes."""
    return [path for path, text in pages.items() if not path.exists() or path.read_text() != text]


def write(names: Iterable[str]) -> list[Path]:
    """Write the files of these generators that are out of date: which they were."""
    written: list[Path] = []
    for name in names:
        if name in COMMANDS:
            subprocess.run(COMMANDS[name], cwd=ROOT, check=True)
            continue
        pages = GENERATORS[name]()
        for path in stale(pages):
            path.write_text(pages[path])
            written.append(path)
    return written


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    every = [*GENERATORS, *COMMANDS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    names = options.names or every
    unknown = set(names) - set(every)
    if unknown:
        parser.error(f"no generator is called {', '.join(sorted(unknown))}")
    if options.check:
        found = [path for name in names if name in GENERATORS for path in stale(GENERATORS[name]())]
    else:
        found = write(names)
    for path in found:
        print(f"{path.relative_to(ROOT)} {'is out of date' if options.check else 'written'}")
    return int(options.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
