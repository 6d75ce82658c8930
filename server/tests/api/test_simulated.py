"""Telephones without a carrier over HTTP."""

from dataclasses import replace
from typing import Any

from offhook.api import simulated

_TESTED = (simulated,)


async def ask(api: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with api.client() as client:
        answer = await client.request(method, path, json=body)
        return answer.status_code, answer.json()


async def test_numbers_are_listed(api: Any) -> None:
    status, body = await ask(api, "GET", "/v1/simulated/numbers")
    assert (status, body) == (200, [{"number": "+12025550103", "about": "is busy"}])


async def test_a_telephone_calls_a_number_of_the_account(api: Any, make_application: Any) -> None:
    application = await make_application()
    number = {"digits": "+15551230000", "application": application["id"]}
    await ask(api, "POST", "/v1/numbers", number)
    wanted = {"from": "+12025550123", "to": "+15551230000", "steps": [{"digits": "1"}]}
    status, body = await ask(api, "POST", "/v1/simulated/calls", wanted)
    assert (status, body) == (201, {"id": "b" * 32})
    (begun,) = api.deps.simulated.begun
    assert begun == (
        api.account,
        application["id"],
        "12025550123",
        "15551230000",
        [{"digits": "1"}],
    )


async def test_a_number_without_an_application_takes_no_calls(api: Any) -> None:
    await ask(api, "POST", "/v1/numbers", {"digits": "+15551230000"})
    wanted = {"from": "+12025550123", "to": "+15551230000"}
    status, body = await ask(api, "POST", "/v1/simulated/calls", wanted)
    assert (status, body["message"]) == (
        404,
        "calls to +15551230000 are refused: it has no application",
    )


async def test_a_server_without_a_simulated_carrier_says_so(api: Any) -> None:
    api.app.state.deps = replace(api.deps, simulated=None)
    status, body = await ask(api, "GET", "/v1/simulated/numbers")
    assert status == 404
    assert "simulated_carrier" in body["message"]
