"""The manual's links lead somewhere."""

import importlib
import re
import sys
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest
import repo
import yaml
from offhook.base.journal.table import KINDS

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|!\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
# Written by `make docs`, whose strict build checks links to it as well.
GENERATED = "docs/reference/sdk/"
HINT = "Fix the link, or the heading that it names."


def anchors(path: str) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ +(.+?) *#*$", _FENCE.sub("", repo.text(path)), re.MULTILINE)
    named = {name for heading in headings for name in re.findall(r"\{#([^}]+)\}$", heading)}
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return named | {heading.strip().replace(" ", "-") for heading in plain}


def target_of(page: str, link: str) -> str:
    """The file, from the top, that a relative link on a page leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / unquote(link)).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def broken(page: str) -> list[str]:
    """The links of a page that lead nowhere."""
    violations: list[str] = []
    for groups in _LINK.findall(_FENCE.sub("", repo.text(page))):
        link = groups[0] or groups[1]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = target_of(page, path) if path else page
        if target.startswith(GENERATED):
            continue
        if not (repo.ROOT / target).exists():
            violations.append(f"{page}: {link}: there is no {target}")
        elif anchor and target.endswith(".md") and anchor not in anchors(target):
            violations.append(f"{page}: {link}: {target} has no such heading")
    return violations


def test_links_between_pages_resolve() -> None:
    repo.fail_on([wrong for page in repo.with_ending(".md") for wrong in broken(page)], HINT)


def tool(name: str) -> Any:
    """A module of `tools/`."""
    sys.path.insert(0, str(repo.ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def test_a_verb_page_lists_the_attributes_of_its_parser() -> None:
    verb_pages = tool("verb_pages")
    rows = {row.name: row for row in verb_pages.recorded_twiml()["Dial"]}
    assert (rows["timeout"].values, rows["timeout"].default) == ("1 to 600", "`30`")
    assert rows["referUrl"].status == verb_pages.LATER
    assert rows["callReason"].status == verb_pages.NO_EFFECT


def test_every_page_is_in_the_navigation() -> None:
    written = {
        path.removeprefix("docs/")
        for path in repo.files()
        if path.startswith("docs/") and path.endswith(".md")
    }
    linked = re.findall(r"[\w/-]+\.md", repo.text("docs/mkdocs.yml").partition("\nnav:")[2])
    assert len(linked) == len(set(linked))
    pages = {page for page in linked if not page.startswith("reference/sdk/")}
    assert pages == written
    assert len(linked) - len(pages) == len(list((repo.ROOT / "sdk/api").glob("*.api.md")))


def test_the_site_is_checked_strictly() -> None:
    table = yaml.safe_load(repo.text("docs/mkdocs.yml"))
    assert set(table["validation"]["links"].values()) == {"warn"}
    assert set(table["validation"]["nav"].values()) == {"warn"}
    assert "mkdocs build --strict" in repo.text("Makefile")
    assert "mkdocs build --strict" in repo.text("tools/suites.toml")


@pytest.mark.parametrize(
    ("source_url", "text"),
    [
        ("", "[Link](../reference/link.md), `Hub` (`server/offhook/__init__.py`), `Makefile`"),
        (
            "https://forge.example/blob/v1/",
            "[Link](../reference/link.md), "
            "[`Hub`](https://forge.example/blob/v1/server/offhook/__init__.py), "
            "[`Makefile`](https://forge.example/blob/v1/Makefile)",
        ),
    ],
)
def test_links_out_of_the_manual_are_rewritten_for_the_site(source_url: str, text: str) -> None:
    page = (
        "[Link](../reference/link.md), [`Hub`](../../server/offhook/__init__.py), "
        "[`Makefile`](../../Makefile)"
    )
    assert tool("docs_hooks").rewritten(page, "how-to/server.md", source_url) == text


def test_a_link_out_of_the_manual_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no"):
        tool("docs_hooks").rewritten("[x](../../no/such.py)", "how-to/server.md", "")


def journal_events() -> set[str]:
    """Every event that there is in a journal."""
    return set(KINDS)


def test_every_journal_event_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", repo.text("docs/reference/journal.md"), re.MULTILINE)
    explained = {event for row in rows for event in re.findall(r"`([a-z-]+)`", row)}
    written = journal_events()
    assert len(written) > 30
    assert explained == written


def test_each_example_is_small_and_names_its_command() -> None:
    programs = [path for path in repo.files() if re.fullmatch(r"examples/[\w-]+/app\.py", path)]
    assert len(programs) == 4
    for path in programs:
        folder = PurePosixPath(path).parent
        assert repo.text(path).count("\n") <= 60, path
        command = f".venv/bin/python examples/start.py {folder.name}\n"
        assert command in repo.text(f"{folder}/README.md")
