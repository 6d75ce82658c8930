"""A media engine that moves no packet, but remembers who hears whom and what."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from offhook.base import events
from offhook.base.errors import PeerError, Unavailable
from offhook.base.events import LegEvent
from offhook.base.ids import CallId, LegId, PlayId, Sdp
from offhook.base.media import Decoded, Encoded, MediaReport, PlayEnd, Silence, Sound
from offhook.testing.sounds import seconds_of

_CONNECT_S = 0.05
_DIGIT_S = 0.17
_PAUSES_S = {"w": 0.5, "W": 1.0}


@dataclass(slots=True)
class _Leg:
    call: CallId
    agreed: bool = False
    bridged: LegId | None = None
    play: PlayId | None = None
    sound: Sound | None = None
    end: asyncio.TimerHandle | None = None
    muted: bool = False
    offers: int = 0
    sent: list[str] = field(default_factory=list[str])


class QuietEngine:
    """As `offhook.calls.ports.Media`, for unit tests; whole calls use the real core.

    Attributes:
        log: What was commanded, in order.
        full: Whether no leg more fits.
    """

    def __init__(self, tell: Callable[[LegEvent], None]) -> None:
        """Tell events to `tell`."""
        self.log: list[str] = []
        self.full = False
        self._tell = tell
        self._legs: dict[LegId, _Leg] = {}
        self._plays = 0
        self._bell = asyncio.Event()

    def open(self, leg: LegId, call: CallId, near: LegId | None = None) -> None:
        """Make room; there is but one worker, so that everything is near."""
        del near
        if self.full:
            raise Unavailable("no leg more fits")
        self._legs[leg] = _Leg(call)
        self.log.append(f"open {leg[:4]}")

    def offer(
        self,
        leg: LegId,
        *,
        prefer: Sequence[str] = (),
        direction: str = "sendrecv",
        restart: bool = False,
    ) -> Sdp:
        """An offer that nobody reads."""
        self._open(leg).offers += 1
        restarts = "restart" if restart else "first"
        return Sdp(f"offer {','.join(prefer)} {direction} {restarts}")

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        """An answer, unless the offer says `bad` or `no mux`."""
        _check(offer)
        self._agree(leg)
        return Sdp(f"answer to {offer}")

    def offered(self, offer: Sdp) -> Sequence[str]:
        """Opus, unless the offer says `bad` or names others after `codecs=`."""
        _check(offer)
        _, _, named = offer.partition("codecs=")
        return named.split(",") if named else ("opus/48000/2",)

    def accept(self, leg: LegId, answer: Sdp) -> None:
        """Taken, unless the answer says `bad` or `no mux`."""
        _check(answer)
        self._agree(leg)

    def renew(self, leg: LegId) -> None:
        """Its transport is a new one, and nobody hears it."""
        self._open(leg)
        self.unbridge(leg)
        self.log.append(f"renew {leg[:4]}")

    def report(self, leg: LegId) -> None:
        """Nothing was ever counted."""
        if leg in self._legs:
            self._tell(events.Reported(leg=leg, report=MediaReport()))

    def together(self, a: LegId, b: LegId) -> bool:
        """There is but one worker."""
        return a in self._legs and b in self._legs

    def withdraw(self, leg: LegId) -> None:
        """As it was."""
        self.log.append(f"withdraw {leg[:4]}")

    def codec(self, leg: LegId) -> str:
        """Opus, once agreed."""
        return "opus/48000/2" if leg in self._legs and self._legs[leg].agreed else ""

    def bridge(self, a: LegId, b: LegId) -> None:
        """Remember it."""
        self.unbridge(a)
        self.unbridge(b)
        self._legs[a].bridged, self._legs[b].bridged = b, a
        self.log.append(f"bridge {a[:4]} {b[:4]}")
        self._bell.set()

    def unbridge(self, leg: LegId) -> None:
        """Forget it."""
        here = self._legs.get(leg)
        if here is None or here.bridged is None:
            return
        there = self._legs.get(here.bridged)
        here.bridged = None
        if there is not None:
            there.bridged = None
        self.log.append(f"unbridge {leg[:4]}")

    def play(self, leg: LegId, sound: Sound, *, times: int = 1) -> PlayId:
        """Play, for as long as it would take."""
        here = self._open(leg)
        if isinstance(sound, Encoded) and not sound.content:
            raise PeerError("the file is empty")
        self._over(leg, PlayEnd.STOPPED)
        here.play, here.sound = self._number(), sound
        once = _seconds(sound)
        if once is None:
            self._later(leg, 0.0, PlayEnd.UNPLAYABLE)
        elif times:
            self._later(leg, once * times, PlayEnd.FINISHED)
        return here.play

    def stop(self, leg: LegId) -> None:
        """Stop the play."""
        self._over(leg, PlayEnd.STOPPED)

    def send_digits(self, leg: LegId, digits: str) -> PlayId:
        """Remember the keys; takes as long as pressing them would."""
        here = self._open(leg)
        if not set(digits) <= set("0123456789*#ABCDabcdwW"):
            raise PeerError("there is no such key")
        here.sent.append(digits)
        number = self._number()
        seconds = sum(_PAUSES_S.get(digit, _DIGIT_S) for digit in digits)
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self._played, leg, number, PlayEnd.FINISHED)
        return number

    def mute(self, leg: LegId, muted: bool) -> None:
        """Remember it."""
        self._legs[leg].muted = muted

    def close(self, leg: LegId) -> None:
        """Forget the leg; its last report comes first."""
        if leg not in self._legs:
            return
        self.unbridge(leg)
        self._over(leg, PlayEnd.STOPPED)
        del self._legs[leg]
        self.log.append(f"close {leg[:4]}")
        report = events.Reported(leg=leg, report=MediaReport(codec="opus/48000/2"))
        loop = asyncio.get_running_loop()
        loop.call_soon(self._tell, report)
        loop.call_soon(self._tell, events.MediaClosed(leg=leg))

    def hears(self, leg: LegId) -> Sound | LegId | None:
        """What the party of the leg hears: a sound, another leg, or nothing."""
        here = self._legs.get(leg)
        if here is None:
            return None
        return here.bridged if here.sound is None else here.sound

    def muted(self, leg: LegId) -> bool:
        """Whether what the leg sends is discarded."""
        return self._legs[leg].muted

    def keys(self, leg: LegId) -> list[str]:
        """What was pressed for the party of the leg."""
        return self._legs[leg].sent

    async def bridged(self, leg: LegId) -> LegId:
        """Whom the leg is bridged with, waited for."""
        while (other := self._bridged_with(leg)) is None:
            self._bell.clear()
            await self._bell.wait()
        return other

    @property
    def open_legs(self) -> int:
        """How many legs there are."""
        return len(self._legs)

    def _bridged_with(self, leg: LegId) -> LegId | None:
        here = self._legs.get(leg)
        return None if here is None else here.bridged

    def _open(self, leg: LegId) -> _Leg:
        here = self._legs.get(leg)
        if here is None:
            raise PeerError("the leg is closed")
        return here

    def _agree(self, leg: LegId) -> None:
        here = self._open(leg)
        if not here.agreed:
            here.agreed = True
            loop = asyncio.get_running_loop()
            connected = events.Connected(leg=leg, transport="udp", profile="AEAD_AES_128_GCM")
            loop.call_later(_CONNECT_S, self._if_open, connected)
            loop.call_later(_CONNECT_S * 2, self._if_open, events.MediaStarted(leg=leg))

    def _if_open(self, event: LegEvent) -> None:
        if event.leg in self._legs:
            self._tell(event)

    def _number(self) -> PlayId:
        self._plays += 1
        return PlayId(self._plays)

    def _later(self, leg: LegId, seconds: float, end: PlayEnd) -> None:
        here = self._legs[leg]
        here.end = asyncio.get_running_loop().call_later(seconds, self._over, leg, end)

    def _over(self, leg: LegId, end: PlayEnd) -> None:
        here = self._legs.get(leg)
        if here is None or here.play is None:
            return
        if here.end is not None:
            here.end.cancel()
        number, here.play, here.sound, here.end = here.play, None, None, None
        asyncio.get_running_loop().call_soon(self._played, leg, number, end)

    def _played(self, leg: LegId, number: PlayId, end: PlayEnd) -> None:
        self._tell(events.Played(leg=leg, play=number, end=end))


def _seconds(sound: Sound) -> float | None:
    if isinstance(sound, Encoded):
        return seconds_of(sound.content) if sound.content.startswith(b"RIFF") else None
    if isinstance(sound, Silence | Decoded):
        return sound.seconds
    return sum(tone.seconds for tone in sound.tones)


def _check(description: Sdp) -> None:
    if "bad" in description:
        raise PeerError("no common codec", code="no-common-codec")
    if "no mux" in description:
        raise PeerError("add a=rtcp-mux", code="no-rtcp-mux")
