"""Devices that are gone without a word are noticed, and only those."""

from hypothesis import given
from hypothesis import strategies as st
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent, RenegotiationReason
from offhook.base.ids import LegId, Sdp
from offhook.calls.liveness import LivenessMonitor

LEG = LegId("1")


def _up(watch: LivenessMonitor) -> None:
    watch.handle(events.Connected(leg=LEG, transport="udp", profile="p"), 0.0)
    watch.handle(events.MediaStarted(leg=LEG), 0.0)


def test_a_lost_link_alone_ends_nothing() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(events.LinkLost(leg=LEG), 1.0)
    assert watch.deadline == watch.limit
    assert list(watch.gone(500.0)) == []


def test_link_and_media_lost_for_20_seconds_is_a_lost_endpoint() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(events.LinkLost(leg=LEG), 10.0)
    watch.handle(events.MediaLost(leg=LEG), 15.0)  # the engine reports it 5 s late
    assert watch.deadline == 30.0
    assert list(watch.gone(29.9)) == []
    assert list(watch.gone(30.0)) == [(LEG, Cause.ENDPOINT_LOST)]
    assert list(watch.gone(31.0)) == []


def test_a_device_that_returns_in_time_keeps_its_call() -> None:
    for back in (events.LinkResumed(leg=LEG), events.MediaResumed(leg=LEG)):
        watch = LivenessMonitor(0.0, 1_000)
        _up(watch)
        watch.handle(events.LinkLost(leg=LEG), 10.0)
        watch.handle(events.MediaLost(leg=LEG), 15.0)
        watch.handle(back, 29.0)
        assert list(watch.gone(100.0)) == []


FAILED = events.TransportFailed(leg=LEG, fault="consent-expired")
RESTART = events.Reoffered(leg=LEG, number=1, sdp=Sdp(""), reason=RenegotiationReason.RESTART)
CONNECTED = events.Connected(leg=LEG, transport="udp", profile="p")


def test_a_failed_transport_has_two_seconds_for_a_restart() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(FAILED, 50.0)
    assert list(watch.gone(51.9)) == []
    assert list(watch.gone(52.0)) == [(LEG, Cause.MEDIA_FAILED)]


def test_a_restart_that_connects_keeps_the_call() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(FAILED, 50.0)
    watch.handle(RESTART, 51.95)
    assert list(watch.gone(61.9)) == []
    watch.handle(CONNECTED, 61.9)
    assert list(watch.gone(100.0)) == []
    watch.handle(FAILED, 110.0)
    assert list(watch.gone(112.0)) == [(LEG, Cause.MEDIA_FAILED)]


def test_restarts_without_end_do_not_keep_a_dead_call() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(FAILED, 50.0)
    for at in (51.0, 55.0, 60.5):
        watch.handle(RESTART, at)
    assert watch.deadline == 61.0
    assert list(watch.gone(61.0)) == [(LEG, Cause.MEDIA_FAILED)]


def test_the_media_timeout_is_configurable() -> None:
    watch = LivenessMonitor(0.0, 1_000, recovery_s=90.0)
    _up(watch)
    watch.handle(FAILED, 50.0)
    watch.handle(RESTART, 51.0)
    # The engine reported the failure when 30 s of the 90 had passed.
    assert watch.deadline == 110.0
    assert list(watch.gone(110.0)) == [(LEG, Cause.MEDIA_FAILED)]


def test_a_failed_transport_behind_a_lost_link_is_a_lost_device_at_once() -> None:
    watch = LivenessMonitor(0.0, 1_000)
    _up(watch)
    watch.handle(events.LinkLost(leg=LEG), 1.0)
    watch.handle(events.TransportFailed(leg=LEG, fault="peer-closed"), 3.0)
    assert watch.deadline == 3.0
    assert list(watch.gone(3.0)) == [(LEG, Cause.ENDPOINT_LOST)]


_EVENTS: list[LegEvent] = [
    events.LinkLost(leg=LEG),
    events.LinkResumed(leg=LEG),
    events.MediaLost(leg=LEG),
    events.MediaResumed(leg=LEG),
    events.TransportFailed(leg=LEG, fault="dtls"),
    events.Ringing(leg=LEG),
]


@given(st.lists(st.tuples(st.sampled_from(_EVENTS), st.floats(0, 30)), max_size=20))
def test_a_leg_that_hung_up_is_never_given_up(steps: list[tuple[LegEvent, float]]) -> None:
    watch = LivenessMonitor(0.0, 1_000_000)
    now = 0.0
    for event, pause in steps:
        now += pause
        watch.handle(event, now)
    watch.handle(events.HungUp(leg=LEG, cause=Cause.NORMAL), now)
    assert list(watch.gone(now + 1_000)) == []
    assert watch.deadline == watch.limit
