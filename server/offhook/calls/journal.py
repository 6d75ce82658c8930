"""The list of all that happened to a call, from which everything about it is read."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, Protocol

from offhook.base.ids import LegId
from offhook.base.journal.call_entries import JournalFull
from offhook.base.journal.entry import FIRST, Entry, EntryClass, Epoch, JournalEntry
from offhook.base.journal.script_entries import SCRIPT, DocumentReceived, DocumentRequested

_CAPACITY: Final = 10_000
"""Entries a call may make. A page that presses keys without end must not fill the memory."""


_OF_DOCUMENT: Final = frozenset({DocumentRequested, DocumentReceived})


class Sink(Protocol):
    """Takes each entry as it is written."""

    def __call__(self, entry: Entry) -> None:
        """One entry; one of state has to be durable before this returns."""
        ...


class Journal:
    """What happened to one call, in order."""

    def __init__(
        self,
        began: float,
        *,
        epoch: Epoch = FIRST,
        capacity: int = _CAPACITY,
        sink: Sink | None = None,
        entries: Iterable[Entry] = (),
    ) -> None:
        """An empty journal, or one that goes on.

        Args:
            began: When the call began, by the forward clock.
            epoch: Who has the call.
            capacity: How many entries fit besides those that are always written.
            sink: Called with each new entry.
            entries: What an earlier process wrote.
        """
        self._began = began
        self.epoch = epoch
        self._capacity = capacity
        self._sink = sink
        self._entries: list[Entry] = list(entries)
        self._fenced = False
        self._number, self._detail = self._entries[-1].position if self._entries else (-1, 0)
        self._full = any(isinstance(entry.body, JournalFull) for entry in self._entries)
        self._document: list[int] = []
        """Where entries are that hold the current document and the request for it."""

    def note(
        self, now: float, body: JournalEntry, leg: LegId | None = None, cause: int | None = None
    ) -> None:
        """Write a line.

        Args:
            now: The forward clock.
            body: What happened. An entry of state is written even when the journal is full, unless
                parties can cause any number of its kind.
            leg: The leg it is about.
            cause: The number of the input that caused it.
        """
        if self._fenced:
            return
        if len(self._entries) >= self._capacity and (body.DROPPABLE or not body.is_numbered()):
            if self._full:
                return
            self._full = True
            body, leg = JournalFull(capacity=self._capacity), None
        if type(body) in _OF_DOCUMENT:
            self._supersede_document()
            self._document.append(len(self._entries))
        if body.CLASS is not EntryClass.DETAIL:
            self._number, self._detail = self._number + 1, 0
        else:
            self._detail += 1
        entry = Entry(
            number=self._number,
            at=round(now - self._began, 6) if now > self._began else 0.0,
            body=body,
            leg=leg,
            input=cause,
            detail=self._detail,
            epoch=self.epoch,
        )
        self._entries.append(entry)
        if self._sink is not None:
            self._sink(entry)

    def fence(self) -> None:
        """Another owner has the call: write nothing any more."""
        self._fenced = True

    def _supersede_document(self) -> None:
        """Another document is next: what only the one before needed is not kept.

        A call may request a document a second for hours, and its web server chooses how long they are.
        """
        for index in self._document:
            entry = self._entries[index]
            match entry.body:
                case DocumentRequested() as asked:
                    body: JournalEntry = replace(asked, secret_question={})
                case DocumentReceived() as document:
                    body = replace(document, secret_document={})
                case _:
                    continue
            self._entries[index] = replace(entry, body=body)
        self._document.clear()
        if self._full:
            tail = self._entries[self._capacity :]
            self._entries[self._capacity :] = [e for e in tail if not isinstance(e.body, SCRIPT)]

    @property
    def number(self) -> int:
        """That of the last entry of state; -1 before the first."""
        return self._number

    @property
    def next_number(self) -> int:
        """That of the next entry of state."""
        return self._number + 1

    def at(self, now: float) -> float:
        """Seconds since the call began."""
        return max(0.0, now - self._began)

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
