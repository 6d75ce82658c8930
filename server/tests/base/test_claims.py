"""Claims of any shape become values, or are refused by name."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base import claims
from offhook.base.errors import Refused

READERS: dict[str, Callable[[object], object]] = {
    "name": claims.name,
    "mapping": lambda value: claims.mapping(value, "x"),
    "flag": lambda value: claims.flag(value, "x"),
    "word": lambda value: claims.word(value, "x"),
    "parameters": lambda value: claims.parameters(value, "x"),
    "seconds": claims.seconds,
}
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@pytest.mark.parametrize("reader", READERS)
@given(value=ANYTHING)
def test_nothing_breaks_a_reader(reader: str, value: object) -> None:
    try:
        READERS[reader](value)
    except Refused as refused:
        assert refused.code.startswith("invalid-access-token-")  # noqa: PT017  (it may be good)


def test_what_is_absent_is_empty() -> None:
    assert claims.mapping(None, "x") == {}
    assert claims.flag(None, "x") is False
    assert claims.word(None, "x") == ""
    assert claims.parameters(None, "x") == {}


@pytest.mark.parametrize("value", [True, "1", None, -1, float("nan"), float("inf"), 10**400])
def test_what_is_no_time_is_none(value: object) -> None:
    assert claims.seconds(value) is None


def test_numbers_and_truth_values_are_written_out() -> None:
    found = claims.parameters({"a": 1, "b": True, "c": 1.5, "d": "x"}, "p")
    assert found == {"a": "1", "b": "true", "c": "1.5", "d": "x"}


@pytest.mark.parametrize("name", ["a", "Zoë", "a.b+c@d", "日本", "a/b"])
def test_a_name_may_be_in_any_language(name: str) -> None:
    assert claims.name(name) == name
