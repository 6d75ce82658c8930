"""When there is a simulated carrier, and that its telephones reach a server that runs, with sound."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from offhook.base.config import Config
from offhook.base.errors import UsageError
from offhook.base.ids import AccountId
from offhook.links.simulated.table import BUILT_IN
from offhook.runtime.carrier import table_of
from offhook.runtime.lifecycle import Ready, Server
from offhook.runtime.store import find_store

ANSWER = "<Response><Gather numDigits='1' timeout='20'><Say>Press a key.</Say></Gather></Response>"


@pytest.mark.parametrize(
    ("settings", "built_in"),
    [
        ({}, True),
        ({"demo": False}, False),
        ({"listen": "10.0.0.1", "insecure_http": True}, False),
        ({"demo": False, "simulated_carrier": "built-in"}, True),
        ({"simulated_carrier": "off"}, False),
    ],
)
def test_it_is_off_unless_wanted_or_in_the_demonstration(
    settings: dict[str, Any], built_in: bool
) -> None:
    assert table_of(Config(**settings)) == (BUILT_IN if built_in else None)


def test_its_numbers_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "numbers.toml"
    file.write_text('[[number]]\nnumber = "+12025550150"\n')
    assert list(table_of(Config(simulated_carrier=str(file))) or ()) == ["+12025550150"]
    with pytest.raises(UsageError, match="cannot read"):
        table_of(Config(simulated_carrier=str(tmp_path / "missing")))


@pytest.mark.real_time
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_telephone_is_called_with_sound(anyio_backend: str, tmp_path: Path) -> None:
    del anyio_backend
    file = tmp_path / "numbers.toml"
    steps = 'steps = [{ wait_s = 0.5 }, { digits = "7" }, { wait_s = 0.5 }, { hang_up = true }]'
    file.write_text(f'[[number]]\nnumber = "+12025550150"\nrings_s = 0.1\n{steps}\n')
    config = Config(data_dir=tmp_path / "d", port=0, simulated_carrier=str(file))
    server = Server(config)
    reported: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run(reported.set_result))
        await asyncio.wait((running, reported), return_when=asyncio.FIRST_COMPLETED)
        try:
            record = await _call(reported.result(), tmp_path / "d")
        finally:
            server.stop()
    events = [entry["event"] for entry in record["journal"]]
    assert "leg-answered" in events
    digits = [e["details"] for e in record["journal"] if e["event"] == "digit-received"]
    assert [each["pii_digit"] for each in digits] == ["7"]
    assert record["cause"] == "normal"
    assert record["hung_up_by"] == "callee"


async def _call(ready: Ready, folder: Path) -> dict[str, Any]:
    store = await find_store(Config(data_dir=folder))
    secret = await store.accounts.secret(AccountId(str(ready.standing.account)))
    await store.close()
    auth = (str(ready.standing.account), str(secret))
    async with httpx.AsyncClient(base_url=ready.url, auth=auth) as client:
        wanted = {"to": "+12025550150", "application": "demo-twilio", "document": ANSWER}
        begun = await client.post("/v1/calls", json=wanted)
        assert begun.status_code == 201, begun.text
        for _ in range(100):
            await asyncio.sleep(0.1)
            found = await client.get(f"/v1/calls/{begun.json()['id']}")
            if found.status_code == 200:
                return dict(found.json())
    raise AssertionError("the call did not end")
