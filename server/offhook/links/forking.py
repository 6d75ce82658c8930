"""Forks an invitation to the devices of a party: all ring, the first to answer has the call."""

from collections.abc import Callable, Sequence

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import Invite
from offhook.base.events import Answered, HungUp, LegEvent, Ringing
from offhook.base.ids import LegId, Sdp
from offhook.links.bindings import Bindings, LegBinding
from offhook.links.ports import Device, EndedBy


class Forking:
    """Which devices ring for a leg, and which one answered; implements `links.ports.Forking`.

    Attributes:
        invitations: How many times a device was rung since the start.
    """

    def __init__(self, bindings: Bindings, deliver: Callable[[LegEvent], None]) -> None:
        """Nothing rings yet.

        Args:
            bindings: Where legs are reached.
            deliver: Takes the events of legs.
        """
        self.invitations = 0
        self._bindings = bindings
        self._deliver = deliver

    def invite(self, leg: LegId, invitation: Invite, registered: Sequence[Device]) -> None:
        """Ring all devices of the party that can be called now; those alone that an earlier process rang."""
        restored = self._bindings.get(leg)
        if restored is not None:
            self._invite_again(leg, restored, invitation)
            return
        devices = [device for device in registered if device.can_be_called()]
        if not devices:
            cause = Cause.BUSY if registered else Cause.UNREACHABLE
            self._deliver(HungUp(leg=leg, cause=cause))
            return
        binding = LegBinding([], invitation)
        self._bindings.add(leg, binding)
        for device in devices:
            self._invite_device(leg, invitation, device)

    def restore(self, device: Device, leg: LegId, *, rang: bool) -> None:
        """An earlier process rang this device for the leg. It is invited again when the leg is."""
        if self._bindings.get(leg) is None:
            self._bindings.add(leg, LegBinding([]))
        self._bindings[leg].rang |= rang
        self._bindings.link(leg, device)

    def restore_ignored(self, device: Device, leg: LegId) -> None:
        """An earlier process rang this device for the leg, and its party chose to ring no more."""
        if self._bindings.get(leg) is None:
            self._bindings.add(leg, LegBinding([]))
        self._bindings[leg].ignored.add(device.id)

    def _invite_again(self, leg: LegId, binding: LegBinding, invitation: Invite) -> None:
        if binding.up or binding.invitation is not None:
            return
        self._bindings.invite(leg, invitation)
        for device in tuple(binding.devices):
            device.send(leg, invitation)

    def invite_too(self, device: Device) -> None:
        """Also ring this device for every pending invitation to its name that it has not seen."""
        for leg in self._bindings.invited(device.party.account, client(device.party.name)):
            binding = self._bindings[leg]
            known = device in binding.devices or device.id in binding.ignored
            if binding.invitation is not None and not known and device.can_be_called():
                self._invite_device(leg, binding.invitation, device)

    def _invite_device(self, leg: LegId, invitation: Invite, device: Device) -> None:
        self.invitations += 1
        self._bindings.link(leg, device)
        device.send(leg, invitation)

    def rang(self, device: Device, leg: LegId, sdp: Sdp | None = None) -> None:
        """One of the devices rings."""
        binding = self._bindings.ringing(device, leg)
        if binding is not None and not binding.rang:
            binding.rang = True
            self._deliver(Ringing(leg=leg, sdp=sdp))

    def answered(self, device: Device, leg: LegId, sdp: Sdp | None) -> None:
        """The first device to answer wins."""
        binding = self._bindings.ringing(device, leg)
        if binding is None:
            return
        others = [other for other in binding.devices if other is not device]
        binding.up = True
        binding.devices = [device]
        self._bindings.settle(leg, binding)
        for other in others:
            self._bindings.unlink(leg, other)
            other.ended(leg, Cause.ANSWERED_ELSEWHERE, EndedBy.SERVER)
        self._deliver(Answered(leg=leg, sdp=sdp))

    def ignored(self, device: Device, leg: LegId) -> None:
        """The device rings no more; the caller does not learn of it."""
        binding = self._bindings.ringing(device, leg)
        if binding is not None:
            binding.ignored.add(device.id)
            binding.devices.remove(device)
            self._bindings.unlink(leg, device)

    def rejected(self, device: Device, leg: LegId, cause: Cause) -> None:
        """The party does not want the call."""
        for other in self._bindings.forget(leg):
            if other is not device:
                other.ended(leg, cause, EndedBy.LOCAL)
        self._deliver(HungUp(leg=leg, cause=cause))
