"""Telephones without a link: they do what a test says, and remember what they were told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base import events
from offhook.base.accounts import Party
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.commands import Answer, Command, End, InCall, Invite, Ring
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, Ids, LegId, Sdp


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
    invitation: Invite | None = None
    at: At = At.TRYING
    early: bool = False
    sdp: Sdp | None = None
    cause: Cause | None = None
    told: list[InCall] = field(default_factory=list[InCall])
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

    def send(self, leg: LegId, command: Command) -> None:
        """Carry out a command on a leg; what a test can look at is in its line."""
        match command:
            case Invite():
                self._invite(leg, command)
            case End(cause=cause):
                line = self._lines.get(leg)
                if line is not None and line.at is not At.ENDED:
                    line.cause = cause
                    line.move(At.ENDED)
            case Ring(sdp=sdp):
                line = self._lines[leg]
                line.early = sdp is not None
                line.sdp = sdp
                line.move(At.RINGING)
            case Answer(sdp=sdp):
                line = self._lines[leg]
                line.sdp = sdp or line.sdp
                line.move(At.UP)
            case _:
                self._lines[leg].told.append(command)

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether the telephone is there."""
        del account
        return to.value in self._here

    def _invite(self, leg: LegId, invitation: Invite) -> None:
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


def _nobody(_told: object) -> None:
    raise AssertionError("a telephone was used before it was plugged in")
