"""Links that are not lost: written to the journal beside the calls, and taken up by the next process."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.errors import UsageError
from offhook.base.ids import DeviceId, LegId
from offhook.base.link_state import LinkCallState, LinkFeedback, LinkState
from offhook.store import link_entries as entries
from offhook.store.sealing import Sealer
from offhook.store.segments import Content

log = logging.getLogger("offhook.store")

_FAR_BEHIND: Final = 8
"""Segments after which what an open link has written is written again, so that the old ones can go."""
_LINKS_A_SEGMENT: Final = 1_000
"""For each so many links they may be one segment further behind, or nothing else would be written."""
_AT_ONCE: Final = 500
"""Links written again at a time: their pages must not wait."""
_ALIVE_S: Final = 15.0
"""Seconds between signs of life."""


class Journal(Protocol):
    """The journal's file, as `store.journal.JournalFile`."""

    @property
    def number(self) -> int:
        """Of the segment that is written to."""
        ...

    @property
    def failure(self) -> str:
        """Why nothing can be written; empty if it can."""
        ...

    @property
    def waiting(self) -> int:
        """How many entries are in memory alone."""
        ...

    def append(self, kind: int, payload: bytes, *, hold: bool = False) -> None:
        """Write one entry; with `hold` it may wait for the next one, or for `retry`."""
        ...

    def retry(self) -> None:
        """Write all that waits."""
        ...


class DurableLinks:
    """What links write down, as `links.ports.LinkLog`. Nothing here makes a link wait."""

    def __init__(self, journal: Journal, sealer: Sealer, clock: Clock) -> None:
        """Links of this process; those of earlier ones come by `recover`.

        Args:
            journal: Where entries are written.
            sealer: Seals what a log-in is proven with.
            clock: The clock.
        """
        self._journal = journal
        self._sealer = sealer
        self._clock = clock
        self._states: dict[DeviceId, LinkState] = {}
        self._first: OrderedDict[DeviceId, int] = OrderedDict()
        self._found: tuple[LinkState, ...] = ()
        self._alive_at: float | None = None
        self._seen_s: float | None = None

    # Called by links.

    def opened(self, link: DeviceId, key_hash: str, party: Party) -> None:
        """A link begins, or its party has logged in again."""
        state = self._states.get(link)
        if state is None:
            self._states[link] = LinkState(id=link, key_hash=key_hash, party=party)
            self._first[link] = self._journal.number
            self._beat()
        else:
            state.party = party
        self._append(entries.opened(link, key_hash, party, self._sealer))

    def registered(self, link: DeviceId, *, registered: bool) -> None:
        """Whether the link can be called."""
        state = self._states.get(link)
        if state is not None and state.registered is not registered:
            state.registered = registered
            self._append(entries.registered(link, registered=registered))

    def call(self, link: DeviceId, call: LinkCallState) -> None:
        """A call of the link begins, or has changed."""
        state = self._states.get(link)
        if state is not None and state.calls.get(call.leg) != call:
            state.calls[call.leg] = call
            self._append(entries.call(link, call, self._sealer))

    def ended(self, link: DeviceId, leg: LegId, *, ignored: bool = False) -> None:
        """The link does not have the call any more."""
        state = self._states.get(link)
        if state is not None and state.calls.pop(leg, None) is not None:
            entries.remember(state, leg, ignored=ignored)
            self._append(entries.ended(link, leg, ignored=ignored))

    def stated(self, link: DeviceId, numbering: str, seq: int) -> None:
        """The page's frame of that number is about to be handled."""
        state = self._states.get(link)
        if state is not None:
            state.numbering, state.stated = numbering, seq
            self._append(entries.stated(link, numbering, seq))

    def feedback(self, link: DeviceId, seq: int, given: LinkFeedback) -> None:
        """Feedback was received, in the frame of that number."""
        state = self._states.get(link)
        if state is not None:
            state.feedback[seq] = given
            self._append(entries.feedback(link, seq, given, self._sealer))

    def feedback_kept(self, link: DeviceId, seq: int) -> None:
        """It is kept, or was refused."""
        state = self._states.get(link)
        if state is not None and state.feedback.pop(seq, None) is not None:
            self._append(entries.feedback_kept(link, seq))

    def closed(self, link: DeviceId) -> None:
        """The link has ended for good."""
        if self._states.pop(link, None) is not None:
            del self._first[link]
            self._append(entries.closed(link))

    def flush(self) -> None:
        """Write what waits, before a page drops its copies of the frames."""
        if self._journal.waiting and not self._journal.failure:
            self._journal.retry()

    def _append(self, frame: entries.Frame) -> None:
        # Written with what the same frame does to its call, or before the frame is acknowledged.
        self._journal.append(*frame, hold=True)

    # What was before.

    def recover(self, contents: Iterable[tuple[int, Content]]) -> Iterator[tuple[int, Content]]:
        """Read the entries of earlier processes while they pass; `take` has the links then."""
        fold = entries.LinkFold(self._sealer)
        for number, content in contents:
            for kind, payload in content.frames:
                try:
                    fold.take(kind, payload, content.start)
                except (UsageError, ValueError, KeyError, TypeError) as error:
                    log.warning("link.unreadable", extra={"error": type(error).__name__})
            yield number, content
        self._found, self._seen_s = tuple(fold.states.values()), fold.alive_s

    def take(self, within_s: float) -> Sequence[LinkState]:
        """Take over the links that earlier processes left, once; they are written again as this process's.

        Args:
            within_s: How long ago they may have been seen last: for how long a page waits.
        """
        found, self._found = self._found, ()
        now_s = self._clock.wall().timestamp()
        late = self._seen_s is None or now_s - self._seen_s > within_s + _ALIVE_S
        for state in found:
            if late:
                self._append(entries.closed(state.id))
            else:
                self._states[state.id] = state
                self._rewrite(state)
        if self._states:
            self._beat()
        self.flush()
        if found:
            log.info("links.recovered", extra={"links": 0 if late else len(found)})
        return () if late else found

    # What happens behind the links.

    @property
    def needed(self) -> int | None:
        """The first segment that is needed; nothing while no link is open."""
        return next(iter(self._first.values()), None)

    def compact(self) -> None:
        """Once a second: a sign of life, and what links wrote long ago once more."""
        if self._states:
            self._beat()
        if self._journal.failure:
            return
        far = _FAR_BEHIND + len(self._states) // _LINKS_A_SEGMENT
        oldest = tuple(self._first.items())[:_AT_ONCE]
        behind = [link for link, first in oldest if first + far <= self._journal.number]
        for link in behind:
            self._rewrite(self._states[link])
        if behind:
            # The last sign of life may be in a segment that goes now.
            self._alive_at = None
            self._beat()

    def _beat(self) -> None:
        now = self._clock.now()
        if self._alive_at is None or now - self._alive_at >= _ALIVE_S:
            self._alive_at = now
            self._append(entries.alive(self._clock.wall().timestamp()))

    def _rewrite(self, state: LinkState) -> None:
        self._first[state.id] = self._journal.number
        self._first.move_to_end(state.id)
        for frame in entries.snapshot(state, self._sealer):
            self._append(frame)
