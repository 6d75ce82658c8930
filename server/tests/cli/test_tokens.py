"""Tokens by hand."""

from typing import Any

import jwt


def claims(token: str) -> Any:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_token_is_all_that_is_printed(run: Any, run_json: Any) -> None:
    secret = run_json("init")["secret"]
    run_json(
        "application", "create", "board", "--dialect", "plivo", "--answer-url", "https://a.example"
    )
    result = run("token", "alice", "--application", "board", "--parameter", "room=1=2")
    token = result.stdout.strip()
    voice = jwt.decode(token, secret, algorithms=["HS256"], audience="offhook")["grants"]["voice"]
    assert voice["parameters"] == {"room": "1=2"}
    assert (voice["incoming"], voice["outgoing"]) == (True, True)


def test_token_options_restrict_grants_and_lifetime(run: Any, run_json: Any) -> None:
    run("init")
    token = run_json("token", "alice", "--no-outgoing", "--lifetime-s", "60")["token"]
    assert claims(token)["grants"]["voice"]["outgoing"] is False
    assert claims(token)["exp"] - claims(token)["iat"] == 60


def test_nonsense_is_refused(run: Any) -> None:
    run("init")
    assert "NAME=VALUE" in run("token", "alice", "--parameter", "room").output
    assert "86400" in run("token", "alice", "--lifetime-s", "86401").output
    assert run("token", "alice", "--application", "none").exit_code == 2
    assert run("token", "two\nlines").exit_code == 1


def test_a_token_for_a_name_without_an_endpoint_is_warned_about(run: Any, run_json: Any) -> None:
    run_json("init")
    run_json("endpoint", "create", "alice")
    assert run("token", "alice").stderr == ""
    warned = run("token", "alcie")
    assert "no endpoint 'alcie'" in warned.stderr
    assert "cannot call" in warned.stderr
    assert claims(warned.stdout.strip())["sub"]
