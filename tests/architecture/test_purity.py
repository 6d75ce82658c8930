"""Pure packages take time, chance and packets as arguments, in all three languages."""

import ast
import re

import repo

PYTHON_PACKAGES = (
    "server/offhook/base/",
    "server/offhook/calls/",
    "server/offhook/verbs/",
    "server/offhook/dialects/",
)
PYTHON_BANNED = frozenset(
    {"asyncio", "socket", "ssl", "threading", "time", "random", "secrets", "select", "os"}
)
PYTHON_CALLS = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|uuid[14]|urandom)\(")
RUST_PACKAGES = ("engine/core/src/", "engine/netem/src/")
RUST_BANNED = re.compile(
    r"\bInstant::now\b|\bSystemTime::now\b|\bstd::thread\b|\bthread::(spawn|sleep)\b|\b(Udp|Unix)\w*Socket\b|\bUnixDatagram\b"
    r"|\bTcp(Stream|Listener)\b|\bthread_rng\b|\bOsRng\b|\brand::(rng|random)\b|\bgetrandom\b|\bstd::fs\b|\bstd::env\b"
)
SCRIPT_PACKAGES = ("sdk/src/core/",)
SCRIPT_BANNED = re.compile(
    r"\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval)\b|\bperformance\.|\bWebSocket\b"
    r"|\bfetch\(|\bcrypto\.|\b(window|document|navigator|localStorage)\."
)
HINT = "Take it as an argument: the shell, the composition root or the page has it."


def imported(path: str) -> set[str]:
    """The top names of all modules that a Python file imports, for running rather than for types."""
    found: set[str] = set()
    for node in ast.walk(repo.syntax(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def matches(packages: tuple[str, ...], ending: str, banned: re.Pattern[str]) -> list[str]:
    """Where the code of these packages, comments and strings aside, uses what is banned."""
    violations: list[str] = []
    looked = [path for path in repo.sources(ending) if path.startswith(packages)]
    assert looked, f"there is no {ending} file in {', '.join(packages)}"
    for path in looked:
        if repo.allowed("purity", path):
            continue
        code = repo.text(path)
        bare = code if ending == ".py" else repo.skeleton(repo.without_test_module(code))
        lines = enumerate(bare.splitlines(), 1)
        violations += [
            f"{path}:{number}: {line.strip()}" for number, line in lines if banned.search(line)
        ]
    return violations


def test_pure_python_imports_no_loop_no_socket_no_clock_no_chance() -> None:
    violations = matches(PYTHON_PACKAGES, ".py", PYTHON_CALLS)
    for path in repo.sources(".py"):
        if path.startswith(PYTHON_PACKAGES) and not repo.allowed("purity", path):
            violations += [
                f"{path}: imports {name}" for name in sorted(imported(path) & PYTHON_BANNED)
            ]
    repo.fail_on(violations, HINT)


def test_the_engines_core_has_no_thread_no_socket_no_clock_no_chance() -> None:
    repo.fail_on(matches(RUST_PACKAGES, ".rs", RUST_BANNED), HINT)
