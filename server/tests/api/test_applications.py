"""Applications over HTTP."""

from typing import Any


async def test_an_application_is_made_shown_changed_and_deleted(
    api: Any, make_application: Any
) -> None:
    made = await make_application("board", hangup_url="https://a.example/end")
    path = f"/v1/applications/{made['id']}"
    async with api.client() as client:
        assert (await client.get(path)).json() == made
        assert made["answer_method"] == "POST"
        change = {"answer_method": "GET", "hangup_url": ""}
        changed = {**made, **change}
        assert (await client.patch(path, json=change)).json() == {**changed, "warnings": []}
        assert (await client.get(path)).json() == changed
        assert (await client.get("/v1/applications")).json()["items"][0]["name"] == "board"
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404


async def test_urls_must_be_urls(api: Any) -> None:
    async with api.client() as client:
        wanted = {"name": "a", "dialect": "neutral", "answer_url": "ftp://a.example"}
        reply = await client.post("/v1/applications", json=wanted)
    assert reply.status_code == 400
    assert "answer_url" in reply.json()["message"]


async def test_an_application_is_meant_by_its_name_or_its_id(
    api: Any, make_application: Any
) -> None:
    made = await make_application("switchboard")
    async with api.client() as client:
        assert (await client.get("/v1/applications/switchboard")).json() == made
        for number, meant in enumerate(("switchboard", made["id"])):
            endpoint = {"name": f"alice{number}", "application": meant}
            digits = {"digits": f"1555123000{number}", "application": meant}
            for path, wanted in (("endpoints", endpoint), ("numbers", digits)):
                reply = await client.post(f"/v1/{path}", json=wanted)
                assert reply.json()["application"] == made["id"], path
                name = wanted.get("name") or wanted["digits"]
                change = {"application": meant}
                changed = await client.patch(f"/v1/{path}/{name}", json=change)
                assert changed.json()["application"] == made["id"], path
            token = await client.post("/v1/tokens", json=endpoint)
            assert token.status_code == 201
            unknown = await client.post("/v1/endpoints", json={"name": "b", "application": "none"})
            assert unknown.status_code == 404
        change = {"answer_url": "https://b.example/"}
        changed = (await client.patch("/v1/applications/switchboard", json=change)).json()
        assert changed == {**made, **change, "warnings": []}
        assert (await client.delete("/v1/applications/switchboard")).status_code == 204


async def test_the_password_of_a_url_is_not_shown_and_kept(api: Any, make_application: Any) -> None:
    secret = {
        field: f"https://joe:s3cret@a.example/{field}"
        for field in ("answer_url", "fallback_url", "hangup_url")
    }
    made = await make_application("board", **secret)
    async with api.client() as client:
        shown = (await client.get("/v1/applications/board")).json()
        listed = (await client.get("/v1/applications")).text
        changed = await client.patch("/v1/applications/board", json={**_changeable(shown)})
    assert made == shown
    assert changed.json() == {**shown, "warnings": []}
    assert shown["answer_url"] == "https://joe:***@a.example/answer_url"
    assert "s3cret" not in f"{made}{listed}"
    (kept,) = (await api.deps.store.applications.list(api.account)).items
    assert {field: getattr(kept, field) for field in secret} == secret


async def test_a_url_that_the_server_will_refuse_is_warned_about(api: Any) -> None:
    wanted = {"name": "board", "dialect": "neutral", "answer_url": "http://10.0.0.9:8000/"}
    async with api.client() as client:
        made = await client.post("/v1/applications", json=wanted)
        change = {"answer_url": "https://a.example/", "hangup_url": "http://u:s3cret@localhost/"}
        changed = await client.patch("/v1/applications/board", json=change)
    assert made.status_code == 201
    (of_answer,) = made.json()["warnings"]
    assert of_answer.startswith("answer_url: 10.0.0.9 is a private address")
    assert "--allow-webhook 10.0.0.9" in of_answer
    (of_hangup,) = changed.json()["warnings"]
    assert of_hangup.startswith("hangup_url: localhost is a private address")
    assert "s3cret" not in changed.text


def _changeable(shown: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in shown.items() if name != "id"}
