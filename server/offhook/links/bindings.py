"""Which devices each leg is reached on, and which legs each device has."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.base.address import Address
from offhook.base.commands import Invite
from offhook.base.ids import AccountId, DeviceId, LegId
from offhook.links.ports import Device


@dataclass(slots=True)
class LegBinding:
    """Where one leg is reached.

    Attributes:
        devices: Where it rings; the one that answered or called.
        up: Whether that is decided.
        rang: Whether ringing was signalled.
        ignored: Devices that chose to ring no more; if there are any, the caller just waits.
        invitation: The devices' invitation, for one that replaces another; a leg that an earlier process rang
            has none until it is invited again.
    """

    devices: list[Device]
    invitation: Invite | None = None
    up: bool = False
    rang: bool = False
    ignored: set[DeviceId] = field(default_factory=set[DeviceId])


class Bindings:
    """The bindings of all legs that are reached on devices."""

    def __init__(self) -> None:
        """None yet."""
        self._bindings: dict[LegId, LegBinding] = {}
        self._legs: dict[DeviceId, set[LegId]] = {}
        self._invited: dict[tuple[AccountId, Address], dict[LegId, None]] = {}

    def __len__(self) -> int:
        """How many legs are reached on devices."""
        return len(self._bindings)

    def __getitem__(self, leg: LegId) -> LegBinding:
        """The binding of a leg that has one."""
        return self._bindings[leg]

    def get(self, leg: LegId) -> LegBinding | None:
        """The binding of a leg, if it has one."""
        return self._bindings.get(leg)

    def add(self, leg: LegId, binding: LegBinding) -> None:
        """Bind a leg to the devices of the binding."""
        self._bindings[leg] = binding
        for device in binding.devices:
            self._legs.setdefault(device.id, set()).add(leg)
        if binding.invitation is not None:
            self.invite(leg, binding.invitation)

    def invite(self, leg: LegId, invitation: Invite) -> None:
        """The leg rings for that invitation from now on."""
        self._bindings[leg].invitation = invitation
        self._invited.setdefault((invitation.account, invitation.to), {})[leg] = None

    def link(self, leg: LegId, device: Device) -> None:
        """Also bind the leg to this device."""
        self._bindings[leg].devices.append(device)
        self._legs.setdefault(device.id, set()).add(leg)

    def unlink(self, leg: LegId, device: Device) -> None:
        """The device has nothing more to do with the leg."""
        legs = self._legs.get(device.id)
        if legs is not None:
            legs.discard(leg)
            if not legs:
                del self._legs[device.id]

    def forget(self, leg: LegId) -> tuple[Device, ...]:
        """The leg has ended. Returns the devices that it had."""
        binding = self._bindings.pop(leg, None)
        if binding is None:
            return ()
        self.settle(leg, binding)
        for device in binding.devices:
            self.unlink(leg, device)
        return tuple(binding.devices)

    def settle(self, leg: LegId, binding: LegBinding) -> None:
        """It rings no more."""
        if binding.invitation is None:
            return
        name = binding.invitation.account, binding.invitation.to
        legs = self._invited.get(name, {})
        legs.pop(leg, None)
        if not legs:
            self._invited.pop(name, None)

    def move(self, old: Device, new: Device) -> Sequence[LegId]:
        """Bind all legs of one device to another. Returns them, in a fixed order."""
        kept = self._legs.pop(old.id, set())
        if kept:
            self._legs.setdefault(new.id, set()).update(kept)
        for leg in kept:
            binding = self._bindings[leg]
            binding.devices = [new if device is old else device for device in binding.devices]
        return sorted(kept)

    def remove(self, device: Device) -> Sequence[LegId]:
        """Unlink a device from all its legs. Returns them, in a fixed order."""
        return sorted(self._legs.pop(device.id, set()))

    def of(self, leg: LegId) -> tuple[Device, ...]:
        """The leg's device, once that is decided."""
        binding = self._bindings.get(leg)
        return tuple(binding.devices) if binding is not None and binding.up else ()

    def ringing(self, device: Device, leg: LegId) -> LegBinding | None:
        """The binding of the leg, if it rings on that device."""
        binding = self._bindings.get(leg)
        if binding is None or binding.up or device not in binding.devices:
            return None
        return binding

    def up(self, device: Device) -> Sequence[LegId]:
        """Legs that are decided to be on that device, in a fixed order."""
        return sorted(leg for leg in self._legs.get(device.id, ()) if self._bindings[leg].up)

    def invited(self, account: AccountId, name: Address) -> Sequence[LegId]:
        """What rings for an address, the oldest first."""
        return tuple(self._invited.get((account, name), ()))
