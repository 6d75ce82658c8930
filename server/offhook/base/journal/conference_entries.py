"""Entries about the conference that a party is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import EntryClass, JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEntered(JournalEntry):
    """The party is a member of a conference.

    Attributes:
        conference: Its id.
        pii_name: Its name among those of the account.
        number: Of the member.
        started: Whether the members hear each other.
        age_s: How long the conference had lasted, in seconds.
    """

    EVENT: ClassVar[str] = "conference-entered"
    CLASS: ClassVar[EntryClass] = EntryClass.STATE

    conference: str
    pii_name: str
    number: int
    started: bool
    age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceStarted(JournalEntry):
    """The conference has started: its members hear each other."""

    EVENT: ClassVar[str] = "conference-started"
    CLASS: ClassVar[EntryClass] = EntryClass.STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceMemberChanged(JournalEntry):
    """A program has changed what the member may say and hear.

    Attributes:
        muted: The others do not hear it.
        held: It is on hold.
        coaching: Only some members hear it.
        coaches: The call of the one member that hears it.
        secret_hold: What it hears on hold, if the program has said it.
    """

    EVENT: ClassVar[str] = "conference-member-changed"
    CLASS: ClassVar[EntryClass] = EntryClass.STATE

    muted: bool
    held: bool
    coaching: bool = False
    coaches: str | None = None
    secret_hold: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceLeft(JournalEntry):
    """The party is no member of the conference any more."""

    EVENT: ClassVar[str] = "conference-left"
    CLASS: ClassVar[EntryClass] = EntryClass.STATE


ENTRIES = (ConferenceEntered, ConferenceStarted, ConferenceMemberChanged, ConferenceLeft)
"""All kinds of this module."""
