"""Rings several parties until one answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offhook.base.causes import Cause
from offhook.base.events import LegEvent, Ringing
from offhook.base.journal.call_entries import NoRoute
from offhook.calls.call_control import CallControl
from offhook.calls.dial_target import DialTarget
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
        self._waiting = list(enumerate(targets))
        self._policy = policy
        self._deadline: float | None = None
        self._invited: dict[LegId, Leg] = {}
        self._targets: dict[LegId, int] = {}
        self.winner: Leg | None = None
        self.over = False
        self.rang = False

    def start(self) -> None:
        """Ring the first party, or all of them."""
        self._ring_more()

    def resume(self, rung: Sequence[tuple[Leg, int]], left_s: float) -> None:
        """Go on where an earlier server process was.

        Args:
            rung: The legs of the targets that were rung or could not be, with their numbers, in order.
            left_s: Seconds that those that ring have left.
        """
        targets = dict(self._waiting)
        numbers = {number for _, number in rung}
        self._waiting = [each for each in self._waiting if each[0] not in numbers]
        self._invited = {leg.id: leg for leg, _ in rung}
        self._targets = {leg.id: number for leg, number in rung}
        self.rang = any(leg.rang for leg, _ in rung)
        self._deadline = self._control.now() + left_s
        winner = next((leg for leg, _ in rung if leg.up_at is not None), None)
        if winner is not None:
            self._won(winner)
            return
        for leg, number in rung:
            if not leg.ended:
                self._control.invite_leg(leg, targets[number])
        if not self._policy.one_by_one:
            # All ring at once: those that the earlier process had not come to.
            waiting, self._waiting = self._waiting, []
            for number, target in waiting:
                self._ring(target, number)
        self._lost()

    @property
    def deadline(self) -> float | None:
        """When `check` must be called at the latest; nothing once it is over."""
        return None if self.over else self._deadline

    @property
    def legs(self) -> Sequence[Leg]:
        """All parties that were rung or could not be, in order."""
        return tuple(self._invited.values())

    @property
    def early(self) -> Leg | None:
        """The party that rings and sends media already, if it is the only one that is rung."""
        legs = tuple(self._invited.values())
        only = legs[0] if len(legs) == 1 and not self._waiting else None
        return only if only is not None and only.agreed and not only.ended else None

    def target_of(self, leg: Leg) -> int:
        """The number of the target that the leg was made for."""
        return self._targets[leg.id]

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
            legs = [self._ring(target, number) for number, target in batch]
            if not all(leg.ended for leg in legs):
                self._deadline = self._control.now() + self._policy.ring_s
                return
        self.over = True

    def _ring(self, target: DialTarget, number: int) -> Leg:
        if self._control.signal.has_route(target.to):
            leg = self._control.invite(target, number)
        else:
            leg = self._control.begin(target.to, number)
            self._control.note(NoRoute(kind=str(target.to.kind)), leg.id)
            self._control.drop(leg, Cause.NO_ROUTE)
        self._invited[leg.id] = leg
        self._targets[leg.id] = number
        return leg

    def _end_ringing(self, cause: Cause, by: EndedBy = EndedBy.SERVER) -> None:
        for leg in self._invited.values():
            if leg is not self.winner:
                self._control.end(leg, cause, by)


def _rank(leg: Leg) -> int:
    return _MEANINGFUL.index(leg.cause) if leg.cause in _MEANINGFUL else len(_MEANINGFUL)
