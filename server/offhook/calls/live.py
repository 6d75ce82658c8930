"""A call while it lives: the commands that change it, each written into its journal."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import PeerError, Unavailable
from offhook.base.events import (
    Answered,
    HungUp,
    LegEvent,
    RenegotiationReason,
    ReofferAnswered,
    Reoffered,
    Reported,
    StatsRequested,
)
from offhook.base.ids import Ids, LegId, PlayId, Sdp
from offhook.base.media import Sound
from offhook.calls.call import Call
from offhook.calls.counting import Counting
from offhook.calls.leg import Direction, EndedBy, Leg, State, Step
from offhook.calls.ports import Invitation, Media, Signal

log = logging.getLogger("offhook.calls")

_SENTENCE: Final = 200
"""Longest text of an engine's complaint that is told to a peer, in characters."""

BAD_DESCRIPTION: Final = "bad-description"
"""The code of the error that a party gets whose offer or answer cannot be used."""

_NO_CODEC: Final = frozenset({"no-common-codec", "no-audio", "not-encrypted"})
"""Reasons of the engine for which there is no audio that both ends can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A party that is about to be invited.

    Attributes:
        caller: Who calls, as shown to the party.
        caller_name: A name to show, possibly empty.
        parameters: What the application wants its page to know.
        headers: Custom headers.
    """

    to: Address
    caller: str
    caller_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _nobody_hears(_event: LegEvent) -> None:
    """Where there is but one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a live call acts through.

    Attributes:
        begun: Told of each new leg before it is invited, so that its events find their way here.
        tell: Tells an event to whichever call has its leg.
        hold_music: What a party hears that is held; nothing for silence.
        near: A leg of another call that shares a page with the first: the two may be joined one day.
    """

    signal: Signal
    media: Media
    clock: Clock
    ids: Ids
    begun: Callable[[LegId], None]
    tell: Callable[[LegEvent], None] = _nobody_hears
    hold_music: Sound | None = None
    near: LegId | None = None


