"""What an entry of a journal is, and how its body becomes JSON.

A field's name says who may read it: `pii_` is personal data, which the account's people see; `secret_` is
what the call needs to go on after a restart, which is only ever written sealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum
from functools import cache
from typing import ClassVar, Final, NamedTuple, cast

from offhook.base.ids import LegId
from offhook.base.web import without_login

SCHEMA_VERSION: Final = 1
"""Of the entries; a change that an older reader cannot ignore makes it one more."""
_SEALED: Final = "secret_"
_PERSONAL: Final = "pii_"
_NUMBERS: Final = frozenset({bool, int, float})


class EntryClass(StrEnum):
    """What it costs to lose an entry.

    An entry of `STATE` must be written before its effect leaves the process: without it a party is
    dialled twice, a request repeated with another token, or a callback lost. Without one of `PROGRESS`
    something is repeated: a prompt is heard twice, a key is pressed once more. Both are numbered. A
    `DETAIL` is for people.
    """

    STATE = "state"
    PROGRESS = "progress"
    DETAIL = "detail"


class Role(StrEnum):
    """What an entry says.

    An `INPUT` comes from outside: from a party, a program or an application. A call that is given its
    inputs again does the same. An `EFFECT` is what the call made of it.
    """

    INPUT = "input"
    EFFECT = "effect"
    DETAIL = "detail"


STATE: Final = EntryClass.STATE
PROGRESS: Final = EntryClass.PROGRESS


class Epoch(NamedTuple):
    """Who had a call when something was written.

    Attributes:
        call: Counts the owners of the call, from 1. A start of the server that takes the call up is
            one more.
        node: Counts the starts of that server, from 1; 0 if it did not count them.
    """

    call: int = 1
    node: int = 0


FIRST: Final = Epoch()
"""Of a call that had one owner, whose starts were not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """The body of an entry.

    Attributes:
        EVENT: The event's name in kebab-case.
        CLASS: What it costs to lose it.
        ROLE: What it says, unless its class decides that: an entry of state is an effect.
        DROPPABLE: Whether a full journal has no room for it, though it is state: a party can cause any
            number of them, and must not fill the memory.
        more: Fields of another version of this server, by their names in JSON.
    """

    EVENT: ClassVar[str] = ""
    CLASS: ClassVar[EntryClass] = EntryClass.DETAIL
    ROLE: ClassVar[Role | None] = None
    DROPPABLE: ClassVar[bool] = False

    more: Mapping[str, object] | None = field(default=None, repr=False)

    @property
    def event(self) -> str:
        """The event's name."""
        return self.EVENT

    @classmethod
    def is_numbered(cls) -> bool:
        """Whether it counts among the entries of state."""
        return cls.CLASS is not EntryClass.DETAIL

    @classmethod
    def role(cls) -> Role:
        """What entries of the kind say."""
        return cls.ROLE or (Role.EFFECT if cls.is_numbered() else Role.DETAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEntry(JournalEntry):
    """An entry of another version of this server, kept as it was written."""

    name: str
    json: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def event(self) -> str:
        """The name that was written."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a call's journal.

    Attributes:
        number: Counts the entries of state of a call, from 0, without gaps, restarts or not. A detail
            has the number of the entry of state before it.
        detail: Counts the details after one entry of state, from 1; 0 for the entry of state itself.
        at: Seconds since the call began.
        body: What happened.
        leg: The leg it is about, if it is about one.
        input: The input that caused it, if an event of a party did.
        epoch: Who had the call when it was written.
    """

    number: int
    at: float
    body: JournalEntry
    leg: LegId | None = None
    input: int | None = None
    detail: int = 0
    epoch: Epoch = FIRST

    @property
    def position(self) -> tuple[int, int]:
        """Where it is in its journal; no other entry is there."""
        return self.number, self.detail

    @property
    def event(self) -> str:
        """The event's name in kebab-case, such as `leg-answered`."""
        return self.body.event

    @property
    def details(self) -> dict[str, object]:
        """What else is known; JSON values. Personal data only under keys that start `pii_`."""
        return details(self.body)


def details(body: JournalEntry) -> dict[str, object]:
    """The body as JSON values: without what is secret, and without the user and password of any URL."""
    if isinstance(body, UnknownEntry):
        return _part(body.json, sealed=False)
    found: dict[str, object] = {}
    for name, key, optional, _ in _columns(type(body))[0]:
        value = getattr(body, name)
        if value is not None or not optional:
            found[key] = _shown(value)
    return found | _part(body.more, sealed=False) if body.more else found


def secrets(body: JournalEntry) -> dict[str, object]:
    """What of the body is only written sealed, as JSON values."""
    if isinstance(body, UnknownEntry):
        return _part(body.json, sealed=True)
    found: dict[str, object] = {}
    for name, key, optional, _ in _columns(type(body))[1]:
        value = getattr(body, name)
        if value is not None or not optional:
            found[key] = value
    return found | _part(body.more, sealed=True) if body.more else found


def parted(body: JournalEntry) -> tuple[dict[str, object], dict[str, object]]:
    """What of the body is written openly, and what is only written sealed: its secrets and personal data."""
    kind = type(body)
    if body.more or kind is UnknownEntry:
        return _parted(details(body), secrets(body))
    shown: dict[str, object] = {}
    sealed: dict[str, object] = {}
    for name, key, optional, personal in _columns(kind)[0]:
        value = getattr(body, name)
        if value is not None or not optional:
            (sealed if personal else shown)[key] = _shown(value)
    for name, key, optional, _ in _columns(kind)[1]:
        value = getattr(body, name)
        if value is not None or not optional:
            sealed[key] = value
    return shown, sealed


def _parted(
    found: dict[str, object], sealed: dict[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    personal = {key: value for key, value in found.items() if key.startswith(_PERSONAL)}
    shown = {key: value for key, value in found.items() if key not in personal}
    return shown, personal | sealed


def _part(written: Mapping[str, object] | None, *, sealed: bool) -> dict[str, object]:
    """What another version wrote sealed, or what it did not."""
    pairs = () if written is None else written.items()
    return {key: value for key, value in pairs if key.startswith(_SEALED) == sealed}


class _Column(NamedTuple):
    name: str
    key: str
    optional: bool
    personal: bool


@cache
def _columns(kind: type[JournalEntry]) -> tuple[tuple[_Column, ...], tuple[_Column, ...]]:
    """The fields that are shown, and those that are secret; a trailing `_` keeps Python's own words free."""
    optional = {each.name for each in fields(kind) if each.default is None}
    columns = [
        _Column(name, key, name in optional, key.startswith(_PERSONAL))
        for key, name in field_names(kind).items()
    ]
    shown = tuple(column for column in columns if not column.name.startswith(_SEALED))
    return shown, tuple(column for column in columns if column.name.startswith(_SEALED))


def _shown(value: object) -> object:
    # What most values are comes first: entries are written many times for each call.
    if type(value) is str:
        return without_login(value)
    if value is None or type(value) in _NUMBERS:
        return value
    # A copy: who reads an entry must not change it.
    match value:
        case Enum():
            return value.value
        case str():
            return without_login(value)
        case Mapping():
            return dict(cast("Mapping[str, object]", value))
        case list() | tuple():
            return list(cast("Sequence[object]", value))
        case _:
            return value


def field_names(kind: type[JournalEntry]) -> Mapping[str, str]:
    """The fields of a kind of entry by their names in JSON."""
    return {each.name.rstrip("_"): each.name for each in fields(kind) if each.name != "more"}
