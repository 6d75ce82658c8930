"""No file and no function outgrows its reader; an exception is a line in `allow.toml`."""

import ast
import re
from collections.abc import Iterator

import repo

# Lines of a source file, by ending; a test file may have TEST_LINES, a function FUNCTION_LINES.
CEILINGS = {".py": 400, ".rs": 500, ".ts": 400}
TEST_LINES = 600
FUNCTION_LINES = 60
HINT = "Split it by reason to change, or add it to tests/architecture/allow.toml and say why."

_OPENING = re.compile(
    r"\bfn\s+(?P<rust>\w+)"
    r"|\bfunction\s*\*?\s*(?P<plain>\w*)\s*[(<]"
    r"|\b(?P<bound>\w+)\s*=\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*(?::[^={}]+)?=>"
    r"|^ +(?:(?:static|async|public|override|get|set)\s+)*(?P<method>#?\w+)\s*(?:<[^>(]*>)?\(",
    re.MULTILINE,
)
_NOT_METHODS = frozenset({"if", "for", "while", "switch", "catch", "return", "function", "super"})


def python_functions(path: str) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, from `def` to its last line."""
    for node in ast.walk(repo.syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def braced_functions(code: str) -> Iterator[tuple[str, int]]:
    """Name and lines of each function of Rust or TypeScript, from its name to its closing brace."""
    bare = repo.skeleton(code)
    for match in _OPENING.finditer(bare):
        name = next((group for group in match.groups() if group), "function")
        if name in _NOT_METHODS:
            continue
        end = closing_brace(bare, match.end(), after_parameters=match["bound"] is None)
        if end is not None:
            yield name, bare.count("\n", match.start(), end) + 1


def closing_brace(bare: str, start: int, *, after_parameters: bool) -> int | None:
    """Where the body that begins after `start` ends, or None when there is no body."""
    depth = {"(": 0, "{": 0}
    seen_parameters = not after_parameters or bare[start - 1] != "("
    depth["("] = 0 if seen_parameters else 1
    for position in range(start, len(bare)):
        letter = bare[position]
        if letter == "(":
            depth["("] += 1
        elif letter == ")":
            depth["("] -= 1
        elif depth["("] > 0:
            continue
        elif letter == "{":
            depth["{"] += 1
        elif letter == "}":
            depth["{"] -= 1
            if depth["{"] <= 0:
                return position
        elif letter == ";" and depth["{"] == 0:
            return None
    return None


def counted(path: str) -> str:
    """What of a file counts: all, but for the tests inside a Rust file."""
    code = repo.text(path)
    return repo.without_test_module(code) if path.endswith(".rs") else code


def test_no_source_file_is_longer_than_its_ceiling() -> None:
    violations: list[str] = []
    for path in repo.with_ending(*CEILINGS):
        ending = path[path.rindex(".") :]
        ceiling = TEST_LINES if repo.is_test(path) else CEILINGS[ending]
        lines = counted(path).count("\n")
        if lines > ceiling and not repo.allowed("file-size", path):
            violations.append(f"{path}: {lines} lines, at most {ceiling}")
    repo.fail_on(violations, HINT)


def test_no_function_is_longer_than_its_ceiling() -> None:
    violations: list[str] = []
    seen = 0
    for path in repo.with_ending(*CEILINGS):
        found = python_functions(path) if path.endswith(".py") else braced_functions(counted(path))
        for name, lines in found:
            seen += 1
            if lines > FUNCTION_LINES and not repo.allowed("function-size", path, name):
                violations.append(f"{path}: {name} has {lines} lines, at most {FUNCTION_LINES}")
    assert seen > 100, "the functions were not found, so nothing was measured"
    repo.fail_on(violations, HINT)


def test_rust_and_typescript_functions_are_measured() -> None:
    rust = 'fn a(x: &str) -> u8 {\n  let y = "}";\n  if x == y { 1 } else { 2 }\n}\nfn b();\n'
    assert list(braced_functions(rust)) == [("a", 4)]
    script = "export function f(a: { b: 1 }): void {\n  g(() => {\n    1;\n  });\n}\n"
    assert list(braced_functions(script)) == [("f", 5)]
    arrow = "const h = (n: number): string => {\n  return `${n}}`;\n};\n"
    assert list(braced_functions(arrow)) == [("h", 3)]
    method = "class C {\n  async run(now: number): Promise<void> {\n    x();\n  }\n}\n"
    assert list(braced_functions(method)) == [("run", 3)]
