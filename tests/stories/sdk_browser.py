"""A browser whose page is the SDK: its link, its calls and its negotiation, over the virtual network."""

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any, Final, cast

from offhook.base.accounts import Party
from offhook.links.json import frames
from offhook.links.json.links import Links
from offhook.links.json.session import Session
from offhook.testing.page import FakeTransport
from offhook.testing.simulated_browser import (
    BrowserCall,
    BrowserOptions,
    CallState,
    SimulatedBrowser,
)
from offhook_engine import (
    Connected,
    DigitPressed,
    Failed,
    MediaReport,
    NoSuchLeg,
    Reported,
    SdpRefused,
    SimEngine,
    Source,
    events_of,
)
from sdk_engine import SdkPage

_STATES: Final[Mapping[str, CallState]] = {
    "dialing": CallState.TRYING,
    "ringing": CallState.RINGING,
    "incoming": CallState.TRYING,
    "ignored": CallState.TRYING,
    "answering": CallState.UP,
    "up": CallState.UP,
}
_WALL_MS: Final = 1_800_000_000_000.0
_TICK_S: Final = 5.0
_LEVEL_DBM0: Final = -13.0
_LISTENED_S: Final = 0.4


class SdkCall(BrowserCall):
    """One call of the page; what is asked of it is asked of the SDK's call."""

    def ring(self) -> None:
        """The SDK has reported it by itself."""

    def answer(self) -> None:
        """Accept the call."""
        self._do("accept")

    def reject(self, cause: str = "rejected") -> None:
        """Reject it for all devices of the name."""
        del cause
        self._do("reject")

    def ignore(self) -> None:
        """Stop ringing on this device."""
        self._do("ignore")

    def hang_up(self) -> None:
        """End or cancel it."""
        self._do("hangup")

    def send_digits(self, digits: str) -> None:
        """Send DTMF in the media."""
        self._do("digits", digits)

    def transfer(self, to: str) -> None:
        """Transfer the other party to a client (blind transfer)."""
        self._do("transfer", to)

    def transfer_to(self, other: BrowserCall) -> None:
        """Connect the other party with that of another call (attended transfer)."""
        self._do("transfer", other.name)

    def offer(self, reason: str, direction: str = "sendrecv", *, restart: bool = False) -> None:
        """Hold or resume."""
        del direction, restart
        self._do(reason)

    def mute(self, *, muted: bool) -> None:
        """Mute or unmute the microphone."""
        self._do("mute", str(muted).lower())

    def send_message(self, body: str) -> None:
        """Send a message to the other party's page."""
        self._do("message", body)

    def tone_level_db(self, hz: float, seconds: float = _LISTENED_S) -> float:
        """Level of a tone in the last received audio, relative to everything else, in dB."""
        self._sdk.follow(self)
        return super().tone_level_db(hz, seconds)

    async def receives_audio(self, seconds: float = 0.5) -> bool:
        """Whether audio is received within that time."""
        self._sdk.follow(self)
        return await super().receives_audio(seconds)

    @property
    def _sdk(self) -> "SdkBrowser":
        return cast("SdkBrowser", self.browser)

    def _do(self, what: str, argument: str = "") -> None:
        if self.state is not CallState.ENDED:
            self._sdk.ask("pageDo", self.name, what, argument)


class _Socket(FakeTransport):
    """A socket between the page and one process of the server."""

    def __init__(self, browser: "SdkBrowser", number: int) -> None:
        super().__init__()
        self.number = number
        self.link: Session | None = None
        self.lost = False
        self._browser = browser

    def send(self, text: str) -> None:
        """Take a text of the server; it arrives later."""
        if self.closed is None:
            self._browser.later(self._arrive, text)

    def close(self, code: int, reason: str) -> None:
        """Close; the page is notified later."""
        if self.closed is None:
            super().close(code, reason)
            self._browser.later(self._browser.ask, "pageClosed", self.number, code)

    def _arrive(self, text: str) -> None:
        if not self.lost:
            self._browser.receive(self.number, text)

    def take(self, text: str) -> None:
        """A text of the page arrives at the server."""
        if self.lost or self.closed is not None:
            return
        if self.link is None:
            self.link = self._browser.enter(text, self)
        else:
            self.link.receive(text)


