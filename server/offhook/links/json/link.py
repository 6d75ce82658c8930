"""One link: a conversation with one page that outlives its sockets. No socket, no loop in here."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.error_catalog import error_spec
from offhook.base.errors import OffhookError, Refused, Unavailable
from offhook.base.ids import DeviceId, LegId
from offhook.base.rate_limit import TokenBucket
from offhook.links.json import frames
from offhook.links.json.order import Coming, Order
from offhook.links.json.spelling import expiry
from offhook.links.json.talk import Talk
from offhook.links.limits import Limits
from offhook.links.ports import Notes, Switch


class Close:
    """Why we close a socket (RFC 6455 §7.4; 4000 to 4999 are ours)."""

    NORMAL: Final = 1000
    GOING_AWAY: Final = 1001
    NOT_JSON: Final = 1007
    TOO_LARGE: Final = 1009
    BROKEN_ORDER: Final = 4400
    DENIED: Final = 4401
    SILENT: Final = 4408
    REPLACED: Final = 4409
    ENDED: Final = 4410
    TOO_FAST: Final = 4429


class Carrier(Protocol):
    """The socket as the link sees it: takes text, never waits."""

    def send(self, text: str) -> None:
        """Send one frame, in order, unless the socket is gone."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent."""
        ...

    def check(self, token: str, seq: int) -> None:
        """Check the token of frame `seq`; answer by `Link.renewed` or `Link.fail`."""
        ...

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """Keep the feedback; answer by `Link.kept` or `Link.fail`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParts:
    """What a link is made with."""

    id: DeviceId
    key: str
    party: Party
    switch: Switch
    clock: Clock
    limits: Limits
    notes: Notes
    ice_servers: Callable[[Party], Sequence[Mapping[str, object]]]
    instance: str


class Link:
    """A conversation with one page; what it says of calls is `Talk`'s.

    Attributes:
        key: What a page must know to have the link back.
        over: Whether it has ended for good.
    """

    def __init__(self, parts: LinkParts) -> None:
        self.id = parts.id
        self.key = parts.key
        self.over = False
        self.talk = Talk(
            parts.id, parts.party, parts.switch, self, parts.limits, parts.clock, parts.notes
        )
        self._parts = parts
        self._limits = parts.limits
        self._clock = parts.clock
        self._order = Order(parts.limits.unacked_frames, parts.limits.unacked_bytes)
        self._carrier: Carrier | None = None
        now = self._clock.now()
        self._bucket = TokenBucket(parts.limits.frames_per_s, parts.limits.frames_burst, now)
        self._heard_at = self._sent_at = self._left_at = now
        self._ack_at: float | None = None
        self._leaving = False

    # Sockets come and go.

    def fits(self, resume: frames.Resume, party: Party) -> bool:
        """Whether a page may have this link back."""
        ours = self.talk.party
        return (
            not self.over
            and hmac.compare_digest(self.key.encode(), resume.key.encode())
            and (ours.account, ours.name) == (party.account, party.name)
            and self._order.can_go_on_from(resume.received)
        )

    def passes_on_to(self, key: str, party: Party) -> bool:
        """Whether a page that was loaded anew may take over the calls of this link."""
        ours = self.talk.party
        return (
            not self.over
            and hmac.compare_digest(self.key.encode(), key.encode())
            and (ours.account, ours.name) == (party.account, party.name)
        )

    def begin(self, carrier: Carrier, before: "Link | None") -> None:
        """The first socket of the page, which may take over the calls of the one before."""
        self._carrier = carrier
        self._heard_at = self._clock.now()
        if before is None:
            self._send_now(self._welcome(resumed=False))
            return
        before.replaced()
        self._carrier = None
        calls = self.talk.inherit(before.talk)
        self._carrier = carrier
        self._send_now({**self._welcome(resumed=False), "attached": True, "calls": calls})
        # What the calls had to say meanwhile was kept, and comes after the welcome that names them.
        for text in self._order.unseen():
            self._put(text)

    def replaced(self) -> None:
        """Another link has taken all over: this one is no more."""
        self.over = True
        if self._carrier is not None:
            self._carrier.close(Close.REPLACED, "the page was loaded anew")
            self._carrier = None

    def attach(self, carrier: Carrier, party: Party, received: int) -> None:
        """Another socket of the page, whose log-in was checked, resumes after `received`."""
        if self._carrier is not None:
            self._carrier.close(Close.REPLACED, "the page opened another socket")
        away = self._carrier is None
        self._carrier = carrier
        self._leaving = False
        self.talk.sign_in(party)
        self._heard_at = self._clock.now()
        self._ack_at = None
        self._order.acknowledged(received)
        self._send_now(self._welcome(resumed=True))
        for text in self._order.unseen():
            self._put(text)
        if away:
            self._parts.switch.back(self.talk)

    def detach(self, carrier: Carrier) -> None:
        """That socket is gone."""
        if self._carrier is not carrier or self.over:
            return
        self._carrier = None
        self._left_at = self._clock.now()
        self._ack_at = None
        self._parts.switch.lost(self.talk)

    @property
    def here(self) -> bool:
        """Whether a socket is open."""
        return self._carrier is not None

    # Time passes.

    def wake(self) -> float:
        """When `tick` is due, on the clock."""
        if self._carrier is None:
            return self._left_at + self._patience_s
        ping = self._sent_at + self._limits.heartbeat_s
        silent = self._heard_at + self._limits.silence_s
        return min(ping, silent, self._ack_at if self._ack_at is not None else ping)

    def tick(self) -> None:
        """Do what is due: acknowledge, ask whether the page is there, give up."""
        now = self._clock.now()
        if self.over:
            return
        if self._carrier is None:
            if now >= self._left_at + self._patience_s:
                self.end(Cause.ENDPOINT_LOST)
            return
        if now >= self._heard_at + self._limits.silence_s:
            self._drop(Close.SILENT, "nothing was heard for too long")
            return
        if self._ack_at is not None and now >= self._ack_at:
            self._acknowledge()
        if now >= self._sent_at + self._limits.heartbeat_s:
            self._send_now({"type": "ping", "received": self._told()})

    @property
    def _patience_s(self) -> float:
        """Seconds that a page without a socket has."""
        return self._limits.attach_s if self._leaving else self._limits.resume_s

    # Frames come.

    def receive(self, text: str) -> None:
        """Take one frame of the page."""
        if self.over or self._carrier is None:
            return
        self._heard_at = self._clock.now()
        if not self._bucket.allows(self._heard_at):
            self._drop(Close.TOO_FAST, "too many frames")
        elif len(text) > self._limits.frame_bytes or len(text.encode("utf-8", "replace")) > (
            self._limits.frame_bytes
        ):
            self._drop(Close.TOO_LARGE, f"more than {self._limits.frame_bytes} bytes")
        else:
            self._understand(text)

    def _understand(self, text: str) -> None:
        try:
            frame = frames.read(text)
        except frames.NotJson as error:
            self._drop(Close.NOT_JSON, str(error))
        except frames.BadFrame as error:
            self._bad(error)
        else:
            if isinstance(frame, frames.Numbered):
                if self._count(frame.seq):
                    self._obey(frame)
            else:
                self._unnumbered(frame)

    def _bad(self, error: frames.BadFrame) -> None:
        """A frame that was not understood still counts, or every later one would be a gap."""
        if error.seq is None and frames.is_numbered(error.kind):
            self._drop(Close.BROKEN_ORDER, str(error))
        elif error.seq is None or self._count(error.seq):
            self.fail(error, error.seq, error.call)
            if error.kind == "invite" and error.call is not None:
                self.talk.invite_failed(error.call, error)

    def _count(self, seq: int) -> bool:
        """Whether the frame is new."""
        coming = self._order.take(seq)
        if coming is Coming.GAP:
            self._drop(Close.BROKEN_ORDER, f"`seq` {seq} leaves a gap")
            return False
        if self._order.owed >= self._limits.ack_frames:
            self._acknowledge()
        elif self._ack_at is None:
            self._ack_at = self._clock.now() + self._limits.ack_s
        return coming is Coming.FRESH

    def _unnumbered(self, frame: frames.Frame) -> None:
        match frame:
            case frames.Ping() | frames.Pong() | frames.Ack():
                if not self._order.acknowledged(frame.received):
                    self._drop(Close.BROKEN_ORDER, "`received` is more than was sent")
                elif isinstance(frame, frames.Ping):
                    self._send_now({"type": "pong", "received": self._told()})
            case frames.Hello():
                error = OffhookError("this socket has had its `hello`", code="wrong-state")
                self.fail(error, None)
            case _:
                pass  # The page could not use a frame of ours; there is nothing to mend here.

    def _obey(self, frame: frames.Numbered) -> None:
        match frame:
            case frames.Goodbye():
                self.end(Cause.NORMAL)
            case frames.Renew():
                if self._carrier is not None:
                    self._carrier.check(frame.token, frame.seq)
            case frames.Feedback():
                self._feedback(frame)
            case frames.Unload():
                self._leaving = True
                self.talk.leaving()
            case _:
                try:
                    self.talk.obey(frame)
                except OffhookError as error:
                    call = frame.call if isinstance(frame, frames.OfCall) else None
                    self.fail(error, frame.seq, call)
                    if isinstance(frame, frames.Invite):
                        self.talk.invite_failed(frame.call, error)

    def renewed(self, party: Party, seq: int) -> None:
        """The new token is good; it must be of the same party."""
        ours = self.talk.party
        if (party.account, party.name) != (ours.account, ours.name):
            error = Refused("the new token is somebody else's", code="bad-credentials")
            self.fail(error, seq)
        elif not self.over:
            self.talk.sign_in(party)
            self.say({"type": "renewed", **expiry(party, self._clock.wall())})

    def _feedback(self, frame: frames.Feedback) -> None:
        leg = LegId(frame.id)
        known = leg in self.talk.recent or any(call.leg == leg for call in self.talk.calls)
        if self._carrier is not None:
            self._carrier.keep(frame, known=known)

    def kept(self, seq: int) -> None:
        """The feedback is kept."""
        self.say({"type": "done", "ref": seq})

    # Frames go.

    def say(self, frame: Mapping[str, Any]) -> None:
        """Send a frame that must arrive, now or when the page is back."""
        if self.over:
            return
        try:
            text = self._order.number(frame)
        except Unavailable:
            self.end(Cause.ENDPOINT_LOST)
            return
        self._put(text)

    def fail(self, error: OffhookError, seq: int | None, call: str | None = None) -> None:
        """Say that a frame could not be obeyed."""
        frame: dict[str, Any] = {"type": "error", "code": error.code}
        frame |= {"message": f"{error}.", "hint": error_spec(error.code).hint}
        if seq is not None:
            frame["ref"] = seq
        if call is not None:
            frame["call"] = call
        self._send_now(frame)

    def end(self, cause: Cause) -> None:
        """End for good, calls and registration included."""
        if self.over:
            return
        if cause is not Cause.NORMAL:
            self._farewell(cause)
        self.over = True
        if self._carrier is not None:
            code = Close.NORMAL if cause is Cause.NORMAL else Close.ENDED
            code = Close.GOING_AWAY if cause is Cause.SHUTDOWN else code
            self._carrier.close(code, cause.value)
            self._carrier = None
        self._parts.switch.gone(self.talk, cause)

    def _farewell(self, cause: Cause) -> None:
        try:
            self._put(self._order.number({"type": "goodbye", "reason": cause.value}))
        except Unavailable:
            return  # It did not read 256 frames: it will not miss this one.

    def _welcome(self, *, resumed: bool) -> dict[str, Any]:
        party = self.talk.party
        return {
            "type": "welcome",
            "link": self.id,
            "key": self.key,
            "party": {
                "name": party.name,
                "account": party.account,
                "outgoing": party.application is not None,
                "incoming": party.incoming,
                **expiry(party, self._clock.wall()),
            },
            "heartbeat_s": self._limits.heartbeat_s,
            "resume_s": self._limits.resume_s,
            "attach_s": self._limits.attach_s,
            "media_recovery_s": self._limits.media_recovery_s,
            "ice_servers": [dict(server) for server in self._parts.ice_servers(party)],
            "resumed": resumed,
            "received": self._told(),
            **({"instance": self._parts.instance} if self._parts.instance else {}),
        }

    def _acknowledge(self) -> None:
        self._send_now({"type": "ack", "received": self._told()})

    def _told(self) -> int:
        self._ack_at = None
        return self._order.told()

    def _send_now(self, frame: Mapping[str, Any]) -> None:
        self._put(frames.write(frame))

    def _put(self, text: str) -> None:
        if self._carrier is not None:
            self._sent_at = self._clock.now()
            self._carrier.send(text)

    def _drop(self, code: int, reason: str) -> None:
        """Close the socket; the page may come back on another."""
        carrier = self._carrier
        if carrier is not None:
            carrier.close(code, reason)
            self.detach(carrier)
