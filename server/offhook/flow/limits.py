"""How much of calls there may be at once, and for how long."""

from dataclasses import dataclass
from typing import Final

TOO_LATE_S: Final = 60.0
"""A call whose server was away for longer has ended, unless it is configured: its pages have given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much at once, and for how long.

    Attributes:
        calls: Calls of this node. An account gets another one while it has fewer than twice as many
            as are free: one alone gets two thirds, so that another one finds some.
        call_s: Seconds that a call may last.
        media_recovery_s: Seconds that a leg may be without a path for its media.
        restart_wait_s: Seconds without a server after which calls have ended.
    """

    calls: int = 2_000
    call_s: float = 14_400.0
    media_recovery_s: float = 30.0
    restart_wait_s: float = TOO_LATE_S

    def admits(self, calls: int, of_account: int) -> bool:
        """Whether one more call may begin.

        Args:
            calls: How many there are.
            of_account: How many of them are of its account.
        """
        return of_account < 2 * (self.calls - calls)
