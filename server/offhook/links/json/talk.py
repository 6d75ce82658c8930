"""What a link says of calls: the page's frames become events, the hub's commands frames."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.endings import ENDINGS
from offhook.base.errors import OffhookError, PeerError, Refused
from offhook.base.events import Messaged, Muted, Pressed, Reoffer, ReofferAnswered, Reoffered
from offhook.base.ids import DeviceId, LegId, Sdp
from offhook.links.json import frames
from offhook.links.json.calls import LinkCall, Stage
from offhook.links.limits import Limits
from offhook.links.ports import By, Ring, Switch

_PAGE_CAUSES: Final = frozenset({Cause.NORMAL, Cause.CANCELLED, Cause.MEDIA_FAILED, Cause.NO_CODEC})
"""What a page may give as the cause of its own hanging up."""

_FAILURES: Final[Mapping[str, Cause]] = {
    "forbidden": Cause.FORBIDDEN,
    "access-token-expired": Cause.FORBIDDEN,
    "too-many-calls": Cause.CONGESTION,
}
"""How an invitation ends that could not be obeyed."""

_KEY_S: Final = 0.1
"""How long a key is held that was only told by its name."""


class Mouth(Protocol):
    """The link, as far as calls need it."""

    @property
    def here(self) -> bool: ...
    def say(self, frame: Mapping[str, Any]) -> None: ...
    def end(self, cause: Cause) -> None: ...


class Talk:
    """The device that the hub sees.

    Attributes:
        party: Who logged in.
    """

    def __init__(
        self,
        id: DeviceId,
        party: Party,
        switch: Switch,
        mouth: Mouth,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self.id = id
        self.party = party
        self._switch = switch
        self._mouth = mouth
        self._limits = limits
        self._clock = clock
        self._names: dict[str, LinkCall] = {}
        self._legs: dict[LegId, LinkCall] = {}

    # What the page says.

    def obey(self, frame: frames.Numbered) -> None:
        """Do what the page asks.

        Raises:
            OffhookError: it cannot be done; nothing has changed.
        """
        match frame:
            case frames.Register():
                devices = self._switch.register(self)
                self._mouth.say({"type": "registered", "devices": devices})
            case frames.Unregister():
                self._switch.unregister(self)
                self._mouth.say({"type": "unregistered"})
            case frames.Invite():
                self._invite(frame)
            case frames.OfCall():
                call = self._names.get(frame.call)
                if call is None:
                    raise PeerError("there is no such call on this link", code="no-such-call")
                call.check(frame)
                self._of_call(call, frame)
            case _:
                raise OffhookError(f"no rule for {type(frame).__name__}")

    def _invite(self, frame: frames.Invite) -> None:
        if frame.call in self._names:
            raise PeerError("`call` is the name of a call in progress", code="wrong-state")
        if self.party.application is None:
            raise Refused("this log-in has no application that decides on calls")
        if self._expired():
            raise Refused("the access token has expired", code="access-token-expired")
        if len(self._names) >= self._limits.calls_per_link:
            raise Refused("this link has as many calls as are allowed", code="too-many-calls")
        self._switch.call(
            self, frame.call, frame.to, Sdp(frame.sdp), frame.parameters, frame.headers
        )

    def invite_failed(self, name: str, error: OffhookError) -> None:
        """An invitation never became a call: tell so, unless its name is that of another call."""
        if name not in self._names:
            self._say_ended(name, _FAILURES.get(error.code, Cause.FAILED), By.US)

    def _of_call(self, call: LinkCall, frame: frames.OfCall) -> None:
        match frame:
            case frames.Ringing():
                call.stage = Stage.RINGING
                self._switch.rang(self, call.leg)
            case frames.Answer():
                call.stage = Stage.UP
                call.agreed = True
                self._switch.answered(self, call.leg, Sdp(frame.sdp))
            case frames.Ignore():
                self._forget(call)
                self._switch.ignored(self, call.leg)
            case frames.Reject():
                cause = Cause(frame.cause)
                self._over(call, cause)
                self._switch.rejected(self, call.leg, cause)
            case frames.Hangup():
                self._hangup(call, frame)
            case _:
                self._within(call, frame)

    def _within(self, call: LinkCall, frame: frames.OfCall) -> None:
        match frame:
            case frames.Digits():
                for digit in frame.digits:
                    if digit not in "wW":
                        event = Pressed(leg=call.leg, digit=digit, seconds=_KEY_S, told=True)
                        self._switch.tell(event)
            case frames.Mute():
                self._switch.tell(Muted(leg=call.leg, muted=frame.muted))
            case frames.Message():
                event = Messaged(leg=call.leg, content_type=frame.content_type, body=frame.body)
                self._switch.tell(event)
            case _:
                self._negotiate(call, frame)

    def _hangup(self, call: LinkCall, frame: frames.Hangup) -> None:
        if call.stage in (Stage.OFFERED, Stage.RINGING):
            self._over(call, Cause.REJECTED)
            self._switch.rejected(self, call.leg, Cause.REJECTED)
            return
        cause = Cause.NORMAL if call.stage is Stage.UP else Cause.CANCELLED
        if frame.cause in _PAGE_CAUSES:
            cause = Cause(frame.cause)
        self._over(call, cause)
        self._switch.hung_up(call.leg, cause)

    def _negotiate(self, call: LinkCall, frame: frames.OfCall) -> None:
        match frame:
            case frames.Offer():
                if call.offered(frame.number):
                    event = Reoffered(
                        leg=call.leg,
                        number=frame.number,
                        sdp=Sdp(frame.sdp),
                        why=Reoffer(frame.why),
                    )
                    self._switch.tell(event)
                else:
                    self._say_refuse(call, frame.number, "glare")
            case frames.Accept() | frames.Refuse():
                call.settled(frame.number)
                sdp = Sdp(frame.sdp) if isinstance(frame, frames.Accept) else None
                event = ReofferAnswered(leg=call.leg, number=frame.number, sdp=sdp)
                self._switch.tell(event)
            case _:
                raise OffhookError(f"no rule for {type(frame).__name__}")

    # What the hub asks of a device.

    @property
    def here(self) -> bool:
        """Whether a socket is open."""
        return self._mouth.here

    @property
    def idle(self) -> bool:
        """Whether there is no call."""
        return not self._names

    def can_be_called(self) -> bool:
        """Whether one more call may come."""
        fits = len(self._names) < self._limits.calls_per_link
        return fits and self.party.incoming and not self._expired()

    def leave(self, reason: str) -> None:
        """End the link; `reason` is a cause."""
        self._mouth.end(Cause(reason))

    def trying(self, leg: LegId, name: str) -> None:
        """The call `name` exists."""
        call = LinkCall(name, leg, Stage.CALLING)
        self._names[name] = self._legs[leg] = call
        self._mouth.say({"type": "trying", "call": name, "id": leg})

    def incoming(self, leg: LegId, invitation: Ring) -> None:
        """Somebody calls."""
        call = LinkCall(leg, leg, Stage.OFFERED)
        self._names[leg] = self._legs[leg] = call
        frame = {
            "type": "incoming",
            "call": leg,
            "id": leg,
            "from": invitation.caller,
            "to": str(invitation.to),
            "name": invitation.caller_name,
            "parameters": dict(invitation.parameters),
            "headers": dict(invitation.headers),
            "sdp": invitation.sdp,
        }
        self._mouth.say(frame)

    def ringing(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end rings."""
        self._progress("ringing", leg, sdp)

    def answered(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end answered."""
        call = self._progress("answered", leg, sdp)
        if call is not None:
            call.stage = Stage.UP

    def _progress(self, kind: str, leg: LegId, sdp: Sdp | None) -> LinkCall | None:
        call = self._legs.get(leg)
        if call is None or call.stage is not Stage.CALLING:
            return None
        frame: dict[str, Any] = {"type": kind, "call": call.name}
        if sdp is not None:
            call.agreed = True
            frame["sdp"] = sdp
        self._mouth.say(frame)
        return call

    def ended(self, leg: LegId, cause: Cause, by: By) -> None:
        """The call is over."""
        call = self._legs.get(leg)
        if call is not None:
            self._forget(call)
            self._say_ended(call.name, cause, by)

    def offer(self, leg: LegId, number: int, sdp: Sdp, why: Reoffer) -> None:
        """We offer again; an offer of the page that waits is refused with `glare`."""
        call = self._legs.get(leg)
        if call is None:
            return
        if call.theirs is not None:
            self._say_refuse(call, call.theirs, "glare")
        call.ours = number
        frame = {"type": "offer", "call": call.name, "number": number, "sdp": sdp, "why": why.value}
        self._mouth.say(frame)

    def accept(self, leg: LegId, number: int, sdp: Sdp) -> None:
        """We take the page's offer."""
        call = self._legs.get(leg)
        if call is not None and call.theirs == number:
            call.theirs = None
            frame = {"type": "accept", "call": call.name, "number": number, "sdp": sdp}
            self._mouth.say(frame)

    def refuse(self, leg: LegId, number: int, reason: str) -> None:
        """We refuse the page's offer."""
        call = self._legs.get(leg)
        if call is not None and call.theirs == number:
            self._say_refuse(call, number, reason)

    def message(self, leg: LegId, content_type: str, body: str) -> None:
        """A message within the call."""
        call = self._legs.get(leg)
        if call is not None:
            call.messages += 1
            id = f"{leg[:8]}-{call.messages}"
            self._say_of(leg, "message", id=id, content_type=content_type, body=body)

    def digit(self, leg: LegId, digit: str, seconds: float) -> None:
        """The other end pressed a key."""
        self._say_of(leg, "digit", digit=digit, seconds=seconds)

    def notice(self, leg: LegId, event: str, details: Mapping[str, object]) -> None:
        """News that needs no answer."""
        self._say_of(leg, "notice", event=event, details=dict(details))

    def _say_of(self, leg: LegId, kind: str, **fields: object) -> None:
        call = self._legs.get(leg)
        if call is not None:
            self._mouth.say({"type": kind, "call": call.name, **fields})

    def _say_refuse(self, call: LinkCall, number: int, reason: str) -> None:
        if call.theirs == number:
            call.theirs = None
        frame = {"type": "refuse", "call": call.name, "number": number, "reason": reason}
        self._mouth.say(frame)

    def _say_ended(self, name: str, cause: Cause, by: By) -> None:
        ending = ENDINGS[cause]
        frame = {
            "type": "ended",
            "call": name,
            "cause": cause.value,
            "by": by.value,
            "message": ending.sentence,
            "sip": ending.sip,
            "q850": ending.q850,
        }
        self._mouth.say(frame)

    def _over(self, call: LinkCall, cause: Cause) -> None:
        self._forget(call)
        self._say_ended(call.name, cause, By.YOU)

    def _forget(self, call: LinkCall) -> None:
        del self._names[call.name]
        del self._legs[call.leg]

    def _expired(self) -> bool:
        expires_at = self.party.expires_at
        return expires_at is not None and self._clock.wall().timestamp() >= expires_at
