"""One call on one link: which frames its page may send in which state, and the open offer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from offhook.base import commands
from offhook.base.clock import Clock
from offhook.base.errors import PeerError
from offhook.base.ids import LegId
from offhook.base.link_state import LinkCallState
from offhook.links.json import frames


class Stage(StrEnum):
    """Where a call on a link stands."""

    CALLING = "calling"
    """The page invited; there is no answer yet."""
    OFFERED = "offered"
    """The page is invited; it does not ring yet."""
    RINGING = "ringing"
    """The page rings."""
    UP = "up"
    """Answered."""


_ALWAYS: Final = frozenset(Stage)
_WAITING: Final = frozenset({Stage.OFFERED, Stage.RINGING})
_SPEAKING: Final = frozenset({Stage.CALLING, Stage.UP})

_FITS: Final[Mapping[type[frames.OfCall], frozenset[Stage]]] = {
    frames.Ringing: frozenset({Stage.OFFERED}),
    frames.Answer: _WAITING,
    frames.Ignore: _WAITING,
    frames.Reject: _WAITING,
    frames.Hangup: _ALWAYS,
    frames.Offer: _SPEAKING,
    frames.Accept: _SPEAKING,
    frames.Refuse: _SPEAKING,
    frames.Digits: _SPEAKING,
    frames.Mute: _SPEAKING,
    frames.Message: _SPEAKING,
    frames.Transfer: frozenset({Stage.UP}),
    frames.StatsRequest: _SPEAKING,
    frames.SamplesTaken: _SPEAKING,
    frames.QualityWarning: _SPEAKING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteInfo:
    """What a page knows of a call from its beginning.

    Attributes:
        direction: `incoming` or `outgoing`, as the page sees it.
        caller: Who calls, as sent to the page; its own name if it is the caller.
        callee: Who is called.
    """

    direction: str
    caller: str
    callee: str
    name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    preflight: bool = False

    @classmethod
    def of_invite(cls, caller: str, frame: frames.Invite) -> "InviteInfo":
        """Of a call that the page begins."""
        return cls(
            direction="outgoing",
            caller=caller,
            callee=frame.to,
            parameters=frame.parameters,
            headers=frame.headers,
            preflight=frame.purpose == "preflight",
        )

    @classmethod
    def of_invite_to(cls, invitation: commands.Invite) -> "InviteInfo":
        """Of a call that comes."""
        return cls(
            direction="incoming",
            caller=invitation.caller,
            callee=str(invitation.to),
            name=invitation.caller_name,
            parameters=invitation.parameters,
            headers=invitation.headers,
        )


class LinkCall:
    """The state of one call on one link.

    Attributes:
        name: What the call is called on this link.
        leg: What it is called everywhere else.
        agreed: Whether the first offer was answered, so that there may be a next one.
        ours: The number of our offer that waits for its answer.
        theirs: The number of the page's offer that waits for its answer.
        described: The `seq` of the frame that brought the last description of the page, re-offers aside.
        stale: Whether only an earlier process rang the page: the offer that it has is of no use.
        unconfirmed: Whether the page has not said since if it has the call; it may have declined it.
        invitation: Another offer, which waits for that.
        rang: Whether the page knows that the other end rings.
        messages: How many we sent, for their ids.
        message_prefix: What these ids begin with.
        answered_at: When it was answered, in Unix seconds.
        up_at: The same by the forward clock.
        muted: Whether the page's microphone is muted.
        held: Whether the page holds the call.
        held_by_peer: Whether the other end does.
    """

    def __init__(self, name: str, leg: LegId, stage: Stage, info: InviteInfo) -> None:
        self.name = name
        self.leg = leg
        self.stage = stage
        self.info = info
        self.up_at = 0.0
        self.answered_at: float | None = None
        self.stale = self.rang = self.unconfirmed = False
        self.invitation: commands.Invite | None = None
        self.muted = self.held = self.held_by_peer = False
        self.agreed = False
        self.ours: int | None = None
        self.theirs: int | None = None
        self.described: int | None = None
        self.messages = 0
        self.message_prefix = leg[:8]
        self._their_last = 0

    @classmethod
    def restored(cls, state: LinkCallState, clock: Clock, instance: str) -> "LinkCall":
        """A call of an earlier process, as it was written down."""
        info = InviteInfo(
            direction=state.direction,
            caller=state.caller,
            callee=state.callee,
            name=state.caller_name,
            parameters=state.parameters,
            headers=state.headers,
        )
        call = cls(state.name, state.leg, Stage(state.stage), info)
        call.rang, call.muted = state.rang, state.muted
        call.held, call.held_by_peer = state.held, state.held_by_peer
        call.stale = call.unconfirmed = call.waits
        call.agreed = not call.waits
        call.message_prefix = f"{state.leg[:8]}-{instance[:8]}"
        if state.answered_at is not None:
            call.answered_at = state.answered_at
            call.up_at = clock.now() - (clock.wall().timestamp() - state.answered_at)
        return call

    @property
    def state(self) -> LinkCallState:
        """The call as it is written down."""
        return LinkCallState(
            name=self.name,
            leg=self.leg,
            stage=self.stage.value,
            direction=self.info.direction,
            caller=self.info.caller,
            callee=self.info.callee,
            caller_name=self.info.name,
            parameters=self.info.parameters,
            headers=self.info.headers,
            rang=self.rang,
            muted=self.muted,
            held=self.held,
            held_by_peer=self.held_by_peer,
            answered_at=self.answered_at,
        )

    @property
    def waits(self) -> bool:
        """Whether it waits for the page to answer."""
        return self.stage in _WAITING

    def check(self, frame: frames.OfCall) -> None:
        """Whether the frame fits.

        Raises:
            PeerError: `wrong-state`; nothing has changed.
        """
        if self.stage not in _FITS[type(frame)]:
            raise _wrong(f"the call is {self.stage}")
        if isinstance(frame, frames.Digits | frames.Offer) and not self.agreed:
            raise _wrong("the call has no media yet")

    def offered(self, number: int) -> bool:
        """The page offers. False if ours crosses it, which then holds (RFC 3261 §14.1).

        Raises:
            PeerError: its last offer waits for an answer, or the number is not the next.
        """
        if self.theirs is not None:
            raise _wrong(f"offer {self.theirs} waits for its answer")
        if number != self._their_last + 1:
            raise _wrong(f"`number` must be {self._their_last + 1}")
        self._their_last = number
        if self.ours is not None:
            return False
        self.theirs = number
        return True

    def up(self, clock: Clock) -> None:
        """It is answered."""
        self.stage = Stage.UP
        self.up_at = clock.now()
        self.answered_at = clock.wall().timestamp()

    def reset(self) -> None:
        """A reloaded page has it now, or another process: both sides count their offers from 1 again."""
        self.ours = self.theirs = None
        self._their_last = 0

    def summary(self, now: float) -> dict[str, Any]:
        """The call in the welcome frame of such a page."""
        info = self.info
        up = self.stage is Stage.UP
        return {
            **({} if up else {"state": self._page_state}),
            "call": self.name,
            "id": self.leg,
            "direction": info.direction,
            "from": info.caller,
            "to": info.callee,
            "name": info.name,
            "parameters": dict(info.parameters),
            "headers": dict(info.headers),
            "duration_s": round(max(0.0, now - self.up_at), 3) if up else 0.0,
            "muted": self.muted,
            "held": self.held,
            "held_by_peer": self.held_by_peer,
        }

    @property
    def _page_state(self) -> str:
        if self.waits:
            return "incoming"
        return "ringing" if self.rang else "dialing"

    def settled(self, number: int) -> None:
        """The page took or refused our offer.

        Raises:
            PeerError: no offer of that number waits.
        """
        if self.ours != number:
            raise _wrong("no offer of that `number` waits for an answer")
        self.ours = None


def _wrong(reason: str) -> PeerError:
    return PeerError(reason, code="wrong-state")
