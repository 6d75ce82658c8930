"""`docs/how-it-works/a-call.md` names files and what is in them: every name must exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-it-works" / "a-call.md"
LINK = re.compile(r"\[`([\w.]+)`\]\(([^)]+)\)", re.MULTILINE)
DEFINES = {
    ".py": r"^\s*(?:class|def|async def) {name}\b|^{name}\s*[:=]",
    ".rs": r"\b(?:fn|struct|enum|trait) {name}\b",
    ".ts": r"\b(?:class|interface|function|const) {name}\b|^\s*(?:async )?{name}\(",
}


def _missing(name: str, target: str) -> list[str]:
    file = (PAGE.parent / target).resolve()
    if not file.is_file():
        return [f"{target} is no file"]
    source = file.read_text("utf-8")
    return [
        f"{target} has no {part}"
        for part in name.split(".")
        if not re.search(DEFINES[file.suffix].format(name=re.escape(part)), source, re.MULTILINE)
    ]


def test_every_name_in_the_walkthrough_exists() -> None:
    names = LINK.findall(PAGE.read_text("utf-8"))
    assert len(names) > 30
    assert [wrong for name, target in names for wrong in _missing(name, target)] == []


def test_a_name_that_does_not_exist_is_noticed() -> None:
    target = "../../server/offhook/flow/script.py"
    assert _missing("Script.run", target) == []
    assert _missing("Script.walk", target) == [f"{target} has no walk"]
    assert _missing("Script", "../nowhere.py") == ["../nowhere.py is no file"]
