"""Files of prompts are loaded once, and what cannot be had is known from then on."""

from typing import cast

import pytest
from offhook.base.events import DtmfReceived, LegEvent
from offhook.base.ids import LegId
from offhook.base.media import Encoded, Sound
from offhook.base.web import WebFailure, WebFault
from offhook.verbs.base import Context, Watch
from offhook.verbs.context import Interrupted
from offhook.verbs.play import Play
from offhook.verbs.prompt import Prompting
from offhook.verbs.wait import Wait

KEY = DtmfReceived(leg=LegId("a" * 32), digit="1", seconds=0.1)


class _Call:
    """A call in which a key is pressed whenever something is waited for."""

    def __init__(self) -> None:
        self.loaded: list[str] = []

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent:
        del until
        if watch is not None and watch(KEY):
            raise Interrupted
        return KEY

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        assert watch is not None
        self.loaded.append(url)
        if url == "missing":
            raise WebFailure(WebFault.STATUS, url, status=404)
        return Encoded(b"RIFF", url)


def _prompting(call: _Call, *, stops: bool = False) -> Prompting:
    return Prompting(cast("Context", call), lambda _event: stops, barge_in=True)


async def test_each_file_is_loaded_once() -> None:
    call = _Call()
    prompting = _prompting(call)
    await prompting.load([Play(url="a"), Wait(), Play(url="missing"), Play(url="a")])
    assert call.loaded == ["a", "missing"]
    assert (await prompting.sound("a")) == Encoded(b"RIFF", "a")
    with pytest.raises(WebFailure):
        await prompting.sound("missing")
    assert call.loaded == ["a", "missing"]
    await prompting.sound("later")
    assert call.loaded[-1] == "later"


async def test_an_event_ends_the_prompts_if_the_verb_says_so() -> None:
    assert await _prompting(_Call()).next() is KEY
    with pytest.raises(Interrupted):
        await _prompting(_Call(), stops=True).next()
