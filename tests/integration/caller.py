"""A browser without a window: the link over a real WebSocket, media on an engine of its own."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
from offhook.links.json.reliable_delivery import ReliableDelivery
from offhook_engine import DigitPressed, Engine, Event, MediaReport, Reported, Source, events_of

PATIENCE_S = 15.0
_UNNUMBERED = frozenset({"welcome", "denied", "ping", "pong", "ack", "error"})


class Browser:
    """One page and its sound. Everything it hears of is kept, and can be waited for.

    Attributes:
        source: The address that it comes from.
        frames: Frames of the server, in order, each once.
        news: The events of its engine.
        says_goodbye: Whether the page leaves as one that is closed properly, or vanishes.
    """

    def __init__(self, url: str, auth: dict[str, str]) -> None:
        self.url, self.auth = url, auth
        self.source = "127.0.0.1"
        self.says_goodbye = True
        self.frames: list[dict[str, Any]] = []
        self.news: list[Event] = []
        self.welcome: dict[str, Any] = {}
        self._engine = Engine(lite=False, tcp=False)
        self._delivery = ReliableDelivery(256, 1_000_000)
        self._changed = asyncio.Event()
        self._legs: dict[str, int] = {}
        self._calls = 0
        self._reader: asyncio.Task[None] | None = None
        self._ws: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(local_addr=(self.source, 0))
        )
        asyncio.get_running_loop().add_reader(self._engine.fileno(), self._heard)
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.says_goodbye and self._ws is not None and not self._ws.closed:
            # The server may be gone already.
            with contextlib.suppress(ConnectionError):
                await self.say("goodbye")
        await self.disconnect()
        await self._http.close()
        asyncio.get_running_loop().remove_reader(self._engine.fileno())
        self._engine.shutdown()

    # The link.

    async def connect(self) -> dict[str, Any]:
        """Open a socket, and resume the link if there was one."""
        hello: dict[str, Any] = {"type": "hello", "version": 1}
        if self.auth:
            hello["auth"] = self.auth
        if self.welcome:
            old = {"link": self.welcome["link"], "key": self.welcome["key"]}
            hello["resume"] = {**old, "received": self._delivery.received}
        self._ws = await self._http.ws_connect(
            f"{self.url}/link",
            protocols=("offhook.link.1",),
            origin=self.url,
            heartbeat=None,
            max_msg_size=1_000_000,
        )
        await self._ws.send_str(json.dumps(hello))
        first = await self._ws.receive_json()
        if first["type"] == "welcome":
            self._welcomed(first)
            for text in self._delivery.unseen():
                await self._ws.send_str(text)
            self._reader = asyncio.create_task(self._read(self._ws))
        return first

    def _welcomed(self, frame: dict[str, Any]) -> None:
        self.welcome = frame
        if frame["resumed"]:
            assert self._delivery.acknowledged(frame["received"])
        else:
            self._delivery = ReliableDelivery(256, 1_000_000)
            self.frames.clear()

    async def disconnect(self) -> None:
        """Lose the socket, without a word."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait((self._reader,))
            self._reader = None
        if self._ws is not None:
            await self._ws.close()

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a numbered frame."""
        text = self._delivery.number({"type": kind, **fields})
        if self._reader is not None and self._ws is not None:
            await self._ws.send_str(text)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            frame = json.loads(message.data)
            if frame["type"] in _UNNUMBERED:
                if "received" in frame:
                    assert self._delivery.acknowledged(frame["received"])
                if frame["type"] == "ping":
                    pong = {"type": "pong", "received": self._delivery.ack()}
                    await ws.send_str(json.dumps(pong))
            else:
                assert self._delivery.take(frame["seq"]).value == "fresh", frame
                ack = {"type": "ack", "received": self._delivery.ack()}
                await ws.send_str(json.dumps(ack))
            self.frames.append(frame)
            self._changed.set()

    # The sound.

    def _heard(self) -> None:
        self.news.extend(events_of(self._engine))
        self._changed.set()

    def received(self, call: str) -> int:
        """Ask for the leg's figures; the packets that came, by the last answer."""
        self._engine.report(self._legs[call])
        reports = self._reports(call)
        return reports[-1].received.packets if reports else 0

    def lost(self, call: str) -> int:
        """Packets that did not come, by the last figures that `received` asked for."""
        return self._reports(call)[-1].received.lost

    def _reports(self, call: str) -> list[MediaReport]:
        leg = self._legs[call]
        return [e.report for e in self.news if isinstance(e, Reported) and e.leg == leg]

    def hum(self, call: str, hz: float) -> None:
        """A voice: one tone, for ever."""
        self._engine.play(self._legs[call], Source.tones([(hz, 0.0, 1.0, -10.0)]), 0)

    def press(self, call: str, digits: str) -> None:
        """Press keys that travel with the sound (RFC 4733)."""
        self._engine.digits(self._legs[call], digits)

    def pressed(self) -> str:
        """Keys that came with the sound."""
        return "".join(e.digit for e in self.news if isinstance(e, DigitPressed))

    # Calls.

    async def call(self, to: str, *, bend: Callable[[str], str] = str, **fields: Any) -> str:
        """Call a user, with a bent description if wanted; returns the call's name on the link."""
        self._calls += 1
        name = f"c{self._calls}"
        leg = self._legs[name] = self._engine.open(0)
        await self.say("invite", call=name, to=to, sdp=bend(self._engine.offer(leg)), **fields)
        return name

    async def rings(self) -> dict[str, Any]:
        """The call that comes in, as soon as it does."""
        frame = await self.frame("incoming")
        await self.say("ring", call=frame["call"])
        return frame

    async def answer(self, frame: dict[str, Any], *, bend: Callable[[str], str] = str) -> str:
        """Take an incoming call, with a bent description if wanted."""
        leg = self._legs[frame["call"]] = self._engine.open(0)
        sdp = self._engine.answer(leg, frame["sdp"])
        await self.say("answer", call=frame["call"], sdp=bend(sdp))
        return frame["call"]

    async def talks(self, call: str) -> dict[str, Any]:
        """The call that was made is answered; its sound is agreed."""
        agreed = await self.until(
            lambda: next((f for f in self._of(call) if f.get("sdp")), None), f"sdp for {call}"
        )
        self._engine.accept(self._legs[call], agreed["sdp"])
        return await self.frame("answered", call)

    def _of(self, call: str) -> list[dict[str, Any]]:
        kinds = ("ringing", "answered")
        return [f for f in self.frames if f.get("call") == call and f["type"] in kinds]

    async def frame(self, kind: str, call: str | None = None, *, nth: int = 1) -> dict[str, Any]:
        """The `nth` frame of that type (about that call), waited for."""

        def found() -> dict[str, Any] | None:
            fitting = [
                f for f in self.frames if f["type"] == kind and call in (None, f.get("call"))
            ]
            return fitting[nth - 1] if len(fitting) >= nth else None

        return await self.until(found, kind)

    async def until(
        self, found: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S
    ) -> Any:
        """What `found` finds, asked again whenever something happened, and every 50 ms."""
        try:
            async with asyncio.timeout(within_s):
                while not (result := found()):
                    self._changed.clear()
                    try:
                        async with asyncio.timeout(0.05):
                            await self._changed.wait()
                    except TimeoutError:
                        continue
                return result
        except TimeoutError:
            tail = [f"{f['type']} {f.get('cause', '')}" for f in self.frames[-8:]]
            news = [type(e).__name__ for e in self.news[-8:]]
            raise AssertionError(f"no {what} within {within_s} s; {tail} {news}") from None
