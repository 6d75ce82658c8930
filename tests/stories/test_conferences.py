"""Conferences: who hears whom, when they start and end, and what applications are told."""

import asyncio
from collections.abc import Sequence
from typing import Final

from dialect_xml import DialectXml
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation

TONES: Final = {"alice": 440.0, "bob": 1_000.0, "carol": 1_700.0, "dave": 2_300.0}
_HEARD_DB: Final = -12.0
"""A tone among two others has a third of the power, and one that is not heard none."""


async def people(simulation: Simulation, *names: str) -> Sequence[SimulatedBrowser]:
    """People whose tones come and go in syllables, as speech does."""
    return [await simulation.add_browser(name, hz=TONES[name], syllables=True) for name in names]


async def up(browser: SimulatedBrowser, to: str = "room") -> BrowserCall:
    """A call that was answered and has media."""
    call = browser.call(to)
    await call.wait_for(CallState.UP)
    await call.wait_connected()
    return call


def heard(call: BrowserCall) -> set[str]:
    """Whose tones a person has heard in the last second."""
    return {name for name, hz in TONES.items() if call.tone_level_db(hz, 1.0) > _HEARD_DB}


async def test_each_of_three_hears_the_others_and_not_himself(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.conference("room"))
        calls = [await up(each) for each in await people(simulation, "alice", "bob", "carol")]
        await asyncio.sleep(3)
        assert [heard(call) for call in calls] == [
            {"bob", "carol"},
            {"alice", "carol"},
            {"alice", "bob"},
        ]
        for call in calls:
            call.hang_up()
        for call in calls:
            await call.wait_for(CallState.ENDED)
    assert len(simulation.dispatcher.conferences) == 0
