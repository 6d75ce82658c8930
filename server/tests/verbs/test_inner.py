"""Documents within a verb follow one another, but not without end."""

from collections.abc import Sequence
from typing import cast

import pytest
from offhook.base.journal.entry import JournalEntry
from offhook.verbs.base import (
    Context,
    Continuation,
    InnerRequest,
    Outcome,
    Purpose,
    RequestNext,
    Verb,
)
from offhook.verbs.hangup import Hangup
from offhook.verbs.inner import InnerEnd, InnerScript
from offhook.verbs.leave import Leave
from offhook.verbs.redirect import Redirect


class _Control:
    def now(self) -> float:
        return 0.0

    def note(self, body: JournalEntry, leg: object = None) -> None:
        del body, leg


class _Leg:
    id = "a" * 32


class _Call:
    control = _Control()
    leg = _Leg()

    def __init__(self, pages: dict[str, Sequence[Verb]]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def answer(self) -> None:
        pass

    async def document(self, ask: InnerRequest, again: object = None) -> Sequence[Verb] | None:
        del again
        self.asked.append(ask.url)
        return self.pages.get(ask.url)


class _Then:
    async def run(self, call: Context) -> Outcome:
        del call
        return RequestNext(Continuation(url="second"))


@pytest.mark.parametrize(
    ("pages", "end", "asked"),
    [
        ({"first": []}, InnerEnd.ENDED, 1),
        ({}, InnerEnd.FAILED, 1),
        ({"first": [Hangup()]}, InnerEnd.HUNG_UP, 1),
        ({"first": [Leave(), Hangup()]}, InnerEnd.LEFT, 1),
        ({"first": [_Then()], "second": [Leave()]}, InnerEnd.LEFT, 2),
        ({"first": [Redirect(url="first")]}, InnerEnd.FAILED, 100),
    ],
)
async def test_documents_end_in_each_way(
    pages: dict[str, Sequence[Verb]], end: InnerEnd, asked: int
) -> None:
    call = _Call(pages)
    script = InnerScript(cast("Context", call), 0.0)
    assert await script.run(InnerRequest(url="first", purpose=Purpose.WAIT)) is end
    assert len(call.asked) == asked
