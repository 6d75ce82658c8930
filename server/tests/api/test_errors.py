"""Errors name the field and a hint, and nothing else."""

from typing import Any

import pytest
from offhook.base.errors import Unavailable


async def test_a_wrong_field_is_named_and_not_repeated(api: Any) -> None:
    async with api.client() as client:
        wanted = {"name": "alice", "password": "p" * 200}
        reply = await client.post("/v1/endpoints", json=wanted)
    assert reply.status_code == 400
    body = reply.json()
    assert (body["code"], body["field"]) == ("bad-request", "password")
    assert "ppp" not in reply.text


async def test_a_body_that_is_not_json_is_rejected(api: Any) -> None:
    async with api.client() as client:
        reply = await client.post(
            "/v1/endpoints", content=b"{", headers={"content-type": "application/json"}
        )
        assert (reply.status_code, reply.json()["code"]) == (400, "bad-request")
        for content, kind in (
            (b"{", "json"),
            (b'{"name": "a"}', "x-www-form-urlencoded"),
            (b"[]", "json"),
        ):
            headers = {"content-type": f"application/{kind}"}
            reply = await client.post("/v1/endpoints", content=content, headers=headers)
            assert reply.json()["field"] == "body"
            assert "JSON object, with `Content-Type: application/json`" in reply.json()["message"]
        reply = await client.post("/v1/endpoints", json={"name": "a", "colour": "red"})
        assert reply.json()["field"] == "colour"


async def test_a_name_that_is_taken_is_a_conflict(api: Any) -> None:
    async with api.client() as client:
        await client.post("/v1/endpoints", json={"name": "alice"})
        reply = await client.post("/v1/endpoints", json={"name": "alice"})
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/endpoints", "GET, HEAD, POST"),
        ("POST", "/v1/endpoints/alice", "GET, HEAD, PATCH, DELETE"),
        ("GET", "/v1/tokens", "POST"),
        ("POST", "/health", "GET, HEAD"),
        ("POST", "/metrics", "GET, HEAD"),
        ("DELETE", "/", "GET, HEAD"),
        ("POST", "/sdk/offhook.js", "GET, HEAD"),
        ("POST", "/v1/openapi.json", "GET, HEAD"),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_answered_with_those_it_has(
    api: Any, method: str, path: str, allowed: str
) -> None:
    async with api.client() as client:
        reply = await client.request(method, path)
        assert (reply.status_code, reply.json()["code"]) == (405, "method-not-allowed")
        assert reply.headers["allow"] == allowed
        for each in allowed.split(", "):
            assert (await client.request(each, path)).status_code != 405


@pytest.mark.parametrize(
    "path", ["/v1/", "/v1/endpoints/", "/favicon.ico", "/docs", "/link/", "/health/"]
)
async def test_an_unknown_path_is_not_a_missing_thing_and_redirects_nowhere(
    api: Any, path: str
) -> None:
    async with api.client() as client:
        reply = await client.get(path, headers={"Host": "evil.example"})
    assert (reply.status_code, reply.json()["code"]) == (404, "no-such-path")
    assert "account" not in reply.text
    assert "location" not in reply.headers


async def test_a_missing_thing_is_not_an_unknown_path(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get("/v1/endpoints/nobody")
    assert (reply.status_code, reply.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["/health", "/metrics", "/v1/endpoints", "/", "/sdk/offhook.js"])
async def test_head_is_get_without_content(api: Any, path: str) -> None:
    async with api.client() as client:
        got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_internal_errors_show_an_id_only(api: Any, monkeypatch: Any, caplog: Any) -> None:
    async def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(api.deps.store.endpoints, "list", breaks)
    async with api.client() as client:
        reply = await client.get("/v1/endpoints")
    assert reply.status_code == 500
    assert "secret detail" not in reply.text
    assert reply.json()["request_id"] == caplog.records[-1].request


async def test_a_failed_dependency_is_unavailable(api: Any, monkeypatch: Any) -> None:
    async def down(*args: Any, **kwargs: Any) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(api.deps.store.endpoints, "list", down)
    async with api.client() as client:
        assert (await client.get("/v1/endpoints")).status_code == 503
