"""A test is where one would look for it: the server's tests mirror the server file by file."""

import ast
import re

import house

SOURCE = "server/offhook/"
TESTS = "server/tests/"
HINT = "Put the test of server/offhook/ROOM/FILE.py into server/tests/ROOM/test_FILE.py."

# A file may be tested beside its neighbours, in the tests of its own room, if they import it by name.
_IMPORTS = re.compile(
    r"^from (offhook[\w.]*) import \(?([^)\n]+|[^)]+)\)?|^import (offhook[\w.]+)", re.MULTILINE
)


def place_of(source: str) -> str:
    """Where the tests of a source file are."""
    folder, _, name = source.removeprefix(SOURCE).rpartition("/")
    return f"{TESTS}{folder}/test_{name}" if folder else f"{TESTS}test_{name}"


def decides_something(path: str) -> bool:
    """Whether there is a function to test: one with a branch, a loop or a call, outside protocols."""
    tree = house.syntax(path)
    protocols = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    ]
    exempt = {id(child) for protocol in protocols for child in ast.walk(protocol)}
    return any(
        isinstance(node, ast.If | ast.For | ast.While | ast.Match | ast.Try)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if id(node) not in exempt
    )


def modules_tested_in(room: str) -> set[str]:
    """The modules that the tests of a room import, dotted."""
    found: set[str] = set()
    for path in house.files():
        if path.startswith(f"{TESTS}{room}/"):
            for package, names, whole in _IMPORTS.findall(house.text(path)):
                found |= {package or whole}
                found |= {f"{package}.{name.split(' as ')[0].strip()}" for name in names.split(",")}
    return found


def is_tested(path: str) -> bool:
    """Whether a source file has its own test, or its room's tests import it."""
    room, _, below = path.removeprefix(SOURCE).partition("/")
    module = path.removeprefix("server/").removesuffix(".py").replace("/", ".")
    return place_of(path) in house.files() or (bool(below) and module in modules_tested_in(room))


def test_every_file_with_logic_has_its_test() -> None:
    wrongs = [
        f"{path}: {place_of(path)} is missing"
        for path in house.sources(".py")
        if path.startswith(SOURCE)
        and not path.endswith("__init__.py")
        and decides_something(path)
        and not is_tested(path)
        and not house.granted("mirror", path)
    ]
    house.complain(wrongs, HINT)


def test_every_test_belongs_to_a_file_or_a_package() -> None:
    rooms = {path.rpartition("/")[0] for path in house.files() if path.startswith(SOURCE)}
    expected = {place_of(path) for path in house.files() if path.startswith(SOURCE)}
    expected |= {place_of(f"{room}.py") for room in rooms} | {
        f"{TESTS}{r.removeprefix(SOURCE)}/test_{r.rsplit('/')[-1]}.py" for r in rooms
    }
    wrongs = [
        f"{path}: there is nothing of this name to test"
        for path in house.files()
        if path.startswith(TESTS)
        and path.rpartition("/")[2].startswith("test_")
        and path not in expected
        and not house.granted("mirror", path)
    ]
    house.complain(wrongs, HINT)
