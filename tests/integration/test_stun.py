"""The media port answers STUN, and pages get the operator's servers."""

import socket
from typing import Any

import pytest

pytestmark = pytest.mark.real_time

ASKS = bytes.fromhex("00010000 2112a442") + b"twelve bytes"


async def test_the_media_port_answers_stun_but_is_not_advertised(
    offhook: Any,
) -> None:
    async with offhook.browser("alice") as alice:
        assert alice.welcome["ice_servers"] == []
    (port,) = offhook.started["media_ports"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as page:
        page.settimeout(5)
        page.sendto(ASKS, ("127.0.0.1", port))
        reported = page.recv(100)
        assert reported[:2] == b"\x01\x01"
        assert int.from_bytes(reported[26:28]) ^ 0x2112 == page.getsockname()[1]
    figures = await offhook.figures_when(
        lambda seen: seen["offhook_media_stun_responses_total"] > 0
    )
    assert figures["offhook_media_legs"] == 0


async def test_every_welcome_names_the_operators_servers_with_credentials(own_offhook: Any) -> None:
    offhook = own_offhook
    urls = ("--stun-url", "stun:stun.example", "--turn-url", "turn:turn.example:3478")
    offhook.start(*urls, turn_secret="north")
    async with offhook.browser("alice") as alice:
        for resumed in (False, True):
            assert alice.welcome["resumed"] is resumed
            stun, turn = alice.welcome["ice_servers"]
            assert stun == {"urls": ["stun:stun.example"]}
            assert turn["urls"] == ["turn:turn.example:3478"]
            assert turn["username"].endswith(":alice")
            assert len(turn["credential"]) == 28
            await alice.disconnect()
            await alice.connect()
    assert "north" not in offhook.log.read_text()
