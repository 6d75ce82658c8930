"""The calls of a link when its page is another one after a reload, or its server another process."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from offhook.base.causes import Cause
from offhook.base.errors import Refused
from offhook.base.events import PageUnloading
from offhook.base.ids import LegId
from offhook.base.link_state import LinkState
from offhook.links.json import frames
from offhook.links.json.calls import LinkCall, Stage
from offhook.links.json.device import JsonDevice, LinkParts


class Handover:
    """Takes calls and registration of a link over, or gives them up.

    Attributes:
        awaited: Whether an earlier process had the link and the page has sent nothing to this one.
    """

    def __init__(self, parts: LinkParts, device: JsonDevice) -> None:
        """Nothing has changed yet.

        Args:
            parts: What the link is made with.
            device: Its page.
        """
        self._parts = parts
        self._device = device
        self._calls = device.calls
        self.awaited = False
        self._numbering, self._stated = "", 0
        self._missing: list[LinkCall] = []
        self._unconfirmed: list[LinkCall] = []

    # One page after the other.

    def unload(self) -> None:
        """The page is unloaded."""
        for call in self._calls:
            if call.stage is Stage.UP:
                self._parts.router.post(PageUnloading(leg=call.leg))

    def inherit(self, old: JsonDevice) -> Sequence[Mapping[str, Any]]:
        """Take over the calls and the registration of the page before. Returns what it is sent of them."""
        self._calls.inherit(old.calls)
        taken = [c for c in old.calls if c.stage is Stage.UP and not c.info.preflight]
        for call in taken:
            call.reset()
            self._calls.add(call)
        self._device.set_registered(registered=old.registered)
        self._parts.router.continuity.replaced(old, self._device, [call.leg for call in taken])
        return [call.summary(self._parts.clock.now()) for call in taken]

    # One process after the other.

    def restore(self, state: LinkState, legs: Container[LegId]) -> None:
        """Take the calls of `legs` and the registration from an earlier process; other calls are no more."""
        parts = self._parts
        self.awaited = True
        self._numbering, self._stated = state.numbering, state.stated
        self._calls.unseen = []
        for known in tuple(state.calls.values()):
            if known.leg in legs:
                call = LinkCall.restored(known, parts.clock, parts.instance)
                self._calls.restore(call)
                rang = call.stage is Stage.RINGING
                parts.router.restore(self._device, call.leg, ringing=call.waits, rang=rang)
            else:
                parts.log.ended(parts.id, known.leg)
        for leg in state.ignored:
            if leg in legs:
                parts.router.forking.restore_ignored(self._device, leg)
        if state.registered:
            self._restore_registration()

    def _restore_registration(self) -> None:
        try:
            self._parts.router.register(self._device)
        except Refused:
            self._device.set_registered(registered=False)
        else:
            self._device.registered = True

    def reattach(self, listed: Sequence[frames.PageCall]) -> Sequence[LinkCall]:
        """The page comes back with these calls. Returns those that both sides have.

        Calls that ended while it was away are among them: their `ended` follows.
        """
        known = {page.call: page for page in listed}
        self._missing, self._unconfirmed = [], []
        for call in tuple(self._calls):
            page = known.get(call.name)
            if page is not None:
                call.reset()
                call.muted, call.held = page.muted, page.held
                self._calls.note(call)
                self._device.confirm(call)
            elif not call.waits:
                self._missing.append(call)
            elif call.unconfirmed:
                self._unconfirmed.append(call)
        both = (*self._calls, *(self._calls.unseen or ()))
        return [call for call in both if call.name in known]

    def stated(self, instance: str | None) -> int:
        """The highest number of the page's frames whose effect was kept.

        Args:
            instance: The process since whose start the page counts; nothing if it does not know.
        """
        return self._stated if instance in (None, self._numbering) else 0

    @property
    def missing(self) -> bool:
        """Whether the page lacks calls: what it did with them may be on its way."""
        return bool(self._missing or self._unconfirmed)

    def settle(self) -> None:
        """All frames that the page had from before have come: what it still misses is hung up."""
        missing, self._missing = self._missing, []
        for call in missing:
            if self._calls.of(call.leg) is call:
                self._calls.forget(call)
                up = call.stage is Stage.UP
                self._parts.router.hung_up(call.leg, Cause.NORMAL if up else Cause.CANCELLED)
        unconfirmed, self._unconfirmed = self._unconfirmed, []
        for call in unconfirmed:
            # It has not declined the call, but never got it.
            if self._calls.of(call.leg) is call:
                self._device.confirm(call)

    def seen(self) -> None:
        """The page has answered: it knows what ended meanwhile, and counts its frames from 1."""
        self.awaited = False
        self._calls.unseen = None
