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
def test_arbitrary_values_do_not_raise(reader: str, value: object) -> None:
    try:
        READERS[reader](value)
    except Refused as refused:
        assert refused.code.startswith("invalid-access-token-")  # noqa: PT017  (it may be good)


def test_absent_claims_are_empty() -> None:
    assert claims.mapping(None, "x") == {}
    assert claims.flag(None, "x") is False
    assert claims.word(None, "x") == ""
    assert claims.parameters(None, "x") == {}


@pytest.mark.parametrize("value", [True, "1", None, -1, float("nan"), float("inf"), 10**400])
def test_invalid_times_are_none(value: object) -> None:
    assert claims.seconds(value) is None


def test_numbers_and_truth_values_are_written_out() -> None:
    found = claims.parameters({"a": 1, "b": True, "c": 1.5, "d": "x"}, "p")
    assert found == {"a": "1", "b": "true", "c": "1.5", "d": "x"}


@pytest.mark.parametrize(
    "name",
    [
        *("a", "Zoë", "a.b+c@d", "日本", "a/b", "auth0|5f7c8ec7c33c6c004bbafe82", "Ann B. Clark"),
        *("google-oauth2|1", "a<b>", '"q"', "50%", "50%-60%", "{x}", "a\\b", "[::1]", "a^`b", "😀"),
        "x" * 256,
    ],
)
def test_a_name_may_have_any_letters_that_can_be_printed(name: str) -> None:
    assert claims.name(name) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (15129918788, "15129918788"),
        (0, "0"),
        (" 15129918788", "15129918788"),
        ("bob \n", "bob"),
        ("\u3000bob", "bob"),
    ],
)
def test_numbers_and_blanks_at_the_ends_make_no_difference(value: object, name: str) -> None:
    assert claims.name(value) == name


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the identity must be a text, but is missing"),
        (True, "but is true or false"),
        (1.5, "but is a number with a fraction"),
        ([], "but is a list"),
        ({}, "but is an object"),
        ("", "the identity is empty"),
        (" \t", "is empty"),
        ("x" * 257, "has 257 characters; at most 256 are allowed"),
        ("a\nb", "has U+000A as its character 2, which cannot be printed"),
        ("ab\u202e", "has U+202E as its character 3"),
        ("a\ud800", "has U+D800"),
        ("bob%3Bx", "has a % that two hexadecimal digits follow, as its character 4"),
    ],
)
def test_an_invalid_name_is_explained_without_repeating_it(value: object, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        claims.name(value, "the identity")
    assert reason in str(refused.value)
    assert "bob" not in str(refused.value)
