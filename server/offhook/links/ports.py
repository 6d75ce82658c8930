"""What the hub and one device ask of each other, whatever the device speaks."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from offhook.base.accounts import Party
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.events import LegEvent, RenegotiationReason
from offhook.base.feedback import Feedback, LegCounts, Sample
from offhook.base.ids import AccountId, DeviceId, LegId, Sdp


class By(StrEnum):
    """Who ended a call, as the page sees it."""

    PEER = "peer"
    SERVER = "server"
    LOCAL = "local"


class Ring(Protocol):
    """What a device needs to know of an invitation; `calls.ports.Invitation` has this shape."""

    @property
    def account(self) -> AccountId: ...
    @property
    def to(self) -> Address: ...
    @property
    def caller(self) -> str: ...
    @property
    def caller_name(self) -> str: ...
    @property
    def sdp(self) -> Sdp: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Device(Protocol):
    """One page or phone that a party is reached on. Nothing here waits or fails."""

    @property
    def id(self) -> DeviceId: ...
    @property
    def party(self) -> Party: ...
    @property
    def here(self) -> bool:
        """Whether its socket is open; else it may still come back."""
        ...

    @property
    def idle(self) -> bool:
        """Whether it has no call."""
        ...

    def can_be_called(self) -> bool:
        """Whether its log-in is still good for new calls and one more call fits."""
        ...

    def leave(self, reason: str) -> None:
        """End the link."""
        ...

    def trying(self, leg: LegId, name: str) -> None:
        """The call it asked for by `name` exists."""
        ...

    def incoming(self, leg: LegId, invitation: Ring) -> None:
        """Somebody calls."""
        ...

    def ringing(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end rings."""
        ...

    def answered(self, leg: LegId, sdp: Sdp | None) -> None:
        """The other end answered."""
        ...

    def ended(self, leg: LegId, cause: Cause, by: By) -> None:
        """The call is over."""
        ...

    def offer(self, leg: LegId, number: int, sdp: Sdp, why: RenegotiationReason) -> None:
        """We offer again."""
        ...

    def accept(self, leg: LegId, number: int, sdp: Sdp) -> None:
        """We take its offer."""
        ...

    def refuse(self, leg: LegId, number: int, reason: str) -> None:
        """We refuse its offer."""
        ...

    def message(self, leg: LegId, content_type: str, body: str) -> None:
        """A message within the call."""
        ...

    def digit(self, leg: LegId, digit: str, seconds: float) -> None:
        """The other end pressed a key."""
        ...

    def notice(self, leg: LegId, event: str, details: Mapping[str, object]) -> None:
        """News that needs no answer."""
        ...

    def done(self, leg: LegId, ref: int) -> None:
        """What it asked for by that number is done."""
        ...

    def failed(self, leg: LegId, ref: int | None, code: str, why: str) -> None:
        """What it asked for by that number cannot be done; without one, its last description."""
        ...

    def counts(self, leg: LegId, ref: int, ours: LegCounts, theirs: LegCounts | None) -> None:
        """What was counted, as it asked by that number."""
        ...


class Switch(Protocol):
    """What a device tells the hub."""

    def register(self, device: Device) -> int:
        """Let the device be called; returns how many of its name can be.

        Raises:
            Refused: `incoming-not-allowed` or `too-many-devices`.
        """
        ...

    def ring_too(self, device: Device) -> None:
        """The device knows that it can be called: what rings for its name rings there, too."""
        ...

    def unregister(self, device: Device) -> None:
        """Let the device be called no more."""
        ...

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
        """The device calls; it names the call `name`."""
        ...

    def rang(self, device: Device, leg: LegId) -> None:
        """The device rings."""
        ...

    def answered(self, device: Device, leg: LegId, sdp: Sdp) -> None:
        """The device takes the call."""
        ...

    def ignored(self, device: Device, leg: LegId) -> None:
        """The device rings no more; others may."""
        ...

    def rejected(self, device: Device, leg: LegId, cause: Cause) -> None:
        """The party does not want the call, on any device."""
        ...

    def hung_up(self, leg: LegId, cause: Cause) -> None:
        """The device of the leg ended its call."""
        ...

    def tell(self, event: LegEvent) -> None:
        """Anything else that happens to a leg of the device."""
        ...

    def lost(self, device: Device) -> None:
        """The device's link broke; it may come back."""
        ...

    def back(self, device: Device) -> None:
        """It came back."""
        ...

    def replaced(self, old: Device, new: Device, legs: Sequence[LegId]) -> None:
        """Another device has taken over these legs and the registration; what else rings, rings there."""
        ...

    def gone(self, device: Device, cause: Cause) -> None:
        """The device's link has ended for good, its calls with it."""
        ...


class Notes(Protocol):
    """Keeps what pages and people tell of how calls sounded."""

    def samples(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep some seconds of a call. Never waits; what is too much is dropped."""
        ...

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep what somebody thinks of a call; it takes the place of what the party said before.

        Args:
            party: Who says so.
            leg: The party's leg of that call.
            feedback: What is said.
            known: The leg is known to be the party's; otherwise the records must say so.

        Raises:
            NotFound: the party had no such call.
            Unavailable: it cannot be kept now.
        """
        ...
