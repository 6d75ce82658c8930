"""What is due on a link, and when."""

import pytest
from offhook.links.json.heartbeat import Due, Heartbeat
from offhook.links.limits import Limits

LIMITS = Limits()


@pytest.fixture
def heartbeat() -> Heartbeat:
    heartbeat = Heartbeat(LIMITS, 0.0)
    heartbeat.connected(100.0)
    heartbeat.sent(100.0)
    return heartbeat


def test_a_page_without_a_socket_has_a_minute() -> None:
    heartbeat = Heartbeat(LIMITS, 5.0)
    assert heartbeat.wake() == 65.0
    assert heartbeat.due(64.9) is Due.NOTHING
    assert heartbeat.due(65.0) is Due.GONE


def test_an_unloaded_page_has_less_until_it_is_back(heartbeat: Heartbeat) -> None:
    heartbeat.unloading()
    heartbeat.disconnected(110.0)
    assert heartbeat.wake() == 110.0 + LIMITS.attach_s
    heartbeat.connected(120.0)
    heartbeat.disconnected(130.0)
    assert heartbeat.wake() == 130.0 + LIMITS.resume_s


def test_a_frame_is_acknowledged_within_a_second(heartbeat: Heartbeat) -> None:
    heartbeat.counted(101.0)
    heartbeat.counted(101.5)
    assert heartbeat.wake() == 102.0
    assert heartbeat.due(101.9) is Due.NOTHING
    assert heartbeat.due(102.0) is Due.ACK
    heartbeat.acknowledged()
    assert heartbeat.due(102.0) is Due.NOTHING


def test_a_silent_side_pings_which_acknowledges_too(heartbeat: Heartbeat) -> None:
    heartbeat.received(114.0)
    heartbeat.counted(114.0)
    assert heartbeat.due(115.0) is Due.PING
    heartbeat.sent(115.0)
    heartbeat.acknowledged()
    assert heartbeat.wake() == 130.0


def test_a_socket_on_which_nothing_comes_is_given_up(heartbeat: Heartbeat) -> None:
    heartbeat.received(110.0)
    heartbeat.sent(140.0)
    assert heartbeat.due(147.4) is Due.NOTHING
    assert heartbeat.due(147.5) is Due.SILENT
