"""Conferences on the command line."""

from typing import Any

import pytest
from offhook.cli import conferences, running

MEMBER = {
    "number": 1,
    "label": "desk",
    "role": "",
    "call": "a" * 32,
    "muted": False,
    "held": True,
    "coaching": False,
    "speaking": False,
}
ROOM = {"id": "c" * 32, "name": "room", "state": "in-progress", "members": [MEMBER]}


class Server:
    """Answers as the running server would."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []

    def __call__(
        self, _shared: Any, _account: str | None, method: str, path: str, body: object = None
    ) -> Any:
        self.requests.append((method, path, body))
        return {"items": [ROOM], "next": ""} if method == "GET" else ROOM


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    for module in (conferences, running):
        monkeypatch.setattr(module, "request", made)
    return made


def test_conferences_are_listed_with_their_members(run: Any, run_json: Any, server: Server) -> None:
    shown = run("conferences", "list").output
    assert "room" in shown
    assert "desk" in shown
    assert run_json("conferences", "list") == [ROOM]
    assert server.requests[0][1].startswith("/v1/conferences?")


COMMANDS: list[tuple[list[str], str, dict[str, object]]] = [
    (["mute", "room", "1"], "mute", {"member": "1", "muted": True}),
    (["mute", "room", "1", "--off"], "mute", {"member": "1", "muted": False}),
    (["hold", "room", "desk"], "hold", {"member": "desk", "held": True, "url": ""}),
    (
        ["coach", "room", "1", "--agents"],
        "coach",
        {"member": "1", "coaches": None, "agents": True},
    ),
    (["remove", "room", "1"], "remove", {"member": "1"}),
    (
        ["announce", "room", "--text", "hello"],
        "announce",
        {"url": "", "text": "hello", "language": "en-US", "voice": ""},
    ),
    (["end", "room"], "end", {}),
]


@pytest.mark.parametrize(("words", "what", "body"), COMMANDS)
def test_each_command_is_a_request(
    run: Any, server: Server, words: list[str], what: str, body: dict[str, object]
) -> None:
    assert run("conferences", *words).exit_code == 0
    assert server.requests == [("POST", f"/v1/conferences/room/{what}", body)]


def test_an_announcement_is_a_file_or_a_text(run: Any, server: Server) -> None:
    assert run("conferences", "announce", "room").exit_code != 0
    assert server.requests == []
