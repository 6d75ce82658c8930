"""Joins two legs until one of them goes, and passes on what only signalling carries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.commands import Notify, SendDtmf, SendMessage
from offhook.base.events import LegEvent, RenegotiationReason
from offhook.base.ids import LegId
from offhook.calls.call_control import CallControl
from offhook.calls.leg import EndedBy, Leg

_NOTICES: Final[Mapping[type[LegEvent], str]] = {
    events.MediaLost: "media-lost",
    events.MediaResumed: "media-resumed",
}
_AUDIBLE: Final[Mapping[type[LegEvent], bool]] = {
    events.MediaLost: False,
    events.MediaResumed: True,
}
_FOR_EVER: Final = 0
_HOLDS: Final[Mapping[RenegotiationReason, str]] = {
    RenegotiationReason.HOLD: "held",
    RenegotiationReason.RESUME: "resumed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLimits:
    """how long two legs stay bridged.

    Attributes:
        limit_s: Seconds they may talk, more than 0.
        star_ends: The caller's `*` ends the callee's leg.
    """

    limit_s: float
    star_ends: bool = False


class Bridge:
    """Two bridged legs.

    Feed it what happens and the time; it is `over` when the callee is gone.
    """

    def __init__(
        self, control: CallControl, caller: Leg, callee: Leg, limits: BridgeLimits
    ) -> None:
        """Not bridged before `start`."""
        self._control = control
        self._caller = caller
        self._callee = callee
        self._limits = limits
        self._began = 0.0
        self._away_s = 0.0
        self._ended: float | None = None
        self._started = False
        self._holding: set[LegId] = set()

    def start(self) -> None:
        """Join them."""
        self._began = self._control.now()
        self._started = True
        self._control.bridge(self._caller, self._callee)

    def resume(self, began: float, away_s: float, holding: Collection[LegId]) -> None:
        """Go on where an earlier server process was: the two hear each other once both pages are back.

        Args:
            began: When they were bridged, by the forward clock.
            away_s: Seconds since then in which no server ran.
            holding: Legs whose parties hold the call.
        """
        self._began, self._away_s, self._started = began, away_s, True
        for leg in holding:
            self._hold(leg, self.other(leg), on=True)
        if self._caller.ended:
            self.end(Cause.NORMAL, EndedBy.OTHER_LEG)
        elif self._callee.ended:
            self._close()

    @property
    def over(self) -> bool:
        """Whether it is over."""
        return self._ended is not None

    @property
    def deadline(self) -> float | None:
        """When `check` must be called at the latest; nothing once it is over."""
        return None if self.over or not self._started else self._began + self._limits.limit_s

    @property
    def duration_s(self) -> float:
        """Seconds in which the two were bridged."""
        if not self._started:
            return 0.0
        until = self._control.now() if self._ended is None else self._ended
        return max(0.0, until - self._began - self._away_s)

    def handle(self, event: LegEvent) -> None:
        """Something happened; its leg has moved already."""
        if self.over or event.leg not in (self._caller.id, self._callee.id):
            return
        if self._caller.ended:
            self.end(Cause.NORMAL, EndedBy.OTHER_LEG)
        elif self._callee.ended:
            self._close()
        else:
            self._pass_on(event)

    def check(self) -> None:
        """End it when its time is up."""
        deadline = self.deadline
        if deadline is not None and self._control.now() >= deadline:
            self.end(Cause.TIME_LIMIT, EndedBy.SERVER)

    def end(self, cause: Cause, by: EndedBy) -> None:
        """Hang up the callee; the caller stays."""
        if not self.over:
            self._control.end(self._callee, cause, by)
            self._close()

    def other(self, leg: LegId) -> Leg:
        """Whom the party of `leg`, which is one of the two, talks with."""
        return self._callee if leg == self._caller.id else self._caller

    def release(self) -> None:
        """Join them no longer, but leave both where they are."""
        if self.over:
            return
        for leg in self._holding:
            # A hold ends with the bridge of the party that held.
            resumed = Notify(_HOLDS[RenegotiationReason.RESUME])
            self._control.signal.send(self.other(leg).id, resumed)
        self._close()

    def _close(self) -> None:
        self._ended = self._control.now()
        self._control.unbridge(self._caller)
        for leg in self._holding:
            self._control.stop(self.other(leg))
        self._holding.clear()

    def _pass_on(self, event: LegEvent) -> None:
        other = self.other(event.leg)
        match event:
            case events.DtmfReceived():
                self._pressed(event, other)
            case events.MessageReceived(content_type=content_type, body=body):
                self._control.signal.send(other.id, SendMessage(content_type, body))
            case events.Reoffered(reason=reason) if reason in _HOLDS:
                self._hold(event.leg, other, on=reason is RenegotiationReason.HOLD)
                self._control.signal.send(other.id, Notify(_HOLDS[reason]))
            case _ if type(event) in _NOTICES:
                self._control.signal.send(other.id, Notify(_NOTICES[type(event)]))
                audible = {"audible": _AUDIBLE[type(event)]}
                self._control.signal.send(other.id, Notify("remote-audio", audible))
            case _:
                pass

    def _hold(self, leg: LegId, other: Leg, *, on: bool) -> None:
        """A party on hold hears music until it is resumed."""
        music = self._control.hold_music
        if on and leg not in self._holding:
            self._holding.add(leg)
            if music is not None:
                self._control.play(other, music, _FOR_EVER)
        elif not on and leg in self._holding:
            self._holding.remove(leg)
            self._control.stop(other)

    def _pressed(self, event: events.DtmfReceived, other: Leg) -> None:
        if self._limits.star_ends and event.digit == "*" and other is self._callee:
            self.end(Cause.NORMAL, EndedBy.OTHER_LEG)
            return
        # A signalled digit has no packet that the engine could relay. To press it signals it as well.
        if not event.signalled or self._control.press(other, event.digit) is None:
            self._control.signal.send(other.id, SendDtmf(event.digit, event.seconds))
