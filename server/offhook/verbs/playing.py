"""Plays something to the caller and waits until it is over."""

from typing import Final

from offhook.base.events import Played
from offhook.base.journal.call_entries import CallResumed
from offhook.base.journal.media_entries import DigitsSent, PlayEnded, PlayStarted
from offhook.base.media import PlayEnd, Sound, Tone, Tones
from offhook.verbs.base import Context, Progress
from offhook.verbs.context import CallOver

BEEP: Final = Tones("beep", (Tone(hz=(1_000.0,), seconds=0.5),))
"""After which the caller is to speak or to press keys."""
FOR_EVER: Final = 0
"""`times` of something that is played until the call is over."""


async def play_out(call: Context, sound: Sound, times: int = 1) -> PlayEnd:
    """Answer the caller, play `sound` so many times, and return how that ended.

    Raises:
        CallOver: the caller is gone; nothing is played any more.
    """
    call.answer()
    if call.leg.ended:
        raise CallOver
    play = call.control.play(call.leg, sound, times, stop_on_digit=call.stops_on_digit)
    return await played(call, play)


async def played(call: Context, play: int | None) -> PlayEnd:
    """Wait until the play of that number is over, and return how it ended."""
    while play is not None:
        event = await call.next()
        if isinstance(event, Played) and event.play == play:
            return event.end
    return PlayEnd.UNPLAYABLE


def played_before(progress: Progress) -> bool:
    """Whether the verb's own play had ended when its server was restarted: it must not be repeated."""
    own: int | None = None
    for entry in progress.entries:
        match entry.body:
            case CallResumed():
                # Its media went with the process: the verb begins another.
                own = None
            case PlayStarted() | DigitsSent() if own is None:
                # The first is the verb's own; later ones are those that programs wanted meanwhile.
                own = entry.number
            case PlayEnded(play=play) if play == own:
                return True
            case _:
                pass
    return False
