"""The real engine starts, sends its events to the loop, and stops."""

import asyncio
import socket

import pytest
from offhook.base import events
from offhook.base.errors import Unavailable
from offhook.base.ids import CallId, LegId
from offhook.engine.engine import EngineSettings, MediaEngine

pytestmark = pytest.mark.real_time


async def test_events_come_into_the_loop() -> None:
    news: asyncio.Queue[events.LegEvent] = asyncio.Queue()
    engine = MediaEngine(EngineSettings(workers=2), news.put_nowait)
    engine.listen()
    try:
        assert len(engine.ports) == 2
        assert len(engine.fingerprint) == 95
        leg = LegId("a" * 32)
        engine.media.open(leg, CallId("c" * 32))
        engine.media.offer(leg)
        engine.media.close(leg)
        async with asyncio.timeout(5):
            while not isinstance(await news.get(), events.MediaClosed):
                pass
        assert engine.media.legs == 0
        assert engine.statistics()["legs"] == 0
        gauges, totals = engine.gauges(), engine.totals()
        assert gauges == {"legs": 0, "tcp_connections": 0, "workers_low_complexity": 0}
        assert gauges.keys() | totals.keys() == engine.statistics().keys()
        assert not gauges.keys() & totals.keys()
    finally:
        engine.stop()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)):
            MediaEngine(EngineSettings(port=port), lambda event: None)
