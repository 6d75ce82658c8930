"""A page that requests packet counts gets them once the engine has reported on both legs."""

from offhook.base import events
from offhook.base.commands import SendStats
from offhook.base.feedback import LegCounts
from offhook.base.media import MediaReport, StreamReport
from offhook.calls.leg import Leg
from offhook.testing.call_fixture import CallFixture


def report(received: int, sent: int) -> MediaReport:
    return MediaReport(received=StreamReport(packets=received), sent=StreamReport(packets=sent))


def bridged() -> tuple[CallFixture, Leg, Leg]:
    fixture = CallFixture()
    alice = fixture.answer()
    bob, callee = fixture.invite("bob")
    callee.answer()
    fixture.process_events()
    fixture.control.bridge(alice, bob)
    return fixture, alice, bob


async def test_both_legs_are_reported() -> None:
    fixture, alice, bob = bridged()
    fixture.pending.append(events.StatsRequested(leg=alice.id, ref=7))
    fixture.process_events()
    fixture.pending[:] = [
        events.Reported(leg=alice.id, report=report(50, 40)),
        events.Reported(leg=bob.id, report=report(41, 49)),
    ]
    fixture.process_events()
    assert fixture.caller.received == [
        SendStats(7, LegCounts(received=50, sent=40), LegCounts(received=41, sent=49))
    ]


async def test_an_unbridged_party_gets_its_own_leg_only() -> None:
    fixture = CallFixture()
    alice = fixture.answer()
    fixture.pending.append(events.StatsRequested(leg=alice.id, ref=1))
    fixture.process_events()
    fixture.process_events()
    assert fixture.caller.received == [SendStats(1, LegCounts(received=0, sent=0), None)]


async def test_concurrent_stats_requests_do_not_pile_up() -> None:
    fixture, alice, bob = bridged()
    for ref in range(1, 20):
        fixture.control.take(events.StatsRequested(leg=alice.id, ref=ref))
    fixture.pending[:] = [events.Reported(leg=leg.id, report=report(1, 1)) for leg in (alice, bob)]
    fixture.process_events()
    assert [sent.ref for sent in fixture.caller.received if isinstance(sent, SendStats)] == [
        16,
        17,
        18,
        19,
    ]
