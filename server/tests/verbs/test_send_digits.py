"""Which keys are left when a server was restarted; tests/stories/test_restarts.py sends them."""

from offhook.base.ids import LegId
from offhook.base.journal.call_entries import CallResumed
from offhook.base.journal.entry import Entry, JournalEntry
from offhook.base.journal.media_entries import DigitsSent
from offhook.base.journal.script_entries import VerbStarted
from offhook.verbs.base import Progress
from offhook.verbs.send_digits import rest_of

CALLER, OTHER = LegId("a"), LegId("b")
SENT = DigitsSent(keys=6)


def progress(*entries: tuple[float, JournalEntry, LegId | None]) -> Progress:
    first = Entry(number=0, at=0.0, body=VerbStarted(index=0, verb="press"))
    rest = [Entry(number=n, at=at, body=b, leg=leg) for n, (at, b, leg) in enumerate(entries, 1)]
    return Progress(entries=(first, *rest), now=100.0)


def resumed(seen_s: float) -> tuple[float, JournalEntry, None]:
    return seen_s + 2.0, CallResumed(seen_s=seen_s, away_s=2.0), None


def test_all_of_them_before_any_was_sent() -> None:
    assert rest_of("123456", CALLER, progress(resumed(1.0))) == "123456"


def test_those_that_there_was_no_time_for() -> None:
    sent = progress((1.0, SENT, CALLER), resumed(1.4))
    assert rest_of("123456", CALLER, sent) == "456"
    assert rest_of("1w2W34", CALLER, progress((1.0, SENT, CALLER), resumed(1.9))) == "34"


def test_keys_of_programs_and_for_other_legs_take_nothing_away() -> None:
    own = (1.0, SENT, CALLER)
    other = (1.1, SENT, OTHER)
    later = (1.2, DigitsSent(keys=1), CALLER)
    assert rest_of("123456", CALLER, progress(other, own, later, resumed(1.4))) == "456"


def test_after_a_second_restart_those_that_were_left_count() -> None:
    again = (4.0, DigitsSent(keys=3), CALLER)
    twice = progress((1.0, SENT, CALLER), resumed(1.4), again, resumed(4.1))
    assert rest_of("123456", CALLER, twice) == "56"
