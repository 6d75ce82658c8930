"""Everything reaches a call in order, and a flood is cut where it may be."""

import asyncio

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.ids import LegId
from offhook.flow.inbox import Inbox, Stop

LEG = LegId("1")
PRESSED = events.DtmfReceived(leg=LEG, digit="1", seconds=0.1)
GONE = events.HungUp(leg=LEG, cause=Cause.NORMAL)


async def test_messages_are_taken_in_order() -> None:
    inbox = Inbox()
    inbox.put(PRESSED)
    inbox.put(Stop(Cause.NORMAL))
    inbox.put(GONE)
    assert [inbox.take() for _ in range(4)] == [PRESSED, Stop(Cause.NORMAL), GONE, None]


@pytest.mark.threat("webhook-amplification")
async def test_a_flood_of_digits_is_cut_but_a_hang_up_is_kept() -> None:
    inbox = Inbox()
    for _ in range(5_000):
        inbox.put(PRESSED)
    inbox.put(GONE)
    taken = 0
    last = None
    while (message := inbox.take()) is not None:
        taken, last = taken + 1, message
    assert taken == 1_001
    assert last is GONE


async def test_waiting_ends_with_a_message_a_wake_or_a_timeout() -> None:
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    loop.call_later(2, inbox.put, PRESSED)
    await inbox.wait(100)
    assert loop.time() == 2
    await inbox.wait(100)
    assert loop.time() == 2
    inbox.take()
    loop.call_later(3, inbox.wake)
    await inbox.wait(100)
    assert loop.time() == 5
    await inbox.wait(7)
    assert loop.time() == 12
    await inbox.wait(0)
    assert loop.time() == 12
