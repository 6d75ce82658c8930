"""Reads entries of calls of the version before: without epochs, and with the engine's numbers of plays.

It is for one upgrade with calls that are up; the next version of the journal's files reads this one alone.
"""

from collections.abc import Mapping
from typing import Any, Final

from offhook.base.journal.entry import Epoch
from offhook.store.journal_entries import Kind

_EPOCH: Final = Epoch(1, 0)
_BEGINS: Final = frozenset(("play-started", "digits-sent"))
_NAMES: Final = frozenset(("play-ended", "control-accepted"))


class FormerEntries:
    """Turns rows of the former version into those of this one."""

    def __init__(self) -> None:
        """Nothing has been read."""
        self._plays: dict[tuple[str, int], int] = {}

    def read(self, kind: int, row: list[Any]) -> list[Any]:
        """The row as this version writes it."""
        call, *rest = row
        if kind == Kind.NOTED:
            number, at, event, leg, details, *more = rest
            details = self._plays_of(call, number, event, details)
            return [call, *_EPOCH, number, 0, at, event, leg, details, *more]
        if kind == Kind.INPUT:
            number, at, sealed = rest
            return [call, *_EPOCH, number, 0, at, sealed]
        return [call, *_EPOCH, *rest]

    def _plays_of(
        self, call: str, number: int, event: str, details: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Details in which a play has the number of the entry with which it began."""
        play = details.get("play")
        if play is None:
            return details
        if event in _BEGINS:
            self._plays[call, play] = number
            return {key: value for key, value in details.items() if key != "play"}
        if event in _NAMES:
            return {**details, "play": self._plays.get((call, play), play)}
        return details
