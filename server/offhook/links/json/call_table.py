"""The calls of one page, by the names that it knows and by their legs."""

from collections.abc import Iterable, Iterator

from offhook.base.ids import DeviceId, LegId
from offhook.links.json.calls import LinkCall, Stage
from offhook.links.ports import LinkLog


class CallTable:
    """The calls in progress, and the legs of those that are over.

    Attributes:
        recent: Legs of calls that are over, the oldest first.
        unseen: Calls that ended before the page came back to this process; nothing once it has.
    """

    def __init__(self, link: DeviceId, log: LinkLog, recent: int) -> None:
        """No calls yet.

        Args:
            link: The link that has them.
            log: Where they are written down.
            recent: How many legs of ended calls are remembered.
        """
        self.unseen: list[LinkCall] | None = None
        self._link = link
        self._log = log
        self._names: dict[str, LinkCall] = {}
        self._legs: dict[LegId, LinkCall] = {}
        self.recent: list[LegId] = []
        self._most_recent = recent

    def __len__(self) -> int:
        """How many calls are in progress."""
        return len(self._names)

    def __iter__(self) -> Iterator[LinkCall]:
        """The calls in progress, the oldest first."""
        return iter(tuple(self._names.values()))

    def __contains__(self, name: str) -> bool:
        """Whether a call of that name is in progress."""
        return name in self._names

    def add(self, call: LinkCall) -> None:
        """A call begins."""
        self.restore(call)
        self.note(call)

    def restore(self, call: LinkCall) -> None:
        """A call goes on as it was written down."""
        self._names[call.name] = self._legs[call.leg] = call

    def note(self, call: LinkCall) -> None:
        """Write the call down, if it has changed; preflights end with the process."""
        if not call.info.preflight:
            self._log.call(self._link, call.state)

    def commit(self, call: LinkCall) -> None:
        """Write the call down before the page learns of its change."""
        self.note(call)
        self._log.flush()

    def end(self, call: LinkCall) -> None:
        """The page is notified of the end of a call."""
        if self.unseen is not None:
            self.unseen.append(call)

    def forget(self, call: LinkCall, *, ignored: bool = False) -> None:
        """A call is over; with `ignored` for this page only."""
        self._log.ended(self._link, call.leg, ignored=ignored)
        self._remember([call.leg])
        del self._names[call.name]
        del self._legs[call.leg]

    def inherit(self, old: "CallTable") -> None:
        """Remember what the page before remembered."""
        self._remember(old.recent)

    def _remember(self, legs: Iterable[LegId]) -> None:
        self.recent.extend(legs)
        del self.recent[: max(0, len(self.recent) - self._most_recent)]

    def named(self, name: str) -> LinkCall | None:
        """The call of that name."""
        return self._names.get(name)

    def of(self, leg: LegId) -> LinkCall | None:
        """The call of that leg."""
        return self._legs.get(leg)

    def had(self, leg: LegId) -> bool:
        """Whether the leg is of one of the calls, or was until recently."""
        return leg in self._legs or leg in self.recent

    def leg_up(self, name: str) -> LegId | None:
        """The leg of the call of that name, if it is up."""
        call = self._names.get(name)
        return call.leg if call is not None and call.stage is Stage.UP else None

    @property
    def preflights(self) -> int:
        """How many calls only test the network."""
        return sum(call.info.preflight for call in self._names.values())

    @property
    def first_leg(self) -> LegId | None:
        """The leg of the oldest call that is no preflight."""
        return next((c.leg for c in self._names.values() if not c.info.preflight), None)
