"""A simulated person with a browser: a page on a link, and a whole engine on the virtual network."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from offhook_engine import (
    Connected,
    DigitPressed,
    Event,
    NoSuchLeg,
    SdpRefused,
    SimEngine,
    Source,
    events_of,
)

from offhook.base.accounts import Party
from offhook.links.json.links import Links
from offhook.testing.page import Page, Wire
from offhook.testing.spectrum import purity

_TICK_S: Final = 5.0
_LEVEL_DBM0: Final = -13.0
_LISTENED_S: Final = 0.4


class At(StrEnum):
    """How far a call is, as its page sees it."""

    TRYING = "trying"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a phone is connected.

    Attributes:
        delay_s: Seconds that a frame of the link takes, one way.
        hz: The tone that it sounds while its calls are up; 0 for silence.
    """

    delay_s: float = 0.02
    hz: float = 0.0


@dataclass(slots=True)
class PhoneCall:
    """One call, as its page sees it.

    Attributes:
        name: What it is called on the link.
        id: What records and webhooks know it by; empty for one that came in.
        early: Whether there was media before the answer.
        cause: Why it ended, as the page was told.
        by: Who ended it, as the page was told.
        keys: Keys that came in the media.
        told: Frames about the call, in order.
        next: The same call in a page that was reloaded.
    """

    phone: "Phone"
    name: str
    leg: int
    at: At = At.TRYING
    id: str = ""
    invitation: Mapping[str, Any] = field(default_factory=dict[str, Any])
    early: bool = False
    connected: bool = False
    cause: str = ""
    by: str = ""
    keys: str = ""
    told: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    offers: int = 0
    next: "PhoneCall | None" = None
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """The page rings."""
        self.phone.send("ring", call=self.name)

    def answer(self) -> None:
        """Take the call, unless it is over."""
        if self.at is At.ENDED:
            return
        sdp = self.phone.engine.answer(self.leg, str(self.invitation["sdp"]))
        self.phone.send("answer", call=self.name, sdp=sdp)
        self.at = At.UP

    def reject(self, cause: str = "rejected") -> None:
        """Refuse it, for all devices of the name."""
        self.phone.send("reject", call=self.name, cause=cause)

    def ignore(self) -> None:
        """This device rings no more."""
        self.phone.send("ignore", call=self.name)

    def hang_up(self) -> None:
        """End it, or give it up."""
        self.phone.send("hangup", call=self.name)

    def press(self, keys: str) -> None:
        """Press keys, in the media."""
        self.phone.engine.digits(self.leg, keys)

    def transfer(self, to: str) -> None:
        """Connect the other end with somebody else."""
        self.phone.send("transfer", call=self.name, to=to)

    def transfer_to(self, other: "PhoneCall") -> None:
        """Connect the other end with that of another call."""
        self.phone.send("transfer", **{"call": self.name, "with": other.name})

    def press_told(self, keys: str) -> None:
        """Press keys, told by the link."""
        self.phone.send("digits", call=self.name, digits=keys)

    def offer(self, why: str, direction: str = "sendrecv", *, restart: bool = False) -> None:
        """Offer again: hold, resume, restart."""
        self.offers += 1
        sdp = self.phone.engine.offer(self.leg, [], direction, restart)
        self.phone.send("offer", call=self.name, number=self.offers, sdp=sdp, reason=why)

    @property
    def offer_waits(self) -> bool:
        """Whether the server has not answered the last offer yet."""
        settled = sum(frame["type"] in ("accept", "refuse") for frame in self.told)
        return settled < self.offers

    def hears(self, hz: float) -> float:
        """How loud a tone is in what came in last, beside everything else, in dB."""
        rate_hz, samples = self.phone.engine.captured(self.leg, _LISTENED_S)
        return purity(rate_hz, samples, hz)

    async def gets_sound(self, seconds: float = 0.5) -> bool:
        """Whether anything comes in while so much time passes."""
        before = self.phone.engine.captured(self.leg, seconds)
        await asyncio.sleep(seconds)
        return self.phone.engine.captured(self.leg, seconds) != before

    def move(self, at: At) -> None:
        """It got so far."""
        if self.at is not At.ENDED:
            self.at = at
        self.bell.set()

    async def until(self, at: At) -> "PhoneCall":
        """Wait until it is so far, or over."""
        while self.at not in (at, At.ENDED):
            await self._news()
        if self.at is not at:
            raise AssertionError(f"the call ended ({self.cause}) before it was {at}")
        return self

    async def until_connected(self) -> None:
        """Wait until media can flow."""
        while not self.connected:
            await self._news()

    async def until_told(self, kind: str) -> Mapping[str, Any]:
        """Wait for a frame of that type about the call."""
        while not (found := [frame for frame in self.told if frame["type"] == kind]):
            await self._news()
        return found[-1]

    async def _news(self) -> None:
        self.bell.clear()
        await self.bell.wait()


