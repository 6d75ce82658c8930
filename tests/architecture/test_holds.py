"""Code that hands work to a thread holds the clock: a simulated one must not run on meanwhile."""

import ast

import repo

HANDED_OVER = frozenset(("to_thread", "run_in_executor", "ThreadPoolExecutor", "Thread"))
MAKES_THREADS = frozenset(
    ("server/offhook/egress/lookups.py", "server/offhook/store/sqlite_direct.py")
)
"""Their executors are made there; what they are given is held."""
HINT = "Write `with clock.hold(reason):` around it (base/clock.py)."


def holds(node: ast.AST) -> bool:
    """Whether it is a block in which the clock stands still."""
    if not isinstance(node, ast.With):
        return False
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    names = [ast.unparse(call.func).rpartition(".")[2].lstrip("_") for call in calls]
    return "hold" in names


def unheld(node: ast.AST, *, held: bool = False) -> list[int]:
    """The lines on which work is handed over and the clock is not held."""
    held = held or holds(node)
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    found = [] if held or name not in HANDED_OVER else [getattr(node, "lineno", 0)]
    for child in ast.iter_child_nodes(node):
        found += unheld(child, held=held)
    return found


def test_work_in_threads_holds_the_clock() -> None:
    violations: list[str] = []
    for path in repo.sources(".py"):
        if path.startswith("server/offhook/") and not path.startswith("server/offhook/testing/"):
            lines = unheld(repo.syntax(path))
            if path in MAKES_THREADS:
                text = repo.text(path).splitlines()
                lines = [line for line in lines if "ThreadPoolExecutor" not in text[line - 1]]
            violations += [f"{path}:{line}" for line in lines]
    repo.fail_on(violations, HINT)


def test_a_thread_without_a_hold_is_found() -> None:
    assert unheld(ast.parse("await asyncio.to_thread(work)")) == [1]
    assert unheld(ast.parse("offload = asyncio.to_thread")) == [1]
    assert unheld(ast.parse("with lock:\n    await loop.run_in_executor(None, work)")) == [2]
    assert unheld(ast.parse("with self._hold('x'):\n    await asyncio.to_thread(work)")) == []
    assert unheld(ast.parse("with a(), clock.hold('x'):\n    await asyncio.to_thread(work)")) == []
