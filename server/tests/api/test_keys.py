"""API keys over HTTP: what a program is given in place of the account's own secret."""

from typing import Any

import jwt


async def test_a_key_does_what_the_account_does_until_it_is_deleted(api: Any) -> None:
    async with api.client() as client:
        made = await client.post("/v1/keys", json={"name": "crm"})
        assert made.status_code == 201
        id, secret = made.json()["id"], made.json()["secret"]
        (listed,) = (await client.get("/v1/keys")).json()["items"]
        assert listed == {k: v for k, v in made.json().items() if k != "secret"}
        by_key = await client.get("/v1/account", auth=(id, secret))
        assert by_key.json()["id"] == api.account
        assert (await client.delete(f"/v1/keys/{id}")).status_code == 204
        assert (await client.get("/v1/account", auth=(id, secret))).status_code == 401
        assert (await client.delete(f"/v1/keys/{id}")).status_code == 404


async def test_tokens_outlive_the_key_that_signed_them(api: Any) -> None:
    async with api.client() as client:
        made = (await client.post("/v1/keys", json={"name": "crm"})).json()
        auth = (made["id"], made["secret"])
        token = (await client.post("/v1/tokens", json={"name": "alice"}, auth=auth)).json()
        await client.delete(f"/v1/keys/{made['id']}")
    unchecked: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims = jwt.decode(
        token["token"], api.secret, algorithms=["HS256"], audience="offhook", options=unchecked
    )
    assert claims["iss"] == api.account


async def test_a_key_needs_a_name(api: Any) -> None:
    async with api.client() as client:
        refused = await client.post("/v1/keys", json={"name": ""})
    assert (refused.status_code, refused.json()["field"]) == (400, "name")
