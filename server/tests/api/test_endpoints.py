"""Endpoints over HTTP."""

from typing import Any

from offhook.auth.passwords import digests, matches


async def test_an_endpoint_is_made_shown_changed_and_deleted(
    api: Any, make_application: Any
) -> None:
    application = (await make_application())["id"]
    async with api.client() as client:
        wanted = {"name": "alice", "alias": "Alice", "application": application}
        made = (await client.post("/v1/endpoints", json=wanted)).json()
        assert len(made.pop("password")) == 16
        assert (await client.get("/v1/endpoints/alice")).json() == made
        assert (await client.get(f"/v1/endpoints/{made['id']}")).json() == made
        changed = (await client.patch("/v1/endpoints/alice", json={"application": ""})).json()
        assert changed == {**made, "application": None}
        back = (await client.patch("/v1/endpoints/alice", json={"application": application})).json()
        assert back == made
        assert (await client.delete("/v1/endpoints/alice")).status_code == 204
        assert (await client.get("/v1/endpoints/alice")).status_code == 404


async def test_a_password_can_be_set_and_changed_and_is_shown_once(api: Any) -> None:
    async with api.client() as client:
        wanted = {"name": "alice", "password": "correct horse"}
        assert (await client.post("/v1/endpoints", json=wanted)).json()[
            "password"
        ] == "correct horse"
        changed = await client.patch("/v1/endpoints/alice", json={"password": "battery staple"})
        assert "password" not in changed.json()
        short = await client.patch("/v1/endpoints/alice", json={"password": "short"})
        assert short.status_code == 400
    found = await api.deps.store.endpoints.credentials(api.account, "alice")
    assert matches("alice", "battery staple", found[1])
    assert found[1] == digests("alice", "battery staple")


async def test_a_list_comes_in_pages(api: Any) -> None:
    async with api.client() as client:
        for name in "dcba":
            await client.post("/v1/endpoints", json={"name": name})
        names, after = [], ""
        while True:
            reply = await client.get("/v1/endpoints", params={"limit": 3, "after": after})
            page = reply.json()
            names += [item["name"] for item in page["items"]]
            after = page["next"]
            if not after:
                break
        assert names == list("abcd")
        for wrong in ({"limit": 0}, {"limit": 1001}, {"after": "nonsense!"}):
            assert (await client.get("/v1/endpoints", params=wrong)).status_code == 400
