"""One attempt to reach somebody: ringing, talking, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.base.events import Played
from offhook.base.media import Tones
from offhook.calls.bridge import Terms
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.live import Guest
from offhook.verbs.base import DialResult
from offhook.verbs.context import Context
from offhook.verbs.conversation import Conversation
from offhook.verbs.playing import FOR_EVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How it shall go.

    Attributes:
        ringback: What the caller hears while somebody's device rings.
    """

    ringing: DialPolicy
    terms: Terms
    ringback: Tones


class Attempt:
    """Rings, joins, and remembers how it went."""

    def __init__(self, call: Context, guests: Sequence[Guest], wishes: Wishes) -> None:
        """Nothing rings before `ring`."""
        self._call = call
        self._live = call.live
        self._dialing = Dialing(call.live, guests, wishes.ringing)
        self._wishes = wishes
        self._talk: Conversation | None = None

    async def ring(self) -> None:
        """Ring until somebody answers or nobody is left.

        Raises:
            CallOver: the caller is gone.
        """
        dialing = self._dialing
        heard = False
        dialing.start()
        while not dialing.over:
            event = await self._call.next(dialing.deadline)
            if event is None:
                dialing.check()
            else:
                dialing.hear(event)
            if dialing.rang and not heard and not dialing.over:
                heard = True
                self._live.ring()
                self._live.play(self._live.first, self._wishes.ringback, FOR_EVER)
        if heard:
            self._live.stop(self._live.first)

    async def talk(self, digits: Sequence[str]) -> None:
        """Join the caller with whoever answered, and wait until that is over.

        Args:
            digits: The keys to press first, for each guest in order.

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
        self._live.answer()
        self._talk = Conversation(self._call, winner, self._wishes.terms, self._wishes.ringback)
        await self._talk.run()

    def give_up(self) -> None:
        """The caller is gone: let everybody else go."""
        if self._talk is not None:
            self._talk.give_up()
        elif self._dialing.winner is not None:
            self._live.end(self._dialing.winner, Cause.NORMAL, EndedBy.OTHER_LEG)
        else:
            self._dialing.cancel()

    def result(self) -> DialResult:
        """How it went."""
        winner = self._dialing.winner
        telling = (self._talk.callee if self._talk else winner) or self._dialing.failure
        cause = telling.cause if telling is not None else None
        return DialResult(
            caller=self._live.first.id,
            callee=telling.id if telling is not None else None,
            answered=winner is not None,
            rang=self._dialing.rang,
            duration_s=0.0 if self._talk is None else self._talk.duration_s,
            cause=cause or Cause.NO_ANSWER,
            cancelled=winner is None and self._live.call.over,
        )

    async def _press(self, winner: Leg, keys: str) -> None:
        play = self._live.press(winner, keys)
        while play is not None and not winner.ended:
            event = await self._call.next()
            if isinstance(event, Played) and event.play == play:
                return
