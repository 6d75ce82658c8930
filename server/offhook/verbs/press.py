"""Presses keys for the caller to receive."""

from dataclasses import dataclass

from offhook.verbs.base import Next, Outcome
from offhook.verbs.context import CallOver, Context
from offhook.verbs.playing import played


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Send DTMF.

    Attributes:
        digits: Of `0-9 * # A-D`, `w` for half a second of pause, `W` for a whole one.
        waits: Whether the next verb waits until the last key was sent.
    """

    digits: str
    waits: bool = True

    async def run(self, call: Context) -> Outcome:
        """Send them."""
        live = call.live
        live.answer()
        if live.first.ended:
            raise CallOver
        play = live.press(live.first, self.digits)
        if self.waits:
            await played(call, play)
        return Next()
