"""What the operator reads on the terminal when something goes wrong, and what is kept of it."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.real_time


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A URL at which nothing listens; its port is reserved."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://me:north@127.0.0.1:{held.getsockname()[1]}/answer?key=south"


def written(offhook: Any, event: str) -> str:
    """All of the log, once the event is in it."""
    said: str = offhook.log.read_text()
    return said if event in said else ""


async def trouble(offhook: Any, url: str) -> None:
    """A log-in that is refused, a program that is refused, and an application that does not answer."""
    line = ("application", "create", "hello", "--dialect", "twilio", "--answer-url", url)
    offhook.command(*line)
    made = offhook.command("endpoint", "create", "carol", "--application", "hello")
    async with offhook.browser("", endpoint="carol", password="wrong-password"):
        pass
    password = made["password"]
    async with offhook.browser("", endpoint="carol", password=password) as carol:
        call = await carol.call("bob")
        await carol.frame("ended", call)


async def test_the_terminal_shows_refusals_failures_and_hints(
    own_offhook: Any, eventually: Callable[..., Any], nowhere: str
) -> None:
    offhook = own_offhook
    offhook.start(log_format="text")
    await trouble(offhook, nowhere)
    said: str = await eventually(lambda: written(offhook, "application.failed"))
    assert "Login of carol from 127.0.0.1 refused: the name or the password is wrong" in said
    assert "offhook endpoint update carol --new-password" in said
    public = nowhere.replace("me:north@", "").replace("?key=south", "")
    (failed,) = [line for line in said.splitlines() if "application.failed" in line]
    assert f"Request to application hello failed (11205): {public}: connect" in failed
    assert "start your web server" in said
    for secret in ("north", "south", "wrong-password", "{"):
        assert secret not in said


async def test_programs_read_the_same_as_json_without_names(
    own_offhook: Any, eventually: Callable[..., Any], nowhere: str
) -> None:
    offhook = own_offhook
    offhook.start()
    await trouble(offhook, nowhere)
    said: str = await eventually(lambda: written(offhook, "application.failed"))
    lines = {each["event"]: each for each in map(json.loads, said.splitlines())}
    assert lines["login.refused"]["code"] == "bad-credentials"
    assert lines["application.failed"]["application"] == "hello"
    for secret in ("north", "south", "carol", "127.0.0.1 "):
        assert secret not in said
