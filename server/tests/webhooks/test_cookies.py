"""Cookies belong to one call and one server, and never to too many."""

from offhook.base.ids import CallId
from offhook.webhooks.cookies import CookieJars
from yarl import URL

ONE, TWO = CallId("1" * 32), CallId("2" * 32)
HERE = URL("http://127.0.0.1:8000/answer")


async def test_a_cookie_comes_back_within_its_call() -> None:
    jars = CookieJars()
    jars.keep(ONE, HERE, ["id=abc; Path=/; HttpOnly", "b=2"])
    assert set(jars.header(ONE, HERE).split("; ")) == {"id=abc", "b=2"}
    assert jars.header(TWO, HERE) == ""
    assert jars.header(None, HERE) == ""
    assert jars.header(ONE, URL("http://other.example/")) == ""


async def test_a_secure_cookie_stays_off_plain_http() -> None:
    jars = CookieJars()
    jars.keep(ONE, URL("https://a.example/"), ["id=abc; Secure"])
    assert jars.header(ONE, URL("https://a.example/x")) == "id=abc"
    assert jars.header(ONE, URL("http://a.example/x")) == ""


async def test_a_server_sets_no_cookies_for_others() -> None:
    jars = CookieJars()
    jars.keep(ONE, URL("https://evil.example/"), ["id=abc; Domain=a.example"])
    assert jars.header(ONE, URL("https://a.example/")) == ""


async def test_an_ended_call_has_none() -> None:
    jars = CookieJars()
    jars.keep(ONE, HERE, ["id=abc"])
    jars.forget(ONE)
    jars.forget(ONE)
    assert jars.header(ONE, HERE) == ""
    assert len(jars) == 0


async def test_cookies_are_bounded_in_size_and_number() -> None:
    jars = CookieJars()
    jars.keep(ONE, HERE, ["long=" + "x" * 5000])
    assert jars.header(ONE, HERE) == ""
    for number in range(200):
        jars.keep(ONE, HERE, [f"c{number}=x"])
    assert len(jars.header(ONE, HERE).split("; ")) <= 50


async def test_calls_with_cookies_are_bounded() -> None:
    jars = CookieJars(max_calls=100)
    for number in range(110):
        jars.keep(CallId(f"{number:032x}"), HERE, ["a=b"])
    assert len(jars) == 100
    assert jars.header(CallId(f"{0:032x}"), HERE) == ""


async def test_malformed_cookies_are_ignored() -> None:
    jars = CookieJars()
    jars.keep(ONE, HERE, ["", ";", "=", "\x00=\x00", "a=b\r\nX: y"])
    assert "\r" not in jars.header(ONE, HERE)
