"""Answers a page that only tries whether, and how well, sound gets through."""

from typing import Final

from offhook.base.causes import Cause
from offhook.base.media import Tone, Tones
from offhook.flow.driver import Driver
from offhook.verbs.context import CallOver
from offhook.verbs.playing import FOR_EVER

PREFLIGHT_S: Final = 90.0
"""How long a page may try."""
SOUND: Final = Tones("preflight", (Tone((440.0,), 1.0),))
"""A steady tone: packets come without a pause, and a page can distinguish it from silence."""
_SETTLE_S: Final = 2.0


async def preflight(driver: Driver) -> None:
    """Answer at once, sound a tone, and listen until the page has had enough. No record is kept."""
    control = driver.control
    try:
        control.answer()
        control.play(control.caller_leg, SOUND, FOR_EVER)
        while True:
            await driver.next()
    except CallOver:
        pass
    finally:
        control.end(control.caller_leg, Cause.NORMAL)
    await driver.settle(_SETTLE_S)
