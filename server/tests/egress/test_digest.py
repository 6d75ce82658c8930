"""Digest answers are those of the RFC's own examples, and no header breaks the reader."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.egress import digest
from offhook.egress.url import Credentials

MUFASA = Credentials(b"Mufasa", b"Circle of Life")
REALM = 'realm="http-auth@example.org", qop="auth, auth-int"'
NONCE = 'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
OPAQUE = 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def _answer(
    header: str, login: Credentials = MUFASA, count: int = 1, target: str = "/dir/index.html"
):
    challenge = digest.choose([header])
    assert challenge is not None
    return digest.answer(challenge, login, method="GET", target=target, count=count, cnonce=CNONCE)


def _parts(answer: str | None) -> dict[str, str]:
    assert answer is not None
    assert answer.startswith("Digest ")
    return {
        name: value.strip('"') for name, value in re.findall(r'([\w*]+)=("[^"]*"|[^,]+)', answer)
    }


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_rfc(algorithm: str, response: str) -> None:
    # RFC 7616 section 3.9.1.
    parts = _parts(_answer(f"Digest {REALM}, algorithm={algorithm}, {NONCE}, {OPAQUE}"))
    assert parts["response"] == response
    assert (parts["qop"], parts["nc"], parts["cnonce"]) == ("auth", "00000001", CNONCE)
    assert (parts["username"], parts["uri"]) == ("Mufasa", "/dir/index.html")
    assert parts["opaque"] == OPAQUE.split('"')[1]


def test_the_example_of_the_older_rfc_without_qop() -> None:
    # RFC 2069, with the correction of its errata 749.
    header = (
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    parts = _parts(_answer(header, Credentials(b"Mufasa", b"CircleOfLife")))
    assert parts["response"] == "1949323746fe6a43ef61f9606e7febea"
    assert not {"qop", "nc", "cnonce", "algorithm"} & parts.keys()


def test_a_user_may_be_sent_as_a_hash() -> None:
    # RFC 7616 section 3.9.2, with an algorithm that every Python has.
    login = Credentials("J\u00e4s\u00f8n Doe".encode(), b"Secret, or not?")
    header = (
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-256, charset=UTF-8,'
        ' nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", userhash=true'
    )
    parts = _parts(_answer(header, login))
    assert parts["username"] == hashlib.sha256(login.user + b":api@example.org").hexdigest()
    assert parts["userhash"] == "true"
    plain = _parts(_answer(header.replace("userhash=true", "userhash=false"), login))
    assert plain["username*"] == "UTF-8''J%C3%A4s%C3%B8n%20Doe"


def test_a_session_algorithm_hashes_the_nonces_into_the_secret() -> None:
    parts = _parts(_answer('Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess', count=3))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(md5("Mufasa:r:Circle of Life") + f":n:{CNONCE}")
    asked = md5("GET:/dir/index.html")
    assert parts["response"] == md5(f"{secret}:n:00000003:{CNONCE}:auth:{asked}")
    assert (parts["algorithm"], parts["nc"]) == ("MD5-sess", "00000003")


@pytest.mark.parametrize(
    ("headers", "algorithm"),
    [
        (['Basic realm="x", Digest realm="r", nonce="n"'], ""),
        (
            ['Digest realm="r", nonce="n", algorithm=SHA-256, Digest realm="r", nonce="m"'],
            "SHA-256",
        ),
        (['Digest realm="r", nonce="n", algorithm=SHA-3, Digest realm="r", nonce="m"'], ""),
        (['Basic realm="a, Digest b"', 'digest realm="r",nonce="n",algorithm="md5"'], "md5"),
        (['Negotiate YWJj, Digest realm="r", nonce="n"'], ""),
        (["Negotiate", 'Digest   realm = "r" , , nonce = "n"'], ""),
        (['Digest realm="a \\"b\\"", nonce="n", qop=auth'], ""),
        (['Digest realm="", nonce="n", qop="auth-int, auth"'], ""),
    ],
)
def test_the_first_challenge_that_can_be_answered_is(headers: list[str], algorithm: str) -> None:
    challenge = digest.choose(headers)
    assert challenge is not None
    assert challenge.algorithm == algorithm


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        'Basic realm="x"',
        "Digest",
        'Digest realm="r"',
        'Digest nonce="n"',
        'Digest realm="r", nonce=""',
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest realm="r", nonce="n", algorithm=MD4',
        'Digest realm="r", nonce="a\x01b"',
        'Bearer realm="r", nonce="n"',
    ],
)
def test_an_unsupported_challenge_is_not_answered(header: str) -> None:
    assert digest.choose([header]) is None


def test_quotes_in_a_challenge_come_back_escaped() -> None:
    answer = _answer(r'Digest realm="a \"b\" \\", nonce="n"')
    assert answer is not None
    assert r'realm="a \"b\" \\"' in answer


def test_a_user_that_would_be_more_than_a_value_is_not_sent() -> None:
    header = 'Digest realm="r", nonce="n"'
    assert _answer(header, Credentials(b"a\r\nX: y", b"")) is None
    injected = _answer(header, Credentials(b'a", uri="/b', b""))
    assert injected is not None
    assert r'username="a\", uri=\"/b"' in injected


@given(st.text(max_size=200), st.binary(max_size=20), st.binary(max_size=20))
def test_arbitrary_headers_do_not_raise(text: str, user: bytes, password: bytes) -> None:
    for header in (text, f"Digest {text}", f'Digest realm="r", nonce="{text}"', f"Digest {text},"):
        challenge = digest.choose([header])
        if challenge is None:
            continue
        login = Credentials(user, password)
        answer = digest.answer(challenge, login, method="GET", target="/", count=1, cnonce="c")
        assert answer is None or not re.search(r"[\x00-\x1f\x7f]", answer)
