"""Encodes the server's longer frames."""

from datetime import datetime
from math import inf
from typing import Any

from offhook.base.accounts import Party
from offhook.base.cause_catalog import CAUSES
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.feedback import LegCounts
from offhook.base.ids import LegId
from offhook.links.ports import EndedBy, Invite


def incoming(leg: LegId, invitation: Invite) -> dict[str, Any]:
    """An incoming call."""
    return {
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


def expiry(party: Party, now: datetime) -> dict[str, float | None]:
    """When a token ends, and how long that is from now: a page's own clock may be wrong."""
    if party.expires_at is None:
        return {"expires_at": None}
    left_s = party.expires_at - now.timestamp()
    return {"expires_at": party.expires_at, "expires_in_s": max(0.0, round(left_s, 3))}


def ends_at(party: Party, clock: Clock) -> float:
    """When a token ends, by the clock that never jumps: a date that is set later changes nothing."""
    if party.expires_at is None:
        return inf
    return clock.now() + party.expires_at - clock.wall().timestamp()


def ended(name: str, cause: Cause, by: EndedBy) -> dict[str, Any]:
    """The call of that name is over."""
    spec = CAUSES[cause]
    return {
        "type": "ended",
        "call": name,
        "cause": cause.value,
        "by": by.value,
        "message": spec.sentence,
        "sip": spec.sip,
        "q850": spec.q850,
    }


def counts(known: LegCounts) -> dict[str, int]:
    """What was counted of one leg."""
    return {"received": known.received, "sent": known.sent}