class _Cable(Wire):
    """A socket on which every text takes its time."""

    def __init__(self, arrive: Callable[[], None], delay_s: float) -> None:
        super().__init__()
        self._arrive = arrive
        self._delay_s = delay_s

    def send(self, text: str) -> None:
        """The server sends; it arrives later."""
        super().send(text)
        self.later()

    def close(self, code: int, reason: str) -> None:
        """The server closes; the page learns of it later."""
        super().close(code, reason)
        self.later()

    def later(self) -> None:
        """Something arrives, after the delay."""
        asyncio.get_running_loop().call_later(self._delay_s, self._arrive)


class Phone:
    """One person's browser.

    Attributes:
        calls: All calls so far, by their names on the link.
        prefers: Codecs that its offers of new calls have first.
        signs_in: Whether a page that is reloaded shows more than the key of its link.
        faults: The codes of what the server could not do.
    """

    def __init__(self, links: Links, party: Party, engine: SimEngine, line: Line) -> None:
        """Not connected yet."""
        self.name = party.name
        self.engine = engine
        self.calls: dict[str, PhoneCall] = {}
        self.signs_in = True
        self._links = links
        self._party = party
        self._page = Page(links, party)
        self._attaching = False
        self._taken = asyncio.Event()
        self._line = line
        self._made = 0
        self._seen = 0
        self._legs: dict[int, PhoneCall] = {}
        self._rang: list[PhoneCall] = []
        self._bell = asyncio.Event()
        self.faults: list[str] = []
        self.prefers: Sequence[str] = ()

    def connect(self) -> None:
        """Open a socket; on return the link resumes."""
        first = self._page.link is None
        self._page.connect(_Cable(self._down, self._line.delay_s))
        if first:
            self._tick()

    def cut(self) -> None:
        """The socket is gone."""
        self._page.cut()

    async def reload(self, seconds: float = 0.5) -> None:
        """The page is reloaded, which takes so long; on return the next one has its calls."""
        self.send("unload")
        await asyncio.sleep(2 * self._line.delay_s)
        self._page.cut()
        for call in self.calls.values():
            if call.at is not At.ENDED:
                self.engine.close(call.leg)
        await asyncio.sleep(seconds)
        party = self._party if self.signs_in else None
        self._page = Page(self._links, party, self._page)
        self._seen = 0
        self._attaching = True
        self._taken.clear()
        self.connect()
        await self._taken.wait()

    def _attached(self) -> None:
        """The new page takes up its calls: everything about their media is new."""
        self._attaching = False
        before, self.calls = self.calls, {}
        for told in self._page.welcome.get("calls", ()):
            call = PhoneCall(self, told["call"], self.engine.open(), id=told["id"])
            call.at, call.invitation = At.UP, told
            old = before.get(call.name)
            if old is not None:
                old.next = call
            self._keep(call).offer("attach")
        self._taken.set()

    def register(self) -> None:
        """Be reachable."""
        self.send("register")

    def send(self, kind: str, **fields: object) -> None:
        """Send a frame; it arrives after a while."""
        self._page.send(kind, **fields)
        self._later(self._up)

    def call(self, to: str, **parameters: str) -> PhoneCall:
        """Call somebody."""
        self._made += 1
        name = f"{self.name}-{self._made}"
        leg = self.engine.open()
        call = self._keep(PhoneCall(self, name, leg))
        offer = self.engine.offer(leg, self.prefers)
        self.send("invite", call=name, to=to, sdp=offer, parameters=parameters, headers={})
        return call

    async def rings(self) -> PhoneCall:
        """The next call that comes in, waited for."""
        while not self._rang:
            self._bell.clear()
            await self._bell.wait()
        return self._rang.pop(0)

    def news(self) -> None:
        """The engine has something to tell."""
        for event in events_of(self.engine):
            call = self._legs.get(event.leg)
            if call is not None:
                self._media(call, event)

    def _media(self, call: PhoneCall, event: Event) -> None:
        if isinstance(event, Connected):
            call.connected = True
            if self._line.hz:
                tone = Source.tones([(self._line.hz, 0.0, 1.0, _LEVEL_DBM0)])
                self.engine.play(call.leg, tone, 0)
        elif isinstance(event, DigitPressed):
            call.keys += event.digit
        call.bell.set()

    def _keep(self, call: PhoneCall) -> PhoneCall:
        self.calls[call.name] = call
        self._legs[call.leg] = call
        return call

    def _later(self, what: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(self._line.delay_s, what)

    def _up(self) -> None:
        self._page.carry_up()

    def _down(self) -> None:
        self._page.carry_down()
        if self._attaching and self._page.welcome_came:
            self._attached()
        self.faults = [f["code"] for f in self._page.asides if f["type"] == "error"]
        fresh = self._page.heard[self._seen :]
        self._seen = len(self._page.heard)
        for frame in fresh:
            self._understand(frame)
        if fresh:
            self._page.acknowledge()
        # What resuming put on its way, and what answers a ping, arrives like everything else.
        wire = self._page.wire
        for _ in range(len(wire.up) if wire is not None else 0):
            self._later(self._up)

    def _understand(self, frame: Mapping[str, Any]) -> None:
        kind = frame["type"]
        if kind == "incoming":
            self._incoming(frame)
            return
        call = self.calls.get(frame.get("call", ""))
        if call is None:
            return
        call.told.append(frame)
        if kind == "trying":
            call.id = frame["id"]
        elif kind in ("ringing", "answered"):
            self._answered(call, frame)
        elif kind == "ended":
            self._ended(call, frame)
        elif kind == "accept":
            self.engine.accept(call.leg, frame["sdp"])
        elif kind == "refuse":
            self.engine.withdraw(call.leg)
        elif kind == "offer":
            sdp = self.engine.answer(call.leg, frame["sdp"])
            self.send("accept", call=call.name, number=frame["number"], sdp=sdp)
        call.bell.set()

    def _incoming(self, frame: Mapping[str, Any]) -> None:
        call = self._keep(PhoneCall(self, frame["call"], self.engine.open(), invitation=frame))
        self._rang.append(call)
        self._bell.set()

    def _answered(self, call: PhoneCall, frame: Mapping[str, Any]) -> None:
        if frame.get("sdp"):
            self._accept(call, frame["sdp"])
            call.early = frame["type"] == "ringing"
        call.move(At.RINGING if frame["type"] == "ringing" else At.UP)

    def _accept(self, call: PhoneCall, sdp: str) -> None:
        try:
            self.engine.accept(call.leg, sdp)
        except (SdpRefused, NoSuchLeg) as error:
            raise AssertionError(f"{self.name} cannot use the answer: {error}") from error

    def _ended(self, call: PhoneCall, frame: Mapping[str, Any]) -> None:
        call.cause, call.by = frame["cause"], frame["by"]
        call.move(At.ENDED)
        self.engine.close(call.leg)

    def _tick(self) -> None:
        link = self._page.link
        if link is None or link.over:
            return
        link.tick()
        loop = asyncio.get_running_loop()
        loop.call_later(min(max(link.wake() - loop.time(), 0.01), _TICK_S), self._tick)
