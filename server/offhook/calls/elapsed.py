"""How long something lasted, the time in which no server ran left out."""

from collections.abc import Iterable

from offhook.base.journal.call_entries import CallResumed
from offhook.base.journal.entry import Entry


def elapsed(journal: Iterable[Entry], since: float, until: float) -> float:
    """Seconds from `since` to `until`, both in seconds of the call, without those without a server."""
    return max(0.0, until - since - away(journal, since, until))


def away(journal: Iterable[Entry], since: float, until: float) -> float:
    """Seconds without a server between the two."""
    gaps = (entry.body for entry in journal if isinstance(entry.body, CallResumed))
    spans = ((gap.seen_s, gap.seen_s + gap.away_s) for gap in gaps)
    return sum(max(0.0, min(until, end) - max(since, begin)) for begin, end in spans)
