"""Lets time pass."""

from dataclasses import dataclass

from offhook.base.events import BeepDetected, SilenceDetected
from offhook.base.media import NOTHING, Detection
from offhook.verbs.base import Context, Continue, Outcome, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait in silence.

    Attributes:
        seconds: How long, more than 0.
        silence_s: It is over as soon as the party has not spoken for so long; nothing not to listen.
        beep: It is over as soon as the party's audio had a beep, as of an answering machine.
        answers: Whether a call that rings is answered first; otherwise it goes on ringing.
    """

    seconds: float = 1.0
    answers: bool = True
    silence_s: float | None = None
    beep: bool = False

    async def run(self, call: Context) -> Outcome:
        """Wait. Keys that are pressed meanwhile are written down and change nothing."""
        return await self._wait(call, self.seconds)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Wait for what is left."""
        return await self._wait(call, self.seconds - progress.elapsed_s)

    async def _wait(self, call: Context, seconds: float) -> Outcome:
        if self.answers:
            call.answer()
        until = call.control.now() + seconds
        if self.silence_s is None and not self.beep:
            while await call.next(until) is not None:
                pass
            return Continue()
        media, leg = call.control.media, call.leg
        media.detect(leg.id, Detection(beep=self.beep, silence_s=self.silence_s))
        try:
            while (event := await call.next(until)) is not None:
                found = isinstance(event, BeepDetected | SilenceDetected)
                if found and event.leg == leg.id:
                    break
        finally:
            media.detect(leg.id, NOTHING)
        return Continue()
