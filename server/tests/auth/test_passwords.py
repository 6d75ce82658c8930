"""Passwords are kept as what SIP digest needs, and compared in constant time."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.auth import passwords
from offhook.base.errors import UsageError


def test_the_digests_are_those_of_the_standard() -> None:
    text = b"alice:offhook:correct horse"
    kept = passwords.digests("alice", "correct horse")
    assert kept.sha256 == hashlib.sha256(text).hexdigest()
    assert kept.md5 == hashlib.md5(text, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("md5", hashlib.md5), ("sha256", hashlib.sha256)]
)
def test_a_desk_phones_answer_can_be_checked_by_them(algorithm: str, digest: Any) -> None:
    """RFC 3261 section 22.4, RFC 7616 section 3.4.1: what a phone makes of a challenge with our realm."""

    def hashed(text: str) -> str:
        return digest(text.encode()).hexdigest()

    asked = hashed("REGISTER:sip:calls.example")
    rest = f"nonce:00000001:cnonce:auth:{asked}"
    answered = hashed(f"{hashed(f'zoë:{passwords.REALM}:correct horse')}:{rest}")
    kept = getattr(passwords.digests("zoë", "correct horse"), algorithm)
    assert hashed(f"{kept}:{rest}") == answered


def test_only_the_password_matches() -> None:
    kept = passwords.digests("alice", "correct horse")
    assert passwords.matches("alice", "correct horse", kept)
    for shown in ("", "correct hors", "Correct horse", "correct horse ", "\ud800", "x" * 10_000):
        assert not passwords.matches("alice", shown, kept)
    assert not passwords.matches("bob", "correct horse", kept)


def test_a_longest_password_matches_whole() -> None:
    kept = passwords.digests("alice", "x" * 128)
    assert passwords.matches("alice", "x" * 128, kept)
    assert not passwords.matches("alice", "x" * 127, kept)


def test_text_beyond_the_longest_password_is_ignored() -> None:
    kept = passwords.digests("alice", "x" * 128)
    assert passwords.matches("alice", "x" * 200, kept)
    assert passwords.of_shown("alice", "x" * 200) == kept


@given(st.text(), st.text())
def test_an_unknown_endpoint_matches_no_password(name: str, password: str) -> None:
    assert not passwords.matches(name, password, None)


@pytest.mark.parametrize("password", ["", "short", "x" * 129, "\ud800" * 10])
def test_a_password_has_8_to_128_letters(password: str) -> None:
    with pytest.raises(UsageError, match="8 to 128"):
        passwords.digests("alice", password)


def test_a_generated_password_is_long_and_never_the_same() -> None:
    made = {passwords.generate() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 16 and password.isalnum() for password in made)
    assert not any(set(password) & set("0O1lI") for password in made)
