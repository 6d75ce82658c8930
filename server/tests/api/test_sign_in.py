"""A short link opens the softphone with its token, and stands in no log."""

import logging
from typing import Any

import pytest


async def test_a_link_leads_to_the_page_with_its_token(api: Any) -> None:
    code = api.deps.sign_in.make(lambda _seconds: "a.b.c", 60)
    async with api.client() as client:
        for _ in range(2):
            reply = await client.get(f"/s/{code}")
            assert reply.status_code == 303
            assert reply.headers["location"] == "/#token=a.b.c"
            assert reply.headers["cache-control"] == "no-store"
            assert reply.headers["referrer-policy"] == "no-referrer"
        api.clock.advance(60)
        gone = await client.get(f"/s/{code}")
        for_people = await client.get(f"/s/{code}", headers={"Accept": "text/html, */*;q=0.8"})
    assert (for_people.status_code, for_people.headers["location"]) == (303, "/#gone")
    assert gone.status_code == 404
    assert "does not sign in any more" in gone.text
    assert code not in gone.text


async def test_many_wrong_codes_are_blocked(api: Any) -> None:
    async with api.client() as client:
        tried = [(await client.get(f"/s/{number:032x}")).status_code for number in range(11)]
        reply = await client.get("/s/x")
    assert tried == [404] * 10 + [429]
    assert int(reply.headers["retry-after"]) > 500


@pytest.mark.threat("secrets-in-sight")
async def test_a_code_is_logged_not_even_when_its_request_crashes(
    api: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = api.deps.sign_in.make(lambda _seconds: "a.b.c", 60)

    def crashes(*_: object) -> str:
        raise ZeroDivisionError

    async with api.client() as client:
        with caplog.at_level(logging.DEBUG, "offhook"):
            await client.get(f"/s/{code}")
            await client.get(f"/s/{code}x")
            monkeypatch.setattr(api.deps.sign_in, "token", crashes)
            assert (await client.get(f"/s/{code}")).status_code == 500
    assert "request.failed" in caplog.text
    assert code not in "".join(str(vars(record)) for record in caplog.records)
