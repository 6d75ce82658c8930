"""Applications over HTTP."""

from typing import Any


async def test_an_application_is_made_shown_changed_and_deleted(
    rig: Any, make_application: Any
) -> None:
    made = await make_application("board", hangup_url="https://a.example/end")
    path = f"/v1/applications/{made['id']}"
    async with rig.client() as client:
        assert (await client.get(path)).json() == made
        assert made["answer_method"] == "POST"
        change = {"answer_method": "GET", "hangup_url": ""}
        assert (await client.patch(path, json=change)).json() == {**made, **change}
        assert (await client.get("/v1/applications")).json()["items"][0]["name"] == "board"
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404


async def test_urls_must_be_urls(rig: Any) -> None:
    async with rig.client() as client:
        wanted = {"name": "a", "dialect": "neutral", "answer_url": "ftp://a.example"}
        reply = await client.post("/v1/applications", json=wanted)
    assert reply.status_code == 400
    assert "answer_url" in reply.json()["message"]
