"""Rows of the version before become rows of this one; tests/store/test_journal_fold.py reads whole calls."""

import pytest
from offhook.base.ids import CallId
from offhook.store.former_entries import FormerEntries
from offhook.store.journal_entries import Kind

CALL = CallId("a" * 32)


@pytest.mark.parametrize(
    ("kind", "former", "row"),
    [
        (Kind.OPENED, [CALL, 1.5], [CALL, 1, 0, 1.5]),
        (Kind.INPUT, [CALL, 3, 0.5, "sealed"], [CALL, 1, 0, 3, 0, 0.5, "sealed"]),
        (Kind.ENDED, [CALL, []], [CALL, 1, 0, []]),
        (Kind.SETTLED, [CALL], [CALL, 1, 0]),
        (
            Kind.NOTED,
            [CALL, 4, 2.0, "leg-ended", "l", {"by": "peer"}, 3, "sealed"],
            [CALL, 1, 0, 4, 0, 2.0, "leg-ended", "l", {"by": "peer"}, 3, "sealed"],
        ),
    ],
)
def test_rows_get_an_epoch_and_a_number_of_the_detail(
    kind: Kind, former: list[object], row: list[object]
) -> None:
    assert FormerEntries().read(kind, former) == row


def test_a_play_is_named_by_the_entry_with_which_it_began() -> None:
    former = FormerEntries()
    began = former.read(Kind.NOTED, [CALL, 4, 2.0, "digits-sent", "l", {"play": 1, "keys": 2}])
    assert began[7:] == ["l", {"keys": 2}]
    for event in ("play-ended", "control-accepted"):
        named = former.read(Kind.NOTED, [CALL, 5, 2.0, event, "l", {"play": 1}])
        assert named[-1] == {"play": 4}
    unknown = former.read(Kind.NOTED, [CALL, 6, 2.0, "play-ended", "l", {"play": 9}])
    assert unknown[-1] == {"play": 9}
