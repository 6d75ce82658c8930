"""A count-min sketch of the failed logins beyond the limiter's table: fixed memory, never an undercount."""

import hashlib
import secrets
from array import array
from collections.abc import Iterator
from typing import Final

_ROWS: Final = 2
_BUCKETS: Final = 65_536
_MOST: Final = 65_535


class Overflow:
    """A count-min sketch of counts and blocks.

    Each key has one bucket in every row. Keys that share a bucket are counted together, so an
    estimate can be too high but never too low: an attacker who fills the table gets no block
    lifted. The hash has a random key, so that attackers cannot choose keys that share buckets.
    Counts are kept for one to two windows, in two generations.
    """

    def __init__(self, window_s: float) -> None:
        """Counts are forgotten after `window_s` at the earliest. Memory is taken at the first `add`."""
        self._window_s = window_s
        self._secret = secrets.token_bytes(16)
        self._rotated_at = 0.0
        self._generations: list[array[int]] = []
        self._until: array[float] = array("d")

    def add(self, key: bytes, bad: int, blocked_until: float, now: float) -> None:
        """Take over what the table has of `key`."""
        if not self._until:
            size = _ROWS * _BUCKETS
            self._generations = [array("H", bytes(2 * size)), array("H", bytes(2 * size))]
            self._until = array("d", [float("-inf")]) * size
            self._rotated_at = now
        self._rotate(now)
        counts = self._generations[0]
        for place in self._places(key):
            counts[place] = min(_MOST, counts[place] + bad)
            self._until[place] = max(self._until[place], blocked_until)

    def bad(self, key: bytes, now: float) -> int:
        """At least as many bad logins as were added for `key` within the window."""
        if not self._until:
            return 0
        self._rotate(now)
        return min(sum(each[place] for each in self._generations) for place in self._places(key))

    def blocked_until(self, key: bytes) -> float:
        """When a block of `key` ends; minus infinity without one."""
        if not self._until:
            return float("-inf")
        return min(self._until[place] for place in self._places(key))

    def _rotate(self, now: float) -> None:
        while now - self._rotated_at >= self._window_s:
            newest = array("H", bytes(2 * _ROWS * _BUCKETS))
            both_old = now - self._rotated_at >= 2 * self._window_s
            self._generations = [newest, newest[:] if both_old else self._generations[0]]
            self._rotated_at = now if both_old else self._rotated_at + self._window_s

    def _places(self, key: bytes) -> Iterator[int]:
        digest = hashlib.blake2b(key, digest_size=4 * _ROWS, key=self._secret).digest()
        for row in range(_ROWS):
            hashed = int.from_bytes(digest[4 * row : 4 * row + 4], "big")
            yield row * _BUCKETS + hashed % _BUCKETS
