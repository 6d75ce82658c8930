"""Plays something to the caller and waits until it is over."""

from typing import Final

from offhook.base.events import Played
from offhook.base.media import PlayEnd, Sound
from offhook.verbs.context import CallOver, Context

FOR_EVER: Final = 0
"""`times` of something that is played until the call is over."""


async def play_out(call: Context, sound: Sound, times: int = 1) -> PlayEnd:
    """Answer the caller, play `sound` so many times, and return how that ended.

    Raises:
        CallOver: the caller is gone; nothing is played any more.
    """
    control = call.control
    control.answer()
    if control.caller_leg.ended:
        raise CallOver
    return await played(call, control.play(control.caller_leg, sound, times))


async def played(call: Context, play: int | None) -> PlayEnd:
    """Wait until the play of that number is over, and return how it ended."""
    while play is not None:
        event = await call.next()
        if isinstance(event, Played) and event.play == play:
            return event.end
    return PlayEnd.UNPLAYABLE
