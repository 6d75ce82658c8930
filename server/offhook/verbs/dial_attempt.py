"""One attempt to reach a target: ringing, bridged, and its result."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.base.events import Played
from offhook.base.journal.media_entries import EarlyMediaConnected
from offhook.base.media import Tones
from offhook.calls.bridge import BridgeLimits
from offhook.calls.dial_target import DialTarget, Screening
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.calls.leg import EndedBy, Leg
from offhook.verbs.base import Context
from offhook.verbs.bridged_call import BridgedCall
from offhook.verbs.callee import screened
from offhook.verbs.dial_state import DialState
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.results import DialResult
from offhook.verbs.send_digits import rest_of


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
        """Nothing rings before `start` or `resume`."""
        self._call = call
        self._control = call.control
        self._targets = targets
        self._dialing = Dialing(call.control, targets, options.ringing)
        self._options = options
        self._bridged: BridgedCall | None = None
        self._before: DialState | None = None
        self._early: Leg | None = None

    def start(self) -> None:
        """Ring the first target, or all of them."""
        self._dialing.start()

    def resume(self, before: DialState) -> None:
        """Go on where an earlier server process was."""
        self._before = before
        if before.rung:
            left_s = self._options.ringing.ring_s - before.ringing_s
            self._dialing.resume(before.rung, left_s)
        else:
            self._dialing.start()
        if self._dialing.winner is not None and before.conversation is not None:
            self._bridged = self._conversation(self._dialing.winner)
            self._bridged.resume(before.conversation)

    async def ring(self) -> None:
        """Ring until a target answers or none is left.

        Raises:
            CallOver: the caller is gone.
        """
        dialing = self._dialing
        ringback_on = self._ring_back(already=False)
        while not dialing.over:
            event = await self._call.next(dialing.deadline)
            if event is None:
                dialing.check()
            else:
                dialing.handle(event)
            ringback_on = self._ring_back(already=ringback_on)
        if self._early is not None and self._screening is not None:
            self._control.media.unbridge(self._control.caller_leg.id)
            self._control.play(self._control.caller_leg, self._options.ringback, FOR_EVER)
        elif ringback_on and self._screening is None:
            self._control.stop(self._control.caller_leg)

    @property
    def _screening(self) -> Screening | None:
        """What the party that answered gets before it is bridged."""
        winner = self._dialing.winner
        return None if winner is None else self._targets[self._dialing.target_of(winner)].screening

    def _ring_back(self, *, already: bool) -> bool:
        """Let the caller hear that a target rings. Whether it does."""
        if already or not self._dialing.rang or self._dialing.over:
            return already
        self._control.ring()
        self._early = self._dialing.early
        if self._early is not None:
            self._connect_early(self._early)
            return True
        self._control.play(self._control.caller_leg, self._options.ringback, FOR_EVER)
        return True

    def _connect_early(self, leg: Leg) -> None:
        """Let the caller hear what the party that rings sends, in place of a ring-back tone."""
        caller = self._control.caller_leg
        if not (caller.detached or leg.detached):
            self._control.media.bridge(caller.id, leg.id)
            self._control.note(EarlyMediaConnected(with_=leg.id), caller.id)

    async def talk(self) -> None:
        """Bridge the caller with the target that answered, and wait until that is over.

        Raises:
            CallOver: the caller is gone.
        """
        winner = self._dialing.winner
        if winner is None:
            return
        if self._bridged is None:
            await self._press(winner)
            if winner.ended or not await self._is_taken(winner):
                return
            self._control.answer()
            self._bridged = self._conversation(winner)
        await self._bridged.run()

    async def _is_taken(self, winner: Leg) -> bool:
        """Whether the party that answered takes the call, if it is asked; else its leg is ended."""
        screening = self._screening
        if screening is None:
            return True
        progress = None if self._before is None else self._before.progress
        taken = await screened(self._call, winner, screening, progress)
        self._control.stop(self._control.caller_leg)
        if taken and not winner.ended:
            return True
        self._control.end(winner, Cause.NORMAL)
        return False

    def _conversation(self, winner: Leg) -> BridgedCall:
        return BridgedCall(self._call, winner, self._options.limits, self._options.ringback)

    def give_up(self) -> None:
        """The caller is gone: end the other legs."""
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

    async def _press(self, winner: Leg) -> None:
        """Press the keys of the target that answered, or those that were left of them."""
        keys = self._targets[self._dialing.target_of(winner)].digits
        if self._before is not None and keys:
            keys = rest_of(keys, winner.id, self._before.progress)
        play = self._control.press(winner, keys) if keys else None
        while play is not None and not winner.ended:
            event = await self._call.next()
            if isinstance(event, Played) and event.play == play:
                return
