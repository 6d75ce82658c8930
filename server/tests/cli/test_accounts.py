"""Accounts on the command line."""

from typing import Any


def test_a_new_secret_replaces_the_old_one_only_on_request(run: Any, run_json: Any) -> None:
    old = run_json("init")["secret"]
    assert run("account", "secret", given="n\n").exit_code == 1
    new = run_json("account", "secret", "--yes")["secret"]
    assert new != old
    assert len(new) == len(old)


def test_a_second_account_is_created_only_on_request(run: Any, run_json: Any) -> None:
    first = run_json("init")["account"]
    again = run("init", "--name", "Example")
    assert again.exit_code == 2
    for part in (first, "offhook key create", "--another"):
        assert part in again.output
    assert len(run_json("account", "list")) == 1
    run_json("init", "--another", "--name", "Example")
    assert len(run_json("account", "list")) == 2


def test_an_account_is_deleted_with_what_is_its_own(run: Any, run_json: Any) -> None:
    first = run_json("init")["account"]
    second = run_json("init", "--another", "--name", "Example")["account"]
    run_json("endpoint", "create", "alice", "--account", second)
    kept = run("account", "delete", second, given="n\n")
    assert kept.exit_code == 1
    assert "Example" in kept.output
    assert run("account", "delete", second, "--yes").exit_code == 0
    assert [each["id"] for each in run_json("account", "list")] == [first]
    assert run("account", "delete", second, "--yes").exit_code == 2
