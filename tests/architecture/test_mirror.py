"""The server's tests mirror the server file by file."""

import ast
import re

import repo

SOURCE = "server/offhook/"
TESTS = "server/tests/"
HINT = "Put the test of server/offhook/PACKAGE/FILE.py into server/tests/PACKAGE/test_FILE.py."

# A file may be tested beside its neighbours, in the tests of its own package, if they import it by name.
_IMPORTS = re.compile(
    r"^from (offhook[\w.]*) import \(?([^)\n]+|[^)]+)\)?|^import (offhook[\w.]+)", re.MULTILINE
)


def place_of(source: str) -> str:
    """Where the tests of a source file are."""
    folder, _, name = source.removeprefix(SOURCE).rpartition("/")
    return f"{TESTS}{folder}/test_{name}" if folder else f"{TESTS}test_{name}"


def has_logic(path: str) -> bool:
    """Whether there is a function to test: one with a branch, a loop or a call, outside protocols."""
    tree = repo.syntax(path)
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


def modules_tested_in(package: str) -> set[str]:
    """The modules that the tests of a package import, dotted."""
    found: set[str] = set()
    for path in repo.files():
        if path.startswith(f"{TESTS}{package}/"):
            for module, names, whole in _IMPORTS.findall(repo.text(path)):
                found |= {module or whole}
                found |= {f"{module}.{name.split(' as ')[0].strip()}" for name in names.split(",")}
    return found


def is_tested(path: str) -> bool:
    """Whether a source file has its own test, or its package's tests import it."""
    package, _, below = path.removeprefix(SOURCE).partition("/")
    module = path.removeprefix("server/").removesuffix(".py").replace("/", ".")
    return place_of(path) in repo.files() or (bool(below) and module in modules_tested_in(package))


def test_every_file_with_logic_has_its_test() -> None:
    violations = [
        f"{path}: {place_of(path)} is missing"
        for path in repo.sources(".py")
        if path.startswith(SOURCE)
        and not path.endswith("__init__.py")
        and has_logic(path)
        and not is_tested(path)
        and not repo.allowed("mirror", path)
    ]
    repo.fail_on(violations, HINT)


def test_every_test_belongs_to_a_file_or_a_package() -> None:
    packages = {path.rpartition("/")[0] for path in repo.files() if path.startswith(SOURCE)}
    expected = {place_of(path) for path in repo.files() if path.startswith(SOURCE)}
    expected |= {place_of(f"{package}.py") for package in packages} | {
        f"{TESTS}{p.removeprefix(SOURCE)}/test_{p.rsplit('/')[-1]}.py" for p in packages
    }
    violations = [
        f"{path}: no source file or package has this name"
        for path in repo.files()
        if path.startswith(TESTS)
        and path.rpartition("/")[2].startswith("test_")
        and path not in expected
        and not repo.allowed("mirror", path)
    ]
    repo.fail_on(violations, HINT)
