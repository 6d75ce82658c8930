"""The calls of a page are found by name and leg, and written down."""

from typing import Any

import pytest
from offhook.base.ids import DeviceId, LegId
from offhook.links.json.call_table import CallTable
from offhook.links.json.calls import InviteInfo, LinkCall, Stage
from offhook.testing.deterministic import ManualClock
from offhook.testing.link_journal import LinkJournal

LINK = DeviceId("1" * 32)


def call(name: str, *, preflight: bool = False) -> LinkCall:
    info = InviteInfo(direction="outgoing", caller="alice", callee="bob", preflight=preflight)
    return LinkCall(name, LegId(f"leg-{name}"), Stage.CALLING, info)


@pytest.fixture
def journal(make_party: Any) -> LinkJournal:
    return LinkJournal(ManualClock())


@pytest.fixture
def table(journal: LinkJournal, make_party: Any) -> CallTable:
    log = journal.process()
    log.opened(LINK, "0" * 64, make_party("alice"))
    return CallTable(LINK, log, 2)


def test_calls_are_found_until_they_are_over(table: CallTable) -> None:
    one, trial = call("c1"), call("t1", preflight=True)
    table.add(trial)
    table.add(one)
    assert (table.named("c1"), table.of(one.leg), len(table), table.preflights) == (one, one, 2, 1)
    assert table.first_leg == one.leg, "a preflight is no call to begin another near to"
    assert table.leg_up("c1") is None
    one.stage = Stage.UP
    assert table.leg_up("c1") == one.leg
    table.forget(one)
    assert "c1" not in table
    assert table.had(one.leg)


def test_a_few_ended_calls_are_remembered(table: CallTable) -> None:
    for number in range(3):
        table.add(each := call(f"c{number}"))
        table.forget(each)
    assert [table.had(LegId(f"leg-c{n}")) for n in range(3)] == [False, True, True]


def test_a_call_is_written_before_its_page_learns_of_it(
    table: CallTable, journal: LinkJournal
) -> None:
    table.add(one := call("c1"))
    assert journal.written == []
    one.rang = True
    table.commit(one)
    (state,) = journal.process().take(60)
    assert state.calls[one.leg] == one.state
    assert state.calls[one.leg].rang
