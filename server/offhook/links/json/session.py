"""One link: a session with one page that outlives its sockets. No socket, no loop in here."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import OffhookError, Refused, Unavailable
from offhook.base.ids import DeviceId
from offhook.base.rate_limit import TokenBucket
from offhook.links.json import encode, frames
from offhook.links.json.device import JsonDevice
from offhook.links.json.dispatch import Dispatch
from offhook.links.json.reliable_delivery import Arrival, ReliableDelivery
from offhook.links.json.transport import Close, Transport
from offhook.links.limits import Limits
from offhook.links.ports import FeedbackStore, Router


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What a link is made with."""

    id: DeviceId
    key: str
    party: Party
    router: Router
    clock: Clock
    limits: Limits
    feedback: FeedbackStore
    ice_servers: Callable[[Party], Sequence[Mapping[str, object]]]
    instance: str


class Session:
    """The server's end of one link; its calls are `JsonDevice`'s, its frames go through `Dispatch`.

    Attributes:
        key: What a page must know to have the link back.
        over: Whether it has ended for good.
        device: Its calls.
        transport: The open socket, if there is one.
    """

    def __init__(self, parts: SessionParts) -> None:
        self.id = parts.id
        self.key = parts.key
        self.over = False
        self.device = JsonDevice(
            parts.id, parts.party, parts.router, self, parts.limits, parts.clock, parts.feedback
        )
        self._parts = parts
        self._limits = parts.limits
        self._clock = parts.clock
        self._delivery = ReliableDelivery(parts.limits.unacked_frames, parts.limits.unacked_bytes)
        self._dispatch = Dispatch(self, self.device, self._delivery)
        self.transport: Transport | None = None
        now = self._clock.now()
        self._bucket = TokenBucket(parts.limits.frames_per_s, parts.limits.frames_burst, now)
        self._received_at = self._sent_at = self._left_at = now
        self._ack_at: float | None = None
        self._leaving = False

    # Sockets come and go.

    def fits(self, resume: frames.Resume, party: Party) -> bool:
        """Whether a page may have this link back."""
        ours = self.device.party
        return (
            not self.over
            and hmac.compare_digest(self.key.encode(), resume.key.encode())
            and (ours.account, ours.name) == (party.account, party.name)
            and self._delivery.can_go_on_from(resume.received)
        )

    def passes_on_to(self, key: str, party: Party) -> bool:
        """Whether a reloaded page may take over the calls of this link."""
        ours = self.device.party
        return (
            not self.over
            and hmac.compare_digest(self.key.encode(), key.encode())
            and (ours.account, ours.name) == (party.account, party.name)
        )

    def begin(self, transport: Transport, before: "Session | None") -> None:
        """The first socket of the page, which may take over the calls of the one before."""
        self.transport = transport
        self._received_at = self._clock.now()
        if before is None:
            self._send_now(self._welcome(resumed=False))
            return
        before.replaced()
        self.transport = None
        calls = self.device.inherit(before.device)
        self.transport = transport
        self._send_now({**self._welcome(resumed=False), "attached": True, "calls": calls})
        # Frames of the calls were queued meanwhile, and come after the welcome that names them.
        for text in self._delivery.unseen():
            self._put(text)

    def replaced(self) -> None:
        """Another link has taken all over: this one is no more."""
        self.over = True
        if self.transport is not None:
            self.transport.close(Close.REPLACED, "the page was reloaded")
            self.transport = None

    def attach(self, transport: Transport, party: Party, received: int) -> None:
        """Another socket of the page, whose log-in was checked, resumes after `received`."""
        if self.transport is not None:
            self.transport.close(Close.REPLACED, "the page opened another socket")
        away = self.transport is None
        self.transport = transport
        self._leaving = False
        self.device.sign_in(party)
        self._received_at = self._clock.now()
        self._ack_at = None
        self._delivery.acknowledged(received)
        self._send_now(self._welcome(resumed=True))
        for text in self._delivery.unseen():
            self._put(text)
        if away:
            self._parts.router.continuity.resumed(self.device)

    def detach(self, transport: Transport) -> None:
        """That socket is gone."""
        if self.transport is not transport or self.over:
            return
        self.transport = None
        self._left_at = self._clock.now()
        self._ack_at = None
        self._parts.router.continuity.lost(self.device)

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self.transport is not None

    # Time passes.

    def wake(self) -> float:
        """When `tick` is due, on the clock."""
        if self.transport is None:
            return self._left_at + self._resume_window_s
        ping = self._sent_at + self._limits.heartbeat_s
        silent = self._received_at + self._limits.silence_s
        return min(ping, silent, self._ack_at if self._ack_at is not None else ping)

    def tick(self) -> None:
        """Do what is due: acknowledge, ask whether the page is there, give up."""
        now = self._clock.now()
        if self.over:
            return
        if self.transport is None:
            if now >= self._left_at + self._resume_window_s:
                self.end(Cause.ENDPOINT_LOST)
            return
        if now >= self._received_at + self._limits.silence_s:
            self.drop(Close.SILENT, "nothing was heard for too long")
            return
        if self._ack_at is not None and now >= self._ack_at:
            self._acknowledge()
        if now >= self._sent_at + self._limits.heartbeat_s:
            self._send_now({"type": "ping", "received": self._acknowledgement()})

    @property
    def _resume_window_s(self) -> float:
        """Seconds that a page without a socket has."""
        return self._limits.attach_s if self._leaving else self._limits.resume_s

    # Frames come.

    def receive(self, text: str) -> None:
        """Take one frame of the page."""
        if self.over or self.transport is None:
            return
        self._received_at = self._clock.now()
        if not self._bucket.allows(self._received_at):
            self.drop(Close.TOO_FAST, "too many frames")
        elif len(text) > self._limits.frame_bytes or len(text.encode("utf-8", "replace")) > (
            self._limits.frame_bytes
        ):
            self.drop(Close.TOO_LARGE, f"more than {self._limits.frame_bytes} bytes")
        else:
            self._decode(text)

    def _decode(self, text: str) -> None:
        try:
            frame = frames.read(text)
        except frames.NotJson as error:
            self.drop(Close.NOT_JSON, str(error))
        except frames.BadFrame as error:
            # A frame that was not understood still counts, or every later one would be a gap.
            if error.seq is None and frames.is_numbered(error.kind):
                self.drop(Close.BROKEN_ORDER, str(error))
            elif error.seq is None or self._count(error.seq):
                self._dispatch.bad(error)
        else:
            if not isinstance(frame, frames.Numbered):
                self._dispatch.unnumbered(frame)
            elif self._count(frame.seq):
                self._dispatch.numbered(frame)

    def _count(self, seq: int) -> bool:
        """Whether the frame is new."""
        coming = self._delivery.take(seq)
        if coming is Arrival.GAP:
            self.drop(Close.BROKEN_ORDER, f"`seq` {seq} leaves a gap")
            return False
        if self._delivery.unacknowledged >= self._limits.ack_frames:
            self._acknowledge()
        elif self._ack_at is None:
            self._ack_at = self._clock.now() + self._limits.ack_s
        return coming is Arrival.FRESH

    def renewed(self, party: Party, seq: int) -> None:
        """The new token is good; it must be of the same party."""
        ours = self.device.party
        if (party.account, party.name) != (ours.account, ours.name):
            error = Refused("the new token is somebody else's", code="bad-credentials")
            self.fail(error, seq)
        elif not self.over:
            self.device.sign_in(party)
            self.send({"type": "renewed", **encode.expiry(party, self._clock.wall())})

    def kept(self, seq: int) -> None:
        """The feedback is kept."""
        self.send({"type": "done", "ref": seq})

    # Frames go.

    def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame that must arrive, now or when the page is back."""
        if self.over:
            return
        try:
            text = self._delivery.number(frame)
        except Unavailable:
            self.end(Cause.ENDPOINT_LOST)
            return
        self._put(text)

    def fail(self, error: OffhookError, seq: int | None, call: str | None = None) -> None:
        """Send that a frame could not be handled."""
        self._send_now(encode.error(error, seq, call))

    def end(self, cause: Cause) -> None:
        """End for good, calls and registration included."""
        if self.over:
            return
        if cause is not Cause.NORMAL:
            self._end_calls(cause)
        self.over = True
        if self.transport is not None:
            code = Close.NORMAL if cause is Cause.NORMAL else Close.ENDED
            code = Close.GOING_AWAY if cause is Cause.SHUTDOWN else code
            self.transport.close(code, cause.value)
            self.transport = None
        self._parts.router.continuity.gone(self.device, cause)

    def _end_calls(self, cause: Cause) -> None:
        try:
            self._put(self._delivery.number({"type": "goodbye", "reason": cause.value}))
        except Unavailable:
            return  # It did not read 256 frames: it will not miss this one.

    def _welcome(self, *, resumed: bool) -> dict[str, Any]:
        party = self.device.party
        return {
            "type": "welcome",
            "link": self.id,
            "key": self.key,
            "party": encode.party(party, self._clock.wall()),
            **encode.limits(self._limits),
            "ice_servers": [dict(server) for server in self._parts.ice_servers(party)],
            "resumed": resumed,
            "received": self._acknowledgement(),
            **({"instance": self._parts.instance} if self._parts.instance else {}),
        }

    def pong(self) -> None:
        """Answer a `ping`."""
        self._send_now({"type": "pong", "received": self._acknowledgement()})

    def unload(self) -> None:
        """The page is unloaded: it has less time to come back."""
        self._leaving = True

    def _acknowledge(self) -> None:
        self._send_now({"type": "ack", "received": self._acknowledgement()})

    def _acknowledgement(self) -> int:
        self._ack_at = None
        return self._delivery.ack()

    def _send_now(self, frame: Mapping[str, Any]) -> None:
        self._put(frames.write(frame))

    def _put(self, text: str) -> None:
        if self.transport is not None:
            self._sent_at = self._clock.now()
            self.transport.send(text)

    def drop(self, code: int, reason: str) -> None:
        """Close the socket; the page may come back on another."""
        transport = self.transport
        if transport is not None:
            transport.close(code, reason)
            self.detach(transport)
