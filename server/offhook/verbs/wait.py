"""Lets time pass."""

from dataclasses import dataclass

from offhook.verbs.base import Context, Continue, Outcome, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait in silence.

    Attributes:
        seconds: How long, more than 0.
        answers: Whether a call that rings is answered first; otherwise it goes on ringing.
    """

    seconds: float = 1.0
    answers: bool = True

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
        while await call.next(until) is not None:
            pass
        return Continue()
