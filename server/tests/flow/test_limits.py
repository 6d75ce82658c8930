"""How many calls there may be at once."""

import pytest
from offhook.flow.limits import Limits


@pytest.mark.parametrize(
    ("calls", "of_account", "admits"),
    [
        (0, 0, True),
        (9, 1, True),
        (9, 2, False),
        (10, 0, False),
        (6, 6, True),
        (7, 7, False),
        (11, 5, False),
    ],
)
def test_one_more_call_needs_room_on_the_node_and_in_its_account(
    calls: int, of_account: int, admits: bool
) -> None:
    assert Limits(calls=10).admits(calls, of_account) is admits
