"""Entries of links in the journal: what each is written as, and what all of a link come to."""

import json
from dataclasses import asdict
from enum import IntEnum
from typing import Any, Final

from pydantic_core import to_json

from offhook.base.accounts import Party
from offhook.base.ids import DeviceId, LegId
from offhook.base.link_state import LinkCallState, LinkFeedback, LinkState
from offhook.store.sealing import Sealer, seal, unseal

_REMEMBERED: Final = 10
"""Ignored calls of a link that are remembered: as many as it has calls at once."""


class Kind(IntEnum):
    """What an entry is, beside `journal_entries.Kind`. Numbers are never used again."""

    OPENED = 64
    REGISTERED = 65
    CALL = 66
    ENDED = 67
    STATED = 68
    CLOSED = 69
    ALIVE = 70
    FEEDBACK = 71
    FEEDBACK_KEPT = 72


_KINDS: Final = frozenset(Kind)

Frame = tuple[Kind, bytes]


def opened(link: DeviceId, key_hash: str, party: Party, sealer: Sealer) -> Frame:
    """The link belongs to `party`, from its beginning or from now on."""
    return Kind.OPENED, _write([link, key_hash, seal(_write(party), _context(link), sealer)])


def registered(link: DeviceId, *, registered: bool) -> Frame:
    """Whether the link can be called, from now on."""
    return Kind.REGISTERED, _write([link, registered])


def call(link: DeviceId, call: LinkCallState, sealer: Sealer) -> Frame:
    """A call of the link, as it is now."""
    return Kind.CALL, _write([link, seal(_write(call), _context(link), sealer)])


def ended(link: DeviceId, leg: LegId, *, ignored: bool) -> Frame:
    """The link does not have the call any more; or its page chose to ring no more for it."""
    return Kind.ENDED, _write([link, leg, ignored])


def stated(link: DeviceId, numbering: str, seq: int) -> Frame:
    """The page's frame of that number is kept, by the numbering of that process."""
    return Kind.STATED, _write([link, numbering, seq])


def closed(link: DeviceId) -> Frame:
    """The link has ended for good."""
    return Kind.CLOSED, _write([link])


def feedback(link: DeviceId, seq: int, given: LinkFeedback, sealer: Sealer) -> Frame:
    """Feedback was received, in the frame of that number."""
    return Kind.FEEDBACK, _write([link, seq, seal(_write(given), _context(link), sealer)])


def feedback_kept(link: DeviceId, seq: int) -> Frame:
    """It is kept, or was refused."""
    return Kind.FEEDBACK_KEPT, _write([link, seq])


def alive(wall_s: float) -> Frame:
    """The process runs, at that time in Unix seconds."""
    return Kind.ALIVE, _write([wall_s])


def snapshot(state: LinkState, sealer: Sealer) -> list[Frame]:
    """Entries that come to the whole link."""
    link = state.id
    return [
        opened(link, state.key_hash, state.party, sealer),
        registered(link, registered=state.registered),
        stated(link, state.numbering, state.stated),
        *(call(link, each, sealer) for each in state.calls.values()),
        *(ended(link, leg, ignored=True) for leg in state.ignored),
        *(feedback(link, seq, given, sealer) for seq, given in state.feedback.items()),
    ]


class LinkFold:
    """What the entries of links come to.

    Attributes:
        states: The links that have not ended.
        alive_s: When a process that had links ran last, in Unix seconds; nothing if none did.
    """

    def __init__(self, sealer: Sealer) -> None:
        """Nothing has been read.

        Args:
            sealer: Opens what is sealed.
        """
        self.states: dict[DeviceId, LinkState] = {}
        self.alive_s: float | None = None
        self._sealer = sealer
        self._starts: dict[DeviceId, int] = {}

    def take(self, kind: int, payload: bytes, start: int = 1) -> None:
        """Read one entry; those of other kinds, or of links that are not known, have no effect.

        Args:
            kind: Of the entry.
            payload: Its content.
            start: Which start of the node wrote it. What an earlier one wrote after a later one had
                taken the link has no effect.

        Raises:
            UsageError: it was sealed with another key.
        """
        if kind not in _KINDS:
            return
        row: list[Any] = json.loads(payload)
        if kind == Kind.ALIVE:
            self.alive_s = row[0]
        elif kind == Kind.OPENED:
            self._open(DeviceId(row[0]), row[1], row[2], start)
        elif start < self._starts.get(DeviceId(row[0]), 0):
            pass
        elif kind == Kind.CLOSED:
            self.states.pop(DeviceId(row[0]), None)
        elif (state := self.states.get(DeviceId(row[0]))) is not None:
            if kind == Kind.CALL:
                row[1] = unseal(row[1], _context(state.id), self._sealer)
            if kind == Kind.FEEDBACK:
                row[2] = unseal(row[2], _context(state.id), self._sealer)
            _take(state, kind, row[1:])

    def _open(self, link: DeviceId, key_hash: str, sealed: str, start: int) -> None:
        before = self._starts.get(link, start)
        if start < before:
            return
        if start > before:
            # It writes all of the link again.
            self.states.pop(link, None)
        self._starts[link] = start
        party = Party(**unseal(sealed, _context(link), self._sealer))
        state = self.states.get(link)
        if state is None:
            self.states[link] = LinkState(id=link, key_hash=key_hash, party=party)
        else:
            state.party = party


def _take(state: LinkState, kind: int, row: list[Any]) -> None:
    match kind:
        case Kind.REGISTERED:
            (state.registered,) = row
        case Kind.CALL:
            known = LinkCallState(**row[0])
            state.calls[known.leg] = known
        case Kind.ENDED:
            leg, ignored = LegId(row[0]), row[1]
            state.calls.pop(leg, None)
            remember(state, leg, ignored=ignored)
        case Kind.STATED:
            state.numbering, state.stated = row
        case Kind.FEEDBACK:
            state.feedback[row[0]] = LinkFeedback(**row[1])
        case Kind.FEEDBACK_KEPT:
            state.feedback.pop(row[0], None)
        case _:
            pass


def remember(state: LinkState, leg: LegId, *, ignored: bool) -> None:
    """Remember a call that the page chose to ring no more for."""
    if ignored and leg not in state.ignored:
        state.ignored.append(leg)
        del state.ignored[:-_REMEMBERED]


def _context(link: DeviceId) -> str:
    return f"link:{link}"


def _write(value: object) -> bytes:
    try:
        return to_json(value)
    except ValueError:
        # Half a surrogate pair that a page sent.
        return json.dumps(value, separators=(",", ":"), default=asdict).encode()
