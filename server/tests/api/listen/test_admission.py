"""Who is let in, and who makes room."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
from offhook.api.listen.admission import Admission
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection, Cut

BOUNDS = Bounds(unauthenticated=100, per_source=10)


@dataclass
class Transport:
    unread: int = 0
    closing: bool = False
    aborted: bool = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return self.unread


def admitted(admission: Admission, source: str, now: float = 0.0, **more: Any) -> Connection:
    connection = admission.admit(source, now, **more)
    assert connection is not None
    connection.transport = cast("Any", Transport())
    return connection


def cut(connection: Connection) -> bool:
    return cast("Transport", connection.transport).aborted


def test_a_source_over_its_share_evicts_its_own_connection() -> None:
    admission = Admission(BOUNDS, 1000)
    other = admitted(admission, "other")
    mine = [admitted(admission, "mine") for _ in range(11)]
    assert [cut(each) for each in mine] == [True] + [False] * 10
    assert not cut(other)
    assert len(admission) == 11
    assert admission.tally == {Cut.TOO_MANY: 1}


def test_the_source_with_most_connections_is_evicted_first() -> None:
    admission = Admission(BOUNDS, 1000)
    few = [admitted(admission, f"few{number}") for number in range(90)]
    many = [admitted(admission, "many") for _ in range(10)]
    for number in range(9):
        admitted(admission, f"new{number}")
    assert [cut(each) for each in many] == [True] * 9 + [False]
    assert not any(cut(each) for each in few)
    assert len(admission) == 100


def test_the_oldest_is_evicted_when_every_source_has_one() -> None:
    admission = Admission(BOUNDS, 1000)
    first = [admitted(admission, f"a{number}") for number in range(100)]
    second = [admitted(admission, f"b{number}") for number in range(40)]
    assert [cut(each) for each in first] == [True] * 40 + [False] * 60
    assert not any(cut(each) for each in second)


def test_connections_without_a_request_are_evicted_first() -> None:
    admission = Admission(BOUNDS, 1000)
    mine = [admitted(admission, "mine") for _ in range(10)]
    admission.request_received(mine[0])
    admitted(admission, "mine")
    assert [cut(each) for each in mine[:2]] == [False, True]


def test_signed_in_connections_are_neither_evicted_nor_counted() -> None:
    admission = Admission(BOUNDS, 200)
    signed_in = [admitted(admission, "harness") for _ in range(10)]
    for each in signed_in:
        each.sign_in()
        each.sign_in()
    for number in range(500):
        admitted(admission, f"attacker{number}")
    assert not any(cut(each) for each in signed_in)
    assert admission.gauges() == {"open": 110, "unauthenticated": 100}
    late = admitted(admission, "harness")
    late.sign_in()
    assert not cut(late)


def test_unauthenticated_connections_use_at_most_half() -> None:
    admission = Admission(Bounds(), 100)
    for number in range(1000):
        admitted(admission, f"{number}")
    assert admission.gauges() == {"open": 50, "unauthenticated": 50}
    for number in range(99):
        admitted(admission, f"page{number}").sign_in()
    assert admission.gauges() == {"open": 100, "unauthenticated": 1}
    admitted(admission, "page99").sign_in()
    assert admission.gauges() == {"open": 100, "unauthenticated": 0}
    assert admission.admit("page100", 0.0) is None


def test_a_proxy_has_no_share_of_its_own() -> None:
    admission = Admission(BOUNDS, 1000)
    proxied = [admitted(admission, "proxy", proxy=True) for _ in range(90)]
    assert not any(cut(each) for each in proxied)
    for _ in range(20):
        admitted(admission, "proxy", proxy=True)
    assert sum(cut(each) for each in proxied) == 10


def test_connections_have_a_pace_by_source() -> None:
    admission = Admission(Bounds(connections_per_s=10, connections_burst=20), 1000)
    assert sum(admission.admit("mine", 0.0) is not None for _ in range(100)) == 20
    assert sum(admission.admit("mine", 1.0) is not None for _ in range(100)) == 10
    assert admission.admit("other", 1.0) is not None
    assert sum(admission.admit("proxy", 0.0, proxy=True) is not None for _ in range(100)) == 100
    assert admission.tally[Cut.TOO_FAST] == 170


def test_closed_connections_leave_no_state() -> None:
    admission = Admission(BOUNDS, 10_000)
    for number in range(5000):
        connection = admitted(admission, f"{number % 300}", number / 10)
        if number % 3:
            connection.sign_in()
        if number % 2:
            admission.closed(connection)
            admission.closed(connection)
    for connection in tuple(admission._open):
        admission.closed(connection)
    admission.sweep(10_000)
    assert admission.gauges() == {"open": 0, "unauthenticated": 0}
    assert (admission._by_source, admission._by_count, admission._highest) == ({}, {}, 0)
    assert admission._buckets == {}


def test_a_reader_is_kept_as_long_as_it_reads() -> None:
    admission = Admission(Bounds(write_s=20, write_bytes=1000), 10)
    connection = admitted(admission, "mine")
    connection.sign_in()
    connection.read_by = float("inf")
    transport = cast("Transport", connection.transport)
    transport.unread = 10_000
    connection.expect_reader(20.0)
    for turn in range(1, 6):
        transport.unread -= 1000
        admission.sweep(20.0 * turn)
        assert not transport.aborted
    transport.unread -= 999
    admission.sweep(119.9)
    assert not transport.aborted
    admission.sweep(120.0)
    assert transport.aborted
    assert admission.tally == {Cut.NOT_READ: 1}


@pytest.mark.parametrize("read_by", [0.0, float("inf")])
def test_a_closing_connection_must_still_be_read(read_by: float) -> None:
    admission = Admission(Bounds(), 10)
    connection = admitted(admission, "mine")
    connection.read_by = read_by
    # A protocol has nothing left to do for a transport that is closing.
    connection.expire = lambda _: None
    transport = cast("Transport", connection.transport)
    transport.closing, transport.unread = True, 500
    admission.sweep(0.0)
    admission.sweep(19.0)
    assert not transport.aborted
    admission.sweep(20.0)
    assert transport.aborted
