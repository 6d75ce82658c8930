"""The ports between the router and a device of any protocol."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from offhook.base.accounts import Party
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.commands import InCall, Invite
from offhook.base.events import LegEvent
from offhook.base.feedback import Feedback, Sample
from offhook.base.ids import AccountId, DeviceId, LegId, Sdp
from offhook.base.link_state import LinkCallState, LinkFeedback


class EndedBy(StrEnum):
    """Who ended a call, as the page sees it."""

    PEER = "peer"
    SERVER = "server"
    LOCAL = "local"


class UnsupportedCommand(Exception):
    """The protocol of a device has no way to carry out a command."""


DeviceCommand = Invite | InCall
"""What a device carries out; to end a call it gets `ended`, with who ended it."""


class Device(Protocol):
    """One page or phone that a party is reached on. Nothing here waits or fails."""

    @property
    def id(self) -> DeviceId: ...
    @property
    def party(self) -> Party: ...
    @property
    def expendable(self) -> bool:
        """Whether its registration may go to another device of its name: it is away, without a call."""
        ...

    def can_be_called(self) -> bool:
        """Whether its log-in is still good for new calls and one more call fits."""
        ...

    def leave(self, reason: str) -> None:
        """End the link."""
        ...

    def trying(self, leg: LegId, name: str) -> None:
        """The call it requested by `name` exists."""
        ...

    def ended(self, leg: LegId, cause: Cause, by: EndedBy) -> None:
        """The call is over."""
        ...

    def send(self, leg: LegId, command: DeviceCommand) -> None:
        """Carry out a command on a leg of this device.

        Raises:
            UnsupportedCommand: its protocol has no way to do that.
        """
        ...


class Page(Device, Protocol):
    """A device whose calls outlive its connection: it comes back, or the reloaded page replaces it."""

    @property
    def connected(self) -> bool:
        """Whether its socket is open; else it may still come back."""
        ...


class Forking(Protocol):
    """An invitation to several devices of a party, as devices see it."""

    def invite_too(self, device: Device) -> None:
        """The device knows that it can be called: what rings for its name rings there, too."""
        ...

    def rang(self, device: Device, leg: LegId, sdp: Sdp | None = None) -> None:
        """The device rings; with `sdp`, its answer, it sends early media."""
        ...

    def answered(self, device: Device, leg: LegId, sdp: Sdp | None) -> None:
        """The device takes the call."""
        ...

    def ignored(self, device: Device, leg: LegId) -> None:
        """The device rings no more; others may."""
        ...

    def rejected(self, device: Device, leg: LegId, cause: Cause) -> None:
        """The party does not want the call, on any device."""
        ...

    def restore_ignored(self, device: Device, leg: LegId) -> None:
        """An earlier process rang the device for the leg, and its party chose to ring no more."""
        ...


class Continuity(Protocol):
    """What becomes of a device's calls when its link breaks, comes back or ends."""

    def lost(self, page: Page) -> None:
        """The page's link broke; it may come back."""
        ...

    def resumed(self, page: Page) -> None:
        """It came back."""
        ...

    def replaced(self, old: Page, new: Page, legs: Sequence[LegId]) -> None:
        """Another page has taken over these legs and the registration; what else rings, rings there."""
        ...

    def reattached(self, page: Page, legs: Sequence[LegId]) -> None:
        """The page has come back to another process, with these legs; the media of each begins again."""
        ...

    def gone(self, device: Device, cause: Cause) -> None:
        """The device's link has ended for good, its calls with it."""
        ...


class Router(Protocol):
    """The router, as devices see it."""

    @property
    def forking(self) -> Forking: ...
    @property
    def continuity(self) -> Continuity: ...

    def register(self, device: Device) -> int:
        """Let the device be called; returns how many of its name can be.

        Raises:
            Refused: `incoming-not-allowed` or `too-many-devices`.
        """
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
        caller: Address | None = None,
    ) -> None:
        """The device calls; it names the call `name`. `caller` stands for the client of its party's name."""
        ...

    def restore(self, device: Device, leg: LegId, *, ringing: bool, rang: bool = False) -> None:
        """Bind a leg to its device of an earlier process; see `links.router.Router.restore`."""
        ...

    def hung_up(self, leg: LegId, cause: Cause) -> None:
        """The device of the leg ended its call."""
        ...

    def post(self, event: LegEvent) -> None:
        """Anything else that happens to a leg of the device."""
        ...


class Trunk(Protocol):
    """A carrier: telephone numbers that can be called."""

    def of(self, account: AccountId, name: str) -> Sequence[Device]:
        """Where a call of the account to that number goes; empty if the carrier takes no more."""
        ...


class LinkLog(Protocol):
    """Writes down what a link needs to outlive the process. Nothing here waits or fails."""

    def opened(self, link: DeviceId, key_hash: str, party: Party) -> None:
        """A link begins, or its party has logged in again.

        Args:
            link: Its id.
            key_hash: SHA-256 of its key, in hexadecimal.
            party: Who logged in, with the proof of it.
        """
        ...

    def registered(self, link: DeviceId, *, registered: bool) -> None:
        """Whether the link can be called."""
        ...

    def call(self, link: DeviceId, call: LinkCallState) -> None:
        """A call of the link begins, or has changed."""
        ...

    def ended(self, link: DeviceId, leg: LegId, *, ignored: bool = False) -> None:
        """The link does not have the call any more; with `ignored` because its page rings no more."""
        ...

    def stated(self, link: DeviceId, numbering: str, seq: int) -> None:
        """The page's frame of that number is about to be handled.

        Args:
            link: The link.
            numbering: The process since whose start the page counts.
            seq: The number.
        """
        ...

    def feedback(self, link: DeviceId, seq: int, given: LinkFeedback) -> None:
        """Feedback was received, in the frame of that number: it is not kept yet."""
        ...

    def feedback_kept(self, link: DeviceId, seq: int) -> None:
        """It is kept, or was refused."""
        ...

    def closed(self, link: DeviceId) -> None:
        """The link has ended for good."""
        ...

    def flush(self) -> None:
        """Write what waits, before a page drops its copies of the frames."""
        ...


class FeedbackStore(Protocol):
    """Keeps feedback and samples of calls."""

    def samples(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep some seconds of a call. Never waits; what is too much is dropped."""
        ...

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep feedback on a call; it replaces the party's earlier feedback.

        Args:
            party: The party that gave it.
            leg: The party's leg of that call.
            feedback: The feedback.
            known: The leg is known to be the party's; otherwise the records decide.

        Raises:
            NotFound: the party had no such call.
            Unavailable: it cannot be kept now.
        """
        ...
