"""The media port without packets: it records bridges, plays and digits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from offhook.base import events
from offhook.base.conferences import Role
from offhook.base.errors import PeerError, Unavailable
from offhook.base.events import LegEvent
from offhook.base.ids import CallId, ConferenceId, LegId, PlayId, Sdp
from offhook.base.media import (
    NOTHING,
    Decoded,
    Detection,
    Encoded,
    MediaReport,
    PlayEnd,
    Silence,
    Sound,
)
from offhook.testing.fake_recorder import FakeRecorder
from offhook.testing.sounds import seconds_of

_CONNECT_S = 0.05
_DIGIT_S = 0.17
_PAUSES_S = {"w": 0.5, "W": 1.0}


@dataclass(slots=True)
class _Leg:
    call: CallId
    negotiated: bool = False
    bridged: LegId | None = None
    play: PlayId | None = None
    sound: Sound | None = None
    end: asyncio.TimerHandle | None = None
    muted: bool = False
    detection: Detection = NOTHING
    conference: tuple[ConferenceId, Role] | None = None
    offers: int = 0
    sent: list[str] = field(default_factory=list[str])


class FakeMedia:
    """As `offhook.calls.ports.Media`, for unit tests; whole calls use the real core.

    Attributes:
        log: Commands, in order.
        full: Whether a further leg is refused.
        recorder: Records legs.
    """

    def __init__(self, on_event: Callable[[LegEvent], None]) -> None:
        """Report events to `on_event`."""
        self.log: list[str] = []
        self.full = False
        self._legs: dict[LegId, _Leg] = {}
        self.recorder = FakeRecorder(on_event, self._legs)
        self._on_event = on_event
        self._bridged = asyncio.Event()

    def open(self, leg: LegId, call: CallId, near: LegId | None = None) -> None:
        """Open the leg; there is one worker, so `near` has no effect."""
        del near
        if self.full:
            raise Unavailable("the engine is full")
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
        """An offer that shows its arguments."""
        self._open(leg).offers += 1
        restarts = "restart" if restart else "first"
        return Sdp(f"offer {','.join(prefer)} {direction} {restarts}")

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        """An answer, unless the offer contains `bad` or `no mux`."""
        _check(offer)
        self._negotiated(leg)
        return Sdp(f"answer to {offer}")

    def offered(self, offer: Sdp) -> Sequence[str]:
        """Opus, unless the offer contains `bad` or names others after `codecs=`."""
        _check(offer)
        _, _, named = offer.partition("codecs=")
        return named.split(",") if named else ("opus/48000/2",)

    def accept(self, leg: LegId, answer: Sdp) -> None:
        """Accept the answer, unless it contains `bad` or `no mux`."""
        _check(answer)
        self._negotiated(leg)

    def renew(self, leg: LegId) -> None:
        """Replace the transport of the leg; ends its bridge."""
        self._open(leg)
        self.unbridge(leg)
        self.log.append(f"renew {leg[:4]}")

    def report(self, leg: LegId) -> None:
        """Report an empty report."""
        if leg in self._legs:
            self._on_event(events.Reported(leg=leg, report=MediaReport()))

    def together(self, a: LegId, b: LegId) -> bool:
        """Whether both legs are open: there is one worker."""
        return a in self._legs and b in self._legs

    def withdraw(self, leg: LegId) -> None:
        """Record the command."""
        self.log.append(f"withdraw {leg[:4]}")

    def codec(self, leg: LegId) -> str:
        """Opus, once negotiated."""
        return "opus/48000/2" if leg in self._legs and self._legs[leg].negotiated else ""

    def bridge(self, a: LegId, b: LegId) -> None:
        """Bridge the two legs."""
        self.unbridge(a)
        self.unbridge(b)
        self._legs[a].bridged, self._legs[b].bridged = b, a
        self.log.append(f"bridge {a[:4]} {b[:4]}")
        self._bridged.set()

    def unbridge(self, leg: LegId) -> None:
        """End the bridge of the leg."""
        state = self._legs.get(leg)
        if state is None or state.bridged is None:
            return
        partner = self._legs.get(state.bridged)
        state.bridged = None
        if partner is not None:
            partner.bridged = None
        self.log.append(f"unbridge {leg[:4]}")

    def join(self, leg: LegId, conference: ConferenceId, role: Role) -> None:
        """Record the conference and the role."""
        self._open(leg).conference = conference, role
        self.log.append(f"join {leg[:4]} {conference[:4]}")

    def leave(self, leg: LegId) -> None:
        """Forget the conference."""
        state = self._legs.get(leg)
        if state is not None and state.conference is not None:
            state.conference = None
            self.log.append(f"leave {leg[:4]}")

    def play_to_members(self, conference: ConferenceId, sound: Sound) -> float:
        """Record it."""
        self.log.append(f"play {conference[:4]} {getattr(sound, 'name', type(sound).__name__)}")
        seconds = _seconds(sound)
        if seconds is None:
            raise PeerError("the file cannot be played")
        return seconds

    def conference_of(self, leg: LegId) -> tuple[ConferenceId, Role] | None:
        """The conference that the leg is in, and its role there."""
        state = self._legs.get(leg)
        return None if state is None else state.conference

    def play(
        self,
        leg: LegId,
        sound: Sound,
        id: PlayId,
        *,
        times: int = 1,
        stop_on_digit: bool = False,
    ) -> None:
        """Play for as long as the sound lasts; keys of fake legs are events, and stop nothing here."""
        del stop_on_digit
        state = self._open(leg)
        if isinstance(sound, Encoded) and not sound.content:
            raise PeerError("the file is empty")
        self._end_play(leg, PlayEnd.STOPPED)
        state.play, state.sound = id, sound
        once = _seconds(sound)
        if once is None:
            self._end_after(leg, 0.0, PlayEnd.UNPLAYABLE)
        elif times:
            self._end_after(leg, once * times, PlayEnd.FINISHED)

    def stop(self, leg: LegId) -> None:
        """Stop the play."""
        self._end_play(leg, PlayEnd.STOPPED)

    def send_digits(self, leg: LegId, digits: str, id: PlayId) -> None:
        """Record the digits; takes as long as sending them would."""
        state = self._open(leg)
        if not set(digits) <= set("0123456789*#ABCDabcdwW"):
            raise PeerError("there is no such digit")
        state.sent.append(digits)
        seconds = sum(_PAUSES_S.get(digit, _DIGIT_S) for digit in digits)
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self._played, leg, id, PlayEnd.FINISHED)

    def detect(self, leg: LegId, wanted: Detection) -> None:
        """Record it."""
        self._legs[leg].detection = wanted

    def detection(self, leg: LegId) -> Detection:
        """What is looked for in what the leg sends."""
        return self._legs[leg].detection

    def mute(self, leg: LegId, muted: bool) -> None:
        """Record it."""
        self._legs[leg].muted = muted

    def close(self, leg: LegId) -> None:
        """Close the leg, after its last report."""
        if leg not in self._legs:
            return
        self.recorder.leg_closed(leg)
        self.unbridge(leg)
        self._end_play(leg, PlayEnd.STOPPED)
        del self._legs[leg]
        self.log.append(f"close {leg[:4]}")
        report = events.Reported(leg=leg, report=MediaReport(codec="opus/48000/2"))
        loop = asyncio.get_running_loop()
        loop.call_soon(self._on_event, report)
        loop.call_soon(self._on_event, events.MediaClosed(leg=leg))

    def source_of(self, leg: LegId) -> Sound | LegId | None:
        """What is sent to the leg: a sound, another leg, or nothing."""
        state = self._legs.get(leg)
        if state is None:
            return None
        return state.bridged if state.sound is None else state.sound

    def muted(self, leg: LegId) -> bool:
        """Whether what the leg sends is discarded."""
        return self._legs[leg].muted

    def digits_sent(self, leg: LegId) -> list[str]:
        """The digits that were sent to the leg."""
        return self._legs[leg].sent

    async def wait_bridged(self, leg: LegId) -> LegId:
        """The leg that it is bridged with, as soon as there is one."""
        while (other := self._bridged_with(leg)) is None:
            self._bridged.clear()
            await self._bridged.wait()
        return other

    @property
    def open_legs(self) -> int:
        """How many legs there are."""
        return len(self._legs)

    def _bridged_with(self, leg: LegId) -> LegId | None:
        state = self._legs.get(leg)
        return None if state is None else state.bridged

    def _open(self, leg: LegId) -> _Leg:
        state = self._legs.get(leg)
        if state is None:
            raise PeerError("the leg is closed")
        return state

    def _negotiated(self, leg: LegId) -> None:
        state = self._open(leg)
        if not state.negotiated:
            state.negotiated = True
            loop = asyncio.get_running_loop()
            connected = events.Connected(leg=leg, transport="udp", profile="AEAD_AES_128_GCM")
            loop.call_later(_CONNECT_S, self._if_open, connected)
            loop.call_later(_CONNECT_S * 2, self._if_open, events.MediaStarted(leg=leg))

    def _if_open(self, event: LegEvent) -> None:
        if event.leg in self._legs:
            self._on_event(event)

    def _end_after(self, leg: LegId, seconds: float, end: PlayEnd) -> None:
        state = self._legs[leg]
        state.end = asyncio.get_running_loop().call_later(seconds, self._end_play, leg, end)

    def _end_play(self, leg: LegId, end: PlayEnd) -> None:
        state = self._legs.get(leg)
        if state is None or state.play is None:
            return
        if state.end is not None:
            state.end.cancel()
        number, state.play, state.sound, state.end = state.play, None, None, None
        asyncio.get_running_loop().call_soon(self._played, leg, number, end)

    def _played(self, leg: LegId, number: PlayId, end: PlayEnd) -> None:
        self._on_event(events.Played(leg=leg, play=number, end=end))


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
