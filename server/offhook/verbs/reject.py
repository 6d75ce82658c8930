"""Refuses a call that was not answered."""

from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.verbs.base import Context, End, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse the call; one that was answered before is hung up.

    Attributes:
        cause: `REJECTED` or `BUSY`.
    """

    cause: Cause = Cause.REJECTED

    async def run(self, call: Context) -> Outcome:
        """Refuse it."""
        return End(Cause.NORMAL if call.control.caller_leg.up else self.cause)
