"""The fragment of a URL changes the limits of its request, and never beyond what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.url_options import apply_url_options
from offhook.base.web import WebLimits

USUAL = WebLimits(
    connect_s=2.0,
    read_s=40.0,
    total_s=55.0,
    retries=1,
    retry_on=frozenset({"connect", "read"}),
    redirects=10,
    body_bytes=100,
)
WIDEST = WebLimits(
    connect_s=10.0,
    read_s=40.0,
    total_s=55.0,
    retries=5,
    retry_on=frozenset(),
    redirects=10,
    body_bytes=100,
)


def test_all_keys_are_read_and_the_fragment_is_removed() -> None:
    url, limits = apply_url_options(
        "https://a.example/x?y=1#ct=5000&rt=1500&tt=9000&rc=3&rp=5xx,ct", USUAL, WIDEST
    )
    assert url == "https://a.example/x?y=1"
    assert (limits.connect_s, limits.read_s, limits.total_s) == (5.0, 1.5, 9.0)
    assert limits.retries == 3
    assert limits.retry_on == {"5xx", "connect"}


@pytest.mark.parametrize(
    ("fragment", "field", "value"),
    [
        ("ct=99999", "connect_s", 10.0),
        ("ct=1", "connect_s", 0.1),
        ("ct=-5", "connect_s", 2.0),
        ("ct=fast", "connect_s", 2.0),
        ("ct=٣٣٣", "connect_s", 2.0),
        ("rc=9", "retries", 5),
        ("rc=10", "retries", 1),
        ("rp=all", "retry_on", frozenset({"connect", "read", "4xx", "5xx"})),
        ("rp=none", "retry_on", frozenset({"connect", "read"})),
        ("section-2", "retries", 1),
        ("rc=3" + "&x=y" * 100, "retries", 1),
    ],
)
def test_invalid_options_are_ignored(fragment: str, field: str, value: object) -> None:
    url, limits = apply_url_options(f"https://a.example/#{fragment}", USUAL, WIDEST)
    assert url == "https://a.example/"
    assert getattr(limits, field) == value


@given(st.text(max_size=300))
def test_no_fragment_goes_beyond_the_widest(fragment: str) -> None:
    _, limits = apply_url_options(f"https://a.example/#{fragment}", USUAL, WIDEST)
    assert 0.1 <= limits.connect_s <= 10.0
    assert 0.1 <= limits.read_s <= 40.0
    assert 0.1 <= limits.total_s <= 55.0
    assert 0 <= limits.retries <= 5
