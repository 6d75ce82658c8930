"""Links are written down beside the calls, and taken up by the next process."""

from dataclasses import replace
from pathlib import Path

import pytest
from offhook.base.accounts import Party
from offhook.base.ids import AccountId, DeviceId, LegId
from offhook.base.link_state import LinkCallState
from offhook.store.durable_links import DurableLinks
from offhook.store.encryption import Cipher
from offhook.store.journal import Bounds, JournalFile
from offhook.testing.deterministic import ManualClock
from offhook.testing.link_journal import LinkJournal

LINK, LEG = DeviceId("1" * 32), LegId("a" * 32)
PARTY = Party(account=AccountId("MA1"), name="alice", application=None)


CALL = LinkCallState(name="c1", leg=LEG, stage="up", direction="outgoing", caller="a", callee="b")
MUTED = replace(CALL, muted=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def journal(clock: ManualClock) -> LinkJournal:
    return LinkJournal(clock)


def test_what_was_not_written_is_not_there(journal: LinkJournal) -> None:
    log = journal.process()
    log.opened(LINK, "0" * 64, PARTY)
    log.call(LINK, CALL)
    log.flush()
    log.call(LINK, MUTED)
    (state,) = journal.process().take(60)
    assert state.calls == {LEG: CALL}


def test_what_has_not_changed_is_not_written_again(journal: LinkJournal) -> None:
    log = journal.process()
    log.opened(LINK, "0" * 64, PARTY)
    log.call(LINK, CALL)
    log.registered(LINK, registered=True)
    before = len(journal.held)
    log.call(LINK, CALL)
    log.registered(LINK, registered=True)
    log.ended(LINK, LegId("b" * 32))
    log.closed(DeviceId("2" * 32))
    assert len(journal.held) == before


def test_nothing_is_written_while_the_disk_is_full(journal: LinkJournal) -> None:
    log = journal.process()
    journal.failure = "no space left"
    log.opened(LINK, "0" * 64, PARTY)
    log.flush()
    assert (journal.written, log.needed) == ([], 1)
    journal.failure = ""
    log.flush()
    assert journal.held == []


def test_links_are_taken_up_once_and_by_every_process_after_it(journal: LinkJournal) -> None:
    log = journal.process()
    log.opened(LINK, "0" * 64, PARTY)
    log.call(LINK, CALL)
    log.flush()
    second = journal.process()
    assert [state.id for state in second.take(60)] == [LINK]
    assert second.take(60) == ()
    second.ended(LINK, LEG)
    second.flush()
    (state,) = journal.process().take(60)
    assert state.calls == {}


@pytest.mark.parametrize(("away_s", "kept"), [(70, True), (80, False)])
def test_links_of_a_server_that_was_away_too_long_are_dropped(
    journal: LinkJournal, clock: ManualClock, away_s: float, kept: bool
) -> None:
    log = journal.process()
    log.opened(LINK, "0" * 64, PARTY)
    for _ in range(100):
        clock.advance(1)
        log.compact()
    log.flush()
    clock.advance(away_s - clock.now() % 15)
    assert (len(journal.process().take(60)) == 1) is kept
    assert (len(journal.process().take(60)) == 1) is kept


def test_a_link_of_another_key_file_is_left_out(journal: LinkJournal, clock: ManualClock) -> None:
    other = DurableLinks(journal, Cipher(b"1" * 32), clock)
    other.opened(DeviceId("2" * 32), "0" * 64, PARTY)
    other.flush()
    journal.process().opened(LINK, "0" * 64, PARTY)
    journal.retry()
    assert [state.id for state in journal.process().take(60)] == [LINK]


def test_old_links_are_written_again_so_that_segments_can_go(
    tmp_path: Path, clock: ManualClock
) -> None:
    file = JournalFile(tmp_path / "j", "1" * 32, Bounds(segment_bytes=4096))
    log = DurableLinks(file, Cipher(bytes(32)), clock)
    log.opened(LINK, "0" * 64, PARTY)
    log.registered(LINK, registered=True)
    for seq in range(2_000):
        log.stated(LINK, "p" * 32, seq)
        log.flush()
    assert log.needed == 1
    log.compact()
    log.flush()
    assert log.needed == file.number
    file.forget_before(log.needed or 0)
    assert file.files <= 2
    file.close()
    again = DurableLinks(file, Cipher(bytes(32)), clock)
    after = JournalFile(tmp_path / "j", "2" * 32)
    for _ in again.recover(after.earlier()):
        pass
    (state,) = again.take(60)
    assert (state.registered, state.stated) == (True, 1999)
    after.close()


def test_compaction_ends_however_many_links_there_are(
    journal: LinkJournal, clock: ManualClock
) -> None:
    log = journal.process()
    for number in range(1_200):
        log.opened(DeviceId(f"{number:032x}"), "0" * 64, PARTY)
    journal.number = 100
    journal.held.clear()
    log.compact()
    assert len(journal.held) <= 500 * 3 + 1
    assert log.needed == 1
    for _ in range(3):
        log.compact()
    assert log.needed == 100
