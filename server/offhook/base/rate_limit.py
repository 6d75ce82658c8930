"""A token bucket rate limiter, with time as an argument."""


class TokenBucket:
    """Allows `burst` at once and `per_s` a second in the long run."""

    def __init__(self, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at = now

    def allows(self, now: float) -> bool:
        """Whether one more is within the rate; if so, it is counted."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def is_full(self, now: float) -> bool:
        """Whether nothing is left to remember."""
        return self._tokens + (now - self._at) * self._per_s >= self._burst
