"""Accounts and access tokens."""

from typing import Any

import pytest
from offhook.auth.native_tokens import NativeTokens
from offhook.auth.tokens import Tokens


class Directory:
    """As `auth.grants.Directory`, on the store."""

    def __init__(self, store: Any) -> None:
        self.application = store.application
        self.endpoint = store.endpoints.find


async def test_an_account_is_shown_without_its_secret(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get("/v1/account")
    assert reply.json()["name"] == "default"
    assert api.secret not in reply.text


async def test_a_token_signs_in_the_named_endpoint(api: Any, make_application: Any) -> None:
    application = await make_application()
    wanted = {"name": "alice", "application": application["id"], "parameters": {"room": "1"}}
    async with api.client() as client:
        reply = await client.post("/v1/tokens", json=wanted)
    assert reply.status_code == 201
    tokens = Tokens(api.deps.store, Directory(api.deps.store), api.clock, [NativeTokens()])
    party = await tokens.verify(reply.json()["token"])
    assert (party.name, party.application) == ("alice", application["id"])
    assert party.parameters == {"room": "1"}
    assert party.expires_at == api.clock.wall().timestamp() + 3600


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lifetime_s": 59}, "lifetime_s"),
        ({"lifetime_s": 86_401}, "lifetime_s"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_token_that_makes_no_sense(api: Any, change: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        reply = await client.post("/v1/tokens", json={"name": "alice", **change})
    assert (reply.status_code, reply.json()["field"]) == (400, field)