class SdkBrowser(SimulatedBrowser):
    """One browser with the SDK; it outlives the processes of the server.

    Attributes:
        faults: What the SDK has reported as an error or could not do, and the frames that it refused.
    """

    def __init__(
        self, links: Links, party: Party, engine: SimEngine, options: BrowserOptions
    ) -> None:
        """Not connected yet."""
        super().__init__(links, party, engine, options)
        self.faults: list[str] = []
        self._random = random.Random(party.name)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._sockets: dict[int, _Socket] = {}
        self._events: list[Mapping[str, Any]] = []
        self._by_link: dict[str, BrowserCall] = {}
        self._reports: dict[int, MediaReport] = {}
        self._reachable = True
        self._connected = asyncio.Event()
        self._process = 0
        self._frame: Mapping[str, Any] = {}
        self._dialled: BrowserCall | None = None
        self._closed = False
        self._page_of_sdk = SdkPage(self)

    @property
    def live(self) -> list[BrowserCall]:
        """Its calls that have not ended."""
        return [call for call in self.calls.values() if call.state is not CallState.ENDED]

    @property
    def waiting(self) -> int:
        """How many incoming calls it has had that no test has taken."""
        return len(self._incoming)

    def ask(self, name: str, *values: object) -> Any:
        """Call the page, and take what it reports."""
        if self._closed:
            return None
        result = self._page_of_sdk.call(name, *values)
        events, self._events = self._events, []
        for event in events:
            self._handle_event(event)
        return result

    def close(self) -> None:
        """Nothing is asked of the page any more: the one engine for all pages would keep it for ever."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._page_of_sdk.drop()

    def connect(self) -> None:
        """Open the page."""
        self.ask("pageConnect")

    def register(self) -> None:
        """Register for incoming calls."""
        self.ask("pageRegister")

    def call(self, to: str, **parameters: str) -> BrowserCall:
        """Call `to`."""
        self._calls_made += 1
        call = SdkCall(self, f"{self.name}-{self._calls_made}", -1)
        self.calls[call.name] = self._dialled = call
        self.ask("pageCall", call.name, to, json.dumps(parameters))
        self._dialled = None
        return call

    async def when_connected(self) -> None:
        """Wait until the page can place a call."""
        await self._connected.wait()

    def lose_server(self) -> None:
        """The server's process has died: what was under way is lost."""
        self._reachable = False
        self._process += 1
        for socket in self._sockets.values():
            socket.lost = True
            if socket.closed is None:
                socket.closed = 1006
                self.later(self.ask, "pageClosed", socket.number, 1006)
        for call in self.live:
            call.connected = False

    def come_back(self, links: Links) -> None:
        """The next process can be reached, and the page is looked at again."""
        self._links = links
        self._reachable = True
        self.ask("pageEvent", "pageshow")

    def follow(self, call: BrowserCall) -> None:
        """Note which leg of the engine the call's audio is on."""
        call.leg = int(self.ask("pageLeg", call.name))

    def later(self, callback: Any, *values: object) -> None:
        """Call back after the delay of the link."""
        asyncio.get_running_loop().call_later(self._options.delay_s, callback, *values)

    def receive(self, socket: int, text: str) -> None:
        """A text of the server arrives at the page."""
        frame = json.loads(text)
        self._frame = frame
        self.ask("pageMessage", socket, text)
        call = self._by_link.get(frame.get("call", ""))
        if call is not None:
            call.frames.append(frame)
            call.changed.set()

    def enter(self, text: str, socket: _Socket) -> Session:
        """The page's first text on a socket makes or resumes its link."""
        frame = frames.read(text)
        if not isinstance(frame, frames.Hello):
            raise AssertionError(f"not a hello: {text}")
        link = self._links.enter(frame, self._party, socket)
        self._tick_link(link, self._process)
        return link

    # ---- what the page asks of its surroundings ----

    def host_now(self) -> float:
        return asyncio.get_running_loop().time() * 1_000

    def host_wall(self) -> float:
        return _WALL_MS + self.host_now()

    def host_random(self) -> float:
        return self._random.random()

    def host_timer(self, timer: int, ms: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[timer] = loop.call_later(ms / 1_000, self._fire, timer)

    def host_cancel(self, timer: int) -> None:
        self._timers.pop(timer).cancel()

    def host_open(self, socket: int) -> None:
        self._sockets[socket] = _Socket(self, socket)
        self.later(self._open, socket)

    def host_send(self, socket: int, text: str) -> None:
        if text.startswith('{"type":"error"'):
            self.faults.append(text)
        if self._dialled is not None and '"type":"invite"' in text:
            self._by_link[json.loads(text)["call"]] = self._dialled
        self.later(self._sockets[socket].take, text)

    def host_close(self, socket: int, code: int) -> None:
        closed = self._sockets[socket]
        if closed.closed is None:
            closed.closed = code
            if closed.link is not None:
                self.later(closed.link.detach, closed)

    def host_media(self, operation: str, leg: int, args: str) -> str:
        # The engine gives every number as a float.
        try:
            return json.dumps({"value": self._media(operation, int(leg), *json.loads(args))})
        except (SdpRefused, NoSuchLeg) as error:
            return json.dumps({"error": f"{operation}: {error}"})

    def host_event(self, event: Mapping[str, Any]) -> None:
        self._events.append(event)

    # ---- what comes of it ----

    def _fire(self, timer: int) -> None:
        self._timers.pop(timer, None)
        self.ask("pageFire", timer)

    def _open(self, number: int) -> None:
        socket = self._sockets[number]
        if socket.closed is not None:
            return
        if self._reachable:
            self.ask("pageOpened", number)
        else:
            socket.closed = 1006
            self.ask("pageClosed", number, 1006)

    def _media(self, operation: str, leg: int, *args: Any) -> object:
        engine = self.engine
        match operation:
            case "open":
                return engine.open()
            case "stats":
                engine.report(leg)
                return _stats(self._reports.get(leg))
            case "close":
                self._reports.pop(leg, None)
                return engine.close(leg)
            case _:
                return getattr(engine, operation)(leg, *args)

    def _handle_event(self, event: Mapping[str, Any]) -> None:
        kind, handle = event["event"], event.get("handle", "")
        if kind == "incoming":
            call: BrowserCall = SdkCall(self, handle, -1, invitation=self._frame)
            self.calls[handle] = self._by_link[self._frame["call"]] = call
            self._incoming.append(call)
            self._call_arrived.set()
            return
        if kind == "connection":
            if event["state"] == "connected":
                self._connected.set()
            else:
                self._connected.clear()
            return
        if kind in ("error", "failed"):
            self.faults.append(f"{event.get('what', kind)}: {event.get('code') or event['error']}")
        known = self.calls.get(handle)
        if known is None:
            return
        if kind == "state" and event["state"] != "ended":
            known.id = event["id"] or known.id
            known.set_state(_STATES[event["state"]])
        elif kind == "ended":
            known.cause, known.ended_by = event["cause"], event["by"]
            known.set_state(CallState.ENDED)
        elif kind == "failed" and known.state is CallState.TRYING and not known.invitation:
            known.cause = event.get("code") or event["error"]
            known.set_state(CallState.ENDED)

    def handle_media_events(self) -> None:
        """Handle the events of the engine."""
        for event in events_of(self.engine):
            if isinstance(event, Reported):
                self._reports[event.leg] = event.report
            elif isinstance(event, Connected):
                self._handle_connected(event.leg)
            elif isinstance(event, Failed):
                self.ask("pagePath", event.leg, "failed")
            elif isinstance(event, DigitPressed):
                for call in self._on(event.leg):
                    call.digits += event.digit
                    call.changed.set()

    def _handle_connected(self, leg: int) -> None:
        if self._options.hz:
            tone = Source.tones([(self._options.hz, 0.0, 1.0, _LEVEL_DBM0)])
            self.engine.play(leg, tone, 0)
        self.ask("pagePath", leg, "connected")
        for call in self._on(leg):
            call.connected = True
            call.changed.set()

    def _on(self, leg: int) -> list[BrowserCall]:
        for call in self.live:
            self.follow(call)
        return [call for call in self.live if call.leg == leg]

    def _tick_link(self, link: Session, process: int) -> None:
        if link.over or process != self._process:
            return
        link.tick()
        loop = asyncio.get_running_loop()
        after_s = min(max(link.wake() - loop.time(), 0.01), _TICK_S)
        loop.call_later(after_s, self._tick_link, link, process)


def _stats(report: MediaReport | None) -> list[Mapping[str, object]]:
    """As a browser reports them (W3C webrtc-stats)."""
    if report is None:
        return []
    received, sent = report.received, report.sent
    return [
        {
            "type": "inbound-rtp",
            "kind": "audio",
            "packetsReceived": received.packets,
            "bytesReceived": received.bytes,
            "packetsLost": received.lost,
            "jitter": received.jitter_s,
        },
        {
            "type": "outbound-rtp",
            "kind": "audio",
            "packetsSent": sent.packets,
            "bytesSent": sent.bytes,
        },
    ]
