"""A page that requests packet counts gets them once the engine has reported on both legs."""

from offhook.base import events
from offhook.base.commands import SendStats
from offhook.base.feedback import LegCounts
from offhook.base.media import MediaReport, StreamReport
from offhook.calls.leg import Leg
from offhook.testing.bench import Bench


def report(received: int, sent: int) -> MediaReport:
    return MediaReport(received=StreamReport(packets=received), sent=StreamReport(packets=sent))


def joined() -> tuple[Bench, Leg, Leg]:
    bench = Bench()
    alice = bench.answered()
    bob, phone = bench.invite("bob")
    phone.answer()
    bench.taken()
    bench.control.bridge(alice, bob)
    return bench, alice, bob


async def test_both_legs_are_reported() -> None:
    bench, alice, bob = joined()
    bench.heard.append(events.StatsRequested(leg=alice.id, ref=7))
    bench.taken()
    bench.heard[:] = [
        events.Reported(leg=alice.id, report=report(50, 40)),
        events.Reported(leg=bob.id, report=report(41, 49)),
    ]
    bench.taken()
    assert bench.alice.told == [
        SendStats(7, LegCounts(received=50, sent=40), LegCounts(received=41, sent=49))
    ]


async def test_an_unbridged_party_gets_its_own_leg_only() -> None:
    bench = Bench()
    alice = bench.answered()
    bench.heard.append(events.StatsRequested(leg=alice.id, ref=1))
    bench.taken()
    bench.taken()
    assert bench.alice.told == [SendStats(1, LegCounts(received=0, sent=0), None)]


async def test_concurrent_stats_requests_do_not_pile_up() -> None:
    bench, alice, bob = joined()
    for ref in range(1, 20):
        bench.control.take(events.StatsRequested(leg=alice.id, ref=ref))
    bench.heard[:] = [events.Reported(leg=leg.id, report=report(1, 1)) for leg in (alice, bob)]
    bench.taken()
    assert [sent.ref for sent in bench.alice.told if isinstance(sent, SendStats)] == [
        16,
        17,
        18,
        19,
    ]
