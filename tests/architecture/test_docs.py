"""The manual's links lead somewhere."""

import importlib
import re
import sys
from pathlib import PurePosixPath
from urllib.parse import unquote

import house

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|!\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HINT = "Mend the link, or the heading that it names."


def anchors(path: str) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ +(.+?) *#*$", _FENCE.sub("", house.text(path)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


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
    wrongs: list[str] = []
    for groups in _LINK.findall(_FENCE.sub("", house.text(page))):
        link = groups[0] or groups[1]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = target_of(page, path) if path else page
        if not (house.ROOT / target).exists():
            wrongs.append(f"{page}: {link}: there is no {target}")
        elif anchor and target.endswith(".md") and anchor not in anchors(target):
            wrongs.append(f"{page}: {link}: {target} has no such heading")
    return wrongs


def test_links_between_pages_lead_somewhere() -> None:
    house.complain([wrong for page in house.with_ending(".md") for wrong in broken(page)], HINT)


def test_the_page_of_errors_is_that_of_the_tables() -> None:
    sys.path.insert(0, str(house.ROOT / "tools"))
    try:
        errors_page = importlib.import_module("errors_page")
    finally:
        sys.path.pop(0)
    written = house.text("docs/reference/errors.md")
    assert written == "\n".join(errors_page.lines()) + "\n", "run tools/errors_page.py"
