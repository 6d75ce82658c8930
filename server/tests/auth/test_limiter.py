"""Password guessing is slowed down; other logins are not."""

import tracemalloc
from typing import Any

import pytest
from offhook.auth.limiter import Blocked, Limiter, LimiterLimits
from offhook.base.errors import Refused

WRONG = Refused("wrong", code="bad-credentials")


def _fail(limiter: Limiter, address: str, name: str = "alice") -> None:
    with pytest.raises(Refused) as refused, limiter.attempt(address, name):
        raise WRONG
    assert refused.value is WRONG


def _blocked_for(limiter: Limiter, address: str, name: str = "alice") -> float:
    with pytest.raises(Blocked) as blocked, limiter.attempt(address, name):
        raise AssertionError("it was let in")
    return blocked.value.retry_after_s


def _pass(limiter: Limiter, address: str, name: str = "alice") -> None:
    with limiter.attempt(address, name) as attempt:
        attempt.good = True


@pytest.mark.threat("brute-force")
def test_ten_bad_log_ins_block_the_pair_for_ten_minutes(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(10):
        _fail(limiter, "192.0.2.1")
    assert _blocked_for(limiter, "192.0.2.1") == pytest.approx(600)
    _pass(limiter, "192.0.2.1", "bob")
    _pass(limiter, "192.0.2.2", "alice")
    clock.advance(599)
    assert _blocked_for(limiter, "192.0.2.1") == pytest.approx(1)
    clock.advance(1)
    _pass(limiter, "192.0.2.1")


def test_nine_failed_logins_and_a_good_one_reset_the_count(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(5):
        for _ in range(9):
            _fail(limiter, "192.0.2.1")
        _pass(limiter, "192.0.2.1")


def test_old_bad_log_ins_count_no_more(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(30):
        _fail(limiter, "192.0.2.1")
        clock.advance(67)
    _pass(limiter, "192.0.2.1")


def test_an_address_may_fail_a_hundred_times_over_all_names(clock: Any) -> None:
    limiter = Limiter(clock)
    for number in range(100):
        if number % 3 == 0:
            # A good login of its own does not buy an attacker more guesses.
            _pass(limiter, "192.0.2.1", "attacker")
        _fail(limiter, "192.0.2.1", f"name{number}")
    assert _blocked_for(limiter, "192.0.2.1", "somebody") == pytest.approx(600)
    assert _blocked_for(limiter, "192.0.2.1", "") > 0
    _pass(limiter, "192.0.2.2", "somebody")


def test_parallel_attempts_count_like_sequential_ones(clock: Any) -> None:
    limiter = Limiter(clock)
    open_attempts = [limiter.attempt("192.0.2.1", "alice") for _ in range(10)]
    for attempt in open_attempts:
        attempt.__enter__()
    assert _blocked_for(limiter, "192.0.2.1") == pytest.approx(1)
    for attempt in open_attempts:
        attempt.__exit__(Refused, WRONG, None)
    assert _blocked_for(limiter, "192.0.2.1") == pytest.approx(600)


def test_our_own_errors_are_not_counted(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(200):
        with pytest.raises(OSError, match="database"), limiter.attempt("192.0.2.1", "alice"):
            raise OSError("the database is away")
    _pass(limiter, "192.0.2.1")


def test_an_ipv6_host_counts_as_one_however_many_addresses_it_has(clock: Any) -> None:
    limiter = Limiter(clock)
    for number in range(10):
        _fail(limiter, f"2001:db8:0:1::{number:x}")
    _blocked_for(limiter, "2001:db8:0:1:ffff::1%eth0")
    _pass(limiter, "2001:db8:0:2::1")


def test_a_mapped_address_is_the_address_it_maps(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(10):
        _fail(limiter, "192.0.2.1")
    _blocked_for(limiter, "::ffff:192.0.2.1")
    _pass(limiter, "::ffff:192.0.2.2")
    _pass(limiter, "not an address")


def test_memory_is_bounded(clock: Any) -> None:
    limiter = Limiter(clock, LimiterLimits(max_keys=100))
    for number in range(1000):
        _fail(limiter, f"10.0.{number // 250}.{number % 250}", "x" * 100)
    assert len(limiter._counts) <= 100


def test_a_refused_source_takes_no_place_in_the_table(clock: Any) -> None:
    limiter = Limiter(clock)
    for number in range(100):
        _fail(limiter, "192.0.2.1", f"name{number}")
    taken = len(limiter._counts)
    for number in range(1000):
        _blocked_for(limiter, "192.0.2.1", f"other{number}")
    assert len(limiter._counts) == taken


def test_good_logins_take_no_place_in_the_table(clock: Any) -> None:
    limiter = Limiter(clock)
    for number in range(200):
        _pass(limiter, f"192.0.2.{number}", f"name{number}")
    assert len(limiter._counts) == 0


@pytest.mark.parametrize("names", [1, 20])
@pytest.mark.threat("brute-force")
def test_a_flood_from_other_sources_lifts_no_block(clock: Any, names: int) -> None:
    limiter = Limiter(clock, LimiterLimits(max_keys=1_000))
    for _ in range(10):
        _fail(limiter, "192.0.2.1")
    for number in range(20_000):
        address = f"10.{number // 62_500}.{number // 250 % 250}.{number % 250}"
        _fail(limiter, address, f"name{number % names}")
        if number % 1000 == 0:
            clock.advance(1)
            assert _blocked_for(limiter, "192.0.2.1") > 500
    assert len(limiter._counts) <= 1_000
    _pass(limiter, "192.0.2.2", "alice")
    clock.advance(600)
    _pass(limiter, "192.0.2.1")


def test_a_flood_from_other_sources_keeps_failure_counts(clock: Any) -> None:
    limiter = Limiter(clock, LimiterLimits(max_keys=100))
    for attempt in range(10):
        _fail(limiter, "192.0.2.1")
        for number in range(200):
            _fail(limiter, f"10.0.{attempt}.{number}", "bob")
    assert _blocked_for(limiter, "192.0.2.1") > 0


@pytest.mark.threat("brute-force")
def test_one_site_of_many_ipv6_hosts_is_blocked_as_one(clock: Any) -> None:
    limiter = Limiter(clock)
    for number in range(1_000):
        _fail(limiter, f"2001:db8:0:{number:x}::1", f"name{number}")
    taken = len(limiter._counts)
    for number in range(1_000, 2_000):
        assert _blocked_for(limiter, f"2001:db8:0:{number:x}::1", f"name{number}") == 600
    assert len(limiter._counts) == taken
    _pass(limiter, "2001:db8:1::1")


def test_a_long_name_is_not_kept(clock: Any) -> None:
    limiter = Limiter(clock)
    tracemalloc.start()
    try:
        for number in range(100):
            # An error of its own each time: its traceback keeps the name.
            with pytest.raises(Refused), limiter.attempt("192.0.2.1", f"{number}" * 30_000):
                raise Refused("wrong", code="bad-credentials")
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 200_000
