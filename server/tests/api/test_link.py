"""Who may open a link, from which pages."""

from collections.abc import Sequence
from typing import Any

import pytest
from offhook.api.link import SUBPROTOCOL, PageSocket, welcome
from starlette.websockets import WebSocketDisconnect, WebSocketState


@pytest.mark.parametrize(
    ("origin", "host", "good"),
    [
        ("http://calls.example", "calls.example", True),
        ("https://calls.example", "calls.example", True),
        ("https://calls.example:443", "calls.example", True),
        ("http://127.0.0.1:8480", "127.0.0.1:8480", True),
        ("http://[::1]:8480", "[::1]:8480", True),
        ("https://app.example", "calls.example", True),
        ("http://app.example", "calls.example", False),
        ("https://app.example.evil.example", "calls.example", False),
        ("https://evil.example", "calls.example", False),
        ("https://sub.calls.example", "calls.example", False),
        ("http://calls.example:81", "calls.example", False),
        ("http://127.0.0.1:8481", "127.0.0.1:8480", False),
        ("null", "calls.example", False),
        ("", "", False),
        ("file://", "calls.example", False),
        ("http://calls.example@evil.example", "calls.example", False),
        ("http://evil@calls.example", "calls.example", False),
        ("http://calls.example:99999", "calls.example", False),
        (None, "calls.example", False),
    ],
)
@pytest.mark.threat("cross-site-websocket")
def test_only_allowed_origins_may_connect(origin: str | None, host: str, good: bool) -> None:
    assert welcome(origin, host, ["https://app.example"]) is good


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:5173", True),
        ("http://[::1]:5173", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("null", False),
    ],
)
def test_local_origins_are_allowed_on_a_local_server(origin: str, good: bool) -> None:
    assert welcome(origin, "127.0.0.1:8480", [], loopback=True) is good
    assert not welcome(origin, "calls.example", [])


def test_a_star_allows_every_origin() -> None:
    assert welcome(None, "calls.example", ["*"])
    assert welcome("null", "calls.example", ["*"])


async def open_link(
    api: Any,
    *messages: dict[str, Any],
    origin: str = "http://here",
    protocols: Sequence[str] = (SUBPROTOCOL,),
) -> list[dict[str, Any]]:
    """What the server says to a page that says `messages` and leaves."""
    coming = iter([{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect"}])
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {
        "type": "websocket",
        "path": "/link",
        "raw_path": b"/link",
        "query_string": b"",
        "headers": [(b"host", b"here"), (b"origin", origin.encode())],
        "subprotocols": list(protocols),
        "client": ("192.0.2.7", 5000),
        "server": ("here", 80),
        "scheme": "ws",
    }
    await api.app(scope, receive, send)
    return said


async def test_an_allowed_page_connects(api: Any) -> None:
    said = await open_link(
        api,
        {"type": "websocket.receive", "text": "hello"},
        {"type": "websocket.receive", "bytes": b"binary"},
        {"type": "websocket.receive", "text": "close"},
    )
    assert [message["type"] for message in said] == [
        "websocket.accept",
        "websocket.send",
        "websocket.send",
        "websocket.close",
    ]
    assert said[0]["subprotocol"] == SUBPROTOCOL
    assert (said[1]["text"], said[2]["text"]) == ("you said hello", "you said ")
    assert (said[3]["code"], said[3]["reason"]) == (4401, "enough")
    assert api.deps.link_server.addresses == ["192.0.2.7"]


@pytest.mark.parametrize(
    ("origin", "protocols"),
    [
        ("https://evil.example", (SUBPROTOCOL,)),
        ("http://here", ()),
        ("http://here", ("sip",)),
    ],
)
@pytest.mark.threat("cross-site-websocket")
async def test_others_are_refused_before_the_handshake(
    api: Any, origin: str, protocols: Sequence[str]
) -> None:
    said = await open_link(api, origin=origin, protocols=protocols)
    assert [message["type"] for message in said] == ["websocket.close"]
    assert api.deps.link_server.addresses == []


async def test_sending_to_a_closed_page_is_no_error(api: Any) -> None:
    class Gone:
        client_state = WebSocketState.CONNECTED

        @property
        def scope(self) -> dict[str, Any]:
            return {"type": "websocket"}

        async def send_text(self, text: str) -> None:
            raise WebSocketDisconnect(1006)

        async def close(self, code: int, reason: str) -> None:
            raise RuntimeError("closed already")

    socket = PageSocket(Gone())  # type: ignore[arg-type]
    await socket.send("hello")
    await socket.close(1000, "")
    socket.signed_in()
    socket.abort()
