"""Verbs for the party that was dialled end when it is gone, whatever they wait for."""

from typing import cast

import pytest
from offhook.base.events import LegEvent
from offhook.base.ids import LegId
from offhook.base.media import Silence, Sound
from offhook.calls.leg import Direction, Leg, State
from offhook.verbs.base import Context, InnerRequest, Purpose, Watch
from offhook.verbs.callee import CalleeContext, CalleeGone


class _Call:
    """A call in which the party goes while something is waited for."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        del until, watch
        self._leg.state = State.ENDED

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        del url, watch
        self._leg.state = State.ENDED
        return Silence(1.0)

    async def speech(self, text: str, **more: object) -> Sound:
        del text, more
        self._leg.state = State.ENDED
        return Silence(1.0)

    async def document(self, *_ask: object) -> None:
        self._leg.state = State.ENDED


def _callee() -> CalleeContext:
    leg = Leg(id=LegId("b" * 32), direction=Direction.OUTBOUND, peer="client:bob", state=State.UP)
    return CalleeContext(cast("Context", _Call(leg)), leg)


async def test_nothing_is_waited_for_in_vain() -> None:
    with pytest.raises(CalleeGone):
        await _callee().next()
    with pytest.raises(CalleeGone):
        await _callee().sound("a")
    with pytest.raises(CalleeGone):
        await _callee().speech("a", language="en-US", voice="", markup=False)
    with pytest.raises(CalleeGone):
        await _callee().document(InnerRequest(url="https://a.example/", purpose=Purpose.CALLEE))
