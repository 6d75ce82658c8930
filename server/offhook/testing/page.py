"""A page without a browser: the client side of a link, over a transport that a test controls."""

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
    from offhook.links.json.session import Session

_STALE = frozenset(
    {"offer", "accept", "refuse", "answer", "get-stats", "samples", "warning", "unload"}
)
"""Frames that a page does not send again to another process."""
_UNNUMBERED = frozenset({"hello", "welcome", "denied", "ping", "pong", "ack", "error"})


@dataclass(slots=True)
class FakeTransport:
    """One socket, with the texts under way in both directions.

    Attributes:
        up: Texts under way to the server.
        down: Texts under way to the page.
        closed: Close code; None while it is open.
        reason: Close reason.
        checks: Tokens to check, with the frames' numbers.
        feedback: Feedback to keep, and whether its call is known.
    """

    up: deque[str] = field(default_factory=deque[str])
    down: deque[str] = field(default_factory=deque[str])
    closed: int | None = None
    reason: str = ""
    checks: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    feedback: list[tuple[frames.Feedback, bool]] = field(
        default_factory=list[tuple[frames.Feedback, bool]]
    )

    def send(self, text: str) -> None:
        """Take a text of the server."""
        if self.closed is None:
            self.down.append(text)

    def close(self, code: int, reason: str) -> None:
        """Close; texts sent before still arrive."""
        if self.closed is None:
            self.closed, self.reason = code, reason

    def check(self, token: str, seq: int) -> None:
        """Record the token."""
        self.checks.append((token, seq))

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """Record the feedback."""
        self.feedback.append((feedback, known))


class Page:
    """The client side of one link.

    Attributes:
        received: Numbered frames of the server, each once, in order.
        unnumbered: Its frames without a number, in order.
        transport: The open socket, if there is one.
        link: The server's end.
        calls: The calls that it lists for a server that was restarted.
        restated: The frames that it sent again to the server that was restarted last.
    """

    def __init__(self, links: Links, party: Party | None, before: "Page | None" = None) -> None:
        """A page of `party`, which is authenticated; not connected yet.

        Args:
            links: The server's links.
            party: The authenticated party; None to authenticate by the key of its link alone.
            before: The page before the reload.
        """
        self.received: list[dict[str, Any]] = []
        self.unnumbered: list[dict[str, Any]] = []
        self.transport: FakeTransport | None = None
        self.link: Session | None = None
        self.welcome: dict[str, Any] = {}
        self.calls: list[Mapping[str, Any]] = []
        self.restated: list[dict[str, Any]] = []
        self._before = before
        self._links = links
        self._party = party
        self._delivery = ReliableDelivery(256, 1_000_000)
        self._welcomed_on: FakeTransport | None = None

    def connect(self, transport: FakeTransport | None = None) -> None:
        """Open a socket and resume the link; `transport` is one that delivers by itself."""
        if self.transport is not None:
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
            if self.calls:
                hello["resume"]["calls"] = self.calls
            if self.welcome.get("instance"):
                hello["resume"]["instance"] = self.welcome["instance"]
        elif self._before is not None:
            hello["attach"] = {key: self._before.welcome[key] for key in ("link", "key")}
        frame = frames.read(json.dumps(hello))
        if not isinstance(frame, frames.Hello):
            raise AssertionError("a hello must be read as a hello")
        party = self._party or self._links.party_of(frame)
        if party is None:
            raise AssertionError("the link key was rejected")
        self.transport = transport or FakeTransport()
        self.link = self._links.enter(frame, party, self.transport)

    def server_restarted(self, links: Links) -> None:
        """The server's process has died, and there is another one."""
        self.transport = self.link = None
        self._links = links

    def cut(self) -> None:
        """Lose the socket and the texts under way; both sides are notified."""
        transport, self.transport = self.transport, None
        if transport is not None and self.link is not None:
            transport.close(1006, "")
            self.link.detach(transport)

    def send(self, kind: str, **fields: object) -> None:
        """Send a numbered frame, now or when there is a socket again."""
        text = self._delivery.number({"type": kind, **fields})
        if self.transport is not None and self.welcome_came:
            self.transport.up.append(text)

    def send_unnumbered(self, frame: Mapping[str, Any]) -> None:
        """Send a frame without a number."""
        if self.transport is not None:
            self.transport.up.append(frames.write(frame))

    def acknowledge(self) -> None:
        """Acknowledge what was received, once this socket is welcome."""
        if self.welcome_came:
            self.send_unnumbered({"type": "ack", "received": self._delivery.ack()})

    @property
    def welcome_came(self) -> bool:
        """Whether the server has welcomed this socket."""
        return self.transport is not None and self._welcomed_on is self.transport

    def deliver_to_server(self) -> bool:
        """Deliver one text to the server. False if none was under way."""
        if self.transport is None or self.link is None or not self.transport.up:
            return False
        self.link.receive(self.transport.up.popleft())
        return True

    def deliver_to_page(self) -> bool:
        """Deliver one text to the page. False if none was under way."""
        if self.transport is None:
            return False
        if not self.transport.down:
            if self.transport.closed is not None:
                self.transport = None
            return False
        self._receive(json.loads(self.transport.down.popleft()))
        return True

    def deliver_all(self) -> None:
        """Deliver everything that is under way."""
        while self.deliver_to_server() or self.deliver_to_page():
            pass

    def last(self, kind: str) -> dict[str, Any]:
        """The last frame of that type."""
        return next(f for f in reversed(self.received + self.unnumbered) if f["type"] == kind)

    def _receive(self, frame: dict[str, Any]) -> None:
        if frame["type"] in _UNNUMBERED:
            self.unnumbered.append(frame)
            self._handle_unnumbered(frame)
            return
        arrival = self._delivery.take(frame["seq"])
        if arrival is Arrival.GAP:
            raise AssertionError(f"a gap before {frame}")
        if arrival is Arrival.FRESH:
            self.received.append(frame)

    def _handle_unnumbered(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "welcome":
            self._handle_welcome(frame)
        elif frame["type"] in ("ping", "pong", "ack"):
            if not self._delivery.acknowledged(frame["received"]):
                raise AssertionError(f"acknowledges a frame that was not sent: {frame}")
            if frame["type"] == "ping":
                self.send_unnumbered({"type": "pong", "received": self._delivery.ack()})

    def _handle_welcome(self, frame: dict[str, Any]) -> None:
        self.welcome = frame
        self._welcomed_on = self.transport
        if frame.get("attached") and "stated" in frame:
            self._restate(frame["stated"])
        elif not frame["resumed"]:
            self._delivery = ReliableDelivery(256, 1_000_000)
        elif not self._delivery.acknowledged(frame["received"]):
            raise AssertionError(f"acknowledges a frame that was not sent: {frame}")
        elif self.transport is not None:
            self.transport.up.extend(self._delivery.unseen())

    def _restate(self, stated: int) -> None:
        """Number what the server did not keep from 1, and send it."""
        unseen = [json.loads(text) for text in self._delivery.unseen()]
        self._delivery = ReliableDelivery(256, 1_000_000)
        self.restated = [
            frame for frame in unseen if frame["seq"] > stated and frame["type"] not in _STALE
        ]
        for frame in self.restated:
            fields = {name: value for name, value in frame.items() if name not in ("seq", "type")}
            self.send(frame["type"], **fields)
