"""One link: a session with one page that outlives its sockets. No socket, no loop in here."""

import hmac
from collections.abc import Container, Mapping
from hashlib import sha256
from typing import Any, Final

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.errors import OffhookError, Refused, Unavailable
from offhook.base.ids import LegId
from offhook.base.link_state import LinkFeedback, LinkState
from offhook.base.rate_limit import TokenBucket
from offhook.links.json import encode, frames
from offhook.links.json.device import JsonDevice, LinkParts
from offhook.links.json.dispatch import Dispatch
from offhook.links.json.handover import Handover
from offhook.links.json.heartbeat import Due, Heartbeat
from offhook.links.json.reliable_delivery import Arrival, ReliableDelivery
from offhook.links.json.transport import Close, Transport

_NOT_KEPT: Final = (
    *(frames.Offer, frames.Accept, frames.Refuse, frames.StatsRequest),
    *(frames.SamplesTaken, frames.QualityWarning, frames.Unload),
    frames.Renew,
)
"""Frames that a page does not send again to the next process, and those whose effect comes later."""


def hash_of(key: str) -> str:
    """What is kept of the key of a link."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Session:
    """The server's end of one link; its calls are `JsonDevice`'s, its frames go through `Dispatch`.

    Attributes:
        over: Whether it has ended for good.
        device: Its calls.
        transport: The open socket, if there is one.
    """

    def __init__(self, parts: LinkParts) -> None:
        self.id = parts.id
        self._key = ""
        self.over = False
        self.device = JsonDevice(parts, self)
        self._handover = Handover(parts, self.device)
        self._parts = parts
        self._limits = parts.limits
        self._clock = parts.clock
        self._delivery = ReliableDelivery(parts.limits.unacked_frames, parts.limits.unacked_bytes)
        self._dispatch = Dispatch(self, self.device, self._delivery)
        self.transport: Transport | None = None
        now = self._clock.now()
        self._bucket = TokenBucket(parts.limits.frames_per_s, parts.limits.frames_burst, now)
        self._heartbeat = Heartbeat(parts.limits, now)

    # Sockets come and go.

    def is_key(self, key: str) -> bool:
        """Whether that is the link's key."""
        return hmac.compare_digest(self._parts.key_hash, hash_of(key))

    def passes_on_to(self, key: str, party: Party) -> bool:
        """Whether the page with that key may have the link, or take over its calls after a reload."""
        ours = self.device.party
        same = (ours.account, ours.name) == (party.account, party.name)
        return not self.over and same and self.is_key(key)

    def fits(self, resume: frames.Resume, party: Party) -> bool:
        """Whether a page may have this link back and both sides can go on where they were."""
        return (
            not self._handover.awaited
            and resume.instance in (None, self._parts.instance)
            and self.passes_on_to(resume.key, party)
            and self._delivery.can_go_on_from(resume.received)
        )

    def reattaches(self, resume: frames.Resume, party: Party) -> bool:
        """Whether an earlier process had the link and the page has not been here since."""
        return self._handover.awaited and self.passes_on_to(resume.key, party)

    def begin(self, transport: Transport, key: str, before: "Session | None") -> None:
        """The first socket of the page, which may take over the calls of the one before."""
        self._key = key
        self._parts.log.opened(self.id, self._parts.key_hash, self.device.party)
        self.transport = transport
        self._heartbeat.connected(self._clock.now())
        if before is None:
            self._send_now(self._welcome(resumed=False))
            return
        before.replaced()
        self.transport = None
        calls = self._handover.inherit(before.device)
        self.transport = transport
        self._send_now({**self._welcome(resumed=False), "attached": True, "calls": calls})
        # Frames of the calls were queued meanwhile, and come after the welcome that names them.
        for text in self._delivery.unseen():
            self._put(text)

    def replaced(self) -> None:
        """Another link has taken all over: this one is no more."""
        self.over = True
        self._parts.log.closed(self.id)
        if self.transport is not None:
            self.transport.close(Close.REPLACED, "the page was reloaded")
            self.transport = None

    def revive(self, state: LinkState, legs: Container[LegId]) -> None:
        """The link is of an earlier process, and its page may come back; of its calls these legs go on."""
        self._handover.restore(state, legs)

    def reattach(self, transport: Transport, party: Party, resume: frames.Resume) -> None:
        """The page, whose log-in was checked, comes back with its calls; both sides count from 1 again.

        If it comes a second time, its first welcome was lost: it has none of our frames.
        """
        self._take(transport, party, resume.key)
        self.transport = None
        calls = self._handover.reattach(resume.calls)
        self.transport = transport
        self._send_now(
            {
                **self._welcome(resumed=False),
                "attached": True,
                "registered": self.device.registered,
                "stated": self._handover.stated(resume.instance),
                "calls": [call.summary(self._clock.now()) for call in calls],
            }
        )
        for text in self._delivery.unseen():
            self._put(text)
        if self._handover.missing:
            # The page answers after it has sent what it had from before.
            self._send_now({"type": "ping", "received": self._acknowledgement()})
        legs = [call.leg for call in calls if not call.waits]
        self._parts.router.continuity.reattached(self.device, legs)

    def _take(self, transport: Transport, party: Party, key: str) -> None:
        """This is the page's socket now."""
        if self.transport is not None:
            self.transport.close(Close.REPLACED, "the page opened another socket")
        self.transport = transport
        self._key = key
        self._sign_in(party)
        self._heartbeat.connected(self._clock.now())

    def _sign_in(self, party: Party) -> None:
        before = self.device.party
        self.device.sign_in(party)
        if (party, party.proof) != (before, before.proof):
            self._parts.log.opened(self.id, self._parts.key_hash, party)

    def attach(self, transport: Transport, party: Party, resume: frames.Resume) -> None:
        """Another socket of the page, whose log-in was checked, goes on where the last one was."""
        away = self.transport is None
        self._take(transport, party, resume.key)
        self._delivery.acknowledged(resume.received)
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
        self._heartbeat.disconnected(self._clock.now())
        self._parts.router.continuity.lost(self.device)

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self.transport is not None

    # Time passes.

    def wake(self) -> float:
        """When `tick` is due, on the clock."""
        return self._heartbeat.wake()

    def tick(self) -> None:
        """Do what is due: acknowledge, ask whether the page is there, give up."""
        if self.over:
            return
        match self._heartbeat.due(self._clock.now()):
            case Due.GONE:
                self.end(Cause.ENDPOINT_LOST)
            case Due.SILENT:
                self.drop(Close.SILENT, "nothing was heard for too long")
            case Due.PING:
                self._send_now({"type": "ping", "received": self._acknowledgement()})
            case Due.ACK:
                self._acknowledge()
            case Due.NOTHING:
                pass

    # Frames come.

    def receive(self, text: str) -> None:
        """Take one frame of the page."""
        if self.over or self.transport is None:
            return
        now = self._clock.now()
        self._heartbeat.received(now)
        if self._handover.awaited:
            self._handover.seen()
        if not self._bucket.allows(now):
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
                if not isinstance(frame, _NOT_KEPT):
                    # Before its effect, so that both are written at once or not at all.
                    self._parts.log.stated(self.id, self._parts.instance, frame.seq)
                self._dispatch.numbered(frame)

    def _count(self, seq: int) -> bool:
        """Whether the frame is new."""
        coming = self._delivery.take(seq)
        if coming is Arrival.GAP:
            self.drop(Close.BROKEN_ORDER, f"`seq` {seq} leaves a gap")
            return False
        if self._delivery.unacknowledged >= self._limits.ack_frames:
            self._acknowledge()
        else:
            self._heartbeat.counted(self._clock.now())
        return coming is Arrival.FRESH

    def renewed(self, party: Party, seq: int) -> None:
        """The new token is good; it must be of the same party."""
        ours = self.device.party
        if (party.account, party.name) != (ours.account, ours.name):
            error = Refused("the new token names another user", code="bad-credentials")
            self.fail(error, seq)
        elif not self.over:
            self._sign_in(party)
            self.send({"type": "renewed", **encode.expiry(party, self._clock.wall())})

    def keep(self, feedback: frames.Feedback, *, known: bool) -> None:
        """Feedback has come: it outlives the process from now on, and is to be kept."""
        given = LinkFeedback(
            leg=LegId(feedback.id),
            known=known,
            score=feedback.score,
            issues=feedback.issues,
            note=feedback.note,
            log=feedback.log,
        )
        self._parts.log.feedback(self.id, feedback.seq, given)
        if self.transport is not None:
            self.transport.keep(feedback, known=known)

    def kept(self, seq: int) -> None:
        """The feedback is kept."""
        self._parts.log.feedback_kept(self.id, seq)
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
        self._parts.log.closed(self.id)
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
        ice_servers = self._parts.ice_servers(self.device.party)
        return {
            **encode.welcome(self.id, self._key, self.device.party, self._clock.wall()),
            **encode.limits(self._limits),
            "ice_servers": [dict(server) for server in ice_servers],
            "resumed": resumed,
            "received": self._acknowledgement(),
            **({"instance": self._parts.instance} if self._parts.instance else {}),
        }

    def settle(self) -> None:
        """The page has sent what it had from before."""
        self._handover.settle()

    def pong(self) -> None:
        """Answer a `ping`."""
        self._send_now({"type": "pong", "received": self._acknowledgement()})

    def unload(self) -> None:
        """The page is unloaded: it has less time to come back."""
        self._heartbeat.unloading()
        self._handover.unload()

    def _acknowledge(self) -> None:
        self._send_now({"type": "ack", "received": self._acknowledgement()})

    def _acknowledgement(self) -> int:
        self._heartbeat.acknowledged()
        self._parts.log.flush()
        return self._delivery.ack()

    def _send_now(self, frame: Mapping[str, Any]) -> None:
        self._put(frames.write(frame))

    def _put(self, text: str) -> None:
        if self.transport is not None:
            self._heartbeat.sent(self._clock.now())
            self.transport.send(text)

    def drop(self, code: int, reason: str) -> None:
        """Close the socket; the page may come back on another."""
        transport = self.transport
        if transport is not None:
            transport.close(code, reason)
            self.detach(transport)
