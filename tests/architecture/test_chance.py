"""Chance comes from a port, so that a seed decides it in tests; secrets are the exception."""

import ast

import repo

SOURCES = frozenset(("random", "secrets", "uuid"))
HINT = "Take it from `base.ids.Ids`, or say in tests/architecture/allow.toml why it must not be repeatable."


def own_chance(tree: ast.AST) -> list[int]:
    """The lines on which a module imports chance of its own, or takes the system's."""
    found: list[int] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                taken = any(name.name.partition(".")[0] in SOURCES for name in names)
            case ast.ImportFrom(module=module):
                taken = module in SOURCES
            case ast.Attribute(attr="urandom"):
                taken = True
            case _:
                taken = False
        if taken:
            found.append(getattr(node, "lineno", 0))
    return found


def test_chance_comes_from_the_port() -> None:
    violations = [
        f"{path}:{line}"
        for path in repo.sources(".py")
        if path.startswith("server/offhook/")
        and not path.startswith("server/offhook/testing/")
        and not repo.allowed("chance", path)
        for line in own_chance(repo.syntax(path))
    ]
    repo.fail_on(violations, HINT)


def test_chance_of_its_own_is_found() -> None:
    assert own_chance(ast.parse("import random")) == [1]
    assert own_chance(ast.parse("from secrets import token_hex")) == [1]
    assert own_chance(ast.parse("import os\nos.urandom(4)")) == [2]
    assert own_chance(ast.parse("from offhook.base.ids import Ids")) == []
