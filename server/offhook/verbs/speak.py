"""Speaks a text to the caller."""

from dataclasses import dataclass

from offhook.base.errors import Unavailable
from offhook.base.journal.script_entries import SpeechUnavailable
from offhook.verbs.base import Context, Continue, Outcome, Progress
from offhook.verbs.context import CallOver
from offhook.verbs.playing import play_out, played_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Speak a text.

    Attributes:
        text: What to speak.
        markup: `text` is SSML, because the document has elements there; otherwise it is plain,
            whatever it looks like.
        language: A language tag, such as `en-US`.
        voice: As the application calls it.
        times: How often; 0 until the call is over.
    """

    text: str
    language: str
    voice: str
    times: int = 1
    markup: bool = False

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Speak it from its beginning, unless it was over."""
        if call.control.call.over:
            raise CallOver
        return Continue() if played_before(progress) else await self.run(call)

    async def run(self, call: Context) -> Outcome:
        """Speak it. Without a voice a warning is recorded and the verb is skipped."""
        if not self.text.strip():
            call.answer()
            return Continue()
        try:
            sound = await call.speech(
                self.text, language=self.language, voice=self.voice, markup=self.markup
            )
        except Unavailable as error:
            message = f"The text could not be spoken: {error}"
            call.control.note(SpeechUnavailable(message=message))
            return Continue()
        await play_out(call, sound, self.times)
        return Continue()
