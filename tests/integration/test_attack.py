"""A server that strangers attack: those who may log in get in and call, and nothing fills up."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from offhook.testing.attack import Target, attack


@pytest.mark.parametrize("name", ["half_open", "pings_unread", "requests"])
async def test_pages_connect_and_call_during_connection_attacks(
    own_offhook: Any, name: str
) -> None:
    offhook = own_offhook
    offhook.start(max_connections="64")
    where = urlsplit(offhook.url)
    target = Target(host=where.hostname or "", port=where.port or 0)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        attacking = tasks.create_task(attack(name, target, 55))
        if name != "requests":
            await offhook.figures_when(
                lambda f: sum(n for k, n in f.items() if "connections_refused" in k) > 20
            )
        people = [offhook.browser(name) for name in ("alice", "bob")]
        for person in people:
            # What one address may have is used up by the attack.
            person.source = "127.0.0.9"
        async with people[0] as alice, people[1] as bob:
            await bob.say("register")
            await bob.frame("registered")
            call = await alice.call("bob")
            await bob.answer(await bob.rings())
            await alice.talks(call)
            figures = await offhook.figures()
            assert figures["offhook_connections_unauthenticated"] <= 32
            assert figures["offhook_calls_active"] == 1
        attacking.cancel()
    assert len(offhook.log.read_text().splitlines()) < 60
