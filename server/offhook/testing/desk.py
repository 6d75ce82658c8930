"""Telephones without a link: they do what a test says, and remember what they were told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base import events
from offhook.base.accounts import Party
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.events import Invited, LegEvent, RenegotiationReason
from offhook.base.feedback import LegCounts
from offhook.base.ids import AccountId, Ids, LegId, Sdp
from offhook.calls.ports import Invitation


class At(StrEnum):
    """How far a telephone's call is."""

    TRYING = "trying"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(slots=True)
class Line:
    """One call, as the telephone sees it.

    Attributes:
        invitation: What it was told of who calls; nothing for its own calls.
        cause: Why it ended.
        told: What else it was told, in order.
    """

    leg: LegId
    tell: Callable[[LegEvent], None]
    invitation: Invitation | None = None
    at: At = At.TRYING
    early: bool = False
    sdp: Sdp | None = None
    cause: Cause | None = None
    told: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """It rings here."""
        self.tell(events.Ringing(leg=self.leg))

    def answer(self, sdp: str = "answer") -> None:
        """Take it."""
        self.at = At.UP
        self.tell(events.Answered(leg=self.leg, sdp=Sdp(sdp)))

    def end(self, cause: Cause = Cause.NORMAL) -> None:
        """Hang up, cancel or reject."""
        if self.at is not At.ENDED:
            self.move(At.ENDED)
            self.cause = cause
            self.tell(events.HungUp(leg=self.leg, cause=cause))

    def press(self, digits: str, *, signalled: bool = False) -> None:
        """Press keys."""
        for digit in digits:
            self.tell(
                events.DtmfReceived(leg=self.leg, digit=digit, seconds=0.1, signalled=signalled)
            )

    def move(self, at: At) -> None:
        """It got so far."""
        self.at = at
        self.bell.set()

    async def until(self, at: At) -> None:
        """Wait until it is so far."""
        while self.at is not at:
            self.bell.clear()
            await self.bell.wait()


class Desk:
    """All telephones of a test, as `offhook.calls.ports.Signal`.

    Attributes:
        invited: Told of calls that begin here.
        tell: Told of events.
    """

    def __init__(self, ids: Ids) -> None:
        """No telephone registered."""
        self.invited: Callable[[Invited], None] = _nobody
        self.tell: Callable[[LegEvent], None] = _nobody
        self._ids = ids
        self._lines: dict[LegId, Line] = {}
        self._here: set[str] = set()
        self._waiting: dict[str, list[Line]] = {}
        self._bell = asyncio.Event()

    def register(self, name: str) -> None:
        """A telephone of that name can be called from now on."""
        self._here.add(name)

    def call(
        self,
        party: Party,
        to: str,
        *,
        sdp: str = "offer",
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        preflight: bool = False,
    ) -> Line:
        """Somebody picks up and calls."""
        leg = LegId(self._ids.hex32())
        line = Line(leg, self.tell)
        self._lines[leg] = line
        self.invited(
            Invited(
                leg=leg,
                party=party,
                to=to,
                sdp=Sdp(sdp),
                parameters=parameters or {},
                headers=headers or {},
                preflight=preflight,
            )
        )
        return line

    def place(self, line: Line) -> Line:
        """A call that began elsewhere."""
        self._lines[line.leg] = line
        return line

    def line(self, leg: LegId) -> Line:
        """The telephone's side of a leg."""
        return self._lines[leg]

    async def rings(self, name: str) -> Line:
        """The next call for that telephone, waited for."""
        while not self._waiting.get(name):
            self._bell.clear()
            await self._bell.wait()
        return self._waiting[name].pop(0)

    def invite(self, leg: LegId, invitation: Invitation) -> None:
        """Ring, if the telephone is there."""
        name = invitation.to.value
        if name not in self._here:
            gone = events.HungUp(leg=leg, cause=Cause.UNREACHABLE)
            asyncio.get_running_loop().call_soon(self.tell, gone)
            return
        line = Line(leg, self.tell, invitation)
        self._lines[leg] = line
        self._waiting.setdefault(name, []).append(line)
        self._bell.set()

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether the telephone is there."""
        del account
        return to.value in self._here

    def ring(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end rings."""
        line = self._lines[leg]
        line.early = sdp is not None
        line.sdp = sdp
        line.move(At.RINGING)

    def answer(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end answered."""
        line = self._lines[leg]
        line.sdp = sdp or line.sdp
        line.move(At.UP)

    def end(self, leg: LegId, cause: Cause) -> None:
        """It is over."""
        line = self._lines.get(leg)
        if line is not None and line.at is not At.ENDED:
            line.cause = cause
            line.move(At.ENDED)

    def reoffer(self, leg: LegId, number: int, sdp: Sdp, why: RenegotiationReason) -> None:
        """A new offer of ours."""
        self._lines[leg].told.append(("reoffer", str(number), sdp, str(why)))

    def accept(self, leg: LegId, number: int, sdp: Sdp) -> None:
        """Its new offer is taken."""
        self._lines[leg].told.append(("accept", str(number), sdp))

    def refuse(self, leg: LegId, number: int, reason: str) -> None:
        """Its new offer is not taken."""
        self._lines[leg].told.append(("refuse", str(number), reason))

    def message(self, leg: LegId, content_type: str, body: str) -> None:
        """A message."""
        self._lines[leg].told.append(("message", content_type, body))

    def digit(self, leg: LegId, digit: str, seconds: float) -> None:
        """The other end pressed a key."""
        self._lines[leg].told.append(("digit", digit, str(seconds)))

    def notice(self, leg: LegId, event: str, details: Mapping[str, object]) -> None:
        """News."""
        self._lines[leg].told.append(("notice", event, *map(str, details.values())))

    def done(self, leg: LegId, ref: int) -> None:
        """What it asked for is done."""
        self._lines[leg].told.append(("done", str(ref)))

    def failed(self, leg: LegId, ref: int | None, code: str, why: str) -> None:
        """What it asked for cannot be done."""
        self._lines[leg].told.append(("failed", str(ref), code, why))

    def counts(self, leg: LegId, ref: int, ours: LegCounts, theirs: LegCounts | None) -> None:
        """What was counted."""
        self._lines[leg].told.append(("counts", str(ref), str(ours), str(theirs)))


def _nobody(_told: object) -> None:
    raise AssertionError("a telephone was used before it was plugged in")
