"""A start may take the calls of the starts before it, each once, and of no later one."""

import pytest
from offhook.base.journal.entry import Epoch
from offhook.base.ownership import DirectoryLock, claim

LOCK = DirectoryLock("a" * 32, 5)


@pytest.mark.parametrize("owner", [Epoch(1, 4), Epoch(1, 0), Epoch(1, 1)])
def test_a_restart_is_one_owner_more(owner: Epoch) -> None:
    assert claim(owner, LOCK) == Epoch(2, 5)


@pytest.mark.parametrize("owner", [Epoch(1, 5), Epoch(3, 6)])
def test_the_lock_says_nothing_about_this_start_or_a_later_one(owner: Epoch) -> None:
    assert claim(owner, LOCK) is None


def test_a_call_that_begins_here_has_no_owner_before() -> None:
    assert LOCK.first == Epoch(1, 5)
