"""The sketch never undercounts, in fixed memory."""

import tracemalloc

from offhook.auth.overflow import Overflow

WINDOW_S = 600.0


def test_an_estimate_is_never_below_what_was_added() -> None:
    overflow = Overflow(WINDOW_S)
    for number in range(20_000):
        overflow.add(b"%d" % number, number % 4, float(number), 0.0)
    for number in range(20_000):
        assert overflow.bad(b"%d" % number, 0.0) >= number % 4
        assert overflow.blocked_until(b"%d" % number) >= number


def test_keys_without_a_shared_bucket_are_counted_exactly() -> None:
    overflow = Overflow(WINDOW_S)
    assert (overflow.bad(b"a", 0.0), overflow.blocked_until(b"a")) == (0, float("-inf"))
    for number in range(5_000):
        overflow.add(b"%d" % number, 1, 600.0, 0.0)
    wrong = sum(overflow.bad(b"other%d" % number, 0.0) > 0 for number in range(1_000))
    # Each row has 5,000 of 65,536 buckets in use: 0.6 % share a bucket in both.
    assert wrong < 30


def test_counts_last_one_window_and_expire_after_two() -> None:
    overflow = Overflow(WINDOW_S)
    overflow.add(b"first", 1, 0.0, 0.0)
    overflow.add(b"a", 3, 0.0, 599.0)
    assert overflow.bad(b"a", 1_198.0) == 3
    assert overflow.bad(b"a", 1_200.0) == 0
    overflow.add(b"a", 2, 0.0, 1_200.0)
    assert overflow.bad(b"a", 10_000.0) == 0


def test_its_memory_does_not_grow() -> None:
    tracemalloc.start()
    try:
        overflow = Overflow(WINDOW_S)
        overflow.add(b"a", 1, 0.0, 0.0)
        first = tracemalloc.get_traced_memory()[0]
        for number in range(50_000):
            overflow.add(b"%d" % number, 1, 0.0, 0.0)
        assert tracemalloc.get_traced_memory()[0] - first < 10_000
    finally:
        tracemalloc.stop()
    assert first < 2_000_000
