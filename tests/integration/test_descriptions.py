"""An offer or answer that cannot be used: the page, the journal and the log say what it lacks."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.real_time

WITHOUT = {
    "a=rtcp-mux": ("no-rtcp-mux", "add a=rtcp-mux"),
    "a=ice-ufrag": ("no-ice", "4 to 256 characters"),
    "a=setup": ("bad-setup", "who begins the DTLS handshake"),
    "a=fingerprint": ("no-fingerprint", "sha-256 or better"),
}


def without(sdp: str, line: str) -> str:
    """The description without the lines that begin so."""
    kept = [found for found in sdp.split("\r\n") if not found.startswith(line)]
    assert len(kept) < sdp.count("\r\n") + 1
    return "\r\n".join(kept)


def noted(offhook: Any, event: str) -> dict[str, Any]:
    """The one line of that kind in the journal of the test's only call."""
    (record,) = offhook.records()
    lines = offhook.command("calls", "show", record["id"])["journal"]
    (found,) = [line for line in lines if line["event"] == event]
    return found


@pytest.mark.parametrize("line", WITHOUT)
async def test_an_incomplete_offer_gets_a_reason(offhook: Any, eventually: Any, line: str) -> None:
    code, hint = WITHOUT[line]
    async with offhook.browser("alice") as alice:
        call = await alice.call("bob", bend=lambda sdp: without(sdp, line))
        ended = await alice.frame("ended", call)
        assert ended["cause"] == "media-failed"
        (error,) = [frame for frame in alice.frames if frame["type"] == "error"]
        assert alice.frames.index(error) < alice.frames.index(ended)
        assert (error["code"], error["call"]) == ("bad-description", call)
        assert hint in error["message"]
        assert error["hint"]
        assert error["ref"] == 1
    await eventually(offhook.records)
    assert (found := noted(offhook, "offer-refused"))["details"]["code"] == code, found
    assert hint in found["details"]["reason"]
    rows = [json.loads(row) for row in offhook.log.read_text().splitlines()]
    assert any(row["event"] == "offer.refused" and row["code"] == code for row in rows)


async def test_an_incomplete_answer_gets_a_reason(offhook: Any) -> None:
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        await alice.call("bob")
        incoming = await bob.rings()
        await bob.answer(incoming, bend=lambda sdp: without(sdp, "a=rtcp-mux"))
        ended = await bob.frame("ended", incoming["call"])
        assert ended["cause"] == "media-failed"
        (error,) = [frame for frame in bob.frames if frame["type"] == "error"]
        assert (error["code"], error["call"]) == ("bad-description", incoming["call"])
        assert "a=rtcp-mux" in error["message"]
