"""The hub of all links: forks invitations to devices, and routes commands and events of legs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from offhook.base.address import Address, Kind
from offhook.base.causes import Cause
from offhook.base.commands import Command, End, InCall, Invite
from offhook.base.events import (
    Answered,
    CommandUnsupported,
    HungUp,
    Invited,
    LegEvent,
    LinkLost,
    LinkResumed,
    PageReattached,
    Ringing,
)
from offhook.base.ids import AccountId, DeviceId, Ids, LegId, Sdp
from offhook.links.ports import Device, EndedBy, UnsupportedCommand
from offhook.links.registrations import Name, Registrations

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


@dataclass(slots=True)
class LegBinding:
    """Where one leg is reached.

    Attributes:
        devices: Where it rings; the one that answered or called.
        up: Whether that is decided.
        rang: Whether ringing was signalled.
        ignored: Devices that chose to ring no more; if there are any, the caller just waits.
        invitation: The devices' invitation, for one that replaces another.
    """

    devices: list[Device]
    invitation: Invite | None = None
    up: bool = False
    rang: bool = False
    ignored: set[DeviceId] = field(default_factory=set[DeviceId])


@dataclass(slots=True)
class Counts:
    """What happened since the start, for metrics.

    Attributes:
        calls: Calls that began on a link.
        invitations: Times that a device was rung.
        lost: Links that broke.
        resumed: Of these, how many came back.
    """

    calls: int = 0
    invitations: int = 0
    lost: int = 0
    resumed: int = 0


@dataclass(slots=True)
class Hub:
    """Implements `calls.ports.Signal` for calls and `links.ports.Router` for devices.

    Attributes:
        deliver: Takes the events of legs.
        on_invite: Takes the invitations of parties that call.
        ids: Where new legs' ids come from.
    """

    deliver: Callable[[LegEvent], None]
    on_invite: Callable[[Invited], None]
    ids: Ids
    devices_per_name: int = 10
    tally: Counts = field(default_factory=Counts)
    _names: Registrations = field(init=False)
    _bindings: dict[LegId, LegBinding] = field(default_factory=dict[LegId, LegBinding])
    _legs: dict[DeviceId, set[LegId]] = field(default_factory=dict[DeviceId, set[LegId]])
    _invited: dict[Name, dict[LegId, None]] = field(default_factory=dict[Name, dict[LegId, None]])
    """What rings for each name, the oldest first."""

    def __post_init__(self) -> None:
        self._names = Registrations(self.devices_per_name)

    @property
    def registered(self) -> int:
        """How many devices can be called."""
        return len(self._names)

    @property
    def legs(self) -> int:
        """How many legs are reached over links."""
        return len(self._bindings)

    def devices(self, account: AccountId, name: str) -> int:
        """How many devices of a name can be called."""
        return len(self._names.of(account, name))

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether a party has registered a device."""
        return to.kind is Kind.CLIENT and self.devices(account, to.value) > 0

    # Commands.

    def send(self, leg: LegId, command: Command) -> None:
        """Carry out a command on a leg."""
        match command:
            case Invite():
                self._invite(leg, command)
            case End(cause=cause):
                by = EndedBy.PEER if cause in _ENDED_BY_PEER else EndedBy.SERVER
                for device in self._forget(leg):
                    device.ended(leg, cause, by)
            case _:
                for device in self._of(leg):
                    self._send(device, leg, command)

    def _send(self, device: Device, leg: LegId, command: InCall) -> None:
        try:
            device.send(leg, command)
        except UnsupportedCommand:
            self.deliver(CommandUnsupported(leg=leg, command=type(command).__name__))

    def _invite(self, leg: LegId, invitation: Invite) -> None:
        """Ring all devices of the party."""
        if invitation.to.kind is not Kind.CLIENT:
            self.deliver(HungUp(leg=leg, cause=Cause.NOT_FOUND))
            return
        registered = self._names.of(invitation.account, invitation.to.value)
        devices = [device for device in registered if device.can_be_called()]
        if not devices:
            cause = Cause.BUSY if registered else Cause.UNREACHABLE
            self.deliver(HungUp(leg=leg, cause=cause))
            return
        binding = self._bindings[leg] = LegBinding([], invitation)
        self._invited.setdefault((invitation.account, invitation.to.value), {})[leg] = None
        for device in devices:
            self._invite_device(leg, binding, device)

    # Events of devices.

    def register(self, device: Device) -> int:
        """Let the device be called."""
        count, replaced = self._names.add(device)
        if replaced is not None:
            replaced.leave(Cause.ENDPOINT_LOST)
        return count

    def invite_too(self, device: Device) -> None:
        """Also ring this device for every pending invitation to its name that it has not seen."""
        for leg in tuple(self._invited.get((device.party.account, device.party.name), ())):
            binding = self._bindings[leg]
            known = device in binding.devices or device.id in binding.ignored
            if not known and device.can_be_called():
                self._invite_device(leg, binding, device)

    def unregister(self, device: Device) -> None:
        """Let it be called no more."""
        self._names.remove(device)

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
    ) -> None:
        """The device calls."""
        leg = LegId(self.ids.hex32())
        self.tally.calls += 1
        self._bindings[leg] = LegBinding([device], up=True)
        self._legs.setdefault(device.id, set()).add(leg)
        device.trying(leg, name)
        self.on_invite(
            Invited(
                leg=leg,
                party=device.party,
                to=to,
                sdp=sdp,
                parameters=parameters,
                headers=headers,
                near=near,
                preflight=preflight,
            )
        )

    def rang(self, device: Device, leg: LegId) -> None:
        """One of the devices rings."""
        binding = self._ringing(device, leg)
        if binding is not None and not binding.rang:
            binding.rang = True
            self.deliver(Ringing(leg=leg))

    def answered(self, device: Device, leg: LegId, sdp: Sdp) -> None:
        """The first device to answer wins."""
        binding = self._ringing(device, leg)
        if binding is None:
            return
        others = [other for other in binding.devices if other is not device]
        binding.up = True
        binding.devices = [device]
        self._settled(leg, binding)
        for other in others:
            self._unlink(other, leg)
            other.ended(leg, Cause.ANSWERED_ELSEWHERE, EndedBy.SERVER)
        self.deliver(Answered(leg=leg, sdp=sdp))

    def ignored(self, device: Device, leg: LegId) -> None:
        """The device rings no more; the caller does not learn of it."""
        binding = self._ringing(device, leg)
        if binding is not None:
            binding.ignored.add(device.id)
            binding.devices.remove(device)
            self._unlink(device, leg)

    def rejected(self, device: Device, leg: LegId, cause: Cause) -> None:
        """The party does not want the call."""
        for other in self._forget(leg):
            if other is not device:
                other.ended(leg, cause, EndedBy.LOCAL)
        self.deliver(HungUp(leg=leg, cause=cause))

    def hung_up(self, leg: LegId, cause: Cause) -> None:
        """The device ended its call."""
        if self._forget(leg):
            self.deliver(HungUp(leg=leg, cause=cause))

    def post(self, event: LegEvent) -> None:
        """Anything else."""
        self.deliver(event)

    def lost(self, device: Device) -> None:
        """The device's link broke."""
        self.tally.lost += 1
        for leg in self._up(device):
            self.deliver(LinkLost(leg=leg))

    def resumed(self, device: Device) -> None:
        """It came back."""
        self.tally.resumed += 1
        for leg in self._up(device):
            self.deliver(LinkResumed(leg=leg))

    def replaced(self, old: Device, new: Device, legs: Sequence[LegId]) -> None:
        """Replace `old` with `new`. The caller renegotiates `legs`."""
        if self._names.remove(old):
            self._names.add(new)
        for leg in self._invited.get((old.party.account, old.party.name), ()):
            if old.id in self._bindings[leg].ignored:
                self._bindings[leg].ignored.add(new.id)
        kept = self._legs.pop(old.id, set())
        if kept:
            self._legs.setdefault(new.id, set()).update(kept)
        for leg in sorted(kept):
            binding = self._bindings[leg]
            binding.devices = [new if device is old else device for device in binding.devices]
            if leg in legs:
                self.deliver(PageReattached(leg=leg))
            elif binding.up:
                # A call that no task has taken yet cannot be resumed by the next page.
                self._forget(leg)
                self.deliver(HungUp(leg=leg, cause=Cause.CANCELLED))
            elif binding.invitation is not None:
                new.send(leg, binding.invitation)

    def gone(self, device: Device, cause: Cause) -> None:
        """The link has ended; a page that sent `goodbye` hung up, any other was lost."""
        self._names.remove(device)
        for leg in sorted(self._legs.pop(device.id, set())):
            binding = self._bindings[leg]
            if binding.up:
                self._forget(leg)
                self.deliver(HungUp(leg=leg, cause=cause))
                continue
            binding.devices.remove(device)
            if not binding.devices and not binding.ignored:
                self._forget(leg)
                self.deliver(HungUp(leg=leg, cause=Cause.UNREACHABLE))

    # Bindings of legs and devices.

    def _of(self, leg: LegId) -> tuple[Device, ...]:
        """The leg's device, once that is decided."""
        binding = self._bindings.get(leg)
        return tuple(binding.devices) if binding is not None and binding.up else ()

    def _invite_device(self, leg: LegId, binding: LegBinding, device: Device) -> None:
        if binding.invitation is not None:
            self.tally.invitations += 1
            binding.devices.append(device)
            self._legs.setdefault(device.id, set()).add(leg)
            device.send(leg, binding.invitation)

    def _settled(self, leg: LegId, binding: LegBinding) -> None:
        """It rings no more."""
        if binding.invitation is None:
            return
        name = binding.invitation.account, binding.invitation.to.value
        legs = self._invited.get(name, {})
        legs.pop(leg, None)
        if not legs:
            self._invited.pop(name, None)

    def _ringing(self, device: Device, leg: LegId) -> LegBinding | None:
        binding = self._bindings.get(leg)
        if binding is None or binding.up or device not in binding.devices:
            return None
        return binding

    def _up(self, device: Device) -> list[LegId]:
        legs = sorted(self._legs.get(device.id, set()))
        return [leg for leg in legs if self._bindings[leg].up]

    def _forget(self, leg: LegId) -> tuple[Device, ...]:
        binding = self._bindings.pop(leg, None)
        if binding is None:
            return ()
        self._settled(leg, binding)
        for device in binding.devices:
            self._unlink(device, leg)
        return tuple(binding.devices)

    def _unlink(self, device: Device, leg: LegId) -> None:
        legs = self._legs.get(device.id)
        if legs is not None:
            legs.discard(leg)
            if not legs:
                del self._legs[device.id]
