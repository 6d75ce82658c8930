"""The queues of a process post to calls by their legs, and keep accounts apart."""

from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, LegId
from offhook.base.queues import QueueGiven, QueueParted, QueueTaken, Taking, Waiting
from offhook.flow.queues import Queues

MINE, THEIRS = AccountId("MA0123456789ABCDEFGH"), AccountId("MAHGFEDCBA9876543210")


class _Clock:
    def now(self) -> float:
        return 30.0


def _queues() -> tuple[Queues, list[LegEvent]]:
    posted: list[LegEvent] = []
    return Queues(_Clock(), posted.append), posted  # type: ignore[arg-type]


def _caller(leg: str, account: AccountId = MINE, queue: str = "sales") -> Waiting:
    return Waiting(leg=LegId(leg), account=account, queue=queue, since=10.0)


def _agent(leg: str, account: AccountId = MINE, queue: str = "sales") -> Taking:
    return Taking(leg=LegId(leg), account=account, queue=queue, since=29.0, url="https://a.example")


def test_both_ends_get_each_other() -> None:
    queues, posted = _queues()
    assert queues.enter(_caller("a"))
    assert len(queues) == 1
    queues.dial(_agent("x"))
    assert posted == [
        QueueTaken(leg=LegId("a"), agent=LegId("x"), url="https://a.example", method="POST"),
        QueueGiven(leg=LegId("x"), caller=LegId("a"), waited_s=20.0),
    ]
    queues.leave(LegId("x"))
    queues.leave(LegId("x"))
    queues.leave(LegId("a"))
    assert posted[2:] == [QueueParted(leg=LegId("a"))]
    assert len(queues) == 0


def test_names_are_an_accounts_own() -> None:
    queues, posted = _queues()
    queues.enter(_caller("a"))
    queues.dial(_agent("x", THEIRS))
    queues.dial(_agent("y", MINE, "support"))
    assert posted == []
    assert queues.place(LegId("a")) is not None
    assert queues.place(LegId("x")) is None
    queues.dial(_agent("z"))
    assert [type(event) for event in posted] == [QueueTaken, QueueGiven]


def test_one_who_is_nowhere_leaves_nothing() -> None:
    queues, posted = _queues()
    queues.leave(LegId("a"))
    assert posted == []