class Live:
    """One call and the ports through which it acts.

    Nothing here waits: what becomes of a command arrives as an event.
    """

    def __init__(self, call: Call, ports: Ports, offer: Sdp | None = None) -> None:
        """Take charge of `call`, whose first leg made that offer."""
        self.call = call
        self._offer = offer
        self.signal = ports.signal
        self.media = ports.media
        self.hold_music = ports.hold_music
        self.tell = ports.tell
        self._ports = ports
        self._counting = Counting(self.call, self.media, self.signal)
        self._loops: dict[LegId, Sound] = {}

    @property
    def first(self) -> Leg:
        """The leg of whoever began the call."""
        return self.call.first

    @property
    def anchor(self) -> Leg:
        """The leg that the call lives for."""
        return self.call.anchor

    def now(self) -> float:
        """The forward clock."""
        return self._ports.clock.now()

    def note(self, event: str, leg: LegId | None = None, **details: object) -> None:
        """Write a line into the journal."""
        self.call.journal.note(self.now(), event, leg, details)

    def ring(self) -> None:
        """Tell the first leg that the other end rings; from now on it can hear us."""
        first = self.first
        if first.state is State.NEW and self._agree_first():
            first.step(Step.RANG)
            self.note("leg-ringing", first.id)
            self.signal.ring(first.id, self._our_answer(first))

    def answer(self) -> None:
        """Take the first leg's call, unless that was done or it is gone."""
        first = self.first
        if first.state in (State.NEW, State.RINGING) and self._agree_first():
            self.call.answer(first, self.now())
            self.signal.answer(first.id, self._our_answer(first))

    def invite(self, guest: Guest) -> Leg:
        """Ring one more party, in the codec that the anchor speaks or would like to, if it can."""
        leg = self.begin(guest.to)
        try:
            self.media.open(leg.id, self.call.origin.id)
            offer = self.media.offer(leg.id, prefer=self._spoken())
        except (PeerError, Unavailable) as error:
            self.note("offer-failed", leg.id, reason=str(error)[:_SENTENCE])
            self.drop(leg, _useless(error))
            return leg
        self.signal.invite(
            leg.id,
            Invitation(
                account=self.call.origin.account,
                to=guest.to,
                caller=guest.caller,
                caller_name=guest.caller_name,
                sdp=offer,
                parameters=guest.parameters,
                headers=guest.headers,
            ),
        )
        return leg

    def _spoken(self) -> Sequence[str]:
        """The anchor's codec; before that is agreed, those of its offer in its order."""
        codec = self.media.codec(self.anchor.id)
        if codec:
            return (codec,)
        if self.anchor is not self.first or self._offer is None:
            return ()
        try:
            return self.media.offered(self._offer)
        except PeerError:
            # It is told of that when its offer is answered.
            return ()

    def begin(self, to: Address) -> Leg:
        """One more leg, without inviting anybody yet."""
        leg = self.call.add(LegId(self._ports.ids.hex32()), Direction.OUTBOUND, str(to), self.now())
        self._ports.begun(leg.id)
        return leg

    def end(self, leg: Leg, cause: Cause, by: EndedBy = EndedBy.SERVER) -> bool:
        """Reject, cancel or hang up. Returns whether there was anything to end."""
        if not self.call.end(leg, cause, by, self.now()):
            return False
        self.signal.end(leg.id, cause)
        self._forget(leg)
        return True

    def drop(self, leg: Leg, cause: Cause) -> bool:
        """End a leg that never reached anybody: nobody has to be told."""
        leg.media_closed = True
        return self.call.end(leg, cause, EndedBy.SERVER, self.now())

    def join(self, a: Leg, b: Leg) -> None:
        """The two hear each other from now on."""
        self.call.join(a.id, b.id, self.now())
        self.media.join(a.id, b.id)

    def part(self, leg: Leg) -> None:
        """The leg, and whom it was joined with, hear nobody."""
        other = self.call.part(leg.id, self.now())
        if other is not None:
            self.media.part(leg.id)

    def play(self, leg: Leg, sound: Sound, times: int = 1) -> PlayId | None:
        """Play to the leg in place of what it hears; nothing if the sound cannot be played."""
        if leg.ended:
            return None
        try:
            play = self.media.play(leg.id, sound, times=times)
        except PeerError as error:
            self.note("play-failed", leg.id, reason=str(error)[:_SENTENCE])
            return None
        if times == 0:
            self._loops[leg.id] = sound
        else:
            self._loops.pop(leg.id, None)
        self.note(
            "play-started", leg.id, play=play, sound=type(sound).__name__.lower(), times=times
        )
        return play

    def stop(self, leg: Leg) -> None:
        """Play no more to the leg: it hears whom it is joined with."""
        self._loops.pop(leg.id, None)
        self.media.stop(leg.id)

    def press(self, leg: Leg, digits: str) -> PlayId | None:
        """Press keys for the party of the leg; nothing if they cannot be sent."""
        if leg.ended:
            return None
        try:
            play = self.media.send_digits(leg.id, digits)
        except PeerError as error:
            self.note("digits-failed", leg.id, reason=str(error)[:_SENTENCE])
            return None
        self.note("digits-sent", leg.id, play=play, keys=len(digits))
        return play

    def take(self, event: LegEvent) -> bool:
        """Let an event happen. Returns whether it changed anything."""
        if not self.call.take(event, self.now()):
            return False
        leg = self.call.leg(event.leg)
        if leg is None:
            return False
        match event:
            case HungUp():
                self._forget(leg)
            case Answered(sdp=sdp):
                self._agree(leg, sdp)
            case Reoffered():
                self._take_offer(leg, event)
            case ReofferAnswered(sdp=sdp):
                self._settle(leg, sdp)
            case StatsRequested(ref=ref):
                self._counting.ask(leg, ref)
            case Reported():
                self._counting.hear(event)
            case _:
                pass
        return True

    def _agree_first(self) -> bool:
        """Answer the first leg's offer, if that was not done. False ends it: its offer is useless.

        Not before it must be: the peer can only begin ICE once it has our answer, and the engine gives
        up on a peer that does not begin in time.
        """
        first = self.first
        offer, self._offer = self._offer, None
        if first.agreed or offer is None:
            return first.agreed
        try:
            self.media.open(first.id, self.call.origin.id, self._ports.near)
            first.answer = self.media.answer(first.id, offer)
        except (PeerError, Unavailable) as error:
            self._refuse("offer-refused", first, error)
            first.media_closed = isinstance(error, Unavailable)
            self.end(first, _useless(error))
            return False
        first.agreed = True
        return True

    def _our_answer(self, leg: Leg) -> Sdp | None:
        answer, leg.answer = leg.answer, None
        return answer

    def _agree(self, leg: Leg, answer: Sdp | None) -> None:
        if leg.agreed or answer is None:
            return
        try:
            self.media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse("answer-refused", leg, error)
            self.end(leg, _useless(error))
            return
        leg.agreed = True

    def _take_offer(self, leg: Leg, offer: Reoffered) -> None:
        # RFC 3264 §8: an offer that is refused leaves everything as it was.
        if leg.ended:
            return
        try:
            if offer.why is RenegotiationReason.ATTACH:
                # What the old page had goes on if the new one cannot do better.
                self.media.offered(offer.sdp)
                self.media.renew(leg.id)
            answer = self.media.answer(leg.id, offer.sdp)
        except (PeerError, Unavailable) as error:
            reason = self._note_refusal("offer-refused", leg, error)
            self.signal.refuse(leg.id, offer.number, reason)
            return
        self.signal.accept(leg.id, offer.number, answer)
        if offer.why is RenegotiationReason.ATTACH:
            self._as_before(leg)

    def _as_before(self, leg: Leg) -> None:
        """Join and feed new media as the old was."""
        other = self.call.joined_with(leg.id)
        if other is not None:
            self.media.join(leg.id, other)
        loop = self._loops.get(leg.id)
        if loop is not None:
            self.play(leg, loop, 0)

    def _settle(self, leg: Leg, answer: Sdp | None) -> None:
        if leg.ended:
            return
        if answer is None:
            self.media.withdraw(leg.id)
            return
        try:
            self.media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse("answer-refused", leg, error)
            self.media.withdraw(leg.id)

    def _forget(self, leg: Leg) -> None:
        self.part(leg)
        self._loops.pop(leg.id, None)
        if leg is self.first and self._offer is not None:
            # Its media was never opened: there is nothing to wait for.
            leg.media_closed = True
        else:
            self.media.close(leg.id)

    def _refuse(self, event: str, leg: Leg, error: PeerError | Unavailable) -> None:
        """Tell the party why what it described cannot be used; only it can do something about it."""
        why = self._note_refusal(event, leg, error)
        if isinstance(error, PeerError):
            self.signal.failed(leg.id, None, BAD_DESCRIPTION, why)

    def _note_refusal(self, event: str, leg: Leg, error: PeerError | Unavailable) -> str:
        why = str(error)[:_SENTENCE]
        self.note(event, leg.id, code=error.code, reason=why)
        log.warning(
            event.replace("-", "."),
            extra={"call": self.call.origin.id, "leg": leg.id, "code": error.code, "reason": why},
        )
        return why


def _useless(error: PeerError | Unavailable) -> Cause:
    if isinstance(error, Unavailable):
        return Cause.CONGESTION
    return Cause.INCOMPATIBLE_MEDIA if error.code in _NO_CODEC else Cause.MEDIA_FAILED
