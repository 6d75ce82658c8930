"""Vendors are named in their own packages only, and no name is a word that fits everything."""

import ast
import re
from collections.abc import Iterator

import repo

VENDOR = re.compile(r"twilio|plivo|twiml", re.IGNORECASE)
# Packages about a vendor, and the places where people read about them.
VENDOR_PLACES = (
    re.compile(r"^server/offhook/dialects/(twilio|plivo)/"),
    re.compile(r"^server/offhook/links/(twilio|plivo)/"),
    re.compile(r"^sdk/src/facades/(twilio|plivo)/"),
    re.compile(r"(^|/)tests?/"),
    re.compile(r"\.(test|measure)\.ts$"),
    re.compile(r"^(docs|examples|spec|\.github/ISSUE_TEMPLATE)/"),
    re.compile(r"\.(md|toml|in|lock|json)$"),
)
EMPTY = frozenset({"manager", "managers", "helper", "helpers", "util", "utils"})
HINT_VENDOR = "Say it without the vendor's name, or move it into the vendor's dialect or facade."
HINT_EMPTY = "Name it for what it is or does: see docs/style.md."

_RUST_NAME = re.compile(
    r"\b(?:fn|struct|enum|trait|mod|const|static|type|union)\s+(?:mut\s+)?(?P<name>[A-Za-z_]\w*)"
)
_SCRIPT_NAME = re.compile(
    r"\b(?:function\*?|class|interface|type|enum|const|let|namespace)\s+(?P<name>[A-Za-z_$][\w$]*)"
)


def words(name: str) -> set[str]:
    """The words that a name in any spelling is made of, in lower case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return {word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced)}


def python_names(path: str) -> Iterator[str]:
    """What a Python file gives a name of its own: classes, functions and module constants."""
    tree = repo.syntax(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        yield from (target.id for target in targets if isinstance(target, ast.Name))
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id


def names(path: str) -> Iterator[str]:
    """The names that a source file introduces, its own first."""
    yield from path.split("/")
    if path.endswith((".py", ".pyi")):
        yield from python_names(path)
    else:
        pattern = _RUST_NAME if path.endswith(".rs") else _SCRIPT_NAME
        yield from (match["name"] for match in pattern.finditer(repo.skeleton(repo.text(path))))


def test_vendors_are_named_only_in_their_own_packages() -> None:
    violations: list[str] = []
    looked = 0
    for path in repo.files():
        if any(place.search(path) for place in VENDOR_PLACES) or repo.allowed("vendor", path):
            continue
        looked += 1
        lines = enumerate(repo.text(path).splitlines(), 1)
        violations += [
            f"{path}:{number}: {line.strip()[:80]}" for number, line in lines if VENDOR.search(line)
        ]
    assert looked > 20
    repo.fail_on(violations, HINT_VENDOR)


def test_names_avoid_empty_words() -> None:
    violations: list[str] = []
    for path in repo.sources(".py", ".pyi", ".rs", ".ts"):
        for name in names(path):
            empty = words(name.removesuffix(".py").removesuffix(".rs").removesuffix(".ts")) & EMPTY
            if empty and not repo.allowed("word", path, name):
                violations.append(f"{path}: {name} ({', '.join(sorted(empty))})")
    repo.fail_on(violations, HINT_EMPTY)


def test_names_are_taken_apart_in_every_spelling() -> None:
    assert words("CallManager") == {"call", "manager"}
    assert words("SDPUtil") == {"sdp", "util"}
    assert words("call_helper") == {"call", "helper"}
    assert words("utility") == {"utility"}
