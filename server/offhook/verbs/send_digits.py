"""Presses keys for the caller to receive."""

from dataclasses import dataclass

from offhook.verbs.base import Continue, Outcome
from offhook.verbs.context import CallOver, Context
from offhook.verbs.playing import played


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits:
    """Send DTMF.

    Attributes:
        digits: Of `0-9 * # A-D`, `w` for half a second of pause, `W` for a whole one.
        waits: Whether the next verb waits until the last key was sent.
    """

    digits: str
    waits: bool = True

    async def run(self, call: Context) -> Outcome:
        """Send them."""
        control = call.control
        control.answer()
        if control.caller_leg.ended:
            raise CallOver
        play = control.press(control.caller_leg, self.digits)
        if self.waits:
            await played(call, play)
        return Continue()
