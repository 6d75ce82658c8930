"""URLs get their parameters, and their password is never shown."""

import pytest
from offhook.base.web import (
    Signing,
    WebFailure,
    WebFault,
    with_hidden_password,
    with_kept_password,
    with_query,
    without_login,
)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("http://a/b", "http://a/b?x=1+%26"),
        ("http://a/b?c=d", "http://a/b?c=d&x=1+%26"),
        ("http://a/b?", "http://a/b?x=1+%26"),
        ("http://a/b?c&", "http://a/b?c&x=1+%26"),
    ],
)
def test_parameters_go_behind_those_that_there_are(url: str, whole: str) -> None:
    assert with_query(url, (("x", "1 &"),)) == whole
    assert with_query(url, ()) == url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://joe:secret@a.example/x?y=z@w", "https://a.example/x?y=z@w"),
        ("https://joe@a.example", "https://a.example"),
        ("http://joe:p@ss@a.example:80/", "http://a.example:80/"),
        ("https://a.example/x@y", "https://a.example/x@y"),
        ("https://a.example?mail=a@b", "https://a.example?mail=a@b"),
        ("tried http://u:p@a/ and postgresql://v:q@b/c", "tried http://a/ and postgresql://b/c"),
        ("'http://a', 'u:p@b'", "'http://a', 'u:p@b'"),
        ("sip:bob@a.example", "sip:bob@a.example"),
        ("no url", "no url"),
    ],
)
def test_no_user_and_password_is_shown(text: str, shown: str) -> None:
    assert without_login(text) == shown


def test_a_password_that_was_hidden_is_kept_by_a_change() -> None:
    url = "https://joe:se:cret@a.example:8443/x?y=1"
    hidden = with_hidden_password(url)
    assert hidden == "https://joe:***@a.example:8443/x?y=1"
    assert with_kept_password(hidden, url) == url
    moved = hidden.replace("/x", "/other")
    assert with_kept_password(moved, url) == url.replace("/x", "/other")
    assert with_hidden_password("https://a.example/") == "https://a.example/"
    assert with_hidden_password("https://joe@a.example/") == "https://joe@a.example/"


@pytest.mark.parametrize(
    "changed",
    [
        "https://joe:***@b.example:8443/x",
        "https://joe:***@a.example/x",
        "https://jim:***@a.example:8443/x",
        "http://joe:***@a.example:8443/x",
        "https://joe:new@a.example:8443/x",
        "https://a.example:8443/x",
    ],
)
def test_a_password_goes_to_no_other_server(changed: str) -> None:
    assert with_kept_password(changed, "https://joe:secret@a.example:8443/x") == changed


def test_a_secret_is_not_in_the_text_of_what_is_signed_with_it() -> None:
    assert "secret" not in repr(Signing(dialect="x", secret="secret", nonce="1")).replace(
        "secret=", ""
    )


URL = "https://ann:secret@app.example:8443/voice?token=secret"


@pytest.mark.parametrize("fault", WebFault)
def test_each_fault_is_a_word_and_a_sentence_without_the_url(fault: WebFault) -> None:
    said = str(WebFailure(fault, URL))
    word, _, sentence = said.partition(": ")
    assert word == fault.value
    assert len(sentence) > 20
    assert "secret" not in said
    assert "/voice" not in said


def test_the_host_the_status_and_the_detail_are_named() -> None:
    failure = WebFailure(WebFault.STATUS, URL, status=502)
    assert str(failure).startswith("status 502: app.example:8443 answered with an error")
    failure = WebFailure(WebFault.CONNECT, URL, detail="Connection refused")
    assert str(failure) == (
        "connect: app.example:8443 takes no connection: is the application running there?"
        " (Connection refused)"
    )


@pytest.mark.parametrize("url", ["", "/relative", "http://[broken", "http://a\nb/", "nonsense"])
def test_an_invalid_url_gives_a_one_line_message(url: str) -> None:
    assert "\n" not in str(WebFailure(WebFault.DNS, url))
