"""Who waits where in a queue, and who gets whom."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from offhook.base.ids import AccountId, LegId
from offhook.base.queues import Taking, Waiting, queue_id
from offhook.calls.queue import Paired, Parted, Queue

ACCOUNT = AccountId("MA0123456789ABCDEFGH")


def caller(name: str, since: float = 0.0, most: int = 1_000) -> Waiting:
    return Waiting(leg=LegId(name), account=ACCOUNT, queue="sales", since=since, most=most)


def agent(name: str, since: float = 0.0) -> Taking:
    return Taking(leg=LegId(name), account=ACCOUNT, queue="sales", since=since)


def test_places_count_from_one_by_the_time_of_entering() -> None:
    queue = Queue()
    for name, since in (("b", 2.0), ("c", 3.0), ("a", 1.0)):
        assert queue.enter(caller(name, since)) == (True, ())
    assert [queue.place(LegId(name)).position for name in "abc"] == [1, 2, 3]  # type: ignore[union-attr]
    assert queue.place(LegId("unknown")) is None
    assert queue.leave(LegId("a")) == ()
    place = queue.place(LegId("b"))
    assert place is not None
    assert (place.position, place.size, place.most, place.average_s) == (1, 2, 1_000, 0.0)


def test_the_one_who_has_waited_longest_is_taken_and_the_average_follows() -> None:
    queue = Queue()
    queue.enter(caller("a", 1.0))
    queue.enter(caller("b", 2.0))
    (pair,) = queue.dial(agent("x", 11.0))
    assert isinstance(pair, Paired)
    assert (pair.caller.leg, pair.agent.leg) == ("a", "x")
    place = queue.place(LegId("b"))
    assert place is not None
    assert (place.position, place.average_s) == (1, 10.0)


def test_an_agent_waits_for_a_caller() -> None:
    queue = Queue()
    assert queue.dial(agent("x", 1.0)) == ()
    assert queue.dial(agent("y", 2.0)) == ()
    entered, (pair,) = queue.enter(caller("a", 5.0))
    assert entered
    assert isinstance(pair, Paired)
    assert pair.agent.leg == "x"
    assert not queue.idle


def test_the_other_end_of_a_pair_is_told_once() -> None:
    queue = Queue()
    queue.enter(caller("a"))
    queue.dial(agent("x"))
    assert queue.leave(LegId("a")) == (Parted(LegId("x")),)
    assert queue.leave(LegId("x")) == ()
    assert queue.idle


def test_those_who_talked_before_a_restart_get_each_other() -> None:
    queue = Queue()
    queue.enter(replace(caller("b", 2.0), partner=LegId("y")))
    queue.enter(caller("a", 1.0))
    (first,) = queue.dial(replace(agent("x", 3.0), partner=LegId("a")))
    (second,) = queue.dial(agent("y", 4.0))
    assert isinstance(first, Paired)
    assert isinstance(second, Paired)
    assert (first.caller.leg, second.caller.leg) == ("a", "b")
    queue.enter(replace(caller("c", 5.0), partner=LegId("z")))
    assert queue.dial(replace(agent("w", 6.0), partner=LegId("d"))) == ()
    assert queue.dial(agent("v", 7.0)) == ()


def test_a_full_queue_takes_no_caller() -> None:
    queue = Queue()
    assert queue.enter(caller("a", most=1))[0]
    assert queue.enter(caller("b", most=1)) == (False, ())
    assert queue.enter(caller("b", most=2))[0]


def test_the_id_of_a_queue_is_that_of_its_account_and_name() -> None:
    other = AccountId("MAHGFEDCBA9876543210")
    ids = {queue_id(account, name) for account in (ACCOUNT, other) for name in ("a", "b")}
    assert len(ids) == 4
    assert queue_id(ACCOUNT, "a") in ids


@given(st.lists(st.tuples(st.sampled_from("EDL"), st.integers(0, 9)), max_size=60))
def test_no_caller_is_given_to_two_or_lost(steps: list[tuple[str, int]]) -> None:
    queue, paired, inside = Queue(), dict[str, str](), set[str]()
    for at, (what, number) in enumerate(steps):
        name = f"{what}{number}" if what != "L" else f"{'ED'[number % 2]}{number // 2}"
        if what == "L":
            commands = queue.leave(LegId(name))
            other = paired.pop(name, None)
            assert commands == (() if other is None else (Parted(LegId(other)),))
            if other is not None:
                del paired[other]
                inside.discard(other)
            inside.discard(name)
            continue
        if name in inside:
            continue
        inside.add(name)
        enters = what == "E"
        made = queue.enter(caller(name, at))[1] if enters else queue.dial(agent(name, at))
        for command in made:
            assert isinstance(command, Paired)
            one, two = command.caller.leg, command.agent.leg
            assert not {one, two} & paired.keys()
            paired[one], paired[two] = two, one
    callers = [name for name in inside if name[0] == "E" and name not in paired]
    agents = [name for name in inside if name[0] == "D" and name not in paired]
    assert not (callers and agents)
    assert all(queue.place(LegId(name)) is not None for name in callers)
