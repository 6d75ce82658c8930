"""The whole API: what its description says is so, and one account never sees another's."""

import json
from pathlib import Path
from typing import Any

import pytest

LINKS = (
    "/2010-04-01/Accounts/{sid}/Recordings/{name}",
    "/v1/Account/{auth_id}/Recording/{name}",
)
"""Recordings by an id that cannot be guessed; the setting `recordings_login` asks for credentials besides."""


async def test_the_description_shows_examples_and_errors(api: Any) -> None:
    async with api.client() as client:
        description = (await client.get("/v1/openapi.json")).json()
    paths = description["paths"]
    assert set(paths) == {
        "/v1/account",
        "/v1/tokens",
        "/v1/keys",
        "/v1/keys/{id}",
        "/v1/endpoints",
        "/v1/endpoints/{name}",
        "/v1/applications",
        "/v1/applications/{id}",
        "/v1/numbers",
        "/v1/numbers/{digits}",
        "/v1/calls",
        "/v1/calls/{id}",
        "/v1/calls/live",
        "/v1/calls/live/{id}",
        "/v1/calls/{id}/digits",
        "/v1/calls/{id}/feedback",
        "/v1/calls/{id}/hangup",
        "/v1/calls/{id}/mute",
        "/v1/calls/{id}/play",
        "/v1/calls/{id}/quality",
        "/v1/calls/{id}/redirect",
        "/v1/calls/{id}/speak",
        "/v1/calls/{id}/stop",
        "/v1/conferences",
        "/v1/conferences/{id}",
        "/v1/conferences/{id}/announce",
        "/v1/conferences/{id}/coach",
        "/v1/conferences/{id}/end",
        "/v1/conferences/{id}/hold",
        "/v1/conferences/{id}/mute",
        "/v1/conferences/{id}/remove",
        "/v1/recordings",
        "/v1/recordings/{id}",
        "/v1/recordings/{id}/audio",
        "/v1/simulated/calls",
        "/v1/simulated/numbers",
        *LINKS,
    }
    assert "examples" in json.dumps(description["components"]["schemas"]["ErrorBody"])
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["description"], (path, method)
            assert {"401", "404", "429"} <= set(operation["responses"]), (path, method)


@pytest.mark.threat("object-access")
async def test_every_path_needs_an_account(api: Any) -> None:
    async with api.client(secret="wrong") as client:
        paths = (await client.get("/v1/openapi.json")).json()["paths"]
        for path, methods in paths.items():
            for method in methods:
                reply = await client.request(method, path, json={}, auth=None)
                if path in LINKS:
                    assert reply.status_code == 404, path
                    continue
                assert reply.status_code == 401, (method, path)
                assert reply.json()["code"] == "unauthorized"
                assert reply.headers["www-authenticate"].startswith("Basic")


async def test_an_account_never_sees_data_of_another(api: Any, make_application: Any) -> None:
    application = await make_application()
    async with api.client() as client:
        await client.post("/v1/endpoints", json={"name": "alice"})
        await client.post("/v1/numbers", json={"digits": "+15551230000"})
    other, secret = await api.deps.store.accounts.create("other")
    theirs = [
        "/v1/endpoints/alice",
        f"/v1/applications/{application['id']}",
        "/v1/numbers/15551230000",
    ]
    async with api.client(other.id, secret) as client:
        for path in theirs:
            for method in ("GET", "PATCH", "DELETE"):
                reply = await client.request(method, path, json={})
                assert reply.status_code == 404, (method, path)
        for path in ("/v1/endpoints", "/v1/applications", "/v1/numbers", "/v1/calls"):
            assert (await client.get(path)).json() == {"items": [], "next": ""}
        steals = {"name": "eve", "application": application["id"]}
        assert (await client.post("/v1/endpoints", json=steals)).status_code == 404
        assert (await client.post("/v1/tokens", json=steals)).status_code == 404


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/v1/nothing", "/v1"])
async def test_not_found_errors_have_the_common_shape(api: Any, path: str) -> None:
    async with api.client() as client:
        reply = await client.get(path)
    assert reply.status_code == 404
    assert {"code", "message", "hint", "request_id"} <= set(reply.json())


async def test_the_openapi_description_matches_the_file(api: Any) -> None:
    kept = Path(__file__).parents[3] / "spec" / "openapi.json"
    now = json.dumps(api.app.openapi(), indent=1, sort_keys=True) + "\n"
    assert kept.read_text() == now, "run `tools/generate.py openapi`, and look at what changed"
