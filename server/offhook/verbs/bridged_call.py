"""Two parties talk, through all transfers, until one of them is gone."""

from typing import Final

from offhook.base import events
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import SendDtmf, SendMessage
from offhook.base.events import LegEvent, TransferRequested
from offhook.base.ids import LegId
from offhook.base.media import Tones
from offhook.calls.bridge import Bridge, BridgeLimits
from offhook.calls.dial_target import DialTarget
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.transfer import (
    AttendedTransfer,
    TransferredLegs,
    accept,
    announce,
    confirm,
    end_attended_transfer,
    leave,
)
from offhook.verbs.base import Context
from offhook.verbs.context import Redirected
from offhook.verbs.dial_state import ConversationState
from offhook.verbs.playing import FOR_EVER

_RING_S: Final = 30.0
"""How long a transfer target rings before the transfer has failed."""


_OTHER_CALL_S: Final = 60.0
"""How long the other call of an attended transfer has to be taken up."""


class BridgedCall:
    """What follows an answered dial.

    Attributes:
        callee: Whom the caller talks with, or talked with last.
    """

    def __init__(self, call: Context, callee: Leg, limits: BridgeLimits, ringback: Tones) -> None:
        """Not bridged before `run`."""
        self._call = call
        self._control = call.control
        self._limits = limits
        self._ringback = ringback
        self._bridge: Bridge | None = None
        self._dialing: Dialing | None = None
        self._before_s = 0.0
        self._before: ConversationState | None = None
        self.callee = callee

    @property
    def duration_s(self) -> float:
        """Seconds in which two parties were bridged."""
        return self._before_s + (0.0 if self._bridge is None else self._bridge.duration_s)

    def resume(self, before: ConversationState) -> None:
        """Go on where an earlier server process was."""
        self._before = before
        self._before_s = before.before_s
        self.callee = self._leg(before.target or before.callee)

    async def run(self) -> None:
        """Join the two, follow their transfers, and come back when the callee is gone.

        Raises:
            CallOver: the party that the call lives for is gone.
        """
        joined, failed = (None, False) if self._before is None else await self._settle(self._before)
        if self._before is not None and (joined is not None or failed):
            self._before_s += self._before.bridged_s
        if joined is not None:
            await self._swap(joined)
            return
        while not failed:
            outcome = await self._bridge_and_wait()
            if isinstance(outcome, TransferredLegs):
                await self._swap(outcome)
                return
            failed = outcome is None or not await self._ring(outcome)
        if self._control.anchor is not self._control.caller_leg:
            # The caller is gone, and with it the one whom the application serves.
            self._control.end(self._control.anchor, Cause.NORMAL, EndedBy.OTHER_LEG)
            await self._call.next()

    def give_up(self) -> None:
        """The call must go: end the other legs."""
        if self._dialing is not None and not self._dialing.over:
            self._dialing.cancel()
        elif self._bridge is not None:
            self._bridge.end(Cause.NORMAL, EndedBy.OTHER_LEG)
        else:
            self._control.end(self.callee, Cause.NORMAL, EndedBy.OTHER_LEG)

    async def _settle(self, before: ConversationState) -> tuple[TransferredLegs | None, bool]:
        """Finish a transfer that was under way when the server was restarted.

        Returns:
            The legs that an attended transfer has joined, and whether a transfer has failed.
        """
        control = self._control
        if before.leaver is not None:
            control.end(self._leg(before.leaver), Cause.TRANSFERRED)
        for ours, theirs in control.call.joined.items():
            return TransferredLegs(self._leg(ours), theirs), False
        if before.accepted is not None:
            return self._finish_attended(before, *before.accepted), False
        target_answered = before.target is not None and self._leg(before.target).up
        if not before.transferred or target_answered:
            return None, False
        if not before.blind:
            until = control.now() + _OTHER_CALL_S
            while (event := await self._call.next(until)) is not None:
                if isinstance(event, events.AttendedTransferRequested):
                    ours = self._stays()
                    control.join(ours, event.party)
                    accept(control, event, ours)
                    return TransferredLegs(ours, event.party), False
        # The party that transferred is gone, and the new one had not answered.
        if before.target is not None:
            control.end(self._leg(before.target), Cause.SERVER_RESTARTED)
        return None, True

    def _finish_attended(
        self, before: ConversationState, noted: LegId, theirs: LegId
    ) -> TransferredLegs:
        """The other call has accepted, or we have."""
        control = self._control
        if not before.transferred:
            leaver = self._leg(noted)
            stays = self.callee if leaver is control.anchor else control.anchor
            control.unbridge(leaver)
            leave(control, leaver, stays)
        ours = self._stays()
        control.join(ours, theirs)
        return TransferredLegs(ours, theirs)

    def _stays(self) -> Leg:
        """The party that is left when the other one has transferred it."""
        return self._control.anchor if self._control.anchor.up else self.callee

    def _leg(self, id: LegId) -> Leg:
        leg = self._control.call.leg(id)
        if leg is None:
            raise LookupError(f"the call has no leg {id}")
        return leg

    async def _bridge_and_wait(self) -> TransferRequested | TransferredLegs | None:
        """Talk. Returns the blind transfer that ends it, or the crossing; nothing when it is over."""
        if self._bridge is not None:
            self._before_s += self._bridge.duration_s
        bridge = Bridge(self._control, self._control.anchor, self.callee, self._limits)
        transfer = AttendedTransfer(self._control, bridge)
        before, self._before = self._before, None
        self._bridge = bridge
        if before is not None and before.began is not None and not before.transferred:
            began = self._control.now() - (self._control.at() - before.began.at)
            bridge.resume(began, before.away_s, before.holding)
        elif not self.callee.ended:
            bridge.start()
        else:
            return None
        while not bridge.over:
            event = await self._call.next(bridge.deadline)
            if event is None:
                bridge.check()
            elif isinstance(event, TransferRequested) and event.other is None:
                return event
            else:
                transferred = transfer.handle(event)
                if transferred is not None:
                    return transferred
                bridge.handle(event)
        return None

    async def _ring(self, requested: TransferRequested) -> bool:
        """Dial the transfer target for the party that stays. Returns whether it answered."""
        leg = self._control.call.leg(requested.leg)
        if leg is None or self._bridge is None:
            return False
        stays = self._bridge.other(requested.leg)
        target = DialTarget(to=client(requested.to), caller=stays.peer)
        self._bridge.release()
        confirm(self._control, leg.id, requested.ref)
        leave(self._control, leg, stays)
        announce(self._control, stays, str(target.to))
        self._dialing = dialing = Dialing(self._control, [target], DialPolicy(ring_s=_RING_S))
        if self._control.hold_music is not None:
            self._control.play(stays, self._control.hold_music, FOR_EVER)
        dialing.start()
        ringback_on = False
        while not dialing.over:
            event = await self._call.next(dialing.deadline)
            if event is None:
                dialing.check()
            else:
                dialing.handle(event)
            if dialing.rang and not ringback_on and not dialing.over:
                ringback_on = True
                self._control.play(stays, self._ringback, FOR_EVER)
        self._control.stop(stays)
        failure = dialing.failure
        self.callee = dialing.winner or failure or self.callee
        return dialing.winner is not None

    async def _swap(self, transferred: TransferredLegs) -> None:
        """Our party talks with that of another call, until one of the two is gone.

        Raises:
            CallOver: it is.
        """
        try:
            while True:
                event = await self._call.next()
                if isinstance(event, events.AttendedTransferEnded):
                    self._control.end(transferred.ours, event.cause, EndedBy.OTHER_LEG)
                elif event is not None and event.leg == transferred.ours.id:
                    self._pass_on(event, transferred)
        except Redirected:
            self._control.part(transferred.ours)
            raise
        finally:
            end_attended_transfer(self._control, transferred)

    def _pass_on(self, event: LegEvent, transferred: TransferredLegs) -> None:
        match event:
            case events.MessageReceived(content_type=content_type, body=body):
                self._control.signal.send(transferred.theirs, SendMessage(content_type, body))
            case events.DtmfReceived(digit=digit, seconds=seconds):
                self._control.signal.send(transferred.theirs, SendDtmf(digit, seconds))
            case _:
                pass
