"""Errors name the field and the cure, and tell nothing else."""

from typing import Any

from offhook.base.errors import Unavailable


async def test_a_wrong_field_is_named_and_not_repeated(rig: Any) -> None:
    async with rig.client() as client:
        wanted = {"name": "alice", "password": "p" * 200}
        reply = await client.post("/v1/endpoints", json=wanted)
    assert reply.status_code == 400
    body = reply.json()
    assert (body["code"], body["field"]) == ("bad-request", "password")
    assert "ppp" not in reply.text


async def test_a_body_that_is_no_json_is_told_so(rig: Any) -> None:
    async with rig.client() as client:
        reply = await client.post(
            "/v1/endpoints", content=b"{", headers={"content-type": "application/json"}
        )
        assert (reply.status_code, reply.json()["code"]) == (400, "bad-request")
        reply = await client.post("/v1/endpoints", json={"name": "a", "colour": "red"})
        assert reply.json()["field"] == "colour"


async def test_a_name_that_is_taken_is_a_conflict(rig: Any) -> None:
    async with rig.client() as client:
        await client.post("/v1/endpoints", json={"name": "alice"})
        reply = await client.post("/v1/endpoints", json={"name": "alice"})
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


async def test_another_method_is_refused(rig: Any) -> None:
    async with rig.client() as client:
        reply = await client.put("/v1/endpoints")
    assert reply.json()["message"] == "this method is not allowed here"


async def test_our_own_mistakes_are_told_by_an_id_only(
    rig: Any, monkeypatch: Any, caplog: Any
) -> None:
    async def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(rig.rooms.store.endpoints, "list", breaks)
    async with rig.client() as client:
        reply = await client.get("/v1/endpoints")
    assert reply.status_code == 500
    assert "secret detail" not in reply.text
    assert reply.json()["request_id"] == caplog.records[-1].request


async def test_what_is_down_is_unavailable(rig: Any, monkeypatch: Any) -> None:
    async def down(*args: Any, **kwargs: Any) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(rig.rooms.store.endpoints, "list", down)
    async with rig.client() as client:
        assert (await client.get("/v1/endpoints")).status_code == 503
