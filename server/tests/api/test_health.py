"""Health and figures need no account, and contain no names."""

from typing import Any


async def test_ok_and_degraded(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get("/health", auth=None)
        assert (reply.status_code, reply.json()["status"]) == (200, "ok")
        api.failures["database"] = "does not answer"
        reply = await client.get("/health", auth=None)
        assert (reply.status_code, reply.json()["status"]) == (503, "degraded")
        assert reply.json()["checks"] == {"database": "does not answer"}


async def test_a_server_that_cannot_write_is_alive(api: Any) -> None:
    api.failures["database"] = "cannot be written: it is read-only"
    async with api.client() as client:
        reply = await client.get("/health/live", auth=None)
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


async def test_figures(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get("/metrics", auth=None)
    assert reply.text == "offhook_calls 1\n"
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
