"""The list of all that happened to a call, from which everything about it is read."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from offhook.base.ids import LegId
from offhook.base.records import Entry
from offhook.base.web import without_login

_CAPACITY: Final = 10_000
"""Entries a call may make. A page that presses keys without end must not fill the memory."""


class Sink(Protocol):
    """Takes each entry as it is written."""

    def __call__(self, entry: Entry, *, required: bool) -> None:
        """One entry; a vital one has to be durable before this returns."""
        ...


class Journal:
    """What happened to one call, in order."""

    def __init__(
        self, began: float, *, capacity: int = _CAPACITY, sink: Sink | None = None
    ) -> None:
        """An empty journal.

        Args:
            began: When the call began, by the forward clock.
            capacity: How many entries fit besides required ones.
            sink: Called with each entry.
        """
        self._began = began
        self._capacity = capacity
        self._sink = sink
        self._entries: list[Entry] = []
        self._full = False

    def note(
        self,
        now: float,
        event: str,
        leg: LegId | None = None,
        details: Mapping[str, object] | None = None,
        *,
        required: bool = False,
    ) -> None:
        """Write a line.

        Args:
            now: The forward clock.
            event: The event's name in kebab-case.
            leg: The leg it is about.
            details: JSON values; personal data only under keys that start `pii_`.
            required: The call record needs it: it is written even when the journal is full.
        """
        if len(self._entries) >= self._capacity and not required:
            if self._full:
                return
            self._full = True
            event, leg, details = "journal-full", None, {"capacity": self._capacity}
        at = round(max(0.0, now - self._began), 6)
        number = len(self._entries)
        entry = Entry(number=number, at=at, event=event, leg=leg, details=_shown(details or {}))
        self._entries.append(entry)
        if self._sink is not None:
            self._sink(entry, required=required)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All lines, oldest first."""
        return tuple(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Line by line, oldest first."""
        return iter(self._entries)

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._entries)


def _shown(details: Mapping[str, object]) -> dict[str, object]:
    """Details without the user and password of any URL in them: people read and copy journals."""
    return {
        name: without_login(value) if isinstance(value, str) else value
        for name, value in details.items()
    }
