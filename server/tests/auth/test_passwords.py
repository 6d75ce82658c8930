"""Passwords are kept as what SIP digest needs, and compared without telling how far they fit."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.auth import passwords
from offhook.base.errors import UsageError


def test_the_ha1_is_that_of_the_standard() -> None:
    expected = hashlib.sha256(b"alice:offhook:correct horse").hexdigest()
    assert passwords.ha1("alice", "correct horse") == expected


def test_only_the_password_matches() -> None:
    kept = passwords.ha1("alice", "correct horse")
    assert passwords.matches("alice", "correct horse", kept)
    for shown in ("", "correct hors", "Correct horse", "correct horse ", "\ud800", "x" * 10_000):
        assert not passwords.matches("alice", shown, kept)
    assert not passwords.matches("bob", "correct horse", kept)


def test_a_longest_password_matches_whole() -> None:
    kept = passwords.ha1("alice", "x" * 128)
    assert passwords.matches("alice", "x" * 128, kept)
    assert not passwords.matches("alice", "x" * 127, kept)


@given(st.text(), st.text())
def test_nobody_has_no_password(name: str, password: str) -> None:
    assert not passwords.matches(name, password, None)


@pytest.mark.parametrize("password", ["", "short", "x" * 129, "\ud800" * 10])
def test_a_password_has_8_to_128_letters(password: str) -> None:
    with pytest.raises(UsageError, match="8 to 128"):
        passwords.ha1("alice", password)


def test_a_generated_password_is_long_and_never_the_same() -> None:
    made = {passwords.generate() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 16 and password.isalnum() for password in made)
    assert not any(set(password) & set("0O1lI") for password in made)
