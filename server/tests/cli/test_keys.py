"""API keys on the command line."""

from typing import Any

import jwt


def test_a_key_is_made_listed_and_deleted(run: Any, run_json: Any) -> None:
    account = run_json("init")["account"]
    made = run_json("key", "create", "crm")
    assert made["account"] == account
    assert made["id"].startswith("SK")
    assert len(made["secret"]) > 40
    listed = run("key", "list").output
    assert made["id"] in listed
    assert "crm" in listed
    assert made["secret"] not in listed
    assert run("key", "delete", made["id"]).exit_code == 0
    assert run_json("key", "list") == []
    assert run("key", "delete", made["id"]).exit_code == 2


def test_a_key_leaves_the_accounts_own_secret_as_it_is(run_json: Any) -> None:
    secret = run_json("init")["secret"]
    run_json("key", "create", "crm")
    token = run_json("token", "alice")["token"]
    assert jwt.decode(token, secret, algorithms=["HS256"], audience="offhook")
