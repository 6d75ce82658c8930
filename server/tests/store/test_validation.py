"""What is kept is checked first, and a refusal names the field."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.errors import UsageError
from offhook.store import validation


@pytest.mark.parametrize("name", ["a", "Alice Ünicode", "日本語", "a" * 128, "<b>&'\""])
def test_a_label_may_be_in_any_language(name: str) -> None:
    assert validation.label("alias", name) == name


@pytest.mark.parametrize(
    "name", ["\x1b[31mred", "a\r\nb", "\u202eabc", "\u2066x", "\x85", "\ud800"]
)
def test_a_label_controls_no_terminal_and_turns_no_text(name: str) -> None:
    with pytest.raises(UsageError, match="alias"):
        validation.label("alias", name)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/answer",
        "https://user:pass@a.example/x?y=1#ct=2000&rc=3",
        "https://bücher.example/ä",
        "https://[2001:db8::1]:8443/",
    ],
)
def test_every_fetchable_url_is_accepted(url: str) -> None:
    assert validation.url("answer_url", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "//a.example/",
        "HTTP//x",
        "http://",
        "http://:80/",
        "https://a.example/\n",
        "https://a.example/\x00",
        "https://[::1/",
        "https://a.example:port/",
        "file:///etc/passwd",
        "https://a.example/" + "a" * 4000,
    ],
)
def test_an_invalid_url_is_rejected(url: str) -> None:
    with pytest.raises(UsageError, match="answer_url"):
        validation.url("answer_url", url)


@given(st.text(max_size=60))
def test_arbitrary_text_is_checked_without_errors(text: str) -> None:
    for check in (
        lambda: validation.url("f", text),
        lambda: validation.label("f", text),
        lambda: validation.optional_label("f", text),
        lambda: validation.optional_url("f", text),
        lambda: validation.endpoint_name(text),
        lambda: validation.digits(text),
        lambda: validation.method("f", text),
        lambda: validation.dialect(text, frozenset({"latin"})),
    ):
        with contextlib.suppress(UsageError):
            check()
