"""One call of a simulated telephone, to us or from us."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from offhook.base import commands
from offhook.base.accounts import Party
from offhook.base.address import Address, Kind
from offhook.base.causes import Cause
from offhook.base.errors import PeerError, Unavailable, UsageError
from offhook.base.events import Connected, DtmfReceived, LegEvent, Played, ReofferAnswered
from offhook.base.ids import AccountId, CallId, DeviceId, LegId, PlayId, Sdp
from offhook.base.media import Silence, Sound
from offhook.links.ports import DeviceCommand, EndedBy, UnsupportedCommand
from offhook.links.simulated import sounds
from offhook.links.simulated.behaviour import (
    Babble,
    Beep,
    Behaviour,
    Digits,
    HangUp,
    Say,
    Step,
    Then,
    Tones,
    Wait,
)
from offhook.links.simulated.ports import PhoneDependencies
from offhook.links.simulated.sdp import without_telephone_events

log = logging.getLogger("offhook.simulated")

_SILENCE: Final = Silence(1.0)
ANONYMOUS: Final = "anonymous"
"""A caller that withholds its number (RFC 3323)."""


class SimulatedPhone:
    """A telephone in one call: a device that behaves as its number's table entry says.

    Attributes:
        number: Its number, with `+`.
        media_leg: Its end of the media, on the telephones' engine.
        received: Keys that it received.
    """

    def __init__(
        self, deps: PhoneDependencies, account: AccountId, number: str, behaviour: Behaviour | None
    ) -> None:
        """A telephone that does nothing before it is invited, or calls.

        Args:
            deps: What it needs.
            account: Whose call it is.
            number: Its number.
            behaviour: What it does; nothing for a number that does not exist.
        """
        self.number = number
        self.media_leg = LegId(deps.ids.hex32())
        self.received = ""
        self._deps = deps
        self._behaviour = behaviour
        self._id = DeviceId(f"simulated-{self.media_leg}")
        self._party = Party(
            account=account, name=number, application=None, incoming=False, anonymous=True
        )
        self._leg: LegId | None = None
        self._opened = False
        self._plays = 0
        self._playing: PlayId | None = None
        self._changed = asyncio.Event()
        self._connected = False
        self._answered = False
        self._over = False
        self._cancel = _nothing

    @property
    def id(self) -> DeviceId:
        """The id of this device."""
        return self._id

    @property
    def party(self) -> Party:
        """Whom it stands for."""
        return self._party

    @property
    def expendable(self) -> bool:
        """It is registered nowhere."""
        return False

    @property
    def leg(self) -> LegId | None:
        """The server's leg of its call."""
        return self._leg

    def can_be_called(self) -> bool:
        """It can."""
        return True

    def leave(self, reason: str) -> None:
        """It has no link."""
        del reason

    def call(self, to: str, steps: Sequence[Step], party: Party) -> LegId:
        """Call a number of this server, and do these steps once it has answered. Returns the leg.

        Raises:
            Unavailable: there are as many telephones as the engine can carry.
        """
        self._party = party
        self._open()
        offer = self._deps.media.offer(self.media_leg)
        self._cancel = self._deps.spawn(self._calls(steps))
        caller = Address(Kind.NUMBER, self.number)
        self._deps.router.call(self, self._id, to, offer, {}, {}, caller=caller)
        if self._leg is None or self._over:
            raise Unavailable("the call was refused: there are as many as are allowed at once")
        return self._leg

    def trying(self, leg: LegId, name: str) -> None:
        """The call it requested exists."""
        del name
        self._leg = leg

    def ended(self, leg: LegId, cause: Cause, by: EndedBy) -> None:
        """The call is over."""
        log.debug("phone.ended", extra={"leg": leg, "cause": cause, "by": by})
        self._close()

    def send(self, leg: LegId, command: DeviceCommand) -> None:
        """Carry out a command."""
        match command:
            case commands.Invite():
                self._leg = leg
                self._cancel = self._deps.spawn(self._guarded(leg, command))
            case commands.Ring(sdp=sdp) | commands.Answer(sdp=sdp):
                self._answered |= isinstance(command, commands.Answer)
                self._accept(leg, sdp)
            case commands.Offer(number=number, sdp=sdp):
                answer = self._deps.media.answer(self.media_leg, self._deps.reachable(sdp))
                answered = ReofferAnswered(leg=leg, number=number, sdp=answer)
                self._deps.router.post(answered)
            case commands.SendMessage():
                raise UnsupportedCommand
            case _:
                # Notices for pages; keys come in its media.
                pass

    def handle(self, event: LegEvent) -> None:
        """An event of its own end of the media."""
        match event:
            case Connected():
                self._connected = True
            case Played(play=play):
                if play == self._playing:
                    self._playing = None
            case DtmfReceived(digit=digit):
                self.received += digit
            case _:
                return
        self._changed.set()

    async def _guarded(self, leg: LegId, invite: commands.Invite) -> None:
        """Take an invitation; what cannot be done ends it."""
        forking = self._deps.router.forking
        try:
            await self._take(leg, invite)
        except Unavailable:
            forking.rejected(self, leg, Cause.CONGESTION)
            self._close()
        except PeerError as error:
            log.warning("phone.failed", extra={"leg": leg, "reason": str(error)})
            forking.rejected(self, leg, Cause.INCOMPATIBLE_MEDIA)
            self._close()

    async def _take(self, leg: LegId, invite: commands.Invite) -> None:
        forking, behaviour = self._deps.router.forking, self._behaviour
        refusal = await self._refusal(invite)
        if refusal is not None or behaviour is None:
            forking.rejected(self, leg, refusal or Cause.NO_ROUTE)
            return
        self._open()
        early = self._answer(invite.sdp, behaviour) if behaviour.early else None
        forking.rang(self, leg, early)
        if behaviour.early:
            await self._do(behaviour.early)
        await self._ring(behaviour)
        if behaviour.then is Then.REJECT:
            forking.rejected(self, leg, Cause.REJECTED)
            self._close()
            return
        answer = None if behaviour.early else self._answer(invite.sdp, behaviour)
        forking.answered(self, leg, answer)
        await self._do(behaviour.steps)

    async def _refusal(self, invite: commands.Invite) -> Cause | None:
        """Why the number does not ring."""
        behaviour = self._behaviour
        if behaviour is None or behaviour.then is Then.UNKNOWN:
            return Cause.NO_ROUTE
        if not await self._may_show(invite):
            log.warning("phone.caller-refused", extra={"leg": self._leg})
            return Cause.FORBIDDEN
        return Cause.BUSY if behaviour.then is Then.BUSY else None

    async def _may_show(self, invite: commands.Invite) -> bool:
        """Whether carriers show that caller: a number of the account, or one that called or was called."""
        if invite.caller == ANONYMOUS:
            return True
        try:
            caller = Address(Kind.NUMBER, invite.caller)
        except UsageError:
            return False
        if invite.caller_takes_part:
            return True
        return await self._deps.owners.owner_of(caller.value) == invite.account

    async def _ring(self, behaviour: Behaviour) -> None:
        if behaviour.then is Then.SILENT:
            # Until its caller gives up, which cancels this.
            await asyncio.Event().wait()
        await self._deps.clock.sleep(behaviour.rings_s)

    async def _calls(self, steps: Sequence[Step]) -> None:
        while not self._answered:
            await self._wait_changed()
        await self._do(steps)

    async def _do(self, steps: Sequence[Step]) -> None:
        """Do these steps, once sound can be sent."""
        while not self._connected:
            await self._wait_changed()
        for step in steps:
            await self._step(step)
            if self._over:
                return
        self._deps.media.play(self.media_leg, _SILENCE, self._next_play(), times=0)

    async def _step(self, step: Step) -> None:
        match step:
            case Wait(wait_s=seconds):
                # Telephones send all the time: silence, too.
                await self._play(Silence(seconds))
            case Say():
                await self._say(step)
            case Beep(beep_s=seconds, hz=hz):
                await self._play(sounds.beep(hz, seconds))
            case Babble(babble_s=seconds, hz=hz):
                await self._play(sounds.syllable(hz), sounds.syllables(seconds))
            case Tones(tones=keys):
                await self._play(sounds.dtmf(keys))
            case Digits(digits=digits):
                self._deps.media.send_digits(self.media_leg, digits, self._next_play())
                await self._played()
            case HangUp():
                self._hang_up()

    async def _say(self, step: Say) -> None:
        try:
            speech = self._deps.speech
            sound = await speech.synthesize(step.say, language=step.language, voice="")
        except Unavailable:
            # Without a voice it still sounds as if it spoke.
            await self._step(Babble(babble_s=sounds.seconds_of(step.say)))
        else:
            await self._play(sound)

    async def _play(self, sound: Sound, times: int = 1) -> None:
        self._deps.media.play(self.media_leg, sound, self._next_play(), times=times)
        await self._played()

    def _next_play(self) -> PlayId:
        self._plays += 1
        self._playing = PlayId(self._plays)
        return self._playing

    async def _played(self) -> None:
        while self._playing is not None:
            await self._wait_changed()

    async def _wait_changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _open(self) -> None:
        self._deps.media.open(self.media_leg, CallId(self.media_leg))
        self._opened = True
        self._deps.opened(self)

    def _answer(self, offer: Sdp, behaviour: Behaviour) -> Sdp:
        answer = self._deps.media.answer(self.media_leg, self._deps.reachable(offer))
        return answer if behaviour.telephone_events else without_telephone_events(answer)

    def _accept(self, leg: LegId, sdp: Sdp | None) -> None:
        if sdp is not None:
            try:
                self._deps.media.accept(self.media_leg, self._deps.reachable(sdp))
            except PeerError as error:
                log.warning("phone.failed", extra={"leg": leg, "reason": str(error)})
                self._hang_up()
        self._changed.set()

    def _hang_up(self) -> None:
        if self._leg is not None:
            self._deps.router.hung_up(self._leg, Cause.NORMAL)
        self._close()

    def _close(self) -> None:
        """Forget its end of the media, and do nothing more."""
        self._over = True
        if self._opened:
            self._opened = False
            self._deps.media.close(self.media_leg)
        cancel, self._cancel = self._cancel, _nothing
        cancel()


def _nothing() -> None:
    """There is nothing to cancel."""
