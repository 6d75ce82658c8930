"""A preflight call plays a tone, needs no application, and leaves no record."""

import asyncio
from dataclasses import replace

from offhook.base.events import Invited
from offhook.base.ids import LegId, Sdp
from offhook.dialects.base import Dialect
from offhook.flow.preflight import PREFLIGHT_S, SOUND
from offhook.testing.desk import At
from offhook.testing.office import Office


async def tries(office: Office, leg: str = "a" * 32) -> LegId:
    party = replace(office.party(), application=None)
    line = office.desk.call(party, "", preflight=True)
    await line.until(At.UP)
    return line.leg


async def test_it_is_answered_at_once_and_gets_a_tone(dialects: dict[str, Dialect]) -> None:
    async with Office(dialects) as office:
        leg = await tries(office)
        assert office.engine.hears(leg) == SOUND
        office.desk.line(leg).end()
        await asyncio.sleep(5)
        assert office.dispatcher.calls == 0
        assert office.engine.open_legs == 0
        assert office.shelf.records == []
        assert office.web.asked == []


async def test_it_ends_by_itself(dialects: dict[str, Dialect]) -> None:
    async with Office(dialects) as office:
        leg = await tries(office)
        await office.desk.line(leg).until(At.ENDED)
        assert asyncio.get_running_loop().time() >= PREFLIGHT_S


async def test_there_are_no_other_calls_without_an_application(
    dialects: dict[str, Dialect],
) -> None:
    async with Office(dialects) as office:
        party = replace(office.party(), application=None)
        office.dispatcher.invited(
            Invited(leg=LegId("b" * 32), party=party, to="bob", sdp=Sdp("offer"))
        )
        assert office.dispatcher.calls == 0
