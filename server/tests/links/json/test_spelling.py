"""How the server's longer frames are spelled."""

from datetime import UTC, datetime
from typing import Any

import pytest
from offhook.links.json.spelling import expiry

NOW = datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize(("after_s", "left_s"), [(3600.0, 3600.0), (0.5, 0.5), (-30.0, 0.0)])
def test_a_token_s_end_is_said_as_a_date_and_as_the_time_left(
    make_party: Any, after_s: float, left_s: float
) -> None:
    end = NOW.timestamp() + after_s
    said = expiry(make_party("alice", expires_at=end), NOW)
    assert said == {"expires_at": end, "expires_in_s": left_s}


def test_a_log_in_that_never_ends_has_no_time_left_to_say(make_party: Any) -> None:
    assert expiry(make_party("alice"), NOW) == {"expires_at": None}
