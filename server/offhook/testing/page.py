"""A page without a browser: speaks the link by the book, over a wire that a test can cut."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offhook.base.accounts import Party
from offhook.links.json import frames
from offhook.links.json.links import Links
from offhook.links.json.reliable_delivery import Arrival, ReliableDelivery

if TYPE_CHECKING:
    from offhook.links.json.link import Link

_UNNUMBERED = frozenset({"hello", "welcome", "denied", "ping", "pong", "ack", "error"})


@dataclass(slots=True)
class Wire:
    """One socket: what was sent and has not arrived, in both directions.

    Attributes:
        up: Texts on their way to the server.
        down: Texts on their way to the page.
        closed: The code it was closed with, once it was.
        reason: And what was said about it.
        checks: Tokens that the server was asked to check, with the frames' numbers.
    """

    up: deque[str] = field(default_factory=deque[str])
    down: deque[str] = field(default_factory=deque[str])
    closed: int | None = None
    reason: str = ""
    checks: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    opinions: list[tuple[frames.Feedback, bool]] = field(
        default_factory=list[tuple[frames.Feedback, bool]]
    )

    def send(self, text: str) -> None:
        """The server sends."""
        if self.closed is None:
            self.down.append(text)

    def close(self, code: int, reason: str) -> None:
        """The server closes; what it sent before still arrives."""
        if self.closed is None:
            self.closed, self.reason = code, reason

    def check(self, token: str, seq: int) -> None:
        """The server wants a token checked."""
        self.checks.append((token, seq))

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """The server wants feedback kept."""
        self.opinions.append((feedback, known))


class Page:
    """The other side of one link.

    Attributes:
        heard: Numbered frames of the server, each once, in order.
        asides: Its frames without a number, as they came.
        wire: The open socket, if there is one.
        link: The server's end.
    """

    def __init__(self, links: Links, party: Party | None, before: "Page | None" = None) -> None:
        """A page of `party`, whose log-in is good; not connected yet.

        Args:
            links: The server's links.
            party: Who logs in; nothing for a page that shows the key of its link and nothing else.
            before: The page that was shown before this one was loaded.
        """
        self.heard: list[dict[str, Any]] = []
        self.asides: list[dict[str, Any]] = []
        self.wire: Wire | None = None
        self.link: Link | None = None
        self.welcome: dict[str, Any] = {}
        self._before = before
        self._links = links
        self._party = party
        self._delivery = ReliableDelivery(256, 1_000_000)
        self._greeted: Wire | None = None

    def connect(self, wire: Wire | None = None) -> None:
        """Open a socket, resuming the link there was; `wire` is one that carries by itself."""
        if self.wire is not None:
            self.cut()
        hello: dict[str, Any] = {"type": "hello", "version": 1}
        if self._party is not None:
            hello["auth"] = {"token": "t"}
        if self.welcome:
            hello["resume"] = {
                "link": self.welcome["link"],
                "key": self.welcome["key"],
                "received": self._delivery.received,
            }
        elif self._before is not None:
            hello["attach"] = {key: self._before.welcome[key] for key in ("link", "key")}
        frame = frames.read(json.dumps(hello))
        if not isinstance(frame, frames.Hello):
            raise AssertionError("a hello must read as a hello")
        party = self._party or self._links.party_of(frame)
        if party is None:
            raise AssertionError("a page must not take up a link that it cannot have")
        self.wire = wire or Wire()
        self.link = self._links.enter(frame, party, self.wire)

    def cut(self) -> None:
        """The socket is gone with all that was under way; both sides learn of it."""
        wire, self.wire = self.wire, None
        if wire is not None and self.link is not None:
            wire.close(1006, "")
            self.link.detach(wire)

    def send(self, kind: str, **fields: object) -> None:
        """Send a numbered frame, now or when there is a socket again."""
        text = self._delivery.number({"type": kind, **fields})
        if self.wire is not None and self.welcome_came:
            self.wire.up.append(text)

    def aside(self, frame: Mapping[str, Any]) -> None:
        """Send a frame without a number."""
        if self.wire is not None:
            self.wire.up.append(frames.write(frame))

    def acknowledge(self) -> None:
        """Say what came."""
        self.aside({"type": "ack", "received": self._delivery.ack()})

    @property
    def welcome_came(self) -> bool:
        """Whether the server has welcomed this socket."""
        return self.wire is not None and self._greeted is self.wire

    def carry_up(self) -> bool:
        """One text arrives at the server. False if none was under way."""
        if self.wire is None or self.link is None or not self.wire.up:
            return False
        self.link.receive(self.wire.up.popleft())
        return True

    def carry_down(self) -> bool:
        """One text arrives at the page. False if none was under way."""
        if self.wire is None:
            return False
        if not self.wire.down:
            if self.wire.closed is not None:
                self.wire = None
            return False
        self._hear(json.loads(self.wire.down.popleft()))
        return True

    def settle(self) -> None:
        """All that is under way arrives."""
        while self.carry_up() or self.carry_down():
            pass

    def last(self, kind: str) -> dict[str, Any]:
        """The last frame of that type."""
        return next(f for f in reversed(self.heard + self.asides) if f["type"] == kind)

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] in _UNNUMBERED:
            self.asides.append(frame)
            self._aside(frame)
            return
        coming = self._delivery.take(frame["seq"])
        if coming is Arrival.GAP:
            raise AssertionError(f"a gap before {frame}")
        if coming is Arrival.FRESH:
            self.heard.append(frame)

    def _aside(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "welcome":
            self._welcomed(frame)
        elif frame["type"] in ("ping", "pong", "ack"):
            if not self._delivery.acknowledged(frame["received"]):
                raise AssertionError(f"acknowledges what was never sent: {frame}")
            if frame["type"] == "ping":
                self.aside({"type": "pong", "received": self._delivery.ack()})

    def _welcomed(self, frame: dict[str, Any]) -> None:
        self.welcome = frame
        self._greeted = self.wire
        if not frame["resumed"]:
            self._delivery = ReliableDelivery(256, 1_000_000)
        elif not self._delivery.acknowledged(frame["received"]):
            raise AssertionError(f"has what was never sent: {frame}")
        elif self.wire is not None:
            self.wire.up.extend(self._delivery.unseen())
