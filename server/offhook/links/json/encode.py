"""Encodes commands of the server as frames."""

from datetime import datetime
from math import inf
from typing import Any, Final

from offhook.base import commands
from offhook.base.accounts import Party
from offhook.base.cause_catalog import CAUSES
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.error_catalog import error_spec
from offhook.base.errors import OffhookError
from offhook.base.feedback import LegCounts
from offhook.base.ids import DeviceId, LegId, Sdp
from offhook.links.json.calls import LinkCall
from offhook.links.limits import Limits
from offhook.links.ports import EndedBy, UnsupportedCommand

_HELD_BY_PEER: Final = {"held": True, "resumed": False}


def incoming(leg: LegId, invitation: commands.Invite) -> dict[str, Any]:
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


def trying(call: LinkCall) -> dict[str, Any]:
    """The call that the page began exists."""
    return {"type": "trying", "call": call.name, "id": call.leg}


def progress(kind: str, call: LinkCall, sdp: Sdp | None) -> dict[str, Any]:
    """The other end rings or has answered; with our answer to the page's offer, if it is due."""
    frame = {"type": kind, "call": call.name}
    return frame if sdp is None else frame | {"sdp": sdp}


def in_call(call: LinkCall, command: commands.InCall) -> dict[str, Any]:
    """The frame of a command on a call.

    Raises:
        UnsupportedCommand: there is no frame for it.
    """
    frame = {"call": call.name}
    match command:
        case commands.Offer(number=number, sdp=sdp, reason=reason):
            return frame | {"type": "offer", "number": number, "sdp": sdp, "reason": reason.value}
        case commands.AcceptOffer(number=number, sdp=sdp):
            return frame | {"type": "accept", "number": number, "sdp": sdp}
        case commands.RefuseOffer(number=number, reason=reason):
            return frame | {"type": "refuse", "number": number, "reason": reason}
        case commands.SendMessage(content_type=content_type, body=body):
            call.messages += 1
            id = f"{call.message_prefix}-{call.messages}"
            return frame | {"type": "message", "id": id, "content_type": content_type, "body": body}
        case commands.SendDtmf(digit=digit, seconds=seconds):
            return frame | {"type": "digit", "digit": digit, "seconds": seconds}
        case commands.Notify(event=event, details=details):
            call.held_by_peer = _HELD_BY_PEER.get(event, call.held_by_peer)
            return frame | {"type": "notice", "event": event, "details": dict(details)}
        case commands.ConfirmRequest(ref=ref):
            return {"type": "done", "ref": ref}
        case commands.SendStats(ref=ref, local=local, remote=remote):
            other = None if remote is None else counts(remote)
            return frame | {"type": "stats", "ref": ref, "local": counts(local), "remote": other}
        case _:
            raise UnsupportedCommand(f"a link has no frame for {type(command).__name__}")


def welcome(link: DeviceId, key: str, party: Party, now: datetime) -> dict[str, Any]:
    """The link, and its party with its rights."""
    rights = {
        "name": party.name,
        "account": party.account,
        "outgoing": party.application is not None,
        "incoming": party.incoming,
        **expiry(party, now),
    }
    return {"type": "welcome", "link": link, "key": key, "party": rights}


def limits(limits: Limits) -> dict[str, float]:
    """The times that a page keeps to."""
    return {
        "heartbeat_s": limits.heartbeat_s,
        "resume_s": limits.resume_s,
        "attach_s": limits.attach_s,
        "media_recovery_s": limits.media_recovery_s,
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


def error(error: OffhookError, seq: int | None, call: str | None) -> dict[str, Any]:
    """A frame could not be handled.

    Args:
        error: Why.
        seq: The frame's number, if it had one.
        call: The call that it named, if it named one.
    """
    frame: dict[str, Any] = {"type": "error", "code": error.code}
    frame |= {"message": f"{error}.", "hint": error_spec(error.code).hint}
    if seq is not None:
        frame["ref"] = seq
    if call is not None:
        frame["call"] = call
    return frame


def counts(known: LegCounts) -> dict[str, int]:
    """What was counted of one leg."""
    return {"received": known.received, "sent": known.sent}
