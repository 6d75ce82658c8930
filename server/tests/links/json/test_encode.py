"""Encodes the server's longer frames."""

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from offhook.links.json.encode import ends_at, expiry
from offhook.testing.deterministic import ManualClock

NOW = datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize(("after_s", "left_s"), [(3600.0, 3600.0), (0.5, 0.5), (-30.0, 0.0)])
def test_a_tokens_expiry_is_sent_as_a_date_and_as_the_time_left(
    make_party: Any, after_s: float, left_s: float
) -> None:
    end = NOW.timestamp() + after_s
    said = expiry(make_party("alice", expires_at=end), NOW)
    assert said == {"expires_at": end, "expires_in_s": left_s}


def test_a_login_without_expiry_has_no_time_left(make_party: Any) -> None:
    assert expiry(make_party("alice"), NOW) == {"expires_at": None}


def test_the_end_of_a_token_does_not_follow_the_date(make_party: Any) -> None:
    clock = ManualClock()
    party = make_party("alice", expires_at=clock.wall().timestamp() + 60)
    end = ends_at(party, clock)
    assert end == pytest.approx(clock.now() + 60)
    clock.start += timedelta(hours=1)
    assert ends_at(party, clock) == pytest.approx(end - 3600), "a log-in after it does"
    assert ends_at(make_party("alice"), clock) == inf
