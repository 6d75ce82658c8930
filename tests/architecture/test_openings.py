"""Every module begins with a sentence on why it exists."""

import ast
import re

import repo

HINT = "Open the file with one sentence that says what it is for, and end it with a full stop."
SENTENCE = re.compile(r"[A-Za-z`].{8,}?[.:?](\s|$)", re.DOTALL)


def opening(path: str) -> str:
    """The words that a file begins with, free of comment marks."""
    code = repo.text(path)
    if path.endswith((".py", ".pyi")):
        return ast.get_docstring(repo.syntax(path)) or ""
    code = re.sub(r"\A(?:#!.*\n\s*)+", "", code).lstrip()
    mark = r"//!" if path.endswith(".rs") else r"//|/\*\*?|\*"
    lines: list[str] = []
    for line in code.splitlines():
        match = re.match(rf"\s*(?:{mark}) ?(.*)", line)
        if match is None:
            break
        lines.append(match[1].removesuffix("*/"))
    return "\n".join(lines).strip()


def test_every_module_opens_with_a_sentence() -> None:
    repo.fail_on(
        [
            path
            for path in repo.with_ending(".py", ".pyi", ".rs", ".ts")
            if not SENTENCE.match(opening(path)) and not repo.allowed("opening", path)
        ],
        HINT,
    )
