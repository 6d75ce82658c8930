"""The signalling port without a link: a test acts for the remote end of each leg."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offhook.base import events
from offhook.base.accounts import Party
from offhook.base.address import Address, Kind
from offhook.base.causes import Cause
from offhook.base.commands import Answer, Command, End, InCall, Invite, Ring
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, Ids, LegId, Sdp


class CallState(StrEnum):
    """State of a leg, as its remote end sees it."""

    TRYING = "trying"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


@dataclass(slots=True)
class FakeLeg:
    """The remote end of one leg.

    Attributes:
        on_event: Called with each event of the leg.
        invitation: The invitation that it received; None for a call that began here.
        early: Whether there was an SDP answer before the call was answered.
        cause: Why the leg ended.
        received: All other commands, in order.
        changed: Set on each change of `state`.
    """

    leg: LegId
    on_event: Callable[[LegEvent], None]
    invitation: Invite | None = None
    state: CallState = CallState.TRYING
    early: bool = False
    sdp: Sdp | None = None
    cause: Cause | None = None
    received: list[InCall] = field(default_factory=list[InCall])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Report ringing."""
        self.on_event(events.Ringing(leg=self.leg))

    def answer(self, sdp: str = "answer") -> None:
        """Answer the call."""
        self.state = CallState.UP
        self.on_event(events.Answered(leg=self.leg, sdp=Sdp(sdp)))

    def end(self, cause: Cause = Cause.NORMAL) -> None:
        """Hang up, cancel or reject."""
        if self.state is not CallState.ENDED:
            self.set_state(CallState.ENDED)
            self.cause = cause
            self.on_event(events.HungUp(leg=self.leg, cause=cause))

    def send_digits(self, digits: str, *, signalled: bool = False) -> None:
        """Send DTMF; `signalled` for digits that signalling carries."""
        for digit in digits:
            self.on_event(
                events.DtmfReceived(leg=self.leg, digit=digit, seconds=0.1, signalled=signalled)
            )

    def set_state(self, state: CallState) -> None:
        """Change the state and wake waiters."""
        self.state = state
        self.changed.set()

    async def wait_for(self, state: CallState) -> None:
        """Wait for that state."""
        while self.state is not state:
            self.changed.clear()
            await self.changed.wait()


class FakeSignal:
    """All remote ends of a test, as `offhook.calls.ports.Signal`.

    Attributes:
        on_invite: Called with calls that begin at a remote end.
        on_event: Called with events of legs.
    """

    def __init__(self, ids: Ids) -> None:
        """No name is registered."""
        self.on_invite: Callable[[Invited], None] = _not_connected
        self.on_event: Callable[[LegEvent], None] = _not_connected
        self._ids = ids
        self._legs: dict[LegId, FakeLeg] = {}
        self._registered: set[str] = set()
        self._ringing: dict[str, list[FakeLeg]] = {}
        self._invited = asyncio.Event()

    def register(self, name: str) -> None:
        """Make the name reachable."""
        self._registered.add(name)

    def call(
        self,
        party: Party,
        to: str,
        *,
        sdp: str = "offer",
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        preflight: bool = False,
    ) -> FakeLeg:
        """Begin a call from `party` to `to`."""
        leg = LegId(self._ids.hex32())
        remote = FakeLeg(leg, self.on_event)
        self._legs[leg] = remote
        self.on_invite(
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
        return remote

    def add(self, remote: FakeLeg) -> FakeLeg:
        """Add a leg that was made by the test."""
        self._legs[remote.leg] = remote
        return remote

    def leg(self, leg: LegId) -> FakeLeg:
        """The remote end of a leg."""
        return self._legs[leg]

    async def next_invite(self, name: str) -> FakeLeg:
        """The next call to that name, as soon as it arrives."""
        while not self._ringing.get(name):
            self._invited.clear()
            await self._invited.wait()
        return self._ringing[name].pop(0)

    def send(self, leg: LegId, command: Command) -> None:
        """Carry out a command: state changes show in the remote end, other commands are recorded."""
        match command:
            case Invite():
                self._invite(leg, command)
            case End(cause=cause):
                remote = self._legs.get(leg)
                if remote is not None and remote.state is not CallState.ENDED:
                    remote.cause = cause
                    remote.set_state(CallState.ENDED)
            case Ring(sdp=sdp):
                remote = self._legs[leg]
                remote.early = sdp is not None
                remote.sdp = sdp
                remote.set_state(CallState.RINGING)
            case Answer(sdp=sdp):
                remote = self._legs[leg]
                remote.sdp = sdp or remote.sdp
                remote.set_state(CallState.UP)
            case _:
                self._legs[leg].received.append(command)

    def forget(self, leg: LegId) -> None:
        """Know the leg no more; its remote end stays as it is."""
        self._legs.pop(leg, None)

    def has_route(self, to: Address) -> bool:
        """Whether it is a client's address, or a number that was registered."""
        return to.kind is Kind.CLIENT or to.value in self._registered

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether the name is registered."""
        del account
        return to.value in self._registered

    def _invite(self, leg: LegId, invitation: Invite) -> None:
        name = invitation.to.value
        if name not in self._registered:
            hung_up = events.HungUp(leg=leg, cause=Cause.UNREACHABLE)
            asyncio.get_running_loop().call_soon(self.on_event, hung_up)
            return
        remote = FakeLeg(leg, self.on_event, invitation)
        self._legs[leg] = remote
        self._ringing.setdefault(name, []).append(remote)
        self._invited.set()


def _not_connected(_event: object) -> None:
    raise AssertionError("FakeSignal needs on_invite and on_event before the first call")
