"""A URL is parsed once, and one that cannot be parsed with certainty is not requested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.web import WebFailure, WebFault
from offhook.egress.policy import Policy
from offhook.egress.url import parse_url

OPEN = Policy(loopback=True)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://A.Example/x?y=%2Fz&a=b+c#ct=2000", "https://A.Example/x?y=%2Fz&a=b+c"),
        ("https://a.example?x=1", "https://a.example/?x=1"),
        ("http://a.example:8080/%7Euser/", "http://a.example:8080/%7Euser/"),
        ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"),
        ("http://[::1]:9000/x", "http://[::1]:9000/x"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://a_b.example./", "https://a_b.example./"),
    ],
)
def test_a_url_is_sent_as_it_was_signed(url: str, sent: str) -> None:
    assert str(parse_url(url, OPEN).url) == sent


def test_credentials_go_into_a_header_and_out_of_the_url() -> None:
    found = parse_url("https://user:p%40ss@a.example/x", OPEN)
    assert str(found.url) == "https://a.example/x"
    assert found.credentials is not None
    assert found.credentials.basic == "Basic dXNlcjpwQHNz"
    assert "p@ss" not in repr(found)
    assert parse_url("https://a.example/", OPEN).credentials is None


def test_an_origin_is_scheme_host_and_port() -> None:
    origins = {
        parse_url(url, OPEN).origin
        for url in ("https://a.example/x", "https://A.example:443/y", "https://u@a.example/")
    }
    assert len(origins) == 1
    assert parse_url("http://a.example/", OPEN).origin not in origins


@given(st.text(max_size=60).map(lambda text: f"http://{text}"))
def test_arbitrary_text_does_not_raise(text: str) -> None:
    try:
        found = parse_url(text, Policy())
    except WebFailure as failure:
        assert failure.fault in (WebFault.BAD_URL, WebFault.FORBIDDEN_ADDRESS)  # noqa: PT017
    else:
        assert found.url.scheme == "http"
        assert found.host


def test_a_url_that_is_too_long_is_none() -> None:
    with pytest.raises(WebFailure) as failed:
        parse_url("https://a.example/" + "a" * 8000, OPEN)
    assert failed.value.fault is WebFault.BAD_URL
