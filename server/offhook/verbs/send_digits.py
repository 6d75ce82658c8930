"""Presses keys for the caller to receive."""

from dataclasses import dataclass
from typing import Final

from offhook.base.ids import LegId
from offhook.base.journal.call_entries import CallResumed
from offhook.base.journal.media_entries import DigitsSent
from offhook.verbs.base import Context, Continue, Outcome, Progress
from offhook.verbs.context import CallOver
from offhook.verbs.playing import played, played_before

_KEY_S: Final = 0.17
"""A key and the gap after it, as the engine sends them."""
_PAUSES_S: Final = {"w": 0.5, "W": 1.0}


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
        return await self._send(call, self.digits)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Send the rest."""
        if played_before(progress):
            return Continue()
        return await self._send(call, rest_of(self.digits, call.leg.id, progress))

    async def _send(self, call: Context, digits: str) -> Outcome:
        call.answer()
        if call.leg.ended:
            raise CallOver
        if not digits:
            return Continue()
        play = call.control.press(call.leg, digits)
        if self.waits:
            await played(call, play)
        return Continue()


def rest_of(digits: str, leg: LegId, progress: Progress) -> str:
    """The keys that were not sent when the server was restarted, by the time that each of them takes.

    A key that was begun counts as sent: half a key was heard, and twice would be wrong.
    """
    rest, own = digits, True
    for entry in progress.entries:
        if isinstance(entry.body, CallResumed):
            own = True
        elif isinstance(entry.body, DigitsSent) and entry.leg == leg and own:
            # The first are the verb's own; later ones are those that programs wanted meanwhile.
            own = False
            seconds = progress.until_restart(entry)
            while rest and seconds > 0:
                seconds -= _PAUSES_S.get(rest[0], _KEY_S)
                rest = rest[1:]
    return rest
