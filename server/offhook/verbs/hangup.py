"""Ends the call."""

from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.verbs.base import Context, End, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """Hang up.

    Attributes:
        cause: The cause that the caller gets.
        answers: Whether a call that rings is answered first.
    """

    cause: Cause = Cause.NORMAL
    answers: bool = False

    async def run(self, call: Context) -> Outcome:
        """End it."""
        if self.answers:
            call.answer()
        return End(self.cause)
