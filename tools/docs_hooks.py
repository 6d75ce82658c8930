"""Hooks of mkdocs: what becomes of a link from the manual to a file outside `docs/`.

The site does not carry the source. With `OFFHOOK_SOURCE_URL` (`https://forge.example/offhook/blob/v1.0.0`)
such a link leads there; without it the page shows where the file is.
"""

import os
import re
from pathlib import Path
from typing import Final, Protocol

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
_LINK: Final = re.compile(
    r"(?<!!)\[(?P<text>[^\]\n]*)\]\((?P<target>\.\./[^)\s#]*)(?P<anchor>#[^)\s]*)?\)"
)


def outside(page: str, target: str) -> str | None:
    """The path, from the top of the repository, that a link leads to; None inside `docs/`.

    Raises:
        ValueError: there is no such file.
    """
    path = (DOCS / page).parent.joinpath(target).resolve()
    if path.is_relative_to(DOCS):
        return None
    if not path.exists():
        raise ValueError(f"{page}: there is no {target}")
    return path.relative_to(ROOT).as_posix()


def rewritten(markdown: str, page: str, source_url: str) -> str:
    """A page with its links to files outside `docs/` made fit for the site."""

    def replacement(link: re.Match[str]) -> str:
        path = outside(page, link["target"])
        if path is None:
            return link[0]
        if source_url:
            return f"[{link['text']}]({source_url.rstrip('/')}/{path}{link['anchor'] or ''})"
        return link["text"] if path in link["text"] else f"{link['text']} (`{path}`)"

    return _LINK.sub(replacement, markdown)


class File(Protocol):
    """What is used of mkdocs' file."""

    src_uri: str


class Page(Protocol):
    """What is used of mkdocs' page."""

    file: File


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Called by mkdocs for each page."""
    return rewritten(markdown, page.file.src_uri, os.environ.get("OFFHOOK_SOURCE_URL", ""))
