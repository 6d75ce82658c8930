"""Secrets that a server is given stand in no log, answer, figure, journal or command line."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

pytestmark = pytest.mark.real_time

CANARIES = {
    what: f"canary{number}{what}"
    for number, what in enumerate(
        (
            "answer",
            "fallback",
            "hangup",
            "action",
            "play",
            "redirected",
            "turn",
            "endpoint",
            "token",
        )
    )
}


def _url(base: str, path: str, what: str) -> str:
    return base.replace("://", f"://joe:{CANARIES[what]}@") + path


def _pages(customer: Any) -> None:
    def document(text: str) -> str:
        return f"<Response>{text}</Response>"

    async def moved(_request: web.Request) -> web.Response:
        there = _url(customer.url, "/end", "redirected")
        return web.Response(status=302, headers={"Location": there})

    action = _url(customer.url, "/moved", "action")
    bad = _url(customer.url, "/none.wav", "play")
    dial = f'<Dial action="{action}" timeout="1"><Client>nobody</Client></Dial>'
    customer.pages |= {
        "/fallback": document(f"<Play>{bad}</Play><Play>{bad} x</Play>{dial}"),
        "/moved": moved,
        "/end": document(f"<Dial action='{bad}' method='PUT' foo='{bad}'>{bad}</Dial>{bad}"),
    }


def _application(offhook: Any, customer: Any) -> Any:
    urls = {
        "--answer-url": _url(customer.url, "/answer", "answer"),
        "--fallback-url": _url(customer.url, "/fallback", "fallback"),
        "--hangup-url": _url(customer.url, "/ended", "hangup"),
    }
    words = [word for pair in urls.items() for word in pair]
    return offhook.command("application", "create", "canary", "--dialect", "twilio", *words)


async def _call(offhook: Any, token: str) -> None:
    async with offhook.browser("x", token=token) as page:
        call = await page.call("+15550123456")
        await page.frame("ended", call)
    async with offhook.browser("x", endpoint="alice", password=CANARIES["endpoint"]):
        pass
    async with offhook.browser("x", token=token[:-8] + CANARIES["token"][:8]):
        pass


async def _answers(offhook: Any, secret: str, account: str) -> str:
    """All that the API says of the account."""
    said: list[str] = []
    headers = {"Authorization": aiohttp.encode_basic_auth(account, secret)}
    async with aiohttp.ClientSession(headers=headers) as http:
        for path in ("account", "applications", "endpoints", "numbers", "calls", "openapi.json"):
            async with http.get(f"{offhook.url}/v1/{path}") as reply:
                said.append(await reply.text())
            if path == "calls":
                calls = json.loads(said[-1])["items"]
                for call in calls:
                    async with http.get(f"{offhook.url}/v1/calls/{call['id']}") as reply:
                        said.append(await reply.text())
                assert "document-failed" in said[-1]
        for path in ("metrics", "health"):
            async with http.get(f"{offhook.url}/{path}") as reply:
                said.append(await reply.text())
    return "".join(said)


def _command_line(offhook: Any) -> str:
    process = offhook._process
    assert process is not None
    return Path(f"/proc/{process.pid}/cmdline").read_text()


@pytest.mark.threat("secrets-in-sight")
async def test_no_secret_is_logged_or_printed(
    own_offhook: Any, tmp_path: Path, customer: Any
) -> None:
    offhook = own_offhook
    database = f"sqlite:///{tmp_path}/d/offhook.db"
    offhook.start(
        "--log-level",
        "debug",
        turn_urls="turn:127.0.0.1:3478",
        turn_secret=CANARIES["turn"],
        database_url=database,
    )
    try:
        _pages(customer)
        application = _application(offhook, customer)
        account = offhook.command("account", "list")[0]["id"]
        key = offhook.command("key", "create", "canary", "--account", account)
        secret = key["secret"]
        token = offhook.command("token", "carol", "--application", application["id"])["token"]
        await _call(offhook, token)
        async with asyncio.timeout(20):
            while not customer.asks("/moved"):  # noqa: ASYNC110  (no bell rings)
                await asyncio.sleep(0.05)
        said = await _answers(offhook, secret, key["id"])
        listed = json.dumps(offhook.command("callbacks", "list", "--account", account))
        lines = _command_line(offhook)
    finally:
        offhook.end()
    log = offhook.log.read_text()
    assert '"call' in log
    assert any(ask.get("ErrorUrl") for ask in customer.asks("/fallback"))
    reported = json.dumps(customer.asked)
    for where, text in {
        "log": log,
        "API": said,
        "callbacks": listed,
        "command line": lines,
        "parameters": reported,
    }.items():
        found = [what for what, canary in CANARIES.items() if canary in text]
        assert found == [], where
        assert secret not in text, where
        assert token not in text, where
