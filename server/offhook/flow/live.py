"""A running call as programs see it."""

from dataclasses import dataclass

from offhook.base.ids import ApplicationId, CallId, LegId
from offhook.calls.call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """One party's part in a running call.

    Attributes:
        direction: `inbound` if the party called us, else `outbound`.
        peer: Its address in canonical form.
        state: `new`, `ringing`, `up` or `ended`.
        bridged_with: The leg that it is bridged with.
    """

    id: LegId
    direction: str
    peer: str
    state: str
    bridged_with: LegId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A running call.

    Attributes:
        started_at: When it began, RFC 3339.
        state: That of the leg that began it.
        answered_s: Seconds since it was answered; 0 before.
    """

    id: CallId
    application: ApplicationId
    dialect: str
    direction: str
    caller: str
    callee: str
    started_at: str
    state: str
    answered_s: float
    legs: tuple[LiveLeg, ...]


def snapshot(call: Call, now: float) -> LiveCall:
    """The call as it is now, by the forward clock."""
    origin, first = call.origin, call.caller_leg
    return LiveCall(
        id=origin.id,
        application=origin.application,
        dialect=origin.dialect,
        direction=str(origin.direction),
        caller=origin.caller,
        callee=origin.callee,
        started_at=origin.wall,
        state=str(first.state),
        answered_s=0.0 if first.up_at is None else max(0.0, now - first.up_at),
        legs=tuple(
            LiveLeg(
                id=leg.id,
                direction=str(leg.direction),
                peer=leg.peer,
                state=str(leg.state),
                bridged_with=call.bridged_with(leg.id),
            )
            for leg in call.legs
        ),
    )
