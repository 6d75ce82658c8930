"""Transfers within a bridged call; the call lives as long as it serves a party."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.commands import ConfirmRequest
from offhook.base.events import TransferRequested
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.base import Dialect
from offhook.testing.desk import At, Line
from offhook.testing.office import Office

TALK = "<Dial><Client>bob</Client></Dial>"


def wants(office: Office, line: Line, to: str) -> None:
    office.dispatcher.post(TransferRequested(leg=line.leg, ref=1, to=to))


async def test_a_transferred_party_gets_music_until_the_target_rings(
    dialects: dict[str, Dialect],
) -> None:
    async with Office(dialects, hold_music=HOLD_MUSIC) as office:
        alice, bob = await office.talk(TALK, "twilio")
        office.desk.register("carol")
        wants(office, bob, "carol")
        carol = await office.desk.rings("carol")
        assert (bob.cause, ConfirmRequest(1) in bob.told) == (Cause.TRANSFERRED, True)
        assert office.engine.hears(alice.leg) == HOLD_MUSIC
        carol.ring()
        await asyncio.sleep(0.1)
        assert office.engine.hears(alice.leg) not in (HOLD_MUSIC, None)
        carol.answer()
        await office.engine.bridged(alice.leg)
        assert office.engine.hears(alice.leg) == carol.leg
        carol.end()
        await alice.until(At.ENDED)


async def test_the_duration_adds_all_bridged_parts(dialects: dict[str, Dialect]) -> None:
    async with Office(dialects) as office:
        office.web.page("/after", "<Response/>")
        alice, bob = await office.talk(
            '<Dial action="/after"><Client>bob</Client></Dial>', "twilio"
        )
        await asyncio.sleep(10)
        office.desk.register("carol")
        wants(office, bob, "carol")
        carol = await office.desk.rings("carol")
        await asyncio.sleep(5)
        carol.answer()
        await office.engine.bridged(alice.leg)
        await asyncio.sleep(20)
        carol.end()
        await alice.until(At.ENDED)
    (asked,) = [asked for asked in office.web.asked if asked.path == "/after"]
    assert int(asked.said["DialCallDuration"]) == pytest.approx(30, abs=1)


async def test_both_legs_end_when_the_caller_transfers_the_callee(
    dialects: dict[str, Dialect],
) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK, "twilio")
        office.desk.register("carol")
        wants(office, alice, "carol")
        (await office.desk.rings("carol")).end(Cause.REJECTED)
        await bob.until(At.ENDED)
        assert alice.cause is Cause.TRANSFERRED
        assert office.engine.open_legs == 0
