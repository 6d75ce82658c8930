"""What becomes of the calls of a page whose link breaks, comes back, is replaced or ends."""

from collections.abc import Callable, Sequence

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.events import HungUp, LegEvent, LinkLost, LinkResumed, PageReattached
from offhook.base.ids import LegId
from offhook.links.bindings import Bindings
from offhook.links.ports import Device, Page
from offhook.links.registrations import Registrations


class Continuity:
    """Implements `links.ports.Continuity`.

    Attributes:
        losses: How many links broke since the start.
        returns: How many of these came back.
    """

    def __init__(
        self, registrations: Registrations, bindings: Bindings, deliver: Callable[[LegEvent], None]
    ) -> None:
        """No link has broken yet.

        Args:
            registrations: Who can be called.
            bindings: Where legs are reached.
            deliver: Takes the events of legs.
        """
        self.losses = 0
        self.returns = 0
        self._registrations = registrations
        self._bindings = bindings
        self._deliver = deliver

    def lost(self, page: Page) -> None:
        """The page's link broke."""
        self.losses += 1
        for leg in self._bindings.up(page):
            self._deliver(LinkLost(leg=leg))

    def resumed(self, page: Page) -> None:
        """It came back."""
        self.returns += 1
        for leg in self._bindings.up(page):
            self._deliver(LinkResumed(leg=leg))

    def replaced(self, old: Page, new: Page, legs: Sequence[LegId]) -> None:
        """Replace `old` with `new`. The caller renegotiates `legs`."""
        if self._registrations.remove(old):
            self._registrations.add(new)
        for leg in self._bindings.invited(old.party.account, client(old.party.name)):
            if old.id in self._bindings[leg].ignored:
                self._bindings[leg].ignored.add(new.id)
        for leg in self._bindings.move(old, new):
            binding = self._bindings[leg]
            if leg in legs:
                self._deliver(PageReattached(leg=leg))
            elif binding.up:
                # A call that no task has taken yet cannot be resumed by the next page.
                self._bindings.forget(leg)
                self._deliver(HungUp(leg=leg, cause=Cause.CANCELLED))
            elif binding.invitation is not None:
                new.send(leg, binding.invitation)

    def reattached(self, page: Page, legs: Sequence[LegId]) -> None:
        """The page has come back to another process; it renegotiates `legs`."""
        self.returns += 1
        up = self._bindings.up(page)
        for leg in legs:
            if leg in up:
                self._deliver(PageReattached(leg=leg))

    def gone(self, device: Device, cause: Cause) -> None:
        """The link has ended; a page that sent `goodbye` hung up, any other was lost."""
        self._registrations.remove(device)
        for leg in self._bindings.remove(device):
            binding = self._bindings[leg]
            if binding.up:
                self._bindings.forget(leg)
                self._deliver(HungUp(leg=leg, cause=cause))
                continue
            binding.devices.remove(device)
            if not binding.devices and not binding.ignored:
                self._bindings.forget(leg)
                self._deliver(HungUp(leg=leg, cause=Cause.UNREACHABLE))
