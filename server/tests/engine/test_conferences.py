"""Conferences on several workers: numbers, links between workers, and what all members hear."""

from collections.abc import Sequence
from typing import Any

from offhook.base.conferences import Role
from offhook.base.ids import ConferenceId, LegId
from offhook.engine.conferences import ConferenceTable
from offhook_engine import Source

ROOM, OTHER = ConferenceId("room"), ConferenceId("other")


class Recorder:
    """The calls that an engine would get."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def join(self, mixer: int, leg: int, **role: object) -> None:
        self.calls.append(("join", mixer, leg, role))

    def link(self, mixer: int, worker: int, others: Sequence[int]) -> None:
        self.calls.append(("link", mixer, worker, list(others)))

    def play_to_members(self, mixer: int, worker: int, source: Source, times: int = 1) -> int:
        del source
        self.calls.append(("play", mixer, worker, times))
        return 1

    def taken(self, kind: str) -> list[tuple[Any, ...]]:
        """The calls of that kind since the last look."""
        found = [call[1:] for call in self.calls if call[0] == kind]
        self.calls.clear()
        return found


def join(table: ConferenceTable, leg: int, worker: int, room: ConferenceId = ROOM) -> None:
    table.join(LegId(str(leg)), leg, worker, room, Role(), None)


def test_workers_of_a_conference_are_linked_with_each_other() -> None:
    engine = Recorder()
    table = ConferenceTable(engine, 3)  # pyright: ignore[reportArgumentType]  (a recorder)
    join(table, 1, 0)
    assert engine.taken("link") == [(1, 0, [])]
    join(table, 2, 0)
    assert engine.taken("link") == []
    join(table, 3, 2)
    assert engine.taken("link") == [(1, 0, [2]), (1, 2, [0])]
    join(table, 4, 1)
    assert engine.taken("link") == [(1, 0, [1, 2]), (1, 1, [0, 2]), (1, 2, [0, 1])]
    table.leave(LegId("3"))
    assert engine.taken("link") == [(1, 0, [1]), (1, 1, [0])]


def test_a_leg_is_in_one_conference_and_numbers_are_not_used_twice() -> None:
    engine = Recorder()
    table = ConferenceTable(engine, 3)  # pyright: ignore[reportArgumentType]  (a recorder)
    join(table, 1, 0)
    join(table, 1, 0, OTHER)
    join(table, 1, 0)
    assert [mixer for mixer, *_ in engine.taken("join")] == [1, 2, 3]


def test_roles_reach_the_engine() -> None:
    engine = Recorder()
    table = ConferenceTable(engine, 3)  # pyright: ignore[reportArgumentType]  (a recorder)
    role = Role(muted=True, coaches=LegId("2"))
    table.join(LegId("1"), 1, 0, ROOM, role, 2)
    ((_, _, joined),) = engine.taken("join")
    usual = {"deaf": False, "held": False, "coaches_agents": False, "agent": False, "speakers": 3}
    assert joined == {"muted": True, "coaches": 2, **usual}
    table.join(LegId("1"), 1, 0, ROOM, Role(held=True, coaches_agents=True, agent=True), None)
    ((_, _, joined),) = engine.taken("join")
    assert (joined["held"], joined["coaches_agents"], joined["agent"]) == (True, True, True)


def test_all_workers_of_a_conference_play() -> None:
    engine = Recorder()
    table = ConferenceTable(engine, 3)  # pyright: ignore[reportArgumentType]  (a recorder)
    join(table, 1, 0)
    join(table, 2, 3)
    engine.calls.clear()
    table.play(ROOM, Source.silence(1.0))
    assert engine.taken("play") == [(1, 0, 1), (1, 3, 1)]
    table.leave(LegId("1"))
    table.leave(LegId("2"))
    engine.calls.clear()
    table.play(ROOM, Source.silence(1.0))
    assert engine.calls == []
