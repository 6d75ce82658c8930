"""Whether pages have a way to our sound, as the doctor sees it."""

from pathlib import Path
from typing import Any

import pytest
from offhook.auth.ice import turn_credentials
from offhook.base.config import Config
from offhook.cli.findings import Finding, Status
from offhook.cli.media_checks import media, relays
from offhook.engine.engine import EngineSettings, MediaEngine
from offhook.testing.fake_turn import FakeTurnServer, serving

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Sockets keep real time."""
    return "asyncio"


async def seen(check: Any, **settings: Any) -> dict[str, Finding]:
    config = Config(data_dir=Path("none"), port=0, **settings)
    return {finding.check.partition(":")[0]: finding async for finding in check(config)}


async def test_the_engine_reports_the_address_it_sees() -> None:
    found = await seen(media)
    assert found["stun"].status is Status.OK
    assert "127.0.0.1:" in found["stun"].detail
    assert {finding.status for finding in found.values()} == {Status.OK}


async def test_a_running_server_is_checked_at_its_own_port() -> None:
    running = MediaEngine(EngineSettings(), lambda _event: None)
    try:
        found = await seen(media, media_port=running.ports[0])
        assert running.statistics()["stun_responses"] == 1
    finally:
        running.shut_down()
    assert (found["media"].status, found["stun"].status) == (Status.WARN, Status.OK)


async def test_a_public_address_that_does_not_answer_is_a_warning() -> None:
    # Nobody listens at that port of another loopback address.
    found = await seen(media, public_address=("127.0.0.9",))
    assert found["media"].status is Status.OK
    assert found["stun"].status is Status.WARN
    assert "another network" in found["stun"].hint


async def test_a_relay_is_tried_with_credentials_as_pages_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("offhook.cli.media_checks.turn_credentials", _at_a_known_moment)
    _, password = _at_a_known_moment("north", "doctor", 0)
    async with serving(FakeTurnServer(password=password)) as turn:
        url = f"turn:127.0.0.1:{turn.port}?transport=udp"
        good = await seen(relays, turn_urls=(url,), turn_secret="north")
        rejected = await seen(relays, turn_urls=(url,), turn_secret="south")
    gone = await seen(relays, turn_urls=(url,), turn_secret="north")
    assert good["turn"] == Finding(url, Status.OK, "relays at 192.0.2.9:49152")
    assert "turn_secret" in rejected["turn"].hint
    assert gone["turn"].status is Status.FAIL


async def test_where_no_relay_is_named_none_is_looked_at() -> None:
    assert await seen(relays) == {}


def _at_a_known_moment(secret: str, name: str, _until: int) -> tuple[str, str]:
    return turn_credentials(secret, name, 1_900_000_000)
