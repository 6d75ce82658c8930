"""Two parties talk, through all transfers, until one of them is gone."""

from typing import Final

from offhook.base import events
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.events import LegEvent, TransferRequested
from offhook.base.media import Tones
from offhook.calls.bridge import Bridge, Terms
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.live import Guest
from offhook.calls.transfer import Crossed, Crossing, announce, cross_end, leave
from offhook.verbs.context import Context
from offhook.verbs.playing import FOR_EVER

_RING_S: Final = 30.0
"""How long somebody new is rung before a transfer has failed."""


class Conversation:
    """What follows an answered dial.

    Attributes:
        callee: Whom the caller talks with, or talked with last.
    """

    def __init__(self, call: Context, callee: Leg, terms: Terms, ringback: Tones) -> None:
        """Nobody hears anybody before `run`."""
        self._call = call
        self._live = call.live
        self._terms = terms
        self._ringback = ringback
        self._bridge: Bridge | None = None
        self._dialing: Dialing | None = None
        self._before_s = 0.0
        self.callee = callee

    @property
    def duration_s(self) -> float:
        """Seconds in which two could hear each other."""
        return self._before_s + (0.0 if self._bridge is None else self._bridge.duration_s)

    async def run(self) -> None:
        """Join the two, follow their transfers, and come back when the callee is gone.

        Raises:
            CallOver: the party that the call lives for is gone.
        """
        while True:
            outcome = await self._together()
            if isinstance(outcome, Crossed):
                await self._apart(outcome)
                return
            if outcome is None or not await self._ring(outcome):
                break
        if self._live.anchor is not self._live.first:
            # The caller is gone, and with it the one whom the application serves.
            self._live.end(self._live.anchor, Cause.NORMAL, EndedBy.OTHER_LEG)
            await self._call.next()

    def give_up(self) -> None:
        """The call must go: let everybody else go."""
        if self._dialing is not None and not self._dialing.over:
            self._dialing.cancel()
        elif self._bridge is not None:
            self._bridge.end(Cause.NORMAL, EndedBy.OTHER_LEG)

    async def _together(self) -> TransferRequested | Crossed | None:
        """Talk. Returns the blind transfer that ends it, or the crossing; nothing when it is over."""
        if self._bridge is not None:
            self._before_s += self._bridge.duration_s
        bridge = Bridge(self._live, self._live.anchor, self.callee, self._terms)
        crossing = Crossing(self._live, bridge)
        self._bridge = bridge
        bridge.start()
        while not bridge.over:
            event = await self._call.next(bridge.deadline)
            if event is None:
                bridge.check()
            elif isinstance(event, TransferRequested) and event.other is None:
                return event
            else:
                crossed = crossing.hear(event)
                if crossed is not None:
                    return crossed
                bridge.hear(event)
        return None

    async def _ring(self, wish: TransferRequested) -> bool:
        """Ring whom the wish names for the one who stays. Returns whether somebody answered."""
        leg = self._live.call.leg(wish.leg)
        if leg is None or self._bridge is None:
            return False
        stays = self._bridge.other(wish.leg)
        guest = Guest(to=client(wish.to), caller=stays.peer)
        self._bridge.release()
        self._live.signal.done(leg.id, wish.ref)
        leave(self._live, leg, stays)
        announce(self._live, stays, str(guest.to))
        self._dialing = dialing = Dialing(self._live, [guest], DialPolicy(ring_s=_RING_S))
        if self._live.hold_music is not None:
            self._live.play(stays, self._live.hold_music, FOR_EVER)
        dialing.start()
        heard = False
        while not dialing.over:
            event = await self._call.next(dialing.deadline)
            if event is None:
                dialing.check()
            else:
                dialing.hear(event)
            if dialing.rang and not heard and not dialing.over:
                heard = True
                self._live.play(stays, self._ringback, FOR_EVER)
        self._live.stop(stays)
        failure = dialing.failure
        self.callee = dialing.winner or failure or self.callee
        return dialing.winner is not None

    async def _apart(self, crossed: Crossed) -> None:
        """Our party talks with that of another call, until one of the two is gone.

        Raises:
            CallOver: it is.
        """
        try:
            while True:
                event = await self._call.next()
                if isinstance(event, events.AttendedTransferEnded):
                    self._live.end(crossed.ours, event.cause, EndedBy.OTHER_LEG)
                elif event is not None and event.leg == crossed.ours.id:
                    self._pass_on(event, crossed)
        finally:
            cross_end(self._live, crossed)

    def _pass_on(self, event: LegEvent, crossed: Crossed) -> None:
        match event:
            case events.MessageReceived(content_type=content_type, body=body):
                self._live.signal.message(crossed.theirs, content_type, body)
            case events.DtmfReceived(digit=digit, seconds=seconds):
                self._live.signal.digit(crossed.theirs, digit, seconds)
            case _:
                pass
