"""Accounts on the command line."""

from typing import Any


def test_a_new_secret_ends_the_old_one_only_when_that_is_wanted(run: Any, told: Any) -> None:
    old = told("init")["secret"]
    assert run("account", "secret", given="n\n").exit_code == 1
    new = told("account", "secret", "--yes")["secret"]
    assert new != old
    assert len(new) == len(old)
