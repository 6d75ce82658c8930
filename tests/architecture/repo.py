"""The tree as the architecture tests see it: its files, its parts, and the exceptions it was granted."""

import ast
import functools
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEST_FOLDERS = frozenset({"tests", "test"})
GENERATED = ("package-lock.json", "Cargo.lock", "requirements.lock")


@functools.cache
def files() -> tuple[str, ...]:
    """Every file that is, or is about to be, in the history; paths from the top, with `/`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file()))


@functools.cache
def text(path: str) -> str:
    """A file's text, or nothing when it is not text."""
    try:
        return (ROOT / path).read_text()
    except UnicodeDecodeError:
        return ""


def with_ending(*endings: str) -> list[str]:
    """The files with one of these endings; there must be one, or a rule would hold over nothing."""
    found = [path for path in files() if path.endswith(endings)]
    assert found, f"there is no file that ends with {' or '.join(endings)}"
    return found


_TEST_MODULE = re.compile(r"^#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))? )?mod (\w+);", re.MULTILINE)


@functools.cache
def rust_test_modules() -> tuple[str, ...]:
    """Files, and folders with a `/`, of Rust modules that are compiled for tests only."""
    found: list[str] = []
    for path in with_ending(".rs"):
        folder = (
            path.rpartition("/")[0] if path.endswith(("lib.rs", "mod.rs", "main.rs")) else path[:-3]
        )
        for name in _TEST_MODULE.findall(text(path)):
            found += [f"{folder}/{name}.rs", f"{folder}/{name}/"]
    return tuple(found)


def is_test(path: str) -> bool:
    """Whether a file is there for tests only."""
    folders, _, name = path.rpartition("/")
    if TEST_FOLDERS.intersection(folders.split("/")) or name.endswith(".test.ts"):
        return True
    return path.endswith(".rs") and path.startswith(rust_test_modules())


def sources(*endings: str) -> list[str]:
    """The source files with one of these endings, tests aside."""
    return [path for path in with_ending(*endings) if not is_test(path)]


@functools.cache
def syntax(path: str) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(text(path), path)


def without_test_module(rust: str) -> str:
    """Rust source up to its in-file test module."""
    return re.split(r"^#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*mod \w+ \{", rust, flags=re.MULTILINE)[
        0
    ]


_INERT = re.compile(
    r"""
      //[^\n]* | /\*.*?\*/                       # comments
    | r(?P<fence>\#*)".*?"(?P=fence)             # Rust's raw strings
    | b?"(?:\\.|[^"\\])*"                        # strings
    | '(?:\\.|[^'\\\n])' | '(?:\\.|[^'\\\n])*'(?=[,;:)\]\s}.])   # characters and TypeScript's strings
    | `(?:\\.|[^`\\])*`                          # templates
    """,
    re.VERBOSE | re.DOTALL,
)


def skeleton(code: str) -> str:
    """Rust or TypeScript with comments and strings blanked, each line where it was."""
    return _INERT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), code)


@dataclass(frozen=True, slots=True)
class AllowedException:
    """An exception: which rule, which file, which name in it, and why."""

    rule: str
    path: str
    name: str


@functools.cache
def exceptions() -> frozenset[AllowedException]:
    """The exceptions in `allow.toml`; one without a reason is no exception."""
    table = tomllib.loads((ROOT / "tests/architecture/allow.toml").read_text())
    found: set[AllowedException] = set()
    for line in table.get("allow", []):
        assert len(line["reason"]) >= 20, f"{line['path']}: the reason must say why, in a sentence"
        assert (ROOT / line["path"]).exists(), f"{line['path']} is gone: so must its exception go"
        found.add(AllowedException(line["rule"], line["path"], line.get("name", "")))
    return frozenset(found)


def allowed(rule: str, path: str, name: str = "") -> bool:
    """Whether an exception covers this file, or its folder, or this name in it."""
    return any(
        entry.rule == rule
        and (path == entry.path or path.startswith(entry.path.rstrip("/") + "/"))
        and entry.name in ("", name)
        for entry in exceptions()
    )


def fail_on(violations: Iterator[str] | list[str], hint: str) -> None:
    """Fails with all violations at once, and what to do about them."""
    found = list(violations)
    assert not found, "\n".join([f"{len(found)} found. {hint}", *found])
