"""Plays a sound file to the caller."""

from dataclasses import dataclass

from offhook.base.journal.script_entries import SoundMissing, SoundUnplayable
from offhook.base.media import PlayEnd, UnplayableSound
from offhook.base.web import WebFailure
from offhook.verbs.base import Context, Continue, Outcome, Progress
from offhook.verbs.context import CallOver
from offhook.verbs.playing import play_out, played_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play a file.

    Attributes:
        url: Where it is; absolute.
        times: How often; 0 until the call is over.
    """

    url: str
    times: int = 1

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Play it from its beginning, unless it was over."""
        if call.control.call.over:
            raise CallOver
        return Continue() if played_before(progress) else await self.run(call)

    async def run(self, call: Context) -> Outcome:
        """Play it out. What cannot be had or played is written down and passed over."""
        try:
            sound = await call.sound(self.url)
        except WebFailure as failure:
            message = f"The sound could not be fetched: {failure}."
            call.control.note(SoundMissing(message=message, reason=failure.fault.value))
            return Continue()
        except UnplayableSound as error:
            message = f"{error.name} cannot be played: {error}."
            call.control.note(SoundUnplayable(message=message, reason=error.reason))
            return Continue()
        if await play_out(call, sound, self.times) is PlayEnd.UNPLAYABLE:
            message = "The sound cannot be played."
            call.control.note(SoundUnplayable(message=message, reason="refused"))
        return Continue()
