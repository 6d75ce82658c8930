"""One attempt to reach a target: ringing, bridged, and its result."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.base.events import Played
from offhook.base.media import Tones
from offhook.calls.bridge import BridgeLimits
from offhook.calls.call_control import DialTarget
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.calls.leg import EndedBy, Leg
from offhook.verbs.bridged_call import BridgedCall
from offhook.verbs.context import Context
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.results import DialResult


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOptions:
    """How it shall go.

    Attributes:
        ringback: What the caller hears while a device rings.
    """

    ringing: DialPolicy
    limits: BridgeLimits
    ringback: Tones


class DialAttempt:
    """Rings, joins, and remembers how it went."""

    def __init__(self, call: Context, targets: Sequence[DialTarget], options: DialOptions) -> None:
        """Nothing rings before `ring`."""
        self._call = call
        self._control = call.control
        self._dialing = Dialing(call.control, targets, options.ringing)
        self._options = options
        self._bridged: BridgedCall | None = None

    async def ring(self) -> None:
        """Ring until a target answers or none is left.

        Raises:
            CallOver: the caller is gone.
        """
        dialing = self._dialing
        ringback_on = False
        dialing.start()
        while not dialing.over:
            event = await self._call.next(dialing.deadline)
            if event is None:
                dialing.check()
            else:
                dialing.handle(event)
            if dialing.rang and not ringback_on and not dialing.over:
                ringback_on = True
                self._control.ring()
                self._control.play(self._control.caller_leg, self._options.ringback, FOR_EVER)
        if ringback_on:
            self._control.stop(self._control.caller_leg)

    async def talk(self, digits: Sequence[str]) -> None:
        """Bridge the caller with the target that answered, and wait until that is over.

        Args:
            digits: The keys to press first, for each target in order.

        Raises:
            CallOver: the caller is gone.
        """
        winner = self._dialing.winner
        if winner is None:
            return
        keys = digits[self._dialing.legs.index(winner)]
        if keys:
            await self._press(winner, keys)
        if winner.ended:
            return
        self._control.answer()
        self._bridged = BridgedCall(
            self._call, winner, self._options.limits, self._options.ringback
        )
        await self._bridged.run()

    def give_up(self) -> None:
        """The caller is gone: let everybody else go."""
        if self._bridged is not None:
            self._bridged.give_up()
        elif self._dialing.winner is not None:
            self._control.end(self._dialing.winner, Cause.NORMAL, EndedBy.OTHER_LEG)
        else:
            self._dialing.cancel()

    def result(self) -> DialResult:
        """How it went."""
        winner = self._dialing.winner
        decisive = (self._bridged.callee if self._bridged else winner) or self._dialing.failure
        cause = decisive.cause if decisive is not None else None
        return DialResult(
            caller=self._control.caller_leg.id,
            callee=decisive.id if decisive is not None else None,
            answered=winner is not None,
            rang=self._dialing.rang,
            duration_s=0.0 if self._bridged is None else self._bridged.duration_s,
            cause=cause or Cause.NO_ANSWER,
            cancelled=winner is None and self._control.call.over,
        )

    async def _press(self, winner: Leg, keys: str) -> None:
        play = self._control.press(winner, keys)
        while play is not None and not winner.ended:
            event = await self._call.next()
            if isinstance(event, Played) and event.play == play:
                return
