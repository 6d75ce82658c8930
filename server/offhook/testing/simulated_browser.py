"""A simulated browser: a page on a link, and a media engine on the virtual network."""

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
    events_of,
)

from offhook.base.accounts import Party
from offhook.links.json.links import Links
from offhook.testing.page import FakeTransport, Page
from offhook.testing.sounds import tone
from offhook.testing.spectrum import purity

_TICK_S: Final = 5.0
_LISTENED_S: Final = 0.4


class CallState(StrEnum):
    """State of a call, as its page sees it."""

    TRYING = "trying"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserOptions:
    """Settings of a simulated browser.

    Attributes:
        delay_s: One-way delay of link frames.
        hz: Frequency of the tone that it sends in its calls; 0 for silence.
        syllables: Whether the tone comes and goes at 4 Hz, as speech does: a steady tone counts as noise.
    """

    delay_s: float = 0.02
    hz: float = 0.0
    syllables: bool = False


@dataclass(slots=True)
class BrowserCall:
    """One call, as its page sees it.

    Attributes:
        name: Its name on the link.
        id: Its id in records and webhooks; empty for an incoming call.
        early: Whether there was media before the answer.
        cause: Why it ended, from the `ended` frame.
        ended_by: Who ended it, from the `ended` frame.
        digits: DTMF digits received in the media.
        frames: Frames about the call, in order.
        reattached: The same call in the reloaded page.
        changed: Set on each change of the call.
    """

    browser: "SimulatedBrowser"
    name: str
    leg: int
    state: CallState = CallState.TRYING
    id: str = ""
    invitation: Mapping[str, Any] = field(default_factory=dict[str, Any])
    early: bool = False
    connected: bool = False
    cause: str = ""
    ended_by: str = ""
    digits: str = ""
    frames: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    offers: int = 0
    reattached: "BrowserCall | None" = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Report ringing."""
        self.browser.send("ring", call=self.name)

    def answer(self) -> None:
        """Answer the call, unless it has ended."""
        if self.state is CallState.ENDED:
            return
        sdp = self.browser.engine.answer(self.leg, str(self.invitation["sdp"]))
        self.browser.send("answer", call=self.name, sdp=sdp)
        self.state = CallState.UP

    def reject(self, cause: str = "rejected") -> None:
        """Reject it for all devices of the name."""
        self.browser.send("reject", call=self.name, cause=cause)

    def ignore(self) -> None:
        """Stop ringing on this device."""
        self.browser.send("ignore", call=self.name)

    def hang_up(self) -> None:
        """End or cancel it."""
        self.browser.send("hangup", call=self.name)

    def send_digits(self, digits: str) -> None:
        """Send DTMF in the media."""
        self.browser.engine.digits(self.leg, digits)

    def transfer(self, to: str) -> None:
        """Transfer the other party to a client (blind transfer)."""
        self.browser.send("transfer", call=self.name, to=to)

    def transfer_to(self, other: "BrowserCall") -> None:
        """Connect the other party with that of another call (attended transfer)."""
        self.browser.send("transfer", **{"call": self.name, "with": other.name})

    def signal_digits(self, digits: str) -> None:
        """Send DTMF over the link."""
        self.browser.send("digits", call=self.name, digits=digits)

    def offer(self, reason: str, direction: str = "sendrecv", *, restart: bool = False) -> None:
        """Renegotiate: hold, resume or ICE restart."""
        self.offers += 1
        sdp = self.browser.engine.offer(self.leg, [], direction, restart)
        self.browser.send("offer", call=self.name, number=self.offers, sdp=sdp, reason=reason)

    @property
    def offer_pending(self) -> bool:
        """Whether the last offer has no answer yet."""
        settled = sum(frame["type"] in ("accept", "refuse") for frame in self.frames)
        return settled < self.offers

    def tone_level_db(self, hz: float, seconds: float = _LISTENED_S) -> float:
        """Level of a tone in the audio received last, relative to everything else, in dB."""
        rate_hz, samples = self.browser.engine.captured(self.leg, seconds)
        return purity(rate_hz, samples, hz)

    async def receives_audio(self, seconds: float = 0.5) -> bool:
        """Whether audio is received within that time."""
        before = self.browser.engine.captured(self.leg, seconds)
        await asyncio.sleep(seconds)
        return self.browser.engine.captured(self.leg, seconds) != before

    def set_state(self, state: CallState) -> None:
        """Change the state, unless the call has ended, and wake waiters."""
        if self.state is not CallState.ENDED:
            self.state = state
        self.changed.set()

    async def wait_for(self, state: CallState) -> "BrowserCall":
        """Wait for that state; raises if the call ends before."""
        while self.state not in (state, CallState.ENDED):
            await self._wait_changed()
        if self.state is not state:
            raise AssertionError(f"the call ended ({self.cause}) before it was {state}")
        return self

    async def wait_connected(self) -> None:
        """Wait until media is connected."""
        while not self.connected:
            await self._wait_changed()

    async def wait_for_frame(self, kind: str) -> Mapping[str, Any]:
        """The last frame of that type about the call, as soon as there is one."""
        while not (found := [frame for frame in self.frames if frame["type"] == kind]):
            await self._wait_changed()
        return found[-1]

    async def _wait_changed(self) -> None:
        self.changed.clear()
        await self.changed.wait()


class _DelayedTransport(FakeTransport):
    """A socket that delays every text."""

    def __init__(self, on_arrival: Callable[[], None], delay_s: float) -> None:
        super().__init__()
        self._on_arrival = on_arrival
        self._delay_s = delay_s

    def send(self, text: str) -> None:
        """Take a text of the server; it arrives later."""
        super().send(text)
        self.schedule_arrival()

    def close(self, code: int, reason: str) -> None:
        """Close; the page is notified later."""
        super().close(code, reason)
        self.schedule_arrival()

    def schedule_arrival(self) -> None:
        """Deliver the next text after the delay."""
        asyncio.get_running_loop().call_later(self._delay_s, self._on_arrival)


class SimulatedBrowser:
    """One browser of a user.

    Attributes:
        calls: All calls so far, by their names on the link.
        preferred_codecs: Codecs that come first in offers of new calls.
        signs_in_on_reload: Whether a reloaded page authenticates by more than its link key.
        error_codes: Codes of the error frames received.
    """

    def __init__(
        self, links: Links, party: Party, engine: SimEngine, options: BrowserOptions
    ) -> None:
        """Not connected yet."""
        self.name = party.name
        self.engine = engine
        self.calls: dict[str, BrowserCall] = {}
        self.signs_in_on_reload = True
        self._links = links
        self._party = party
        self._page = Page(links, party)
        self._attaching = False
        self._attached = asyncio.Event()
        self._options = options
        self._calls_made = 0
        self._frames_seen = 0
        self._legs: dict[int, BrowserCall] = {}
        self._incoming: list[BrowserCall] = []
        self._call_arrived = asyncio.Event()
        self.error_codes: list[str] = []
        self.preferred_codecs: Sequence[str] = ()

    def connect(self) -> None:
        """Open a socket; resumes the link if there was one."""
        first = self._page.link is None
        self._page.connect(_DelayedTransport(self._deliver_to_page, self._options.delay_s))
        if first:
            self._tick()

    def cut(self) -> None:
        """Lose the socket."""
        self._page.cut()

    async def reload(self, seconds: float = 0.5) -> None:
        """Reload the page, which takes `seconds`; returns when the new page has its calls."""
        self.send("unload")
        await asyncio.sleep(2 * self._options.delay_s)
        self._page.cut()
        for call in self.calls.values():
            if call.state is not CallState.ENDED:
                self.engine.close(call.leg)
        await asyncio.sleep(seconds)
        party = self._party if self.signs_in_on_reload else None
        self._page = Page(self._links, party, self._page)
        self._frames_seen = 0
        self._attaching = True
        self._attached.clear()
        self.connect()
        await self._attached.wait()

    def _reattach_calls(self) -> None:
        """Reattach the calls of the old page, with new media."""
        self._attaching = False
        before, self.calls = self.calls, {}
        for listed in self._page.welcome.get("calls", ()):
            call = BrowserCall(self, listed["call"], self.engine.open(), id=listed["id"])
            call.state, call.invitation = CallState.UP, listed
            old = before.get(call.name)
            if old is not None:
                old.reattached = call
            self._add(call).offer("attach")
        self._attached.set()

    def register(self) -> None:
        """Register for incoming calls."""
        self.send("register")

    def send(self, kind: str, **fields: object) -> None:
        """Send a frame; it arrives after the delay."""
        self._page.send(kind, **fields)
        self._after_delay(self._deliver_to_server)

    def call(self, to: str, **parameters: str) -> BrowserCall:
        """Call `to`."""
        self._calls_made += 1
        name = f"{self.name}-{self._calls_made}"
        leg = self.engine.open()
        call = self._add(BrowserCall(self, name, leg))
        offer = self.engine.offer(leg, self.preferred_codecs)
        self.send("invite", call=name, to=to, sdp=offer, parameters=parameters, headers={})
        return call

    async def next_incoming(self) -> BrowserCall:
        """The next incoming call, as soon as it arrives."""
        while not self._incoming:
            self._call_arrived.clear()
            await self._call_arrived.wait()
        return self._incoming.pop(0)

    def handle_media_events(self) -> None:
        """Handle the events of the engine."""
        for event in events_of(self.engine):
            call = self._legs.get(event.leg)
            if call is not None:
                self._handle_media_event(call, event)

    def _handle_media_event(self, call: BrowserCall, event: Event) -> None:
        if isinstance(event, Connected):
            call.connected = True
            if self._options.hz:
                self.engine.play(
                    call.leg, tone(self._options.hz, syllables=self._options.syllables), 0
                )
        elif isinstance(event, DigitPressed):
            call.digits += event.digit
        call.changed.set()

    def _add(self, call: BrowserCall) -> BrowserCall:
        self.calls[call.name] = call
        self._legs[call.leg] = call
        return call

    def _after_delay(self, callback: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(self._options.delay_s, callback)

    def _deliver_to_server(self) -> None:
        self._page.deliver_to_server()

    def _deliver_to_page(self) -> None:
        self._page.deliver_to_page()
        if self._attaching and self._page.welcome_came:
            self._reattach_calls()
        self.error_codes = [f["code"] for f in self._page.unnumbered if f["type"] == "error"]
        fresh = self._page.received[self._frames_seen :]
        self._frames_seen = len(self._page.received)
        for frame in fresh:
            self._handle_frame(frame)
        if fresh:
            self._page.acknowledge()
        # Frames that resuming sent again, and answers to pings, take the delay as well.
        wire = self._page.transport
        for _ in range(len(wire.up) if wire is not None else 0):
            self._after_delay(self._deliver_to_server)

    def _handle_frame(self, frame: Mapping[str, Any]) -> None:
        kind = frame["type"]
        if kind == "incoming":
            self._handle_incoming(frame)
            return
        call = self.calls.get(frame.get("call", ""))
        if call is None:
            return
        call.frames.append(frame)
        if kind == "trying":
            call.id = frame["id"]
        elif kind in ("ringing", "answered"):
            self._handle_answer(call, frame)
        elif kind == "ended":
            self._handle_end(call, frame)
        elif kind == "accept":
            self.engine.accept(call.leg, frame["sdp"])
        elif kind == "refuse":
            self.engine.withdraw(call.leg)
        elif kind == "offer":
            sdp = self.engine.answer(call.leg, frame["sdp"])
            self.send("accept", call=call.name, number=frame["number"], sdp=sdp)
        call.changed.set()

    def _handle_incoming(self, frame: Mapping[str, Any]) -> None:
        call = self._add(BrowserCall(self, frame["call"], self.engine.open(), invitation=frame))
        self._incoming.append(call)
        self._call_arrived.set()

    def _handle_answer(self, call: BrowserCall, frame: Mapping[str, Any]) -> None:
        if frame.get("sdp"):
            self._accept(call, frame["sdp"])
            call.early = frame["type"] == "ringing"
        call.set_state(CallState.RINGING if frame["type"] == "ringing" else CallState.UP)

    def _accept(self, call: BrowserCall, sdp: str) -> None:
        try:
            self.engine.accept(call.leg, sdp)
        except (SdpRefused, NoSuchLeg) as error:
            raise AssertionError(f"{self.name} cannot apply the answer: {error}") from error

    def _handle_end(self, call: BrowserCall, frame: Mapping[str, Any]) -> None:
        call.cause, call.ended_by = frame["cause"], frame["by"]
        call.set_state(CallState.ENDED)
        self.engine.close(call.leg)

    def _tick(self) -> None:
        link = self._page.link
        if link is None or link.over:
            return
        link.tick()
        loop = asyncio.get_running_loop()
        loop.call_later(min(max(link.wake() - loop.time(), 0.01), _TICK_S), self._tick)
