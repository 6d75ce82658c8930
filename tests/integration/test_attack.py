"""A server that strangers attack: those who may log in get in and call, and nothing fills up."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Offhook
from offhook.testing.attack import Target, attack


@pytest.mark.parametrize("name", ["half_open", "pings_unread", "requests"])
async def test_pages_get_in_and_call_while_strangers_hold_what_they_can(
    tmp_path: Path, name: str
) -> None:
    server = Offhook(tmp_path)
    server.start(max_connections="64")
    try:
        where = urlsplit(server.url)
        target = Target(host=where.hostname or "", port=where.port or 0)
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            attacking = tasks.create_task(attack(name, target, 55))
            if name != "requests":
                await server.figures_when(
                    lambda f: sum(n for k, n in f.items() if "connections_refused" in k) > 20
                )
            async with server.browser("alice") as alice, server.browser("bob") as bob:
                await bob.say("register")
                await bob.frame("registered")
                call = await alice.call("bob")
                await bob.answer(await bob.rings())
                await alice.talks(call)
                figures = await server.figures()
                assert figures["offhook_connections_not_signed_in"] <= 32
                assert figures["offhook_calls_live"] == 1
            attacking.cancel()
    finally:
        server.end()
    assert len(server.log.read_text().splitlines()) < 60
