"""Rings several parties until one answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offhook.base.causes import Cause
from offhook.base.events import LegEvent, Ringing
from offhook.base.journal.call_entries import NoRoute
from offhook.calls.call_control import CallControl, DialTarget
from offhook.calls.leg import EndedBy, Leg

if TYPE_CHECKING:
    from offhook.base.ids import LegId

_MEANINGFUL: Final = (
    Cause.BUSY,
    Cause.REJECTED,
    Cause.NO_ANSWER,
    Cause.ENDPOINT_LOST,
    Cause.INCOMPATIBLE_MEDIA,
    Cause.MEDIA_FAILED,
    Cause.FORBIDDEN,
    Cause.NOT_FOUND,
    Cause.NO_ROUTE,
    Cause.UNREACHABLE,
)
"""Which failure is reported when several parties failed, the most specific first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPolicy:
    """How to ring.

    Attributes:
        ring_s: Seconds before giving up, more than 0; for each party when `one_by_one`.
        one_by_one: The next party only when the one before failed; otherwise all at once.
    """

    ring_s: float
    one_by_one: bool = False


class Dialing:
    """One attempt to reach a party that answers.

    Feed it what happens and the time; ask `over`, and then `winner` or `cause`.
    """

    def __init__(
        self, control: CallControl, targets: Sequence[DialTarget], policy: DialPolicy
    ) -> None:
        """Nothing rings before `start`."""
        self._control = control
        self._waiting = list(targets)
        self._policy = policy
        self._deadline: float | None = None
        self._invited: dict[LegId, Leg] = {}
        self.winner: Leg | None = None
        self.over = False
        self.rang = False

    def start(self) -> None:
        """Ring the first party, or all of them."""
        self._ring_more()

    @property
    def deadline(self) -> float | None:
        """When `check` must be called at the latest; nothing once it is over."""
        return None if self.over else self._deadline

    @property
    def legs(self) -> Sequence[Leg]:
        """All parties that were rung or could not be, in order."""
        return tuple(self._invited.values())

    def handle(self, event: LegEvent) -> None:
        """Something happened; its leg has moved already."""
        leg = self._invited.get(event.leg)
        if leg is None or self.over:
            return
        if isinstance(event, Ringing):
            self.rang = True
        if leg.up:
            self._won(leg)
        elif leg.ended:
            self._lost()

    def check(self) -> None:
        """Give up on parties that rang for too long."""
        if self.over or self._deadline is None or self._control.now() < self._deadline:
            return
        self._end_ringing(Cause.NO_ANSWER)
        self._lost()

    def cancel(self, cause: Cause = Cause.CANCELLED) -> None:
        """The caller gave up."""
        if not self.over:
            self._waiting.clear()
            self._end_ringing(cause, EndedBy.OTHER_LEG)
            self.over = True

    @property
    def failure(self) -> Leg | None:
        """The leg with the most specific failure, if none answered."""
        failed = [leg for leg in self._invited.values() if leg.cause is not None]
        return min(failed, key=_rank, default=None)

    def _won(self, winner: Leg) -> None:
        self.winner = winner
        self.over = True
        self._waiting.clear()
        self._end_ringing(Cause.ANSWERED_BY_OTHER)

    def _lost(self) -> None:
        if all(leg.ended for leg in self._invited.values()):
            self._ring_more()

    def _ring_more(self) -> None:
        while self._waiting:
            batch = self._waiting[:1] if self._policy.one_by_one else list(self._waiting)
            del self._waiting[: len(batch)]
            legs = [self._ring(target) for target in batch]
            if not all(leg.ended for leg in legs):
                self._deadline = self._control.now() + self._policy.ring_s
                return
        self.over = True

    def _ring(self, target: DialTarget) -> Leg:
        if self._control.signal.has_route(target.to):
            leg = self._control.invite(target)
        else:
            leg = self._control.begin(target.to)
            self._control.note(NoRoute(kind=str(target.to.kind)), leg.id)
            self._control.drop(leg, Cause.NO_ROUTE)
        self._invited[leg.id] = leg
        return leg

    def _end_ringing(self, cause: Cause, by: EndedBy = EndedBy.SERVER) -> None:
        for leg in self._invited.values():
            if leg is not self.winner:
                self._control.end(leg, cause, by)


def _rank(leg: Leg) -> int:
    return _MEANINGFUL.index(leg.cause) if leg.cause in _MEANINGFUL else len(_MEANINGFUL)
