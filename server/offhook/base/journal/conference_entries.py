"""Entries about the conference that a party is in."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEntered(JournalEntry):
    """The party is a member of a conference.

    Attributes:
        conference: Its id.
        pii_name: Its name among those of the account.
        number: Of the member.
        started: Whether the members hear each other.
    """

    EVENT: ClassVar[str] = "conference-entered"
    STATE: ClassVar[bool] = True

    conference: str
    pii_name: str
    number: int
    started: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceStarted(JournalEntry):
    """The conference has started: its members hear each other."""

    EVENT: ClassVar[str] = "conference-started"
    STATE: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceLeft(JournalEntry):
    """The party is no member of the conference any more."""

    EVENT: ClassVar[str] = "conference-left"
    STATE: ClassVar[bool] = True


ENTRIES = (ConferenceEntered, ConferenceStarted, ConferenceLeft)
"""All kinds of this module."""
