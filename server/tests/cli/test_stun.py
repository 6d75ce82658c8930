"""What the doctor asks STUN and TURN servers, against one that is strict and one that is broken."""

import pytest
from offhook.cli.stun import NoAnswer, Refused, Server, own_address, relay
from offhook.testing.fake_turn import FakeTurnServer, serving

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Sockets keep real time."""
    return "asyncio"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("stun:192.0.2.1:40000", Server("192.0.2.1", 40_000, "udp")),
        ("turn:turn.example", Server("turn.example", 3478, "udp")),
        ("turn:turn.example:80?transport=tcp", Server("turn.example", 80, "tcp")),
        ("turns:turn.example?transport=tcp", Server("turn.example", 5349, "tls")),
        ("stun:[2001:db8::1]:9", Server("2001:db8::1", 9, "udp")),
        ("stun:[2001:db8::1]", Server("2001:db8::1", 3478, "udp")),
    ],
)
def test_stun_urls_give_host_port_and_transport(url: str, server: Server) -> None:
    assert Server.of(url) == server


@pytest.mark.parametrize("url", ["http://turn.example", "turn:", "turn::1", "stun:a:b"])
def test_an_invalid_stun_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match=r"names no|invalid literal"):
        Server.of(url)


@pytest.mark.parametrize("query", ["", "?transport=tcp"])
async def test_a_relay_allocation_is_made_and_released(query: str) -> None:
    async with serving(FakeTurnServer(password="north")) as turn:
        server = Server.of(f"turn:127.0.0.1:{turn.port}{query}")
        assert (await own_address(server)).startswith("127.0.0.1:")
        assert await relay(server, "9:doctor", "north") == "192.0.2.9:49152"
        assert (turn.open, turn.requests) == (0, [1, 3, 3, 4])


async def test_a_wrong_password_and_a_refusal_are_distinguished() -> None:
    async with serving(FakeTurnServer(password="north")) as turn:
        server = Server("127.0.0.1", turn.port, "udp")
        with pytest.raises(Refused, match="401 Unauthorized"):
            await relay(server, "9:doctor", "south")
        turn.password = ""
        with pytest.raises(Refused, match="403 Forbidden"):
            await relay(server, "9:doctor", "north")


async def test_a_lost_request_is_retransmitted() -> None:
    async with serving(FakeTurnServer(ignore=1)) as turn:
        seen = await own_address(Server("127.0.0.1", turn.port, "udp"))
    assert seen.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    "spoil",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes.fromhex("01010004 2112a442") + bytes(12),
        bytes.fromhex("01010000 2112a442") + bytes(12),
        bytes.fromhex("01010003 2112a442") + bytes(15),
    ],
    ids=["http", "a length that lies", "another transaction", "half an attribute"],
)
async def test_a_malformed_response_is_reported(spoil: bytes) -> None:
    async with serving(FakeTurnServer(response=spoil)) as turn:
        with pytest.raises(NoAnswer):
            await own_address(Server("127.0.0.1", turn.port, "udp"))


async def test_a_closed_port_is_reported_at_once() -> None:
    async with serving(FakeTurnServer()) as turn:
        port = turn.port
    for way in ("udp", "tcp"):
        with pytest.raises(NoAnswer):
            await own_address(Server("127.0.0.1", port, way))
