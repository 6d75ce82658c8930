"""Endpoints on the command line."""

from typing import Any


def test_the_list_names_the_application(run: Any, run_json: Any) -> None:
    run_json("init")
    application = ("application", "create", "board", "--dialect", "plivo")
    made = run_json(*application, "--answer-url", "https://a.example/")
    run_json("endpoint", "create", "alice", "--application", "board")
    run_json("endpoint", "create", "bob")
    lines = run("endpoint", "list").output.splitlines()
    assert lines[1].split()[:3] == ["alice", "-", "board"]
    assert lines[2].split()[:3] == ["bob", "-", "-"]
    by_name = {each["name"]: each["application"] for each in run_json("endpoint", "list")}
    assert by_name == {"alice": made["id"], "bob": None}


def test_only_named_fields_of_an_endpoint_change(run: Any, run_json: Any) -> None:
    run_json("init")
    run_json(
        "application", "create", "b", "--dialect", "plivo", "--answer-url", "https://a.example/"
    )
    made = run_json("endpoint", "create", "alice", "--alias", "Alice")
    first = made.pop("password")
    changed = run_json("endpoint", "update", "alice", "--application", "b")
    assert changed == {**made, "application": changed["application"]}
    assert changed["application"]
    renewed = run_json("endpoint", "update", "alice", "--new-password")
    assert renewed.pop("password") != first
    assert renewed == changed
    chosen = run_json(
        "endpoint", "update", made["id"], "--password-file", "-", given="correct horse\n"
    )
    assert chosen["password"] == "correct horse"
    alone = run_json("endpoint", "update", "alice", "--no-application", "--alias", "")
    assert (alone["application"], alone["alias"]) == (None, "")


def test_changes_that_contradict_each_other_are_refused(run: Any, run_json: Any) -> None:
    run_json("init")
    run_json("endpoint", "create", "alice")
    both = run("endpoint", "update", "alice", "--application", "b", "--no-application")
    assert both.exit_code == 2
    two = run("endpoint", "update", "alice", "--new-password", "--password-file", "-", given="x")
    assert two.exit_code == 2
    assert run("endpoint", "update", "nobody", "--alias", "x").exit_code == 2
