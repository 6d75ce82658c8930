"""The device behind a link: the page's frames become events, the router's commands frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from offhook.base import commands
from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import OffhookError, PeerError, Refused
from offhook.base.ids import DeviceId, LegId, Sdp
from offhook.base.rate_limit import TokenBucket
from offhook.links.json import decode, encode, frames
from offhook.links.json.call_table import CallTable
from offhook.links.json.calls import InviteInfo, LinkCall, Stage
from offhook.links.limits import Limits
from offhook.links.ports import DeviceCommand, EndedBy, FeedbackStore, LinkLog, Router

_TRIALS: Final = 2
"""Preflights at once: one by UDP, one by TCP."""

_FAILURES: Final[Mapping[str, Cause]] = {
    "forbidden": Cause.FORBIDDEN,
    "access-token-expired": Cause.FORBIDDEN,
    "too-many-calls": Cause.CONGESTION,
}
"""How an invitation ends that could not be obeyed."""


class FrameSink(Protocol):
    """The link, as far as calls need it."""

    @property
    def connected(self) -> bool: ...
    def send(self, frame: Mapping[str, Any]) -> None: ...
    def end(self, cause: Cause) -> None: ...
    def fail(self, error: OffhookError, seq: int | None, call: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParts:
    """What a link is made with.

    Attributes:
        key_hash: SHA-256 of its key, in hexadecimal.
        instance: Id of this server process; empty if pages do not learn it.
    """

    id: DeviceId
    key_hash: str
    party: Party
    router: Router
    clock: Clock
    limits: Limits
    feedback: FeedbackStore
    ice_servers: Callable[[Party], Sequence[Mapping[str, object]]]
    instance: str
    log: LinkLog


class JsonDevice:
    """The page of one link, as `links.ports.Page`.

    Attributes:
        party: Who logged in.
        calls: Its calls.
        registered: Whether it can be called.
    """

    def __init__(self, parts: LinkParts, sink: FrameSink) -> None:
        self.id = parts.id
        self.registered = False
        self._router = parts.router
        self._sink = sink
        self._limits = parts.limits
        self._clock = parts.clock
        self._log = parts.log
        self._feedback_store = parts.feedback
        self.sign_in(parts.party)
        self._inviting = InviteInfo(direction="outgoing", caller=parts.party.name, callee="")
        self._invited: int | None = None
        self._samples: dict[LegId, TokenBucket] = {}
        self.calls = CallTable(parts.id, parts.log, parts.limits.recent_calls)

    def sign_in(self, party: Party) -> None:
        """Whose link it is from now on, and until when."""
        self.party, self._ends_at = party, encode.ends_at(party, self._clock)

    # Frames of the page.

    def handle(self, frame: frames.Numbered) -> None:
        """Handle a frame of the page.

        Raises:
            OffhookError: it cannot be done; nothing has changed.
        """
        match frame:
            case frames.Register():
                devices = self._router.register(self)
                self.set_registered(registered=True)
                self._sink.send({"type": "registered", "devices": devices})
                self._router.forking.invite_too(self)
            case frames.Unregister():
                self._router.unregister(self)
                self.set_registered(registered=False)
                self._sink.send({"type": "unregistered"})
            case frames.Invite():
                self._invite(frame)
            case frames.OfCall():
                call = self.calls.named(frame.call)
                if call is None:
                    raise PeerError("there is no such call on this link", code="no-such-call")
                call.check(frame)
                self._of_call(call, frame)
            case _:
                raise OffhookError(f"no rule for {type(frame).__name__}")

    def set_registered(self, *, registered: bool) -> None:
        """Whether it can be called, from now on."""
        self.registered = registered
        self._log.registered(self.id, registered=registered)

    def _invite(self, frame: frames.Invite) -> None:
        if frame.call in self.calls:
            raise PeerError("`call` is the name of a call in progress", code="wrong-state")
        preflight = frame.purpose == "preflight"
        self._may_call(preflight=preflight)
        if self._clock.now() >= self._ends_at:
            raise Refused("the access token has expired", code="access-token-expired")
        full = len(self.calls) >= self._limits.calls_per_link
        if full or (preflight and self.calls.preflights >= _TRIALS):
            raise Refused("this link has as many calls as are allowed", code="too-many-calls")
        self._inviting = InviteInfo.of_invite(self.party.name, frame)
        self._invited = frame.seq
        self._router.call(
            self,
            frame.call,
            frame.to,
            Sdp(frame.sdp),
            frame.parameters,
            frame.headers,
            near=self.calls.first_leg,
            preflight=preflight,
        )

    def _may_call(self, *, preflight: bool) -> None:
        if self.party.application is None and not preflight:
            raise Refused("this log-in has no application that decides on calls")

    def invite_failed(self, name: str, error: OffhookError) -> None:
        """An invitation never became a call: end it, unless its name is that of another call."""
        if name not in self.calls:
            self._send_ended(name, _FAILURES.get(error.code, Cause.FAILED), EndedBy.SERVER)

    def _of_call(self, call: LinkCall, frame: frames.OfCall) -> None:
        match frame:
            case frames.Ringing():
                call.stage = Stage.RINGING
                self.calls.note(call)
                self._router.forking.rang(self, call.leg)
            case frames.Answer() if call.stale:
                pass  # It answers the offer of an earlier process; the page answers the next one by itself.
            case frames.Answer():
                call.up(self._clock)
                call.agreed = True
                call.described = frame.seq
                self.calls.note(call)
                self._router.forking.answered(self, call.leg, Sdp(frame.sdp))
            case frames.Ignore():
                self._forget(call, ignored=True)
                self._router.forking.ignored(self, call.leg)
            case frames.Reject():
                cause = Cause(frame.cause)
                self._forget(call)
                self._router.forking.rejected(self, call.leg, cause)
                self._send_ended(call.name, cause, EndedBy.LOCAL)
            case frames.Hangup():
                self._hangup(call, frame)
            case _:
                self._within(call, frame)

    def _within(self, call: LinkCall, frame: frames.OfCall) -> None:
        if isinstance(frame, frames.SamplesTaken):
            if self._samples_fit(call.leg):
                self._feedback_store.samples(self.party, call.leg, frame.samples)
            return
        if isinstance(frame, frames.Transfer) and frame.to:
            self._may_call(preflight=False)
        events = decode.decoded(call, frame, self.calls.leg_up)
        if events is None:
            self._negotiate(call, frame)
            return
        self.calls.note(call)
        for event in events:
            self._router.post(event)

    def _samples_fit(self, leg: LegId) -> bool:
        now = self._clock.now()
        rate = self._limits.samples_per_min / 60
        return self._samples.setdefault(leg, TokenBucket(rate, 10, now)).allows(now)

    def _hangup(self, call: LinkCall, frame: frames.Hangup) -> None:
        if call.stage in (Stage.OFFERED, Stage.RINGING):
            self._forget(call)
            self._router.forking.rejected(self, call.leg, Cause.REJECTED)
            self._send_ended(call.name, Cause.REJECTED, EndedBy.LOCAL)
            return
        cause = decode.cause_of(call, frame)
        self._forget(call)
        # The call's journal has it before the page is notified.
        self._router.hung_up(call.leg, cause)
        self._send_ended(call.name, cause, EndedBy.LOCAL)

    def _negotiate(self, call: LinkCall, frame: frames.OfCall) -> None:
        match frame:
            case frames.Offer():
                if call.offered(frame.number):
                    event = decode.offer(call, frame)
                    self.calls.note(call)
                    self._router.post(event)
                else:
                    self._send_refuse(call, frame.number, "glare")
            case frames.Accept() | frames.Refuse():
                self._router.post(decode.answer(call, frame))
            case _:
                raise OffhookError(f"no rule for {type(frame).__name__}")

    # Commands of the router.

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self._sink.connected

    @property
    def expendable(self) -> bool:
        """Whether it is away and has no call."""
        return not self._sink.connected and not len(self.calls)

    def can_be_called(self) -> bool:
        """Whether one more call may come."""
        fits = len(self.calls) < self._limits.calls_per_link
        return fits and self.party.incoming and self._clock.now() < self._ends_at

    def leave(self, reason: str) -> None:
        """End the link; `reason` is a cause."""
        self._sink.end(Cause(reason))

    def trying(self, leg: LegId, name: str) -> None:
        """The call `name` exists."""
        call = LinkCall(name, leg, Stage.CALLING, self._inviting)
        call.described = self._invited
        self.calls.add(call)
        self._sink.send(encode.trying(call))

    def send(self, leg: LegId, command: DeviceCommand) -> None:
        """Carry out a command on a call; one that the call's state no longer allows has no effect."""
        call = self.calls.of(leg)
        if isinstance(command, commands.Invite):
            if call is not None and call.unconfirmed:
                call.invitation = command
                return
            self._offer(leg, command)
            self._sink.send(encode.incoming(leg, command))
        elif call is not None:
            self._send(call, command)

    def confirm(self, call: LinkCall) -> None:
        """The page has the call of an earlier process that rings, or has never got it: it gets its offer."""
        invitation, call.invitation, call.unconfirmed = call.invitation, None, False
        if invitation is not None:
            self.send(call.leg, invitation)

    def _offer(self, leg: LegId, invitation: commands.Invite) -> None:
        call = self.calls.of(leg)
        if call is None:
            call = LinkCall(leg, leg, Stage.OFFERED, InviteInfo.of_invite_to(invitation))
            self.calls.add(call)
            self.calls.commit(call)
        else:
            call.stale = False

    def _send(self, call: LinkCall, command: commands.InCall) -> None:
        match command:
            case commands.Ring(sdp=sdp):
                if self._progress("ringing", call, sdp):
                    call.rang = True
                    self.calls.commit(call)
            case commands.Answer(sdp=sdp):
                if self._progress("answered", call, sdp):
                    call.up(self._clock)
                    self.calls.commit(call)
            case commands.Offer():
                # An offer of the page that waits is refused: ours holds (RFC 3261 §14.1).
                if call.theirs is not None:
                    self._send_refuse(call, call.theirs, "glare")
                call.ours = command.number
                self._sink.send(encode.in_call(call, command))
            case commands.AcceptOffer(number=number) | commands.RefuseOffer(number=number):
                if call.theirs == number:
                    call.theirs = None
                    self._sink.send(encode.in_call(call, command))
            case commands.FailRequest(ref=ref, code=code, message=message):
                ref = call.described if ref is None else ref
                self._sink.fail(OffhookError(message, code=code), ref, call.name)
            case _:
                self._sink.send(encode.in_call(call, command))
                self.calls.note(call)

    def _progress(self, kind: str, call: LinkCall, sdp: Sdp | None) -> bool:
        if call.stage is not Stage.CALLING:
            return False
        call.agreed = call.agreed or sdp is not None
        self._sink.send(encode.progress(kind, call, sdp))
        return True

    def ended(self, leg: LegId, cause: Cause, by: EndedBy) -> None:
        """The call is over."""
        call = self.calls.of(leg)
        if call is not None:
            self._forget(call)
            self._send_ended(call.name, cause, by)
            self.calls.end(call)

    def _send_refuse(self, call: LinkCall, number: int, reason: str) -> None:
        if call.theirs == number:
            call.theirs = None
        self._sink.send(encode.in_call(call, commands.RefuseOffer(number, reason)))

    def _send_ended(self, name: str, cause: Cause, by: EndedBy) -> None:
        self._sink.send(encode.ended(name, cause, by))

    def _forget(self, call: LinkCall, *, ignored: bool = False) -> None:
        self._samples.pop(call.leg, None)
        self.calls.forget(call, ignored=ignored)
