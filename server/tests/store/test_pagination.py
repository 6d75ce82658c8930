"""Cursors round-trip; anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.errors import UsageError
from offhook.store import pagination

WORDS = st.lists(
    st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=60),
    min_size=1,
    max_size=3,
)


@given(WORDS)
def test_a_place_is_read_as_it_was_written(words: list[str]) -> None:
    place = pagination.encode_cursor(words)
    assert pagination.decode_cursor(place, len(words)) == (words if place else [])


@given(st.text(max_size=100))
def test_arbitrary_text_is_refused_or_decoded(rubbish: str) -> None:
    try:
        words = pagination.decode_cursor(rubbish, 2)
    except UsageError:
        return
    assert len(words) == (2 if rubbish else 0)


@pytest.mark.parametrize("place", ["!", "a" * 600, "_w", pagination.encode_cursor(["a", "b"])])
def test_an_invalid_cursor_is_rejected(place: str) -> None:
    with pytest.raises(UsageError, match="after"):
        pagination.decode_cursor(place, 1)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_1_to_1000_items(limit: int) -> None:
    with pytest.raises(UsageError, match="1 to 1000"):
        pagination.check_limit(limit)


def test_only_a_page_that_is_not_the_last_has_a_next_cursor() -> None:
    last = pagination.page(["a", "b"], 2, lambda word: [word])
    assert last == pagination.Page(("a", "b"))
    first = pagination.page(["a", "b", "c"], 2, lambda word: [word])
    assert first.items == ("a", "b")
    assert pagination.decode_cursor(first.next, 1) == ["b"]
