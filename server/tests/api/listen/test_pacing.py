"""Rate of unauthenticated requests."""

import pytest
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection
from offhook.api.listen.pacing import Pacing

BOUNDS = Bounds(requests_per_s=10, requests_burst=20)


def _taken(pacing: Pacing, connection: Connection, address: str, now: float) -> int:
    return sum(pacing.admits(connection, address, now) for _ in range(100))


@pytest.mark.threat("unauthenticated-flood")
def test_unauthenticated_connections_are_paced_by_source() -> None:
    pacing, connection = Pacing(BOUNDS), Connection("x", proxy=False)
    assert _taken(pacing, connection, "2001:db8::1", 0.0) == 20
    assert _taken(pacing, connection, "2001:db8::2", 1.0) == 10
    assert _taken(pacing, connection, "2001:db8:0:1::1", 1.0) == 20


def test_signed_in_connections_are_paced_only_behind_a_proxy() -> None:
    pacing = Pacing(BOUNDS)
    for proxy, taken in ((False, 100), (True, 20)):
        connection = Connection("x", proxy=proxy)
        connection.sign_in()
        assert _taken(pacing, connection, "192.0.2.1", 0.0) == taken


def test_memory_is_bounded_by_recent_sources() -> None:
    pacing, connection = Pacing(BOUNDS), Connection("x", proxy=False)
    for number in range(100_000):
        address = f"10.{number // 62_500}.{number // 250 % 250}.{number % 250}"
        pacing.admits(connection, address, number / 1000)
    assert len(pacing._buckets) <= 1_000
