"""Routes invitations by the kind of their address, and commands and events between legs and devices."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from offhook.base.address import Address, Kind
from offhook.base.causes import Cause
from offhook.base.commands import Command, End, InCall, Invite
from offhook.base.events import CommandUnsupported, HungUp, Invited, LegEvent
from offhook.base.ids import AccountId, Ids, LegId, Sdp
from offhook.links.bindings import Bindings, LegBinding
from offhook.links.continuity import Continuity
from offhook.links.forking import Forking
from offhook.links.ports import Device, EndedBy, Trunk, UnsupportedCommand
from offhook.links.registrations import Registrations

_ENDED_BY_PEER: Final = frozenset(
    {
        Cause.NORMAL,
        Cause.BUSY,
        Cause.REJECTED,
        Cause.NO_ANSWER,
        Cause.CANCELLED,
        Cause.UNREACHABLE,
        Cause.ENDPOINT_LOST,
    }
)
"""Causes that the other party brought about; the rest is ours."""


class Route(Protocol):
    """Finds the devices of the addresses of one kind."""

    def of(self, account: AccountId, name: str) -> Sequence[Device]:
        """The devices of the address with that value; empty if there is none now."""
        ...


class Router:
    """Implements `calls.ports.Signal` for calls and `links.ports.Router` for devices.

    Attributes:
        registrations: Who can be called.
        bindings: Where each leg is reached.
        forking: Which devices ring for a leg, and which one answered.
        continuity: What becomes of the calls of links that break or end.
        deliver: Takes the events of legs.
        calls: How many calls began on a device since the start.
    """

    def __init__(
        self,
        deliver: Callable[[LegEvent], None],
        on_invite: Callable[[Invited], None],
        ids: Ids,
        devices_per_name: int = 10,
    ) -> None:
        """No device is known yet.

        Args:
            deliver: Takes the events of legs.
            on_invite: Takes the invitations of parties that call.
            ids: Where new legs' ids come from.
            devices_per_name: Registered devices of one name.
        """
        self.deliver = deliver
        self.calls = 0
        self.registrations = Registrations(devices_per_name)
        self.bindings = Bindings()
        self.forking = Forking(self.bindings, self._deliver)
        self.continuity = Continuity(self.registrations, self.bindings, self._deliver)
        self._on_invite = on_invite
        self._ids = ids
        # Deviation: SIP addresses cannot be reached yet.
        self._routes: dict[Kind, Route] = {Kind.CLIENT: self.registrations}

    def attach(self, trunk: Trunk) -> None:
        """Reach numbers by that carrier."""
        self._routes[Kind.NUMBER] = trunk

    def _deliver(self, event: LegEvent) -> None:
        self.deliver(event)

    # For calls.

    def has_route(self, to: Address) -> bool:
        """Whether addresses of that kind can be invited at all."""
        return to.kind in self._routes

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether there is a device now that could be invited."""
        route = self._routes.get(to.kind)
        return route is not None and bool(route.of(account, to.value))

    def send(self, leg: LegId, command: Command) -> None:
        """Carry out a command on a leg."""
        match command:
            case Invite():
                self._invite(leg, command)
            case End(cause=cause):
                by = EndedBy.PEER if cause in _ENDED_BY_PEER else EndedBy.SERVER
                for device in self.bindings.forget(leg):
                    device.ended(leg, cause, by)
            case _:
                for device in self.bindings.of(leg):
                    self._send(device, leg, command)

    def forget(self, leg: LegId) -> None:
        """Forget the leg; its devices are not notified."""
        self.bindings.forget(leg)

    def _send(self, device: Device, leg: LegId, command: InCall) -> None:
        try:
            device.send(leg, command)
        except UnsupportedCommand:
            self.deliver(CommandUnsupported(leg=leg, command=type(command).__name__))

    def _invite(self, leg: LegId, invitation: Invite) -> None:
        route = self._routes.get(invitation.to.kind)
        if route is None:
            self.deliver(HungUp(leg=leg, cause=Cause.NO_ROUTE))
            return
        registered = route.of(invitation.account, invitation.to.value)
        self.forking.invite(leg, invitation, registered)

    def restore(self, device: Device, leg: LegId, *, ringing: bool, rang: bool = False) -> None:
        """Bind a leg to its device of an earlier process. Nothing is sent.

        Args:
            device: One of its devices.
            leg: The leg.
            ringing: It is not answered. An invitation for the leg goes to its restored devices only.
            rang: The device has reported that it rings.
        """
        bound = self.bindings.get(leg)
        if not ringing:
            # Others rang for it, and were not notified before the process died.
            self.bindings.forget(leg)
            self.bindings.add(leg, LegBinding([device], up=True))
        elif bound is None or not bound.up:
            self.forking.restore(device, leg, rang=rang)

    # For devices.

    def register(self, device: Device) -> int:
        """Let the device be called."""
        count, replaced = self.registrations.add(device)
        if replaced is not None:
            replaced.leave(Cause.ENDPOINT_LOST)
        return count

    def unregister(self, device: Device) -> None:
        """Let it be called no more."""
        self.registrations.remove(device)

    def call(
        self,
        device: Device,
        name: str,
        to: str,
        sdp: Sdp,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        near: LegId | None = None,
        preflight: bool = False,
        caller: Address | None = None,
    ) -> None:
        """The device calls."""
        leg = LegId(self._ids.hex32())
        self.calls += 1
        self.bindings.add(leg, LegBinding([device], up=True))
        device.trying(leg, name)
        self._on_invite(
            Invited(
                leg=leg,
                party=device.party,
                to=to,
                sdp=sdp,
                parameters=parameters,
                headers=headers,
                near=near,
                preflight=preflight,
                caller=caller,
            )
        )

    def hung_up(self, leg: LegId, cause: Cause) -> None:
        """The device ended its call."""
        if self.bindings.forget(leg):
            self.deliver(HungUp(leg=leg, cause=cause))

    def post(self, event: LegEvent) -> None:
        """Anything else."""
        self.deliver(event)
