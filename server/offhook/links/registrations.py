"""Who can be called: the registered devices of each name."""

from collections.abc import Sequence

from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.links.ports import Device

Name = tuple[AccountId, str]


class Registrations:
    """The registered devices of each name, the oldest first."""

    def __init__(self, devices_per_name: int) -> None:
        self._max = devices_per_name
        self._devices: dict[Name, list[Device]] = {}

    def add(self, device: Device) -> tuple[int, Device | None]:
        """Let a device be called.

        A device that has lost its link and has no call is evicted for a connected one: a page that
        was reloaded ten times within a minute must not lock its own user out.

        Returns:
            How many devices of its name there are now, and the one that had to go.

        Raises:
            Refused: its log-in does not allow that, or there are too many devices.
        """
        if device.party.anonymous:
            message = "the access token has no identity by which its bearer could be called"
            raise Refused(message, code="identity-missing")
        if not device.party.incoming:
            raise Refused("this log-in does not allow calls to it", code="incoming-not-allowed")
        devices = self._devices.setdefault(_name(device), [])
        if device in devices:
            return len(devices), None
        gone = None
        if len(devices) >= self._max:
            gone = next((old for old in devices if old.expendable), None)
            if gone is None:
                message = f"{self._max} devices of this name are registered"
                raise Refused(message, code="too-many-devices")
            devices.remove(gone)
        devices.append(device)
        return len(devices), gone

    def remove(self, device: Device) -> bool:
        """Let the device be called no more. Returns whether it could be."""
        devices = self._devices.get(_name(device), [])
        known = device in devices
        if known:
            devices.remove(device)
        if not devices:
            self._devices.pop(_name(device), None)
        return known

    def of(self, account: AccountId, name: str) -> Sequence[Device]:
        """The devices of a name."""
        return tuple(self._devices.get((account, name), ()))

    def __len__(self) -> int:
        """All registered devices."""
        return sum(len(devices) for devices in self._devices.values())


def _name(device: Device) -> Name:
    return device.party.account, device.party.name
